package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// message is a request at some point of its way.
type message struct {
	http                    bool
	protocol                string // http/1.1, h2, tcp or tls: the client's own TLS, not the mesh's
	method, path, authority string
	headers                 map[string]string // names in lower case
	// name is the server's, in the client's own TLS.
	name string
	// token is what the Authorization header claims.
	token map[string]any
}

func (m message) header(name string) (string, bool) {
	switch name {
	case ":method":
		return m.method, true
	case ":path":
		return m.path, true
	case ":authority", "host":
		return m.authority, true
	case ":scheme":
		return m.headers["x-forwarded-proto"], true
	}
	value, ok := m.headers[name]
	return value, ok
}

// set changes the message's own copy.
func (m *message) set(name, value string) {
	if name == ":authority" || name == "host" {
		m.authority = value
		return
	}
	m.headers = maps.Clone(m.headers)
	m.headers[name] = value
}

func (m *message) remove(name string) {
	m.headers = maps.Clone(m.headers)
	delete(m.headers, name)
	if name == "authorization" {
		m.token = nil
	}
}

// hop is an Envoy that handled the request, and what it does to it beside passing it on.
type hop struct {
	at string
	// front is namespace/name of the Service whose proxies these are.
	front string
	// inbound is the sidecar in front of the application.
	inbound bool
	// next is set where the request went on to a cluster.
	next *upstream

	timeout, perTry string
	retries         retries
	faults, cors    string
	hash            []string
	response        []string // operations on the response's headers
	filters         []string // beyond those of every Envoy in a mesh
	upgrades        []string
	mirrors         []string
}

// trip is a share of the requests on its way.
type trip struct {
	share   float64
	message message
	hops    []hop
	asks    []string // of authorizers elsewhere
	audited bool
	// tls are the kinds of TLS of the connections, in their order; details tell those of the
	// application apart.
	tls, details []string
}

func (t trip) with(h hop) trip {
	t.hops = append(slices.Clone(t.hops), h)
	return t
}

// leaf is where a share of the requests ends.
type leaf struct {
	trip
	// end is the application's workload and port, or how the request ended without one.
	end string
	// arrived is whether an application got it.
	arrived bool
	// broken is whether nobody refused it: the configuration makes no sense.
	broken bool
	// because names the policy that refused, and the like: for readers, not compared.
	because string
	// pod is the application's.
	pod *corev1.Pod
	// behind is whether it is of the front whose ProxyService asks for something.
	behind bool
}

// journey collects what becomes of one request.
type journey struct {
	world  *world
	asked  *Asked
	leaves []leaf
	// copied are the fronts, namespace/name, through whose proxies copies of the request went.
	copied []string
}

// rewrite gives the request the path that spec.uri asks for, at a pod of the front: where the proxies send
// it from. Routes of clients know the path as it was sent, and what decides at the pods the other.
func (j *journey) rewrite(m *message, pod *corev1.Pod) {
	if j.asked.URI == nil || !m.http || !j.world.isBehind(j.asked.front, pod) {
		return
	}
	if rest, ok := strings.CutPrefix(m.path, j.asked.URI.MatchURIPrefix); ok {
		m.path = j.asked.URI.RewriteURI + rest
	}
}

func (j *journey) end(t trip, pod *corev1.Pod, port int32) {
	j.leaves = append(j.leaves, leaf{
		trip: t, arrived: true, pod: pod, behind: j.world.isBehind(j.asked.front, pod),
		end: fmt.Sprintf("%s/%s:%d", pod.Namespace, workloadOf(pod), port),
	})
}

func (j *journey) fail(t trip, end, because string, arguments ...any) {
	j.leaves = append(j.leaves, leaf{trip: t, end: end, because: fmt.Sprintf(because, arguments...)})
}

func (j *journey) breaks(t trip, because string, arguments ...any) {
	j.leaves = append(j.leaves, leaf{trip: t, end: unreachable, broken: true, because: fmt.Sprintf(because, arguments...)})
}

// The ends of what does not arrive. Whether a connection is refused by a packet filter or by TLS is
// one thing to the caller.
const (
	unreachable = "503 or closed connection"
	forbidden   = "403"
)

// maxHops ends loops: no request has more Envoys on its way than a chain of fronts that a test builds.
const maxHops = 12
