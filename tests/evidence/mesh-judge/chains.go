package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
)

// chainFor is Envoy's choice of a filter chain (listener_components.proto, FilterChainMatch): criterion
// by criterion, the most specific match wins, and a chain that does not ask comes last.
func chainFor(listener *listenerv3.Listener, c connection, m message) *listenerv3.FilterChain {
	transport, applications, sni := inspected(listener, c, m)
	chains := listener.GetFilterChains()
	for _, criterion := range []func(*listenerv3.FilterChainMatch) (asked bool, rank int){
		func(match *listenerv3.FilterChainMatch) (bool, int) {
			return match.GetDestinationPort() != nil, yes(int32(match.GetDestinationPort().GetValue()) == c.to.port)
		},
		func(match *listenerv3.FilterChainMatch) (bool, int) {
			best := 0
			for _, block := range match.GetPrefixRanges() {
				prefix, err := netip.ParsePrefix(fmt.Sprintf("%s/%d", block.GetAddressPrefix(), block.GetPrefixLen().GetValue()))
				address, wrong := netip.ParseAddr(c.to.ip)
				if err == nil && wrong == nil && prefix.Contains(address) {
					best = max(best, prefix.Bits()+1)
				}
			}
			return len(match.GetPrefixRanges()) > 0, best
		},
		func(match *listenerv3.FilterChainMatch) (bool, int) {
			best := 0
			for _, name := range match.GetServerNames() {
				best = max(best, serverName(name, sni))
			}
			return len(match.GetServerNames()) > 0, best
		},
		func(match *listenerv3.FilterChainMatch) (bool, int) {
			return match.GetTransportProtocol() != "", yes(match.GetTransportProtocol() == transport)
		},
		func(match *listenerv3.FilterChainMatch) (bool, int) {
			asked := match.GetApplicationProtocols()
			for i, application := range applications {
				if slices.Contains(asked, application) {
					return true, len(applications) - i
				}
			}
			return len(asked) > 0, 0
		},
	} {
		chains = sieve(chains, criterion)
	}
	if len(chains) == 0 {
		return listener.GetDefaultFilterChain()
	}
	return chains[0]
}

// sieve keeps the chains with the best rank, or those that do not ask where no other matches.
func sieve(chains []*listenerv3.FilterChain, criterion func(*listenerv3.FilterChainMatch) (bool, int)) []*listenerv3.FilterChain {
	best := 0
	for _, chain := range chains {
		if asked, rank := criterion(chain.GetFilterChainMatch()); asked {
			best = max(best, rank)
		}
	}
	return slices.DeleteFunc(slices.Clone(chains), func(chain *listenerv3.FilterChain) bool {
		asked, rank := criterion(chain.GetFilterChainMatch())
		if best > 0 {
			return !asked || rank != best
		}
		return asked
	})
}

// inspected is what the listener filters find out: TLS with its SNI and ALPN, or HTTP.
func inspected(listener *listenerv3.Listener, c connection, m message) (transport string, applications []string, sni string) {
	has := func(name string) bool {
		return slices.ContainsFunc(listener.GetListenerFilters(), func(f *listenerv3.ListenerFilter) bool { return strings.HasSuffix(f.GetName(), name) })
	}
	if c.tls.kind != plaintext {
		if has("tls_inspector") {
			return "tls", c.tls.alpn, c.tls.sni
		}
		return "raw_buffer", nil, ""
	}
	if m.http && has("http_inspector") {
		if m.protocol == "h2" {
			return "raw_buffer", []string{"h2c"}, ""
		}
		return "raw_buffer", []string{"http/1.1"}, ""
	}
	return "raw_buffer", nil, ""
}

// serverName ranks an exact name before a wildcard, and a longer wildcard before a shorter one.
func serverName(pattern, sni string) int {
	switch suffix, wildcard := strings.CutPrefix(pattern, "*"); {
	case wildcard && strings.HasSuffix(sni, suffix) && sni != "":
		return len(pattern)
	case !wildcard && pattern == sni:
		return 1 << 20
	}
	return 0
}

func yes(b bool) int {
	if b {
		return 1
	}
	return 0
}
