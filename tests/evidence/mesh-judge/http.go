package main

import (
	"fmt"
	"slices"
	"strings"

	"istio/istiod"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
)

// ordinary are filters that every Envoy of a mesh has, and that change nothing of a request by
// themselves; those that are evaluated here are among them.
var ordinary = map[string]bool{
	"istio.metadata_exchange": true, "istio.stats": true, "istio.alpn": true, "istio_authn": true,
	"envoy.filters.http.rbac": true, "envoy.filters.http.jwt_authn": true, "envoy.filters.http.ext_authz": true,
	"envoy.filters.http.grpc_stats": true, "envoy.filters.http.fault": true, "envoy.filters.http.cors": true,
	"envoy.filters.http.router": true, "envoy.filters.network.rbac": true, "envoy.filters.network.tcp_proxy": true,
	"envoy.filters.http.set_filter_state": true, "envoy.filters.network.set_filter_state": true,
	"connect_authority": true, "envoy.filters.network.http_connection_manager": true,
	"envoy.filters.network.sni_cluster": true, "envoy.filters.network.mongo_proxy": true,
	"envoy.filters.network.redis_proxy": true, "envoy.filters.network.mysql_proxy": true,
}

// http runs the connection manager: its own work on headers, the filters in their order, the route.
func (j *journey) http(t trip, e *envoy, h hop, m *hcmv3.HttpConnectionManager) {
	e.manage(&t.message, m)
	for _, upgrade := range m.GetUpgradeConfigs() {
		if upgrade.GetEnabled() == nil || upgrade.GetEnabled().GetValue() {
			h.upgrades = append(h.upgrades, strings.ToLower(upgrade.GetUpgradeType()))
		}
	}
	for _, filter := range m.GetHttpFilters() {
		enforced, shadow := istiod.RBAC(filter.GetTypedConfig())
		switch {
		case enforced != nil || shadow != nil:
			if !j.authorize(&t, e, enforced, shadow, forbidden) {
				return
			}
		case filter.GetName() == "envoy.filters.http.jwt_authn":
			if refused := e.authenticate(&t.message, filter.GetTypedConfig()); refused != "" {
				j.fail(t, "401", "%s: %s", h.at, refused)
				return
			}
		case !ordinary[filter.GetName()]:
			h.filters = append(h.filters, filter.GetName())
		}
	}
	routes := e.view.RoutesOf(m)
	host := istiod.VirtualHost(routes, t.message.authority)
	if host == nil {
		j.fail(t.with(h), "404", "%s: no virtual host for %s", h.at, t.message.authority)
		return
	}
	if host.GetRequireTls() == routev3.VirtualHost_ALL && t.message.headers["x-forwarded-proto"] != "https" {
		j.fail(t.with(h), "301 to https", "%s: TLS is required", h.at)
		return
	}
	for _, route := range host.GetRoutes() {
		if !matches(route.GetMatch(), t.message, h.at) {
			continue
		}
		j.route(t, e, h, routes, host, route)
		return
	}
	j.fail(t.with(h), "404", "%s: no route for %s %s", h.at, t.message.authority, t.message.path)
}

// route carries out the route that matched.
func (j *journey) route(t trip, e *envoy, h hop, routes *routev3.RouteConfiguration, host *routev3.VirtualHost, route *routev3.Route) {
	h.extensions(routes.GetTypedPerFilterConfig(), host.GetTypedPerFilterConfig(), route.GetTypedPerFilterConfig())
	levels := []headers{route, host, routes}
	switch action := route.GetAction().(type) {
	case *routev3.Route_DirectResponse:
		h.response = responseOf(levels)
		body := action.DirectResponse.GetBody().GetInlineString()
		j.fail(t.with(h), fmt.Sprintf("%d answered %q", action.DirectResponse.GetStatus(), body), "%s: direct response", h.at)
	case *routev3.Route_Redirect:
		h.response = responseOf(levels)
		j.fail(t.with(h), redirected(action.Redirect, route.GetMatch(), t.message), "%s: redirect", h.at)
	case *routev3.Route_Route:
		j.forward(t, e, h, levels, host, route, action.Route)
	default:
		panic(fmt.Sprintf("route action %T", action))
	}
}

// forward sends the request on, each share to its cluster.
func (j *journey) forward(t trip, e *envoy, h hop, levels []headers, host *routev3.VirtualHost, route *routev3.Route, action *routev3.RouteAction) {
	h.timeout = "15s" // RouteAction.timeout
	if action.GetTimeout() != nil {
		h.timeout = action.GetTimeout().AsDuration().String()
	}
	policy := action.GetRetryPolicy()
	if policy == nil {
		policy = host.GetRetryPolicy()
	}
	h.retries, h.perTry = retriesOf(policy), perTry(policy)
	h.hash = hashOf(action.GetHashPolicy())
	rewrite(&t.message, route.GetMatch(), action)

	weights := []*routev3.WeightedCluster_ClusterWeight{{Name: action.GetCluster(), Weight: one}}
	if weighted := action.GetWeightedClusters(); weighted != nil {
		weights = weighted.GetClusters()
	} else if action.GetCluster() == "" {
		panic(fmt.Sprintf("cluster specifier %T", action.GetClusterSpecifier()))
	}
	var total float64
	for _, w := range weights {
		total += float64(w.GetWeight().GetValue())
	}
	for _, w := range weights {
		if w.GetWeight().GetValue() == 0 {
			continue
		}
		share, at := t, h
		share.share *= float64(w.GetWeight().GetValue()) / total
		if w.GetHostRewriteLiteral() != "" {
			share.message.authority = w.GetHostRewriteLiteral()
		}
		at.extensions(w.GetTypedPerFilterConfig())
		all := append([]headers{w}, levels...)
		mutate(&share.message, all)
		at.response = responseOf(all)
		for _, mirror := range action.GetRequestMirrorPolicies() {
			at.mirrors = append(slices.Clone(at.mirrors), j.mirror(share, e, mirror))
		}
		j.cluster(share, e, at, w.GetName())
	}
}

// mirror is where copies of the request go. Envoy marks their host (RequestMirrorPolicy).
func (j *journey) mirror(t trip, e *envoy, policy *routev3.RouteAction_RequestMirrorPolicy) string {
	copies := &journey{world: j.world, asked: j.asked}
	t.share, t.hops = 1, nil
	if !policy.GetDisableShadowHostSuffixAppend() {
		t.message.authority = shadow(t.message.authority)
	}
	for _, mutation := range policy.GetRequestHeadersMutations() {
		panic("a mirror that changes headers: " + textOf(mutation))
	}
	copies.cluster(t, e, hop{at: e.hop().at + "'s mirror"}, policy.GetCluster())
	share := 100.0
	if fraction := policy.GetRuntimeFraction(); fraction != nil {
		share = percent(fraction.GetDefaultValue())
	}
	for _, l := range copies.leaves {
		for _, h := range l.hops {
			j.copied = append(j.copied, h.front)
		}
	}
	ends := shares(copies.leaves, func(l leaf) string {
		if l.broken {
			return nowhere
		}
		return l.end
	})
	return fmt.Sprintf("%g%% of %s to %s", share, t.message.path, strings.Join(ends, " and "))
}

// nowhere is the end of copies that are broken: like a broken request, they have no meaning to keep.
const nowhere = "nowhere"

// shadow is the authority of a copy: the suffix goes before the port.
func shadow(authority string) string {
	if host, port, ok := strings.Cut(authority, ":"); ok {
		return host + "-shadow:" + port
	}
	return authority + "-shadow"
}
