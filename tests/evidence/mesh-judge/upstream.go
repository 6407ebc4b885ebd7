package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	httpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// upstream is a cluster in words: what its authors can set, and what is not the default.
type upstream struct {
	name   string
	limits map[string]string
	// keepalive is the mesh's, too, for every hop.
	keepalive string
	outliers  string
	balancer  string
	locality  string
	// protocol is what the request is spoken in from here on.
	protocol string
}

const unlimited = 4294967295

var one = wrapperspb.UInt32(1)

// describe reads a cluster.
func describe(c *clusterv3.Cluster, m message) *upstream {
	u := &upstream{name: c.GetName(), limits: map[string]string{}, protocol: m.protocol}
	set := func(name string, value any, isSet bool) {
		if isSet {
			u.limits[name] = fmt.Sprint(value)
		}
	}
	for _, limits := range c.GetCircuitBreakers().GetThresholds() {
		for name, value := range map[string]*wrapperspb.UInt32Value{
			"maxConnections": limits.GetMaxConnections(), "pending requests": limits.GetMaxPendingRequests(),
			"requests": limits.GetMaxRequests(), "retries in flight": limits.GetMaxRetries(),
		} {
			set(name, value.GetValue(), value != nil && value.GetValue() != unlimited)
		}
		set("retry budget", textOf(limits.GetRetryBudget()), limits.GetRetryBudget() != nil)
	}
	set("connectTimeout", c.GetConnectTimeout().AsDuration(), c.GetConnectTimeout().GetSeconds() != 10)
	if keepalive := c.GetUpstreamConnectionOptions().GetTcpKeepalive(); keepalive != nil {
		u.keepalive = textOf(keepalive)
	}
	options := &httpv3.HttpProtocolOptions{}
	if packed := c.GetTypedExtensionProtocolOptions()["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"]; packed != nil {
		if err := packed.UnmarshalTo(options); err != nil {
			panic(err)
		}
	}
	common := options.GetCommonHttpProtocolOptions()
	set("idleTimeout", common.GetIdleTimeout().AsDuration(), common.GetIdleTimeout() != nil)
	set("maxConnectionDuration", common.GetMaxConnectionDuration().AsDuration(), common.GetMaxConnectionDuration() != nil)
	set("maxRequestsPerConnection", common.GetMaxRequestsPerConnection().GetValue(), common.GetMaxRequestsPerConnection().GetValue() > 0)
	h2 := options.GetExplicitHttpConfig().GetHttp2ProtocolOptions()
	streams := h2.GetMaxConcurrentStreams().GetValue()
	set("maxConcurrentStreams", streams, streams > 0 && streams < 1<<30)

	if m.http {
		switch {
		case options.GetUseDownstreamProtocolConfig() != nil:
		case h2 != nil:
			u.protocol = "h2"
		default:
			u.protocol = "http/1.1"
		}
	}
	if c.GetOutlierDetection() != nil {
		u.outliers = textOf(c.GetOutlierDetection(), c.GetCommonLbConfig().GetHealthyPanicThreshold())
	}
	u.balancer = balancerOf(c)
	return u
}

// balancerOf is how the cluster chooses among its endpoints.
func balancerOf(c *clusterv3.Cluster) string {
	text := c.GetLbPolicy().String()
	for _, config := range []proto.Message{
		c.GetLeastRequestLbConfig(), c.GetRoundRobinLbConfig(), c.GetRingHashLbConfig(), c.GetMaglevLbConfig(),
	} {
		if config.ProtoReflect().IsValid() {
			text += " " + textOf(config)
		}
	}
	return text
}

// ofConnections are the limits that say how one connection is kept; the others count what there may be
// at a time.
var ofConnections = []string{"connectTimeout", "idleTimeout", "maxConnectionDuration", "maxRequestsPerConnection"}

func (u *upstream) limitsText() string { return u.limitsOf(func(string) bool { return true }) }

func (u *upstream) countsText() string {
	return u.limitsOf(func(name string) bool { return !slices.Contains(ofConnections, name) })
}

func (u *upstream) connectionsText() string {
	return u.limitsOf(func(name string) bool { return slices.Contains(ofConnections, name) })
}

func (u *upstream) limitsOf(which func(name string) bool) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(u.limits)) {
		if which(name) {
			parts = append(parts, name+" "+u.limits[name])
		}
	}
	return strings.Join(parts, ", ")
}

// textOf is messages as text. prototext varies its blanks on purpose.
func textOf(messages ...proto.Message) string {
	var parts []string
	for _, m := range messages {
		if m.ProtoReflect().IsValid() {
			parts = append(parts, strings.Fields(prototext.MarshalOptions{}.Format(m))...)
		}
	}
	return strings.Join(parts, " ")
}

// hashOf is what requests are kept together by. istiod writes the same policy once for each destination of
// a route; twice, it keeps together the same requests.
func hashOf[M proto.Message](policies []M) []string {
	var parts []string
	for _, policy := range policies {
		if text := textOf(policy); !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	return parts
}
