package main

import (
	"fmt"
	"strings"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	tcpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	httpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	"google.golang.org/protobuf/types/known/durationpb"

	networking "istio.io/api/networking/v1alpha3"
)

// provePolicy proves that what the DestinationRule says for a port arrives in
// the cluster: every field that it sets, none that it does not.
func provePolicy(r *Report, subject string, c *clusterv3.Cluster, policy *networking.TrafficPolicy_PortTrafficPolicy) {
	proveLimits(r, subject, c, policy.GetConnectionPool())
	proveOutliers(r, subject, c.GetOutlierDetection(), policy.GetOutlierDetection())
	if o := policy.GetOutlierDetection(); o != nil {
		r.fact(subject, "healthy pods under which all are used", c.GetCommonLbConfig().GetHealthyPanicThreshold().GetValue(), o.MinHealthPercent)
	}

	balancer := policy.GetLoadBalancer()
	if warmup := balancer.GetWarmup(); warmup != nil {
		slow := c.GetLeastRequestLbConfig().GetSlowStartConfig()
		if c.GetLbPolicy() == clusterv3.Cluster_ROUND_ROBIN {
			slow = c.GetRoundRobinLbConfig().GetSlowStartConfig()
		}
		minimum, aggression := 10.0, 1.0 // setWarmup of cluster_traffic_policy.go
		if warmup.MinimumPercent != nil {
			minimum = warmup.MinimumPercent.Value
		}
		if warmup.Aggression != nil {
			aggression = warmup.Aggression.Value
		}
		r.fact(subject, "warmup", fmt.Sprint(long(slow.GetSlowStartWindow()), slow.GetMinWeightPercent().GetValue(), slow.GetAggression().GetDefaultValue()),
			fmt.Sprint(long(warmup.Duration), minimum, aggression))
	}
	if size := balancer.GetConsistentHash().GetRingHash().GetMinimumRingSize(); size > 0 {
		r.fact(subject, "places on the hash ring", c.GetRingHashLbConfig().GetMinimumRingSize().GetValue(), size)
	}
	if size := balancer.GetConsistentHash().GetMaglev().GetTableSize(); size > 0 {
		r.fact(subject, "places in the Maglev table", c.GetMaglevLbConfig().GetTableSize().GetValue(), size)
	}
	if len(balancer.GetLocalityLbSetting().GetDistribute()) > 0 {
		r.fact(subject, "localities have weights", c.GetCommonLbConfig().GetLocalityWeightedLbConfig() != nil, true)
	}
}

func proveLimits(r *Report, subject string, c *clusterv3.Cluster, pool *networking.ConnectionPoolSettings) {
	set := func(name string, got, expected any, isSet bool) {
		if isSet {
			r.fact(subject, name, got, expected)
		}
	}
	limits := &clusterv3.CircuitBreakers_Thresholds{}
	if all := c.GetCircuitBreakers().GetThresholds(); len(all) > 0 {
		limits = all[0]
	}
	options := &httpv3.HttpProtocolOptions{}
	if any := c.GetTypedExtensionProtocolOptions()["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"]; any != nil {
		if err := any.UnmarshalTo(options); err != nil {
			r.fact(subject, "HTTP protocol options", err, nil)
		}
	}
	common := options.GetCommonHttpProtocolOptions()

	tcp, http := pool.GetTcp(), pool.GetHttp()
	set("maxConnections", limits.GetMaxConnections().GetValue(), tcp.GetMaxConnections(), tcp.GetMaxConnections() > 0)
	set("connectTimeout", long(c.GetConnectTimeout()), long(tcp.GetConnectTimeout()), tcp.GetConnectTimeout() != nil)
	set("maxConnectionDuration", long(common.GetMaxConnectionDuration()), long(tcp.GetMaxConnectionDuration()), tcp.GetMaxConnectionDuration() != nil)
	keepalive, asked := c.GetUpstreamConnectionOptions().GetTcpKeepalive(), tcp.GetTcpKeepalive()
	set("tcpKeepalive.probes", keepalive.GetKeepaliveProbes().GetValue(), asked.GetProbes(), asked.GetProbes() > 0)
	set("tcpKeepalive.time", keepalive.GetKeepaliveTime().GetValue(), asked.GetTime().GetSeconds(), asked.GetTime() != nil)
	set("tcpKeepalive.interval", keepalive.GetKeepaliveInterval().GetValue(), asked.GetInterval().GetSeconds(), asked.GetInterval() != nil)
	set("tcp.idleTimeout", long(common.GetIdleTimeout()), long(tcp.GetIdleTimeout()), tcp.GetIdleTimeout() != nil && http.GetIdleTimeout() == nil)

	set("http1MaxPendingRequests", limits.GetMaxPendingRequests().GetValue(), http.GetHttp1MaxPendingRequests(), http.GetHttp1MaxPendingRequests() > 0)
	set("http2MaxRequests", limits.GetMaxRequests().GetValue(), http.GetHttp2MaxRequests(), http.GetHttp2MaxRequests() > 0)
	set("maxRequestsPerConnection", common.GetMaxRequestsPerConnection().GetValue(), http.GetMaxRequestsPerConnection(), http.GetMaxRequestsPerConnection() > 0)
	set("maxRetries", limits.GetMaxRetries().GetValue(), http.GetMaxRetries(), http.GetMaxRetries() > 0)
	set("http.idleTimeout", long(common.GetIdleTimeout()), long(http.GetIdleTimeout()), http.GetIdleTimeout() != nil)
	h2 := options.GetExplicitHttpConfig().GetHttp2ProtocolOptions()
	set("HTTP/2 to the pods", h2 != nil, true, http.GetH2UpgradePolicy() == networking.ConnectionPoolSettings_HTTPSettings_UPGRADE)
	set("HTTP as the client speaks it", options.GetUseDownstreamProtocolConfig() != nil, true, http.GetUseClientProtocol())
	set("maxConcurrentStreams", h2.GetMaxConcurrentStreams().GetValue(), http.GetMaxConcurrentStreams(), http.GetMaxConcurrentStreams() > 0 && h2 != nil)
}

func proveOutliers(r *Report, subject string, got *clusterv3.OutlierDetection, asked *networking.OutlierDetection) {
	if asked == nil {
		r.fact(subject, "outlier detection", got != nil, false)
		return
	}
	set := func(name string, got, expected any, isSet bool) {
		if isSet {
			r.fact(subject, name, got, expected)
		}
	}
	r.fact(subject, "splitExternalLocalOriginErrors", got.GetSplitExternalLocalOriginErrors(), asked.GetSplitExternalLocalOriginErrors())
	set("consecutiveLocalOriginFailures", got.GetConsecutiveLocalOriginFailure().GetValue(), asked.GetConsecutiveLocalOriginFailures().GetValue(), asked.ConsecutiveLocalOriginFailures != nil)
	set("consecutiveGatewayErrors", got.GetConsecutiveGatewayFailure().GetValue(), asked.GetConsecutiveGatewayErrors().GetValue(), asked.ConsecutiveGatewayErrors != nil)
	set("consecutive5xxErrors", got.GetConsecutive_5Xx().GetValue(), asked.GetConsecutive_5XxErrors().GetValue(), asked.Consecutive_5XxErrors != nil)
	set("interval", long(got.GetInterval()), long(asked.Interval), asked.Interval != nil)
	set("baseEjectionTime", long(got.GetBaseEjectionTime()), long(asked.BaseEjectionTime), asked.BaseEjectionTime != nil)
	set("maxEjectionPercent", got.GetMaxEjectionPercent().GetValue(), asked.MaxEjectionPercent, asked.MaxEjectionPercent > 0)
}

// proveRoutes proves timeout, retries and hash of the routes that the port's
// requests take; by name they are those of the VirtualService.
func proveRoutes(r *Report, subject string, front *Front, host *routev3.VirtualHost, hash *networking.LoadBalancerSettings_ConsistentHashLB) {
	for _, route := range host.GetRoutes() {
		asked := front.Routes[route.GetName()]
		if asked == nil || route.GetRoute() == nil {
			continue
		}
		what := "route " + route.GetName() + " "
		action := route.GetRoute()
		timeout := long(action.GetTimeout())
		if action.GetTimeout().AsDuration() == 0 {
			timeout = "none"
		}
		r.fact(subject, what+"timeout", timeout, long(asked.GetTimeout()))
		r.fact(subject, what+"retries", retriesOf(action.GetRetryPolicy()), askedRetries(asked.GetRetries(), hash != nil))
		if hash != nil {
			var keys []string
			for _, policy := range action.GetHashPolicy() {
				keys = append(keys, hashOf(policy))
			}
			r.fact(subject, what+"hash", strings.Join(keys, ", "), askedHash(hash))
		}
	}
}

// proveConnectionHash: only the source address of a connection can be hashed.
func proveConnectionHash(r *Report, subject string, chain *listenerv3.FilterChain, hash *networking.LoadBalancerSettings_ConsistentHashLB) {
	if hash == nil {
		return
	}
	hashed := false
	for _, filter := range chain.GetFilters() {
		t := &tcpv3.TcpProxy{}
		if filter.GetTypedConfig().MessageIs(t) && filter.GetTypedConfig().UnmarshalTo(t) == nil {
			hashed = len(t.GetHashPolicy()) == 1 && t.GetHashPolicy()[0].GetSourceIp() != nil
		}
	}
	r.fact(subject, "connections are hashed by source address", hashed, true)
}

func retriesOf(p *routev3.RetryPolicy) string {
	if p == nil {
		return "none"
	}
	words := p.GetRetryOn()
	for _, code := range p.GetRetriableStatusCodes() {
		words += fmt.Sprintf(",%d", code)
	}
	return fmt.Sprintf("%d, each %s, on %s, backoff %s, elsewhere %t, other localities %t", p.GetNumRetries().GetValue(),
		long(p.GetPerTryTimeout()), words, long(p.GetRetryBackOff().GetBaseInterval()),
		len(p.GetRetryHostPredicate()) > 0, p.GetRetryPriority() != nil)
}

// askedRetries is ConvertPolicy of retry.go.
func askedRetries(asked *networking.HTTPRetry, hashed bool) string {
	attempts, on := int32(2), "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes"
	elsewhere := !hashed
	if asked != nil {
		if asked.Attempts == 0 {
			return "none"
		}
		attempts = asked.Attempts
		if asked.RetryOn != "" {
			var words, codes []string
			for _, word := range strings.Split(asked.RetryOn, ",") {
				if strings.Trim(word, "0123456789") == "" {
					codes = append(codes, word)
				} else {
					words = append(words, word)
				}
			}
			if len(codes) > 0 {
				words = append(words, "retriable-status-codes")
			}
			on = strings.Join(append(words, codes...), ",")
		}
		if asked.RetryIgnorePreviousHosts != nil {
			elsewhere = asked.RetryIgnorePreviousHosts.Value
		}
	}
	return fmt.Sprintf("%d, each %s, on %s, backoff %s, elsewhere %t, other localities %t", attempts,
		long(asked.GetPerTryTimeout()), on, long(asked.GetBackoff()), elsewhere, asked.GetRetryRemoteLocalities().GetValue())
}

func hashOf(p *routev3.RouteAction_HashPolicy) string {
	switch {
	case p.GetHeader() != nil:
		return "header " + p.GetHeader().HeaderName
	case p.GetCookie() != nil:
		return fmt.Sprintf("cookie %s %s %s", p.GetCookie().Name, p.GetCookie().Path, long(p.GetCookie().Ttl))
	case p.GetConnectionProperties().GetSourceIp():
		return "source address"
	case p.GetQueryParameter() != nil:
		return "query " + p.GetQueryParameter().Name
	}
	return "something else"
}

func askedHash(h *networking.LoadBalancerSettings_ConsistentHashLB) string {
	switch {
	case h.GetHttpHeaderName() != "":
		return "header " + h.GetHttpHeaderName()
	case h.GetHttpCookie() != nil:
		return fmt.Sprintf("cookie %s %s %s", h.GetHttpCookie().Name, h.GetHttpCookie().Path, long(h.GetHttpCookie().Ttl))
	case h.GetUseSourceIp():
		return "source address"
	}
	return "query " + h.GetHttpQueryParameterName()
}

// policyOf is what a rule says for a port: port settings take the place of the
// rule's (util.GetPortLevelTrafficPolicy).
func policyOf(rule *networking.DestinationRule, port uint32) *networking.TrafficPolicy_PortTrafficPolicy {
	policy := rule.GetTrafficPolicy()
	for _, settings := range policy.GetPortLevelSettings() {
		if settings.GetPort().GetNumber() == port {
			return settings
		}
	}
	return &networking.TrafficPolicy_PortTrafficPolicy{
		LoadBalancer: policy.GetLoadBalancer(), ConnectionPool: policy.GetConnectionPool(),
		OutlierDetection: policy.GetOutlierDetection(), Tls: policy.GetTls(),
	}
}

// long writes a duration, and "none" for none.
func long(d *durationpb.Duration) string {
	if d == nil {
		return "none"
	}
	return d.AsDuration().String()
}
