package main

import (
	"fmt"
	"slices"
	"strings"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	corev1 "k8s.io/api/core/v1"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/networking/core/route"

	"istio/istiod"
)

// subsetHeader is how a client's route tells the proxies its subset.
const subsetHeader = "x-msvcbench-subset"

// proveSameRoutes proves for routes of the user's that the sidecar of a client follows them as before: the
// same matches, weights, timeouts, retries, faults, mirrors and headers, in the same order, but for the
// header that tells the proxies a subset; and that behind the proxies are the pods that were behind each
// cluster, under the same limits and judged in the same way.
func proveSameRoutes(r *Report, former, mesh *Mesh, front *Front) {
	known := func(name string) bool {
		return slices.ContainsFunc(former.Cluster.Services, func(s *corev1.Service) bool {
			return s.Namespace == front.Service.Namespace && s.Name == name
		})
	}
	if !known(front.Service.Name) || front.Service.Spec.ClusterIP == "None" {
		return
	}
	proxies := mesh.OfPod(mesh.Cluster.PodsOf(front.Service)[0], model.Router)
	for _, namespace := range []string{front.Service.Namespace, istiod.ClientNamespace} {
		before, after := former.OfClient(namespace), mesh.OfClient(namespace)
		compared := map[string]bool{}
		for _, port := range front.Ports {
			subject := fmt.Sprintf("%s:%d client in %s", front, port.Port, namespace)
			was, is := userRoutes(former, before, front, &port), userRoutes(mesh, after, front, &port)
			if len(was) == 0 && len(is) == 0 {
				continue // no routes of the user's
			}
			r.fact(subject, "routes as many as before", len(is), len(was))
			proveSubsetsTold(r, subject, after, front, &port)
			for i := range min(len(was), len(is)) {
				r.fact(subject, fmt.Sprintf("route %d as before", i), is[i], was[i])
				for _, name := range clustersNamed(was[i], front.host()) {
					if !compared[name] {
						compared[name] = true
						sameCluster(r, subject, name, former, before, mesh, after, proxies, front, &port)
					}
				}
			}
		}
	}
}

// proveSubsetsTold proves that each route to a subset of the front tells the proxies which.
func proveSubsetsTold(r *Report, subject string, client *View, front *Front, port *Port) {
	if !port.isHTTP() {
		return
	}
	for i, route := range istiod.VirtualHost(client.Routes[fmt.Sprint(port.Port)], front.host()).GetRoutes() {
		for _, name := range istiod.ClustersOf(route) {
			if parts := strings.Split(name, "|"); len(parts) == 4 && parts[2] != "" && parts[3] == front.host() {
				r.fact(subject, fmt.Sprintf("route %d tells the proxies the subset of %s", i, name), chosenSubset(route, name), parts[2])
			}
		}
	}
}

// userRoutes are the routes that a client's sidecar has for the front where they are the user's.
func userRoutes(mesh *Mesh, client *View, front *Front, port *Port) []string {
	if port.isHTTP() {
		return routeTexts(istiod.VirtualHost(client.Routes[fmt.Sprint(port.Port)], front.host()))
	}
	var found []string
	if l := client.ListenerAt(mesh.Cluster.AddressOf(front.Service), port.Port); l != nil {
		for _, chain := range l.GetFilterChains() {
			// util.BuildConfigInfoMetadata names the VirtualService, where there is one.
			if chain.GetMetadata() != nil {
				found = append(found, strings.Join(istiod.WeightedTCPClusters(chain), " and "))
			}
		}
	}
	return found
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
		r.RequestHeadersToAdd = withoutSubset(r.GetRequestHeadersToAdd())
		if action := r.GetRoute(); action != nil {
			action.HashPolicy = nil // the proxies choose the pod (proveRoutes)
		}
		for _, c := range r.GetRoute().GetWeightedClusters().GetClusters() {
			c.RequestHeadersToAdd = withoutSubset(c.GetRequestHeadersToAdd())
		}
		texts = append(texts, oneLine(r))
	}
	return texts
}

func withoutSubset(headers []*corev3.HeaderValueOption) []*corev3.HeaderValueOption {
	return slices.DeleteFunc(headers, func(h *corev3.HeaderValueOption) bool { return h.GetHeader().GetKey() == subsetHeader })
}

// sameCluster proves that clients have their limits, and that the proxies have the pods that they had, and
// judge them as they did.
func sameCluster(r *Report, subject, name string, former *Mesh, before *View, mesh *Mesh, after, proxies *View, front *Front, port *Port) {
	old, own := before.Clusters[name], after.Clusters[name]
	if old == nil {
		return // it led nowhere
	}
	if !r.fact(subject, "clients have "+name, own != nil, true) {
		return
	}
	r.fact(subject, "pods of "+name+" are the proxies", istiod.Addresses(after.Endpoints[name]), mesh.Cluster.EndpointsOf(front.Service, port.Port))
	r.fact(subject, "limits of "+name, limits(own), limits(old))
	behind := behindProxies(proxies, mesh, front, port, strings.Split(name, "|")[2])
	if !r.fact(subject, "the proxies lead on from "+name, proxies.Clusters[behind] != nil, true) {
		return
	}
	r.fact(subject, "pods behind "+name, podNames(mesh.Cluster, proxies, behind), podNames(former.Cluster, before, name))
	judged := func(c *clusterv3.Cluster) string {
		return oneLine(&clusterv3.Cluster{OutlierDetection: c.GetOutlierDetection()})
	}
	r.fact(subject, "outliers of "+name, judged(proxies.Clusters[behind]), judged(old))
}

// behindProxies is the cluster to which the proxies send a request for a subset of the front.
func behindProxies(proxies *View, mesh *Mesh, front *Front, port *Port, subset string) string {
	number, _ := istiod.PortOfPod(port.ServicePort, mesh.Cluster.PodsOf(front.Service)[0])
	listener := proxies.ListenerAt("", number)
	if listener == nil || len(listener.GetFilterChains()) == 0 {
		return ""
	}
	chain := listener.GetFilterChains()[0]
	if m := istiod.Manager(chain); m != nil {
		for _, route := range istiod.VirtualHost(proxies.RoutesOf(m), front.host()).GetRoutes() {
			if forSubset(route, subset) {
				return first(istiod.ClustersOf(route))
			}
		}
		return ""
	}
	return first(istiod.TCPClusters(chain))
}

func first(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

// forSubset says whether a proxy's route takes a request that chooses this subset, or none.
func forSubset(route *routev3.Route, subset string) bool {
	for _, header := range route.GetMatch().GetHeaders() {
		if header.GetName() == subsetHeader {
			return header.GetStringMatch().GetExact() == subset
		}
	}
	return true
}

func asksForSubset(route *routev3.Route) bool {
	return slices.ContainsFunc(route.GetMatch().GetHeaders(), func(h *routev3.HeaderMatcher) bool { return h.GetName() == subsetHeader })
}

// chosenSubset is the subset that a client's route tells the proxies with the request that it sends to a cluster.
func chosenSubset(route *routev3.Route, cluster string) string {
	headers := route.GetRequestHeadersToAdd()
	for _, c := range route.GetRoute().GetWeightedClusters().GetClusters() {
		if c.GetName() == cluster {
			headers = append(slices.Clone(headers), c.GetRequestHeadersToAdd()...)
		}
	}
	subset := ""
	for _, h := range headers {
		if h.GetHeader().GetKey() == subsetHeader {
			subset = h.GetHeader().GetValue()
		}
	}
	return subset
}

func limits(c *clusterv3.Cluster) string {
	return oneLine(&clusterv3.Cluster{CircuitBreakers: withoutTracking(c.GetCircuitBreakers()), ConnectTimeout: c.GetConnectTimeout()})
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
