package main

import (
	"fmt"
	"strings"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"

	"istio.io/istio/pkg/config/protocol"

	"istio/istiod"
)

// proveClients proves for sidecars in the front's namespace and in another one:
// requests for the front reach the proxies, over the TLS that the proxies ask
// for, and no sidecar elsewhere learns of a target that is not exported.
func proveClients(r *Report, mesh *Mesh, front *Front) {
	for _, namespace := range []string{front.Service.Namespace, istiod.ClientNamespace} {
		v := mesh.OfClient(namespace)
		for _, port := range front.Ports {
			subject := fmt.Sprintf("%s:%d client in %s", front, port.Port, namespace)
			proveClient(r, subject, v, mesh, front, &port, namespace == front.Service.Namespace)
		}
		subject := fmt.Sprintf("%s client in %s", front, namespace)
		exported := front.Target.Annotations["networking.istio.io/exportTo"]
		switch {
		case namespace == front.Service.Namespace:
			r.fact(subject, "knows "+front.Target.Name, knows(v, front.targetHost()), true)
		case exported == ".":
			r.fact(subject, "knows "+front.Target.Name, knows(v, front.targetHost()), false)
		}
	}
}

func knows(v *View, host string) bool {
	for name := range v.Clusters {
		if strings.HasSuffix(name, "|"+host) {
			return true
		}
	}
	return false
}

func proveClient(r *Report, subject string, v *View, mesh *Mesh, front *Front, port *Port, sameNamespace bool) {
	name := clusterName(front.host(), port)
	c := v.Clusters[name]
	if c == nil {
		r.fact(subject, "cluster "+name, "", "one")
		return
	}
	assignment := v.Endpoints[name]
	if assignment == nil {
		assignment = c.GetLoadAssignment()
	}
	// A headless Service is called by its pods' addresses: ORIGINAL_DST.
	if c.GetType() != clusterv3.Cluster_ORIGINAL_DST {
		r.fact(subject, "endpoints are the proxies", istiod.Addresses(assignment), mesh.Cluster.EndpointsOf(front.Service, port.Port))
	}

	// Where the proxies pass the client's own TLS on, the mesh must add none:
	// the target could not take it off again.
	tls := "plaintext"
	if port.mutualTLS() {
		tls = "mutual TLS"
	}
	r.fact(subject, "speaks", istiod.UpstreamTLS(c, assignment), tls)

	expected := fmt.Sprintf("%s.%s:%d", front.Service.Name, front.Service.Namespace, port.Port)
	switch declared := port.declared(); {
	case declared == protocol.Unsupported:
		// Sniffed: both a route and a TCP proxy, chosen by the first bytes.
	case declared.IsHTTP():
		// A sidecar's routes are named after the port (httproute.go).
		routes := v.Routes[fmt.Sprint(port.Port)]
		for _, host := range hostForms(front, sameNamespace) {
			chosen := istiod.VirtualHost(routes, host)
			if routeTexts(chosen) != nil {
				continue // proveSameRoutes knows where the user's routes lead
			}
			r.fact(subject, "Host "+host, short(istiod.DestinationOf(chosen, istiod.APath(chosen))), expected)
		}
	case front.Service.Spec.ClusterIP != "None":
		if len(userRoutes(mesh, v, front, port)) > 0 {
			break // proveSameRoutes knows where
		}
		var got string
		address := mesh.Cluster.AddressOf(front.Service)
		if l := v.ListenerAt(address, port.Port); l != nil && len(l.GetFilterChains()) > 0 {
			got = short(istiod.TCPClusters(l.GetFilterChains()[0]))
		}
		r.fact(subject, fmt.Sprintf("connections to %s:%d", front.Service.Name, port.Port), got, expected)
	}
}
