package main

import (
	"fmt"
	"strings"

	"istio/istiod"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	rawbufferv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/raw_buffer/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	corev1 "k8s.io/api/core/v1"
)

// Kinds of TLS of a connection.
const (
	plaintext = "plaintext"
	meshTLS   = "mutual TLS of the mesh"
	// ownTLS is for the application to terminate: the client's own, or of a rule with tls.mode SIMPLE or MUTUAL.
	ownTLS = "TLS of the application's"
)

// secured is what a client of a connection does.
type secured struct {
	kind     string
	sni      string
	alpn     []string
	identity string
	// names are those that the server's certificate must have one of.
	names []*matcherv3.StringMatcher
	// detail tells two kinds of own TLS apart.
	detail string
}

func (s secured) String() string {
	if s.sni == "" {
		return s.kind
	}
	return s.kind + " for " + s.sni
}

// securedBy is the TLS with which an Envoy connects to an endpoint: of the first transport socket
// match that agrees with the endpoint's metadata, else the cluster's.
func securedBy(c *clusterv3.Cluster, endpoint *endpointv3.LbEndpoint, e *envoy, w *world, m message) secured {
	socket := istiod.TransportSocket(c, endpoint)
	context := &tlsv3.UpstreamTlsContext{}
	if !socket.GetTypedConfig().MessageIs(context) {
		if config := socket.GetTypedConfig(); config != nil && !config.MessageIs(&rawbufferv3.RawBuffer{}) {
			panic("transport socket " + config.GetTypeUrl())
		}
		if m.protocol == "tls" {
			// What the client encrypted is passed on; the mesh's TLS around it ends here.
			own := e.tls
			if own.kind == meshTLS {
				own = secured{}
			}
			return secured{kind: ownTLS, sni: m.name, alpn: own.alpn, detail: own.detail}
		}
		return secured{kind: plaintext}
	}
	if err := socket.GetTypedConfig().UnmarshalTo(context); err != nil {
		panic(err)
	}
	common := context.GetCommonTlsContext()
	names := common.GetCombinedValidationContext().GetDefaultValidationContext().GetMatchSubjectAltNames() //nolint:staticcheck // istiod writes it
	s := secured{sni: context.GetSni(), names: names, alpn: common.GetAlpnProtocols()}
	certificates := common.GetTlsCertificateSdsSecretConfigs()
	if len(certificates) > 0 && certificates[0].GetName() == "default" {
		s.kind = meshTLS
		s.identity = w.identity(e.pod)
		if m.http {
			// istio.alpn replaces the list, by the protocol of the request upstream.
			s.alpn = []string{"istio-http/1.1", "istio", "http/1.1"}
			if m.protocol == "h2" {
				s.alpn = []string{"istio-h2", "istio", "h2"}
			}
		}
		return s
	}
	s.kind = ownTLS
	s.detail = textOf(common)
	return s
}

// identity is the name in the certificate of a pod (spiffe.go).
func (w *world) identity(pod *corev1.Pod) string {
	return fmt.Sprintf("spiffe://%s/ns/%s/sa/%s", w.trustDomain, pod.Namespace, pod.Spec.ServiceAccountName)
}

// wrongServer is why a client does not trust a server, or "".
func (w *world) wrongServer(s secured, pod *corev1.Pod) string {
	if s.kind != meshTLS || len(s.names) == 0 {
		return ""
	}
	var wanted []string
	for _, name := range s.names {
		if istiod.MatchString(name, w.identity(pod)) {
			return ""
		}
		wanted = append(wanted, textOf(name))
	}
	return fmt.Sprintf("the certificate of %s/%s is that of %s, wanted is %s", pod.Namespace, workloadOf(pod), w.identity(pod), strings.Join(wanted, " or "))
}
