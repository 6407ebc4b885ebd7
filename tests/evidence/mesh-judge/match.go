package main

import (
	"fmt"
	"net/url"
	"strings"

	"istio/istiod"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
)

// matches is Envoy's RouteMatch (route_components.proto).
func matches(match *routev3.RouteMatch, m message, at string) bool {
	path, query, _ := strings.Cut(m.path, "?")
	fold := func(s string) string { return s }
	if sensitive := match.GetCaseSensitive(); sensitive != nil && !sensitive.GetValue() {
		fold = strings.ToLower
	}
	switch specifier := match.GetPathSpecifier().(type) {
	case *routev3.RouteMatch_Prefix:
		if !strings.HasPrefix(fold(path), fold(specifier.Prefix)) {
			return false
		}
	case *routev3.RouteMatch_Path:
		if fold(path) != fold(specifier.Path) {
			return false
		}
	case *routev3.RouteMatch_PathSeparatedPrefix:
		prefix := fold(specifier.PathSeparatedPrefix)
		if fold(path) != prefix && !strings.HasPrefix(fold(path), prefix+"/") {
			return false
		}
	case *routev3.RouteMatch_SafeRegex:
		if !istiod.Regex(specifier.SafeRegex.GetRegex()).MatchString(path) {
			return false
		}
	default:
		panic(fmt.Sprintf("%s: path %T", at, match.GetPathSpecifier()))
	}
	if match.GetRuntimeFraction() != nil || len(match.GetDynamicMetadata()) > 0 || len(match.GetFilterState()) > 0 || match.GetTlsContext() != nil {
		panic(fmt.Sprintf("%s: match %s", at, textOf(match)))
	}
	for _, h := range match.GetHeaders() {
		if !istiod.MatchHeader(h, m.header) {
			return false
		}
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		panic(err)
	}
	for _, parameter := range match.GetQueryParameters() {
		if !values.Has(parameter.GetName()) {
			return false
		}
		if text := parameter.GetStringMatch(); text != nil && !istiod.MatchString(text, values.Get(parameter.GetName())) {
			return false
		}
	}
	return match.GetGrpc() == nil || m.headers["content-type"] == "application/grpc"
}

// rewrite is RouteAction's prefix_rewrite, regex_rewrite and host_rewrite_specifier.
func rewrite(m *message, match *routev3.RouteMatch, action *routev3.RouteAction) {
	if replacement := action.GetPrefixRewrite(); replacement != "" {
		m.path = replaced(m.path, match, replacement)
	}
	if regex := action.GetRegexRewrite(); regex != nil {
		path, query, asked := strings.Cut(m.path, "?")
		path = substitute(path, regex.GetPattern().GetRegex(), regex.GetSubstitution())
		if asked {
			path += "?" + query
		}
		m.path = path
	}
	switch host := action.GetHostRewriteSpecifier().(type) {
	case nil:
	case *routev3.RouteAction_HostRewriteLiteral:
		m.authority = host.HostRewriteLiteral
	case *routev3.RouteAction_AutoHostRewrite:
		if host.AutoHostRewrite.GetValue() {
			panic("auto_host_rewrite")
		}
	default:
		panic(fmt.Sprintf("host rewrite %T", host))
	}
}

// replaced is the path with the text that matched replaced.
func replaced(path string, match *routev3.RouteMatch, replacement string) string {
	length := 0
	switch specifier := match.GetPathSpecifier().(type) {
	case *routev3.RouteMatch_Prefix:
		length = len(specifier.Prefix)
	case *routev3.RouteMatch_Path:
		length = len(specifier.Path)
	case *routev3.RouteMatch_PathSeparatedPrefix:
		length = len(specifier.PathSeparatedPrefix)
	}
	return replacement + path[length:]
}

// substitute is RE2's GlobalReplace, with \1 for a group.
func substitute(text, pattern, substitution string) string {
	var go1 strings.Builder
	for i := 0; i < len(substitution); i++ {
		switch c := substitution[i]; {
		case c == '\\' && i+1 < len(substitution):
			i++
			fmt.Fprintf(&go1, "${%c}", substitution[i])
		case c == '$':
			go1.WriteString("$$")
		default:
			go1.WriteByte(c)
		}
	}
	return istiod.Part(pattern).ReplaceAllString(text, go1.String())
}

// redirected is the answer of a RedirectAction: status and location.
func redirected(r *routev3.RedirectAction, match *routev3.RouteMatch, m message) string {
	scheme, host, path := m.headers["x-forwarded-proto"], m.authority, m.path
	if r.GetSchemeRedirect() != "" {
		scheme = r.GetSchemeRedirect()
	}
	if r.GetHttpsRedirect() {
		scheme = "https"
	}
	if r.GetHostRedirect() != "" {
		host = r.GetHostRedirect()
	}
	if r.GetPortRedirect() != 0 {
		name, _, _ := strings.Cut(host, ":")
		host = fmt.Sprintf("%s:%d", name, r.GetPortRedirect())
	}
	switch {
	case r.GetPathRedirect() != "":
		path = r.GetPathRedirect()
	case r.GetPrefixRewrite() != "":
		path = replaced(path, match, r.GetPrefixRewrite())
	case r.GetRegexRewrite() != nil:
		path = substitute(path, r.GetRegexRewrite().GetPattern().GetRegex(), r.GetRegexRewrite().GetSubstitution())
	}
	code := map[routev3.RedirectAction_RedirectResponseCode]int{
		routev3.RedirectAction_MOVED_PERMANENTLY: 301, routev3.RedirectAction_FOUND: 302, routev3.RedirectAction_SEE_OTHER: 303,
		routev3.RedirectAction_TEMPORARY_REDIRECT: 307, routev3.RedirectAction_PERMANENT_REDIRECT: 308,
	}[r.GetResponseCode()]
	return fmt.Sprintf("%d to %s://%s%s", code, scheme, host, path)
}

func percent(f *typev3.FractionalPercent) float64 {
	whole := map[typev3.FractionalPercent_DenominatorType]float64{
		typev3.FractionalPercent_HUNDRED: 100, typev3.FractionalPercent_TEN_THOUSAND: 10_000, typev3.FractionalPercent_MILLION: 1_000_000,
	}[f.GetDenominator()]
	return float64(f.GetNumerator()) * 100 / whole
}
