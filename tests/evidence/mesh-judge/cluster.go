package main

import (
	"fmt"
	"slices"
	"strings"

	"istio/istiod"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	corev1 "k8s.io/api/core/v1"
)

// cluster goes on to a cluster's endpoints, or to the application where the cluster is the sidecar's own.
func (j *journey) cluster(t trip, e *envoy, h hop, name string) {
	c := e.view.Clusters[name]
	switch {
	case c == nil:
		j.breaks(t.with(h), "%s has no cluster %s", h.at, name)
		return
	case name == "BlackHoleCluster":
		j.fail(t.with(h), unreachable, "%s: %s", h.at, name)
		return
	}
	h.next = describe(c, t.message)
	t.message.protocol = h.next.protocol
	if e.inbound {
		j.end(t.with(h), e.pod, e.to.port)
		return
	}
	if c.GetType() == clusterv3.Cluster_ORIGINAL_DST {
		if e.gateway() {
			j.breaks(t.with(h), "%s: no healthy upstream: %s wants the original destination, which a gateway has not", h.at, name)
			return
		}
		j.each(t.with(h), j.world.behind(e.to), func(t trip, to address) {
			j.connect(t, e.pod, to, securedBy(c, nil, e, j.world, t.message))
		})
		return
	}
	assignment := e.view.Endpoints[name]
	if assignment == nil {
		assignment = c.GetLoadAssignment()
	}
	h.next.locality = localities(c, assignment)
	t = t.with(h)
	endpoints, total := weighted(assignment)
	if total == 0 {
		j.breaks(t, "%s: no endpoints in %s", h.at, name)
		return
	}
	for _, endpoint := range endpoints {
		share := t
		share.share *= float64(endpoint.GetLoadBalancingWeight().GetValue()) / total
		at := endpoint.GetEndpoint().GetAddress().GetSocketAddress()
		var found []address
		for _, ip := range j.world.resolve(at.GetAddress(), e.pod.Namespace) {
			found = append(found, j.world.behind(address{ip, int32(at.GetPortValue())})...)
		}
		j.each(share, found, func(t trip, to address) {
			j.connect(t, e.pod, to, securedBy(c, endpoint, e, j.world, t.message))
		})
	}
}

// each divides the share among addresses.
func (j *journey) each(t trip, addresses []address, follow func(trip, address)) {
	if len(addresses) == 0 {
		j.breaks(t, "no endpoints")
	}
	t.share /= float64(len(addresses))
	for _, to := range addresses {
		follow(t, to)
	}
}

// weighted are the endpoints with the sum of their weights. Localities are left out here, and
// compared by themselves: a pool of proxies balances over all zones, which is its purpose.
func weighted(assignment *endpointv3.ClusterLoadAssignment) (endpoints []*endpointv3.LbEndpoint, total float64) {
	for _, locality := range assignment.GetEndpoints() {
		for _, e := range locality.GetLbEndpoints() {
			if e.GetLoadBalancingWeight() == nil {
				e.LoadBalancingWeight = one
			}
			endpoints = append(endpoints, e)
			total += float64(e.GetLoadBalancingWeight().GetValue())
		}
	}
	return endpoints, total
}

// connect is a connection from a pod, past NetworkPolicies, to what is at the address.
func (j *journey) connect(t trip, from *corev1.Pod, to address, tls secured) {
	t.tls = append(slices.Clone(t.tls), tls.kind)
	if tls.kind == ownTLS {
		t.details = append(slices.Clone(t.details), tls.String()+" "+tls.detail)
	}
	pod := j.world.podAt(to.ip)
	if pod == nil {
		j.leaves = append(j.leaves, leaf{trip: t, arrived: true, end: fmt.Sprintf("outside at %s:%d", to.ip, to.port)})
		return
	}
	if !j.world.connects(from, pod, to.port) {
		j.fail(t, unreachable, "NetworkPolicies keep %s/%s from %s/%s:%d", from.Namespace, from.Name, pod.Namespace, workloadOf(pod), to.port)
		return
	}
	j.rewrite(&t.message, pod)
	j.arrive(t, pod, connection{from: from, address: from.Status.PodIP, to: to, tls: tls})
}

// arrive is a connection at a pod: at a gateway's listener, at the sidecar (iptables leads it to
// 15006), or at the application itself.
func (j *journey) arrive(t trip, pod *corev1.Pod, c connection) {
	if istiod.IsGatewayPod(pod) {
		e := &envoy{pod: pod, view: j.world.view(pod), connection: c}
		listener := e.view.ListenerAt("", c.to.port)
		if listener == nil {
			j.fail(t, unreachable, "%s/%s does not listen on %d", pod.Namespace, workloadOf(pod), c.to.port)
			return
		}
		j.accept(t, e, listener)
		return
	}
	if !j.world.mesh.Cluster.HasSidecar(pod) || excluded(pod, "traffic.sidecar.istio.io/excludeInboundPorts", c.to.port) {
		if c.tls.kind == meshTLS {
			j.breaks(t, "mutual TLS of the mesh meets %s/%s, where no sidecar takes it", pod.Namespace, workloadOf(pod))
			return
		}
		j.end(t, pod, c.to.port)
		return
	}
	e := &envoy{pod: pod, view: j.world.view(pod), inbound: true, connection: c}
	j.accept(t, e, e.view.ListenerAt("", inboundPort))
}

const inboundPort = 15006

// excluded reads an annotation with a list of ports.
func excluded(pod *corev1.Pod, annotation string, port int32) bool {
	return slices.Contains(strings.Split(strings.ReplaceAll(pod.Annotations[annotation], " ", ""), ","), fmt.Sprint(port))
}

// localities tell how a cluster prefers some of its endpoints: by the priority and weight of each zone.
func localities(c *clusterv3.Cluster, assignment *endpointv3.ClusterLoadAssignment) string {
	var parts []string
	for _, locality := range assignment.GetEndpoints() {
		part := zone(locality.GetLocality())
		if locality.GetPriority() > 0 {
			part += fmt.Sprintf(" priority %d", locality.GetPriority())
		}
		if c.GetCommonLbConfig().GetLocalityWeightedLbConfig() != nil {
			part += fmt.Sprintf(" weight %d", locality.GetLoadBalancingWeight().GetValue())
		}
		parts = append(parts, part)
	}
	slices.Sort(parts)
	text := strings.Join(slices.Compact(parts), ", ")
	if !strings.Contains(text, "priority") && !strings.Contains(text, "weight") {
		return ""
	}
	return text
}

func zone(l *corev3.Locality) string { return l.GetZone() }
