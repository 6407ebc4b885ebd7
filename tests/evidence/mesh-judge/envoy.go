package main

import (
	"fmt"
	"slices"
	"strings"

	"istio/istiod"

	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	rbacv3 "github.com/envoyproxy/go-control-plane/envoy/config/rbac/v3"
	tcpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	corev1 "k8s.io/api/core/v1"

	"istio.io/istio/pilot/pkg/model"
)

// meetsTLS is why a listener that asks for TLS refuses plaintext.
const meetsTLS = "plaintext meets a TLS listener"

// noCertificate is why a listener that asks for the certificate of the mesh refuses other TLS.
const noCertificate = "no certificate of the mesh"

// connection is what an Envoy accepts.
type connection struct {
	from    *corev1.Pod // nil for somebody outside of the cluster
	address string      // of the peer
	to      address
	tls     secured
}

// envoy is one that has accepted a connection.
type envoy struct {
	pod     *corev1.Pod
	view    *istiod.View
	inbound bool
	connection
	// identity is the caller's, by its certificate.
	identity string
	// claims are those of a token that this Envoy has verified.
	claims map[string]any
	// client is the address of who asked first, as far as this Envoy believes headers.
	client string
}

func (e *envoy) gateway() bool { return istiod.IsGatewayPod(e.pod) }

func (e *envoy) hop() hop {
	h := hop{at: e.pod.Namespace + "/" + workloadOf(e.pod), inbound: e.inbound}
	switch {
	case e.gateway():
		if front := e.pod.Labels[frontLabel]; front != "" {
			h.front = e.pod.Namespace + "/" + front
		}
	case !e.inbound:
		h.at = "client"
	}
	return h
}

const frontLabel = "msvcbench.io/front"

// outbound is how a sidecar takes what its application sends: iptables leads it to 15001, and that
// listener to the one of the original destination (use_original_dst), by address, else by port.
func (j *journey) outbound(t trip, pod *corev1.Pod, to address, tls secured) {
	view := j.world.view(pod)
	listener := view.ListenerAt(to.ip, to.port)
	if listener == nil {
		listener = view.ListenerAt("", to.port)
	}
	if listener == nil {
		i := slices.IndexFunc(view.Listeners, func(l *listenerv3.Listener) bool { return l.Name == model.VirtualOutboundListenerName })
		listener = view.Listeners[i]
	}
	e := &envoy{pod: pod, view: view, connection: connection{from: pod, address: pod.Status.PodIP, to: to, tls: tls}}
	j.accept(t, e, listener)
}

// accept chooses the filter chain and runs it.
func (j *journey) accept(t trip, e *envoy, listener *listenerv3.Listener) {
	if len(t.hops) > maxHops {
		j.fail(t, "a loop", "%s again", e.hop().at)
		return
	}
	chain := chainFor(listener, e.connection, t.message)
	if chain == nil {
		if e.tls.kind == plaintext {
			j.fail(t, unreachable, "%s: no filter chain takes %s", e.hop().at, e.tls)
		} else {
			j.breaks(t, "%s: no filter chain takes %s", e.hop().at, e.tls)
		}
		return
	}
	if refused := e.handshake(j.world, chain); refused != "" {
		if e.tls.kind == plaintext {
			j.fail(t, unreachable, "%s: %s", e.hop().at, refused)
		} else {
			j.breaks(t, "%s: %s", e.hop().at, refused)
		}
		return
	}
	h := e.hop()
	for _, filter := range chain.GetFilters() {
		config := filter.GetTypedConfig()
		enforced, shadow := istiod.RBAC(config)
		switch {
		case enforced != nil || shadow != nil:
			if !j.authorize(&t, e, enforced, shadow, unreachable) {
				return
			}
		case config.MessageIs(&tcpv3.TcpProxy{}):
			j.tcp(t, e, h, filter)
			return
		case istiod.Manager(chain) != nil && strings.HasSuffix(filter.Name, "http_connection_manager"):
			if !t.message.http {
				j.fail(t, unreachable, "%s: not HTTP", h.at)
				return
			}
			j.http(t, e, h, istiod.Manager(chain))
			return
		case !ordinary[filter.Name]:
			h.filters = append(h.filters, filter.Name)
		}
	}
	panic("a filter chain without an end: " + chain.Name)
}

// handshake is why TLS fails, or "". It learns the caller's identity.
func (e *envoy) handshake(w *world, chain *listenerv3.FilterChain) string {
	if chain.GetTransportSocket() == nil {
		if e.tls.kind == meshTLS {
			return "mutual TLS of the mesh meets a plaintext listener"
		}
		if e.tls.kind == ownTLS && istiod.Manager(chain) != nil {
			return "TLS meets a plaintext HTTP listener"
		}
		return ""
	}
	context := &tlsv3.DownstreamTlsContext{}
	if err := chain.GetTransportSocket().GetTypedConfig().UnmarshalTo(context); err != nil {
		panic(err)
	}
	switch {
	case e.tls.kind == plaintext:
		return meetsTLS
	case context.GetRequireClientCertificate().GetValue() && e.tls.kind != meshTLS:
		return noCertificate
	case e.tls.kind == meshTLS:
		e.identity = e.tls.identity
		return w.wrongServer(e.tls, e.pod)
	}
	return ""
}

// authorize asks the rules of one filter. A refusal ends the share.
func (j *journey) authorize(t *trip, e *envoy, enforced, shadow *rbacv3.RBAC, end string) bool {
	seen := e.seen(t.message)
	if shadow != nil {
		// Of a dry run, or of CUSTOM, which then asks its authorizer.
		if _, policies := istiod.Decide(shadow, seen); len(policies) > 0 && strings.HasPrefix(policies[0], "istio-ext-authz") {
			t.asks = append(slices.Clone(t.asks), fmt.Sprintf("about %s for %s", named(e.identity), t.message.path))
		}
	}
	if enforced == nil {
		return true
	}
	allowed, policies := istiod.Decide(enforced, seen)
	if enforced.Action == rbacv3.RBAC_LOG {
		t.audited = t.audited || len(policies) > 0
		return true
	}
	if !allowed {
		by := "no ALLOW policy matches"
		if len(policies) > 0 {
			by = strings.Join(policies, ", ")
		}
		j.fail(t.with(e.hop()), end, "%s, as seen from %s at %s with %s: %s", e.hop().at, named(e.identity), e.address, t.message.path, by)
	}
	return allowed
}

func named(identity string) string {
	if identity == "" {
		return "nobody known"
	}
	return strings.TrimPrefix(identity, "spiffe://")
}

// seen is what RBAC filters look at.
func (e *envoy) seen(m message) istiod.Request {
	r := istiod.Request{Principal: e.identity, Address: e.address, Local: e.to.ip, Port: uint32(e.to.port), SNI: e.tls.sni}
	if m.http {
		r.Method, r.Path, r.Host, r.Headers = m.method, m.path, m.authority, m.headers
		r.Claims, r.Remote = e.claims, e.client
	}
	return r
}

// tcp is the TCP proxy.
func (j *journey) tcp(t trip, e *envoy, h hop, filter *listenerv3.Filter) {
	proxy := &tcpv3.TcpProxy{}
	if err := filter.GetTypedConfig().UnmarshalTo(proxy); err != nil {
		panic(err)
	}
	h.hash = hashOf(proxy.GetHashPolicy())
	if proxy.GetIdleTimeout() != nil {
		h.timeout = "idle " + proxy.GetIdleTimeout().AsDuration().String()
	}
	if proxy.GetCluster() != "" {
		j.cluster(t, e, h, proxy.GetCluster())
		return
	}
	var total float64
	for _, c := range proxy.GetWeightedClusters().GetClusters() {
		total += float64(c.GetWeight())
	}
	for _, c := range proxy.GetWeightedClusters().GetClusters() {
		share := t
		share.share *= float64(c.GetWeight()) / total
		j.cluster(share, e, h, c.GetName())
	}
}
