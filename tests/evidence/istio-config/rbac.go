package main

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	rbacv3 "github.com/envoyproxy/go-control-plane/envoy/config/rbac/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	httprbacv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/rbac/v3"
	tcprbacv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/rbac/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/types/known/anypb"
)

// Request is what RBAC filters look at. It carries no token.
type Request struct {
	Principal          string // spiffe://…, of the caller's certificate
	Address            string
	Port               uint32
	Method, Path, Host string
}

// rulesOf are the rules of the chain's RBAC filters, in their order.
func rulesOf(chain *listenerv3.FilterChain) []*rbacv3.RBAC {
	var rules []*rbacv3.RBAC
	add := func(config *anypb.Any) {
		http, tcp := &httprbacv3.RBAC{}, &tcprbacv3.RBAC{}
		if config.MessageIs(http) && config.UnmarshalTo(http) == nil && http.Rules != nil {
			rules = append(rules, http.Rules)
		}
		if config.MessageIs(tcp) && config.UnmarshalTo(tcp) == nil && tcp.Rules != nil {
			rules = append(rules, tcp.Rules)
		}
	}
	for _, filter := range chain.GetFilters() {
		add(filter.GetTypedConfig())
	}
	for _, filter := range manager(chain).GetHttpFilters() {
		add(filter.GetTypedConfig())
	}
	return rules
}

// passes is Envoy's rbac engine, for the matchers that istiod generates. A
// matcher that it does not know is a panic: silence would prove nothing.
func passes(rules []*rbacv3.RBAC, r Request) bool {
	for _, rbac := range rules {
		matched := false
		for _, policy := range rbac.Policies {
			permitted, known := false, false
			for _, p := range policy.Permissions {
				permitted = permitted || permission(p, r)
			}
			for _, p := range policy.Principals {
				known = known || principal(p, r)
			}
			matched = matched || permitted && known
		}
		if rbac.Action == rbacv3.RBAC_ALLOW && !matched || rbac.Action == rbacv3.RBAC_DENY && matched {
			return false
		}
	}
	return true
}

func permission(p *rbacv3.Permission, r Request) bool {
	switch rule := p.Rule.(type) {
	case *rbacv3.Permission_Any:
		return true
	case *rbacv3.Permission_AndRules:
		for _, one := range rule.AndRules.Rules {
			if !permission(one, r) {
				return false
			}
		}
		return true
	case *rbacv3.Permission_OrRules:
		for _, one := range rule.OrRules.Rules {
			if permission(one, r) {
				return true
			}
		}
		return false
	case *rbacv3.Permission_NotRule:
		return !permission(rule.NotRule, r)
	case *rbacv3.Permission_DestinationPort:
		return rule.DestinationPort == r.Port
	case *rbacv3.Permission_UrlPath:
		return text(rule.UrlPath.GetPath(), r.Path)
	case *rbacv3.Permission_Header:
		return header(rule.Header, r)
	}
	panic(fmt.Sprintf("permission %T", p.Rule))
}

func principal(p *rbacv3.Principal, r Request) bool {
	switch id := p.Identifier.(type) {
	case *rbacv3.Principal_Any:
		return true
	case *rbacv3.Principal_AndIds:
		for _, one := range id.AndIds.Ids {
			if !principal(one, r) {
				return false
			}
		}
		return true
	case *rbacv3.Principal_OrIds:
		for _, one := range id.OrIds.Ids {
			if principal(one, r) {
				return true
			}
		}
		return false
	case *rbacv3.Principal_NotId:
		return !principal(id.NotId, r)
	case *rbacv3.Principal_Authenticated_:
		return r.Principal != "" && (id.Authenticated.PrincipalName == nil || text(id.Authenticated.PrincipalName, r.Principal))
	case *rbacv3.Principal_DirectRemoteIp:
		return inside(id.DirectRemoteIp, r.Address)
	case *rbacv3.Principal_Header:
		return header(id.Header, r)
	case *rbacv3.Principal_Metadata, *rbacv3.Principal_SourcedMetadata:
		return false // of a token
	}
	panic(fmt.Sprintf("principal %T", p.Identifier))
}

func inside(block *corev3.CidrRange, address string) bool {
	prefix, err := netip.ParsePrefix(fmt.Sprintf("%s/%d", block.AddressPrefix, block.PrefixLen.GetValue()))
	if err != nil {
		panic(err)
	}
	return prefix.Contains(netip.MustParseAddr(address))
}

func header(h *routev3.HeaderMatcher, r Request) bool {
	value, ok := map[string]string{":method": r.Method, ":authority": r.Host, ":path": r.Path}[h.Name]
	matched := ok
	switch rule := h.HeaderMatchSpecifier.(type) {
	case *routev3.HeaderMatcher_StringMatch:
		matched = ok && text(rule.StringMatch, value)
	case *routev3.HeaderMatcher_PresentMatch:
		matched = ok == rule.PresentMatch
	default:
		panic(fmt.Sprintf("header %T", h.HeaderMatchSpecifier))
	}
	return matched != h.InvertMatch
}

func text(m *matcherv3.StringMatcher, value string) bool {
	fold := func(s string) string { return s }
	if m.IgnoreCase {
		fold = strings.ToLower
	}
	value = fold(value)
	switch pattern := m.MatchPattern.(type) {
	case *matcherv3.StringMatcher_Exact:
		return value == fold(pattern.Exact)
	case *matcherv3.StringMatcher_Prefix:
		return strings.HasPrefix(value, fold(pattern.Prefix))
	case *matcherv3.StringMatcher_Suffix:
		return strings.HasSuffix(value, fold(pattern.Suffix))
	case *matcherv3.StringMatcher_Contains:
		return strings.Contains(value, fold(pattern.Contains))
	case *matcherv3.StringMatcher_SafeRegex:
		return regexp.MustCompile("^(?:" + pattern.SafeRegex.Regex + ")$").MatchString(value)
	}
	panic(fmt.Sprintf("string %T", m.MatchPattern))
}
