package main

import (
	"fmt"
	"slices"
	"strings"

	jwtv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/jwt_authn/v3"
	"google.golang.org/protobuf/types/known/anypb"
)

// authenticate is jwt_authn: why a token is refused, or "". All tokens are properly signed. What it
// verifies is known to this Envoy's policies; whether the token goes on is another matter.
func (e *envoy) authenticate(m *message, config *anypb.Any) string {
	authentication := &jwtv3.JwtAuthentication{}
	if err := config.UnmarshalTo(authentication); err != nil {
		panic(err)
	}
	if m.token == nil {
		for _, rule := range authentication.GetRules() {
			if required(rule.GetRequires()) {
				return "a token is required"
			}
		}
		return ""
	}
	var known []string
	for _, provider := range authentication.GetProviders() {
		if provider.GetIssuer() != fmt.Sprint(m.token["iss"]) || !readsAuthorization(provider) {
			known = append(known, provider.GetIssuer())
			continue
		}
		if audiences := provider.GetAudiences(); len(audiences) > 0 && !slices.Contains(audiences, fmt.Sprint(m.token["aud"])) {
			return "the audience is not one of " + strings.Join(audiences, ", ")
		}
		if header := provider.GetForwardPayloadHeader(); header != "" {
			m.set(strings.ToLower(header), "(payload)")
		}
		for _, claim := range provider.GetClaimToHeaders() {
			if value, ok := m.token[claim.GetClaimName()]; ok {
				m.set(strings.ToLower(claim.GetHeaderName()), fmt.Sprint(value))
			}
		}
		e.claims = m.token
		if !provider.GetForward() {
			m.remove("authorization")
		}
		return ""
	}
	return fmt.Sprintf("the issuer is none of %s", strings.Join(known, ", "))
}

func readsAuthorization(p *jwtv3.JwtProvider) bool {
	return len(p.GetFromHeaders()) == 0 && len(p.GetFromParams()) == 0 ||
		slices.ContainsFunc(p.GetFromHeaders(), func(h *jwtv3.JwtHeader) bool { return strings.EqualFold(h.GetName(), "authorization") })
}

func required(r *jwtv3.JwtRequirement) bool {
	switch kind := r.GetRequiresType().(type) {
	case nil, *jwtv3.JwtRequirement_AllowMissing, *jwtv3.JwtRequirement_AllowMissingOrFailed:
		return false
	case *jwtv3.JwtRequirement_RequiresAny:
		return !slices.ContainsFunc(kind.RequiresAny.GetRequirements(), func(one *jwtv3.JwtRequirement) bool { return !required(one) })
	case *jwtv3.JwtRequirement_RequiresAll:
		return slices.ContainsFunc(kind.RequiresAll.GetRequirements(), required)
	case *jwtv3.JwtRequirement_ProviderName, *jwtv3.JwtRequirement_ProviderAndAudiences:
		return true
	}
	panic(fmt.Sprintf("requirement %T", r.GetRequiresType()))
}
