package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	faultv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/fault/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/types/known/anypb"
)

// headers is what a route, a virtual host, a route configuration and a weighted cluster have in common.
type headers interface {
	GetRequestHeadersToAdd() []*corev3.HeaderValueOption
	GetRequestHeadersToRemove() []string
	GetResponseHeadersToAdd() []*corev3.HeaderValueOption
	GetResponseHeadersToRemove() []string
}

// mutate changes the request's headers, from the most specific level to the least: at each level
// removals come first, additions after (HeaderParser::evaluateHeaders).
func mutate(m *message, levels []headers) {
	for _, level := range levels {
		for _, name := range level.GetRequestHeadersToRemove() {
			m.remove(strings.ToLower(name))
		}
		for _, option := range level.GetRequestHeadersToAdd() {
			name, value := strings.ToLower(option.GetHeader().GetKey()), option.GetHeader().GetValue()
			had, present := m.header(name)
			action := option.GetAppendAction()
			if option.GetAppend() != nil { //nolint:staticcheck // istiod writes it
				action = corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD
				if option.GetAppend().GetValue() { //nolint:staticcheck // istiod writes it
					action = corev3.HeaderValueOption_APPEND_IF_EXISTS_OR_ADD
				}
			}
			switch {
			case action == corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD || !present && action != corev3.HeaderValueOption_OVERWRITE_IF_EXISTS:
				m.set(name, value)
			case action == corev3.HeaderValueOption_OVERWRITE_IF_EXISTS && present:
				m.set(name, value)
			case action == corev3.HeaderValueOption_APPEND_IF_EXISTS_OR_ADD:
				m.set(name, had+","+value)
			}
		}
	}
}

// responseOf are the operations on the response's headers.
func responseOf(levels []headers) []string {
	var found []string
	for _, level := range levels {
		for _, name := range level.GetResponseHeadersToRemove() {
			found = append(found, "without "+strings.ToLower(name))
		}
		for _, option := range level.GetResponseHeadersToAdd() {
			found = append(found, fmt.Sprintf("%s %s: %s", strings.ToLower(option.GetAppendAction().String()), strings.ToLower(option.GetHeader().GetKey()), option.GetHeader().GetValue()))
		}
	}
	return found
}

// extensions reads the settings of filters for a route, from the least specific level to the most.
func (h *hop) extensions(levels ...map[string]*anypb.Any) {
	for _, level := range levels {
		for name, config := range level {
			switch name {
			case "envoy.filters.http.fault":
				fault := &faultv3.HTTPFault{}
				if err := config.UnmarshalTo(fault); err != nil {
					panic(err)
				}
				h.faults = textOf(fault)
			case "envoy.filters.http.cors":
				message, err := config.UnmarshalNew()
				if err != nil {
					panic(err)
				}
				h.cors = textOf(message)
			default:
				h.filters = append(slices.Clone(h.filters), name+" for a route")
			}
		}
	}
}

const forwardedFor = "x-forwarded-for"

// manage is what the connection manager itself does to headers: ConnectionManagerUtility::mutateRequestHeaders.
func (e *envoy) manage(m *message, manager *hcmv3.HttpConnectionManager) {
	at := "the client's sidecar"
	if e.gateway() {
		at = "a gateway"
	}
	scheme := "http"
	if e.tls.kind != plaintext {
		scheme = "https"
	}
	trusted := int(manager.GetXffNumTrustedHops())
	edge := manager.GetUseRemoteAddress().GetValue()
	_, known := m.headers["x-forwarded-proto"]
	if edge {
		// Who trusts hops before it counts them from the right; the last one is the peer.
		had := m.headers[forwardedFor]
		e.client = entry(had, trusted-1, e.address)
		if !manager.GetSkipXffAppend() {
			m.set(forwardedFor, strings.TrimPrefix(had+","+e.address, ","))
		}
		internal := had == "" && isInternal(manager, e.client)
		if _, set := m.headers["x-envoy-external-address"]; !internal && (trusted == 0 || !set) {
			m.set("x-envoy-external-address", e.client)
		}
		known = known && trusted > 0
	} else {
		e.client = entry(m.headers[forwardedFor], trusted, e.address)
	}
	if !known {
		m.set("x-forwarded-proto", scheme)
	}
	if generate := manager.GetGenerateRequestId(); generate == nil || generate.GetValue() {
		if _, set := m.headers["x-request-id"]; !set || edge && !manager.GetPreserveExternalRequestId() {
			m.set("x-request-id", "(made by "+at+")")
		}
	}
}

// isInternal is whether an address is one of internal_address_config; by default none is (Envoy 1.33).
func isInternal(manager *hcmv3.HttpConnectionManager, address string) bool {
	client, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(manager.GetInternalAddressConfig().GetCidrRanges(), func(r *corev3.CidrRange) bool {
		prefix, err := netip.ParseAddr(r.GetAddressPrefix())
		return err == nil && netip.PrefixFrom(prefix, int(r.GetPrefixLen().GetValue())).Contains(client)
	})
}

// entry is one of x-forwarded-for, counted from the right, or else the peer's address.
func entry(list string, fromRight int, peer string) string {
	entries := strings.Split(strings.ReplaceAll(list, " ", ""), ",")
	if at := len(entries) - 1 - fromRight; list != "" && fromRight >= 0 && at >= 0 {
		return entries[at]
	}
	return peer
}
