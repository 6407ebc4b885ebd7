package main

import (
	"fmt"
	"slices"
	"strings"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	corev1 "k8s.io/api/core/v1"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/networking/core/route"

	"istio/istiod"
)

// proveSameRoutes proves for routes of the user's that the proxies treat a
// request as the sidecar of its client did before there were proxies: the same
// matches, weights, timeouts, retries, faults, mirrors and headers, in the same
// order, and behind each cluster the same pods under the same limits.
func proveSameRoutes(r *Report, former, mesh *Mesh, front *Front) {
	known := func(name string) bool {
		return slices.ContainsFunc(former.Cluster.Services, func(s *corev1.Service) bool {
			return s.Namespace == front.Service.Namespace && s.Name == name
		})
	}
	if !known(front.Service.Name) || front.Service.Spec.ClusterIP == "None" {
		return
	}
	before := former.OfClient(front.Service.Namespace)
	pod := mesh.Cluster.PodsOf(front.Service)[0]
	after := mesh.OfPod(pod, model.Router)
	moved := func(text string) string { return strings.ReplaceAll(text, "|"+front.host(), "|"+front.targetHost()) }
	compared := map[string]bool{}
	for _, port := range front.Ports {
		subject := fmt.Sprintf("%s:%d", front, port.Port)
		number, ok := istiod.PortOfPod(port.ServicePort, pod)
		listener := after.ListenerAt("", number)
		if !ok || listener == nil || len(listener.GetFilterChains()) != 1 {
			continue // proveProxies has said so
		}
		var was, is []string
		if chain := listener.GetFilterChains()[0]; port.isHTTP() {
			was = routeTexts(istiod.VirtualHost(before.Routes[fmt.Sprint(port.Port)], front.host()))
			is = routeTexts(istiod.VirtualHost(after.RoutesOf(istiod.Manager(chain)), front.host()))
		} else if l := before.ListenerAt(former.Cluster.AddressOf(front.Service), port.Port); l != nil {
			for _, chain := range l.GetFilterChains() {
				if chain.GetMetadata() == nil {
					continue // util.BuildConfigInfoMetadata names the VirtualService, where there is one
				}
				was = append(was, strings.Join(istiod.WeightedTCPClusters(chain), " and "))
			}
			is = []string{strings.Join(istiod.WeightedTCPClusters(chain), " and ")}
		}
		if len(was) == 0 {
			continue // no routes of the user's
		}
		r.fact(subject, "routes as many as at clients before", len(is), len(was))
		for i := range min(len(was), len(is)) {
			r.fact(subject, fmt.Sprintf("route %d as at clients before", i), is[i], moved(was[i]))
			for _, name := range clustersNamed(was[i], front.host()) {
				if !compared[name] {
					compared[name] = true
					sameCluster(r, subject, name, moved(name), former, before, mesh, after)
				}
			}
		}
	}
}

// routeTexts are the routes without what names the object they came from. A
// host without routes of the user's has none.
func routeTexts(host *routev3.VirtualHost) []string {
	routes := host.GetRoutes()
	if len(routes) == 1 && routes[0].GetName() == route.DefaultRouteName {
		return nil
	}
	var texts []string
	for _, r := range routes {
		r = proto.Clone(r).(*routev3.Route)
		r.Metadata, r.Decorator = nil, nil
		texts = append(texts, oneLine(r))
	}
	return texts
}

// sameCluster proves that the proxies' cluster has the pods and the limits that the clients' had.
func sameCluster(r *Report, subject, was, is string, former *Mesh, before *View, mesh *Mesh, after *View) {
	old, renewed := before.Clusters[was], after.Clusters[is]
	if old == nil {
		return // it led nowhere
	}
	if !r.fact(subject, "the proxies have "+is, renewed != nil, true) {
		return
	}
	r.fact(subject, "pods of "+is, podNames(mesh.Cluster, after, is), podNames(former.Cluster, before, was))
	r.fact(subject, "limits of "+is, limits(renewed), limits(old))
}

func limits(c *clusterv3.Cluster) string {
	return oneLine(&clusterv3.Cluster{
		CircuitBreakers: withoutTracking(c.GetCircuitBreakers()), OutlierDetection: c.GetOutlierDetection(), ConnectTimeout: c.GetConnectTimeout(),
	})
}

func withoutTracking(b *clusterv3.CircuitBreakers) *clusterv3.CircuitBreakers {
	b = proto.Clone(b).(*clusterv3.CircuitBreakers)
	for _, t := range b.GetThresholds() {
		t.TrackRemaining = false
	}
	return b
}

// podNames are the pods behind a cluster. Addresses differ from one cluster of
// manifests to the other; the application that is invented for a Service has its name.
func podNames(c *Cluster, v *View, cluster string) []string {
	var names []string
	for _, address := range istiod.Addresses(v.Endpoints[cluster]) {
		for _, pod := range c.Pods {
			if strings.HasPrefix(address, pod.Status.PodIP+":") {
				names = append(names, strings.ReplaceAll(pod.Name, "-ep-invented", "-invented"))
			}
		}
	}
	return sorted(names)
}

// clustersNamed are the clusters of a host that a text names.
func clustersNamed(text, host string) []string {
	var names []string
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(`" =`, r) }) {
		if strings.HasPrefix(word, "outbound|") && strings.HasSuffix(word, "|"+host) {
			names = append(names, word)
		}
	}
	return names
}

// oneLine is a message as text. prototext varies its blanks on purpose.
func oneLine(m proto.Message) string {
	return strings.Join(strings.Fields(prototext.MarshalOptions{}.Format(m)), " ")
}
