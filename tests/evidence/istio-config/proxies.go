package main

import (
	"fmt"
	"slices"
	"strings"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"

	networking "istio.io/api/networking/v1alpha3"
	"istio.io/istio/pilot/pkg/model"

	"istio/istiod"
)

// proveProxies proves for one proxy of the front: it listens where the front
// sends, asks for the TLS it should, sends every request to the target, and
// balances there as the DestinationRule says.
func proveProxies(r *Report, mesh *Mesh, front *Front) {
	pod := mesh.Cluster.PodsOf(front.Service)[0]
	v := mesh.OfPod(pod, model.Router)

	var listening, expected []string
	for _, l := range v.Listeners {
		if port := l.GetAddress().GetSocketAddress().GetPortValue(); !slices.Contains(statusPorts, port) {
			listening = append(listening, fmt.Sprint(port))
		}
	}
	for _, p := range front.Ports {
		if number, ok := istiod.PortOfPod(p.ServicePort, pod); ok {
			expected = append(expected, fmt.Sprint(number))
		}
	}
	r.fact(front.String(), "proxies listen on", sorted(listening), sorted(expected))

	for _, port := range front.Ports {
		subject := fmt.Sprintf("%s:%d", front, port.Port)
		if port.Server == nil {
			r.fact(subject, "Gateway server of this port", "", "one")
			continue
		}
		number, _ := istiod.PortOfPod(port.ServicePort, pod)
		if front.Service.Spec.ClusterIP == "None" {
			// Its name is its pods' addresses; nobody translates ports.
			r.fact(subject, "headless, so the proxies listen on the port itself", number, port.Port)
		}
		listener := v.ListenerAt("", number)
		if listener == nil {
			r.fact(subject, fmt.Sprintf("listener on %d", number), "", "one")
			continue
		}
		proveListener(r, subject, v, listener, front, &port)
		proveCluster(r, subject, v, mesh, front, &port)
	}
}

// statusPorts are listeners of every gateway: readiness and metrics.
var statusPorts = []uint32{15021, 15090}

func proveListener(r *Report, subject string, v *View, l *listenerv3.Listener, front *Front, port *Port) {
	chains := l.GetFilterChains()
	if !r.fact(subject, "filter chains of the proxies' listener", len(chains), 1) {
		return
	}
	chain := chains[0]
	tls := "plaintext"
	if port.mutualTLS() {
		tls = "mutual TLS"
	}
	if port.passthrough() {
		r.fact(subject, "proxies pass on", istiod.DownstreamTLS(chain), tls)
	} else {
		r.fact(subject, "proxies accept", istiod.DownstreamTLS(chain), tls)
		// Clients send an SNI of `outbound_.PORT_._.HOST`; no name may be asked for.
		r.fact(subject, "SNI asked for", chain.GetFilterChainMatch().GetServerNames(), "[]")
	}

	target := fmt.Sprintf("%s:%d", strings.TrimSuffix(front.targetHost(), ".svc."+istiod.ClusterDomain), port.Port)
	hash := policyOf(front.Rule, uint32(port.Port)).GetLoadBalancer().GetConsistentHash()
	if !port.isHTTP() {
		if !front.Elsewhere {
			r.fact(subject, "connections", short(istiod.TCPClusters(chain)), target)
		}
		proveConnectionHash(r, subject, chain, hash)
		return
	}
	m := istiod.Manager(chain)
	if m == nil {
		r.fact(subject, "HTTP connection manager", "", "one")
		return
	}
	routes := v.RoutesOf(m)
	proveRoutes(r, subject, front, istiod.VirtualHost(routes, front.Service.Name), hash)
	for _, host := range hostForms(front, true) {
		for _, host := range []string{host, fmt.Sprintf("%s:%d", host, port.Port)} {
			chosen := istiod.VirtualHost(routes, host)
			path := istiod.APath(chosen)
			got, expected := short(istiod.DestinationOf(chosen, path)), target
			if front.Elsewhere && chosen != nil {
				expected = got // proveSameRoutes knows where
			}
			r.fact(subject, fmt.Sprintf("Host %s%s", host, path), got, expected)
		}
	}
}

// hostForms are the names by which clients call a front.
func hostForms(front *Front, sameNamespace bool) []string {
	name := front.Service.Name
	full := []string{
		name + "." + front.Service.Namespace,
		name + "." + front.Service.Namespace + ".svc",
		front.host(),
	}
	if sameNamespace {
		return append([]string{name}, full...)
	}
	return full
}

// short writes `outbound|80||sn0-ep.shop.svc.cluster.local` as `sn0-ep.shop:80`.
// Subsets of one host are one destination.
func short(clusters []string) string {
	var found []string
	for _, c := range clusters {
		if parts := strings.Split(c, "|"); len(parts) == 4 {
			c = strings.TrimSuffix(parts[3], ".svc."+istiod.ClusterDomain) + ":" + parts[1]
		}
		if !slices.Contains(found, c) {
			found = append(found, c)
		}
	}
	return strings.Join(sorted(found), " and ")
}

// proveCluster proves how the target's endpoints are chosen, and which they are.
func proveCluster(r *Report, subject string, v *View, mesh *Mesh, front *Front, port *Port) {
	name := clusterName(front.targetHost(), port)
	c := v.Clusters[name]
	if c == nil {
		r.fact(subject, "cluster "+name, "", "one")
		return
	}
	policy := policyOf(front.Rule, uint32(port.Port))
	balancer := policy.GetLoadBalancer()
	r.fact(subject, "balancing", c.GetLbPolicy(), expectedPolicy(balancer))
	if c.GetType() == clusterv3.Cluster_ORIGINAL_DST {
		return // PASSTHROUGH: there are no endpoints to choose from
	}
	provePolicy(r, subject, c, policy)
	if choices := front.choices(port.Port); choices > 0 {
		r.fact(subject, "choices of least request", c.GetLeastRequestLbConfig().GetChoiceCount().GetValue(), choices)
	} else {
		r.fact(subject, "choices of least request are Envoy's", c.GetLeastRequestLbConfig().GetChoiceCount() == nil, true)
	}
	assignment := v.Endpoints[name]
	if assignment == nil {
		assignment = c.GetLoadAssignment() // not EDS, as for headless Services
	}
	r.fact(subject, "endpoints of the target", istiod.Addresses(assignment), mesh.Cluster.EndpointsOf(front.Target, port.Port))
	if target := mesh.Cluster.PodsOf(front.Target); front.Rule.GetTrafficPolicy().GetTls() == nil && len(target) > 0 {
		tls := "plaintext"
		if target[0].Labels[istiod.TLSModeLabel] == "istio" {
			tls = "mutual TLS"
		}
		r.fact(subject, "proxies speak to the target", istiod.UpstreamTLS(c, assignment), tls)
	}
	if !balancer.GetLocalityLbSetting().GetEnabled().GetValue() {
		weighted := c.GetCommonLbConfig().GetLocalityWeightedLbConfig() != nil
		failover := false
		for _, locality := range assignment.GetEndpoints() {
			failover = failover || locality.GetPriority() > 0
		}
		r.fact(subject, "locality weights, priorities", fmt.Sprint(weighted, failover), "false false")
	}
}

// expectedPolicy is applyLoadBalancer of cluster_traffic_policy.go.
func expectedPolicy(balancer *networking.LoadBalancerSettings) clusterv3.Cluster_LbPolicy {
	if hash := balancer.GetConsistentHash(); hash != nil {
		if hash.GetMaglev() != nil {
			return clusterv3.Cluster_MAGLEV
		}
		return clusterv3.Cluster_RING_HASH
	}
	switch balancer.GetSimple() {
	case networking.LoadBalancerSettings_RANDOM:
		return clusterv3.Cluster_RANDOM
	case networking.LoadBalancerSettings_ROUND_ROBIN:
		return clusterv3.Cluster_ROUND_ROBIN
	case networking.LoadBalancerSettings_PASSTHROUGH:
		return clusterv3.Cluster_CLUSTER_PROVIDED
	}
	return clusterv3.Cluster_LEAST_REQUEST
}

// proveSamePods proves that proxies reach the endpoints that clients reached
// before there were proxies.
func proveSamePods(r *Report, earlier *Manifests, mesh *Mesh, front *Front) {
	for _, service := range earlier.Services {
		// Where the user had renamed the Service, only the target was there before.
		if service.Namespace != front.Service.Namespace ||
			(service.Name != front.Service.Name && service.Name != front.Target.Name) {
			continue
		}
		for _, port := range front.Ports {
			subject := fmt.Sprintf("%s:%d", front, port.Port)
			r.fact(subject, "endpoints as before", mesh.Cluster.EndpointsOf(front.Target, port.Port),
				mesh.Cluster.EndpointsOf(service, port.Port))
		}
	}
}

// clusterName is model.BuildSubsetKey without a subset.
func clusterName(host string, port *Port) string {
	return fmt.Sprintf("outbound|%d||%s", port.Port, host)
}
