package istiod

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
)

// MatchHeader is Envoy's HeaderMatcher (route_components.proto) for names in lower case.
func MatchHeader(h *routev3.HeaderMatcher, headers func(name string) (string, bool)) bool {
	value, ok := headers(strings.ToLower(h.Name))
	if !ok && h.TreatMissingHeaderAsEmpty {
		ok = true
	}
	if present, is := h.HeaderMatchSpecifier.(*routev3.HeaderMatcher_PresentMatch); is {
		return (ok == present.PresentMatch) != h.InvertMatch
	}
	// treat_missing_header_as_empty: without it an absent header matches nothing, inverted or not.
	if !ok {
		return false
	}
	var matched bool
	switch rule := h.HeaderMatchSpecifier.(type) {
	case *routev3.HeaderMatcher_StringMatch:
		matched = MatchString(rule.StringMatch, value)
	case *routev3.HeaderMatcher_RangeMatch:
		number, err := strconv.ParseInt(value, 10, 64)
		matched = err == nil && number >= rule.RangeMatch.Start && number < rule.RangeMatch.End
	case nil:
		matched = true
	default:
		panic(fmt.Sprintf("header %T", h.HeaderMatchSpecifier))
	}
	return matched != h.InvertMatch
}

// MatchString is Envoy's StringMatcher.
func MatchString(m *matcherv3.StringMatcher, value string) bool {
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
		return Regex(pattern.SafeRegex.Regex).MatchString(value)
	}
	panic(fmt.Sprintf("string %T", m.MatchPattern))
}

var expressions sync.Map

// Regex is the expression for the whole of a text: Envoy uses RE2's full match.
func Regex(text string) *regexp.Regexp {
	if known, ok := expressions.Load(text); ok {
		return known.(*regexp.Regexp)
	}
	compiled := regexp.MustCompile("^(?:" + text + ")$")
	expressions.Store(text, compiled)
	return compiled
}

// uriTemplate follows uri_template_match.proto: `*` is one segment, `**` any number of them.
func uriTemplate(template string) *regexp.Regexp {
	var parts []string
	for _, segment := range strings.Split(template, "/") {
		switch segment {
		case "*", "{*}":
			parts = append(parts, "[^/]+")
		case "**", "{**}":
			parts = append(parts, ".*")
		default:
			parts = append(parts, regexp.QuoteMeta(segment))
		}
	}
	return Regex(strings.Join(parts, "/"))
}

// metadata knows one filter that writes what policies read: jwt_authn, with the claims of a token.
func metadata(m *matcherv3.MetadataMatcher, r Request) bool {
	if m.Filter != "envoy.filters.http.jwt_authn" {
		panic("metadata of " + m.Filter)
	}
	var value any = map[string]any{"payload": r.Claims}
	for _, segment := range m.Path {
		fields, ok := value.(map[string]any)
		if !ok {
			return m.Invert
		}
		if value, ok = fields[segment.GetKey()]; !ok {
			return m.Invert
		}
	}
	return matchValue(m.Value, value) != m.Invert
}

func matchValue(m *matcherv3.ValueMatcher, value any) bool {
	switch pattern := m.MatchPattern.(type) {
	case *matcherv3.ValueMatcher_StringMatch:
		text, ok := value.(string)
		return ok && MatchString(pattern.StringMatch, text)
	case *matcherv3.ValueMatcher_OrMatch:
		return slices.ContainsFunc(pattern.OrMatch.ValueMatchers, func(one *matcherv3.ValueMatcher) bool { return matchValue(one, value) })
	case *matcherv3.ValueMatcher_ListMatch:
		list, ok := value.([]any)
		return ok && slices.ContainsFunc(list, func(one any) bool { return matchValue(pattern.ListMatch.GetOneOf(), one) })
	case *matcherv3.ValueMatcher_PresentMatch:
		return pattern.PresentMatch
	}
	panic(fmt.Sprintf("value %T", m.MatchPattern))
}

// Part is the expression for any part of a text.
func Part(text string) *regexp.Regexp {
	return regexp.MustCompile(text)
}
