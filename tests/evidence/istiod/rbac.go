package istiod

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	rbacv3 "github.com/envoyproxy/go-control-plane/envoy/config/rbac/v3"
	httprbacv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/rbac/v3"
	tcprbacv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/rbac/v3"
	uritemplatev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/path/match/uri_template/v3"
	"google.golang.org/protobuf/types/known/anypb"
)

// Request is what RBAC filters look at.
type Request struct {
	Principal string // spiffe://…, of the caller's certificate
	Address   string // of the peer
	Remote    string // of the client, as x-forwarded-for has it; empty for Address
	Local     string // the address that was connected to; empty where nobody asks
	SNI       string
	Port      uint32
	// Method, Path and Host are empty for what is not HTTP.
	Method, Path, Host string
	// Headers have names in lower case.
	Headers map[string]string
	// Claims are those of a token that has been verified, or nil.
	Claims map[string]any
}

// RulesOf are the rules of the chain's RBAC filters, in their order.
func RulesOf(chain *listenerv3.FilterChain) []*rbacv3.RBAC {
	var rules []*rbacv3.RBAC
	for _, filter := range chain.GetFilters() {
		if enforced, _ := RBAC(filter.GetTypedConfig()); enforced != nil {
			rules = append(rules, enforced)
		}
	}
	for _, filter := range Manager(chain).GetHttpFilters() {
		if enforced, _ := RBAC(filter.GetTypedConfig()); enforced != nil {
			rules = append(rules, enforced)
		}
	}
	return rules
}

// RBAC are the rules of a filter that enforces, and of one in shadow mode; nil where it is neither.
func RBAC(config *anypb.Any) (enforced, shadow *rbacv3.RBAC) {
	http, tcp := &httprbacv3.RBAC{}, &tcprbacv3.RBAC{}
	if config.MessageIs(http) && config.UnmarshalTo(http) == nil {
		return http.Rules, http.ShadowRules
	}
	if config.MessageIs(tcp) && config.UnmarshalTo(tcp) == nil {
		return tcp.Rules, tcp.ShadowRules
	}
	return nil, nil
}

// Passes is Envoy's rbac engine, for the matchers that istiod generates. A
// matcher that it does not know is a panic: silence would prove nothing.
func Passes(rules []*rbacv3.RBAC, r Request) bool {
	for _, rbac := range rules {
		if allowed, _ := Decide(rbac, r); !allowed {
			return false
		}
	}
	return true
}

// Decide tells what a filter does, and the names of the policies that match.
func Decide(rbac *rbacv3.RBAC, r Request) (allowed bool, policies []string) {
	for name, policy := range rbac.Policies {
		permitted := slices.ContainsFunc(policy.Permissions, func(p *rbacv3.Permission) bool { return permission(p, r) })
		known := slices.ContainsFunc(policy.Principals, func(p *rbacv3.Principal) bool { return principal(p, r) })
		if permitted && known {
			policies = append(policies, name)
		}
	}
	policies = sorted(policies)
	switch rbac.Action {
	case rbacv3.RBAC_ALLOW:
		return len(policies) > 0, policies
	case rbacv3.RBAC_DENY:
		return len(policies) == 0, policies
	case rbacv3.RBAC_LOG:
		return true, policies
	}
	panic(fmt.Sprintf("action %s", rbac.Action))
}

func permission(p *rbacv3.Permission, r Request) bool {
	one := func(p *rbacv3.Permission) bool { return permission(p, r) }
	switch rule := p.Rule.(type) {
	case *rbacv3.Permission_Any:
		return true
	case *rbacv3.Permission_AndRules:
		return !slices.ContainsFunc(rule.AndRules.Rules, func(p *rbacv3.Permission) bool { return !one(p) })
	case *rbacv3.Permission_OrRules:
		return slices.ContainsFunc(rule.OrRules.Rules, one)
	case *rbacv3.Permission_NotRule:
		return !one(rule.NotRule)
	case *rbacv3.Permission_DestinationPort:
		return rule.DestinationPort == r.Port
	case *rbacv3.Permission_DestinationIp:
		return inside(rule.DestinationIp, r.Local)
	case *rbacv3.Permission_RequestedServerName:
		return MatchString(rule.RequestedServerName, r.SNI)
	case *rbacv3.Permission_UrlPath:
		path, _, _ := strings.Cut(r.Path, "?")
		return MatchString(rule.UrlPath.GetPath(), path)
	case *rbacv3.Permission_UriTemplate:
		template := &uritemplatev3.UriTemplateMatchConfig{}
		if err := rule.UriTemplate.GetTypedConfig().UnmarshalTo(template); err != nil {
			panic(err)
		}
		path, _, _ := strings.Cut(r.Path, "?")
		return uriTemplate(template.PathTemplate).MatchString(path)
	case *rbacv3.Permission_Header:
		return MatchHeader(rule.Header, r.header)
	case *rbacv3.Permission_Metadata:
		return metadata(rule.Metadata, r)
	}
	panic(fmt.Sprintf("permission %T", p.Rule))
}

func principal(p *rbacv3.Principal, r Request) bool {
	one := func(p *rbacv3.Principal) bool { return principal(p, r) }
	switch id := p.Identifier.(type) {
	case *rbacv3.Principal_Any:
		return true
	case *rbacv3.Principal_AndIds:
		return !slices.ContainsFunc(id.AndIds.Ids, func(p *rbacv3.Principal) bool { return !one(p) })
	case *rbacv3.Principal_OrIds:
		return slices.ContainsFunc(id.OrIds.Ids, one)
	case *rbacv3.Principal_NotId:
		return !one(id.NotId)
	case *rbacv3.Principal_Authenticated_:
		return r.Principal != "" && (id.Authenticated.PrincipalName == nil || MatchString(id.Authenticated.PrincipalName, r.Principal))
	case *rbacv3.Principal_FilterState:
		if id.FilterState.Key != "io.istio.peer_principal" {
			panic("filter state " + id.FilterState.Key)
		}
		return r.Principal != "" && MatchString(id.FilterState.GetStringMatch(), r.Principal)
	case *rbacv3.Principal_DirectRemoteIp:
		return inside(id.DirectRemoteIp, r.Address)
	case *rbacv3.Principal_RemoteIp:
		if r.Remote == "" {
			return inside(id.RemoteIp, r.Address)
		}
		return inside(id.RemoteIp, r.Remote)
	case *rbacv3.Principal_Header:
		return MatchHeader(id.Header, r.header)
	case *rbacv3.Principal_Metadata:
		return metadata(id.Metadata, r)
	}
	panic(fmt.Sprintf("principal %T", p.Identifier))
}

func inside(block *corev3.CidrRange, address string) bool {
	prefix, err := netip.ParsePrefix(fmt.Sprintf("%s/%d", block.AddressPrefix, block.PrefixLen.GetValue()))
	if err != nil {
		panic(err)
	}
	parsed, err := netip.ParseAddr(address)
	return err == nil && prefix.Contains(parsed)
}

// header is a header of the request by its name in HTTP/2.
func (r Request) header(name string) (string, bool) {
	switch name {
	case ":method":
		return r.Method, r.Method != ""
	case ":path":
		return r.Path, r.Path != ""
	case ":authority":
		return r.Host, r.Host != ""
	}
	value, ok := r.Headers[name]
	return value, ok
}
