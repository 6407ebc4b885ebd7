package main

import (
	"fmt"
	"strings"

	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	corev1 "k8s.io/api/core/v1"

	"istio.io/istio/pilot/pkg/model"

	"istio/istiod"
)

// hosts follows every route that there is for a Host, whatever else it asks of a request; of the proxies'
// routes those for the subset that the client's route has chosen.
func (w *Walk) hosts(view *View, routes *routev3.RouteConfiguration, host, subset string, ends map[string]bool, via string) {
	chosen := istiod.VirtualHost(routes, host)
	if len(chosen.GetRoutes()) == 0 {
		ends["404: no route for Host "+host] = true
		return
	}
	for _, route := range chosen.GetRoutes() {
		if route.GetRoute() == nil {
			continue // it answers itself
		}
		if via == "" {
			for _, cluster := range istiod.ClustersOf(route) {
				w.clusters(view, []string{cluster}, host, chosenSubset(route, cluster), ends, via)
			}
		} else if forSubset(route, subset) {
			w.clusters(view, istiod.ClustersOf(route), host, "", ends, via)
			if subset != "" && asksForSubset(route) {
				return // the first that matches
			}
		}
	}
}

func (w *Walk) clusters(view *View, names []string, host, subset string, ends map[string]bool, via string) {
	for _, name := range names {
		c := view.Clusters[name]
		if c == nil {
			ends["503: there is no cluster "+name] = true
			continue
		}
		assignment := view.Endpoints[name]
		if assignment == nil {
			assignment = c.GetLoadAssignment()
		}
		if len(istiod.Addresses(assignment)) == 0 {
			ends["503: no endpoints in "+name] = true
		}
		for _, locality := range assignment.GetEndpoints() {
			for _, e := range locality.GetLbEndpoints() {
				w.endpoint(e, istiod.EndpointTLS(c, e), host, subset, ends, via)
			}
		}
	}
}

func (w *Walk) endpoint(e *endpointv3.LbEndpoint, tls, host, subset string, ends map[string]bool, via string) {
	address := e.GetEndpoint().GetAddress().GetSocketAddress()
	for _, pod := range w.mesh.Cluster.Pods {
		if pod.Status.PodIP != address.GetAddress() {
			continue
		}
		if pod.Labels[frontLabel] == "" {
			ends[podEnd(pod, int32(address.GetPortValue()))] = true
			return
		}
		w.proxy(pod, int32(address.GetPortValue()), tls, host, subset, ends, via)
		return
	}
	ends["503: nobody is at "+address.GetAddress()] = true
}

// proxy goes on behind a proxy.
func (w *Walk) proxy(pod *corev1.Pod, port int32, tls, host, subset string, ends map[string]bool, via string) {
	// A route may lead on to another front, whose proxies then have it.
	if front := "/" + pod.Labels[frontLabel] + "/"; strings.Contains(via, front) {
		ends["in a circle, by way of "+via] = true
		return
	} else {
		via += front
	}
	view := w.proxies[pod.Name]
	if view == nil {
		view = w.mesh.OfPod(pod, model.Router)
		w.proxies[pod.Name] = view
	}
	listener := view.ListenerAt("", port)
	if listener == nil || len(listener.GetFilterChains()) == 0 {
		ends[fmt.Sprintf("503: %s does not listen on %d", strings.TrimRight(pod.Name, "-0123456789"), port)] = true
		return
	}
	chain := listener.GetFilterChains()[0]
	if accepts := istiod.DownstreamTLS(chain); tls != "" && accepts != tls {
		ends[fmt.Sprintf("503: %s is spoken to %s, which accepts %s", tls, pod.Name, accepts)] = true
	}
	if m := istiod.Manager(chain); m != nil {
		w.hosts(view, view.RoutesOf(m), host, subset, ends, via)
	} else {
		w.clusters(view, istiod.TCPClusters(chain), host, "", ends, via)
	}
}
