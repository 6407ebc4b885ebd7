package istiod

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tcpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
)

// What Envoy would do with a configuration, by the rules of its API documentation.

// listenerAt finds the listener that takes connections to the port, by address
// first; an address of "" is the wildcard.
func (v *View) ListenerAt(address string, port int32) *listenerv3.Listener {
	for _, l := range v.Listeners {
		a := l.GetAddress().GetSocketAddress()
		if a.GetPortValue() == uint32(port) && (a.GetAddress() == address || address == "" && net.ParseIP(a.GetAddress()).IsUnspecified()) {
			return l
		}
	}
	return nil
}

// manager returns the chain's HTTP connection manager, or nil.
func Manager(chain *listenerv3.FilterChain) *hcmv3.HttpConnectionManager {
	for _, filter := range chain.GetFilters() {
		m := &hcmv3.HttpConnectionManager{}
		if filter.GetTypedConfig().MessageIs(m) && filter.GetTypedConfig().UnmarshalTo(m) == nil {
			return m
		}
	}
	return nil
}

// tcpClusters are the clusters of the chain's TCP proxy.
func TCPClusters(chain *listenerv3.FilterChain) []string {
	for _, filter := range chain.GetFilters() {
		t := &tcpv3.TcpProxy{}
		if !filter.GetTypedConfig().MessageIs(t) || filter.GetTypedConfig().UnmarshalTo(t) != nil {
			continue
		}
		if t.GetCluster() != "" {
			return []string{t.GetCluster()}
		}
		var names []string
		for _, c := range t.GetWeightedClusters().GetClusters() {
			names = append(names, c.Name)
		}
		return names
	}
	return nil
}

// weightedTCPClusters are `cluster=weight` of each of the chain's TCP proxy, or the one cluster.
func WeightedTCPClusters(chain *listenerv3.FilterChain) []string {
	var found []string
	for _, filter := range chain.GetFilters() {
		t := &tcpv3.TcpProxy{}
		if !filter.GetTypedConfig().MessageIs(t) || filter.GetTypedConfig().UnmarshalTo(t) != nil {
			continue
		}
		for _, c := range t.GetWeightedClusters().GetClusters() {
			found = append(found, fmt.Sprintf("%s=%d", c.Name, c.Weight))
		}
	}
	if len(found) == 0 {
		return TCPClusters(chain)
	}
	return found
}

// routesOf are the connection manager's routes, inline or by name.
func (v *View) RoutesOf(m *hcmv3.HttpConnectionManager) *routev3.RouteConfiguration {
	if inline := m.GetRouteConfig(); inline != nil {
		return inline
	}
	return v.Routes[m.GetRds().GetRouteConfigName()]
}

// virtualHost chooses by Host as route_components.proto (VirtualHost.domains)
// says: exact, then `*suffix`, then `prefix*`, longest first, then `*`.
func VirtualHost(routes *routev3.RouteConfiguration, host string) *routev3.VirtualHost {
	host = strings.ToLower(host)
	if routes.GetIgnorePortInHostMatching() {
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
	}
	var best *routev3.VirtualHost
	bestRank := 0
	for _, candidate := range routes.GetVirtualHosts() {
		for _, domain := range candidate.GetDomains() {
			if rank := domainRank(strings.ToLower(domain), host); rank > bestRank {
				best, bestRank = candidate, rank
			}
		}
	}
	return best
}

// domainRank is 0 where the domain does not match, else higher for a better match.
func domainRank(domain, host string) int {
	const exact, suffix, prefix, any = 3_000_000, 2_000_000, 1_000_000, 1
	switch {
	case domain == host:
		return exact
	case domain == "*":
		return any
	case strings.HasPrefix(domain, "*") && strings.HasSuffix(host, domain[1:]) && len(host) >= len(domain):
		return suffix + len(domain)
	case strings.HasSuffix(domain, "*") && strings.HasPrefix(host, domain[:len(domain)-1]) && len(host) >= len(domain):
		return prefix + len(domain)
	}
	return 0
}

// destinationOf is where a plain GET of the path goes: the clusters of the first
// route that takes it. Routes that ask for headers, queries or other methods
// are passed over.
func DestinationOf(host *routev3.VirtualHost, path string) []string {
	if host == nil {
		return []string{"404: no virtual host"}
	}
	for _, r := range host.GetRoutes() {
		if Takes(r.GetMatch(), path) {
			return ClustersOf(r)
		}
	}
	return []string{"404: no route"}
}

func Takes(match *routev3.RouteMatch, path string) bool {
	if len(match.GetHeaders()) > 0 || len(match.GetQueryParameters()) > 0 || match.GetRuntimeFraction() != nil {
		return false
	}
	switch m := match.GetPathSpecifier().(type) {
	case *routev3.RouteMatch_Prefix:
		return strings.HasPrefix(path, m.Prefix)
	case *routev3.RouteMatch_Path:
		return path == m.Path
	case *routev3.RouteMatch_PathSeparatedPrefix:
		return path == m.PathSeparatedPrefix || strings.HasPrefix(path, m.PathSeparatedPrefix+"/")
	case *routev3.RouteMatch_SafeRegex:
		expression, err := regexp.Compile("^(?:" + m.SafeRegex.GetRegex() + ")$")
		return err == nil && expression.MatchString(path)
	}
	return false
}

// aPath is a path that the virtual host has a route for: "/" if it can be, else
// that of its first route.
func APath(host *routev3.VirtualHost) string {
	for _, r := range host.GetRoutes() {
		if Takes(r.GetMatch(), "/") {
			return "/"
		}
	}
	for _, r := range host.GetRoutes() {
		for _, path := range []string{r.GetMatch().GetPrefix(), r.GetMatch().GetPath(), r.GetMatch().GetPathSeparatedPrefix()} {
			if path != "" && Takes(r.GetMatch(), path) {
				return path
			}
		}
	}
	return "/"
}

func ClustersOf(r *routev3.Route) []string {
	switch {
	case r.GetRoute().GetCluster() != "":
		return []string{r.GetRoute().GetCluster()}
	case r.GetRoute().GetWeightedClusters() != nil:
		var names []string
		for _, c := range r.GetRoute().GetWeightedClusters().GetClusters() {
			names = append(names, c.GetName())
		}
		return names
	case r.GetRedirect() != nil:
		return []string{"redirect"}
	case r.GetDirectResponse() != nil:
		return []string{fmt.Sprintf("%d: direct response", r.GetDirectResponse().GetStatus())}
	}
	return nil
}

// downstreamTLS says what a filter chain asks of its clients.
func DownstreamTLS(chain *listenerv3.FilterChain) string {
	if chain.GetTransportSocket() == nil {
		return "plaintext"
	}
	context := &tlsv3.DownstreamTlsContext{}
	if err := chain.GetTransportSocket().GetTypedConfig().UnmarshalTo(context); err != nil {
		return err.Error()
	}
	if context.GetRequireClientCertificate().GetValue() {
		return "mutual TLS"
	}
	return "TLS without client certificates"
}

// addresses are the `address:port` of a cluster's endpoints.
func Addresses(assignment *endpointv3.ClusterLoadAssignment) []string {
	var found []string
	for _, locality := range assignment.GetEndpoints() {
		for _, e := range locality.GetLbEndpoints() {
			a := e.GetEndpoint().GetAddress().GetSocketAddress()
			found = append(found, fmt.Sprintf("%s:%d", a.GetAddress(), a.GetPortValue()))
		}
	}
	return sorted(found)
}

// upstreamTLS says how connections to the cluster's endpoints are made: Envoy
// takes the first transport socket match that agrees with the endpoint's metadata.
func UpstreamTLS(cluster *clusterv3.Cluster, assignment *endpointv3.ClusterLoadAssignment) string {
	if cluster.GetType() == clusterv3.Cluster_ORIGINAL_DST {
		return EndpointTLS(cluster, nil) // such endpoints have no metadata
	}
	var found []string
	for _, locality := range assignment.GetEndpoints() {
		for _, e := range locality.GetLbEndpoints() {
			if mode := EndpointTLS(cluster, e); !slices.Contains(found, mode) {
				found = append(found, mode)
			}
		}
	}
	return strings.Join(sorted(found), " and ")
}

func EndpointTLS(cluster *clusterv3.Cluster, e *endpointv3.LbEndpoint) string {
	if TransportSocket(cluster, e).GetTypedConfig().MessageIs(&tlsv3.UpstreamTlsContext{}) {
		return "mutual TLS"
	}
	return "plaintext"
}

// TransportSocket is the one for an endpoint: of the first match that agrees with its metadata,
// else the cluster's.
func TransportSocket(cluster *clusterv3.Cluster, e *endpointv3.LbEndpoint) *corev3.TransportSocket {
	wants := e.GetMetadata().GetFilterMetadata()["envoy.transport_socket_match"].GetFields()
	for _, match := range cluster.GetTransportSocketMatches() {
		agrees := true
		for key, value := range match.GetMatch().GetFields() {
			agrees = agrees && wants[key].GetStringValue() == value.GetStringValue()
		}
		if agrees {
			return match.GetTransportSocket()
		}
	}
	return cluster.GetTransportSocket()
}
