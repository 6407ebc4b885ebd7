package main

import (
	"fmt"
	"slices"
	"strings"
)

// field is a part of a decision, with the rule by which it is compared.
type field struct {
	name string
	// of is the field's text for a share of the requests; "" is nothing to speak of.
	of func(l leaf, sent message) string
	// wanted is the text that is due after an interception, from the one before; nil for the same.
	wanted func(before string, asked *Asked) string
	// asked leaves the field out where the ProxyService itself asks for another meaning.
	asked func(*Asked) bool
	// atPods is a field of the application's pods: a ProxyService's wish is theirs on any way to them.
	atPods bool
	// chosen is a field of the choice among pods. It is left out where no Envoy chose before, but
	// kube-proxy: to choose better is what the proxies are for.
	chosen bool
	// more is a field that may come, but not go.
	more bool
}

// seen are headers that Envoy's connection managers write; each is a field of its own. (The second
// element of x-forwarded-client-cert, by which the proxies name themselves, is due and not compared.
// Neither are x-envoy-attempt-count and tracing headers, which belong to a hop.)
var seen = []string{"x-forwarded-proto", "x-forwarded-for", "x-request-id", "x-envoy-external-address"}

// subsetHeader is SUBSET_HEADER of the program (src/planes/istio_gateway/mod.rs).
const subsetHeader = "x-msvcbench-subset"

var fields = slices.Concat([]field{
	{name: "path", of: http(func(m message) string { return m.path })},
	{name: "host", of: http(func(m message) string { return m.authority })},
	{name: "method", of: http(func(m message) string { return m.method })},
	{name: "headers", of: func(l leaf, sent message) string {
		if !l.arrived {
			return ""
		}
		return strings.Join(slices.DeleteFunc(changes(sent, l.message), isElsewhere), ", ")
	}},
	// By it routes tell proxies a subset. In the phase Prepare no proxy takes it away.
	{name: subsetHeader, of: func(l leaf, sent message) string {
		if !l.arrived {
			return ""
		}
		isOther := func(change string) bool { return headerOf(change) != subsetHeader }
		return strings.Join(slices.DeleteFunc(changes(sent, l.message), isOther), ", ")
	}, asked: func(a *Asked) bool { return a.Phase == "Prepare" }, atPods: true},
	{name: "protocol", of: func(l leaf, _ message) string { return ifArrived(l, l.message.protocol) }},
	// Who asks for a timeout at the proxies gets it, inside of the client's.
	{name: "timeout", of: func(l leaf, _ message) string {
		if !l.message.http {
			return ""
		}
		return ifArrived(l, shortest(each(l, func(h hop) string { return h.timeout })))
	}, wanted: func(before string, asked *Asked) string {
		if timeout, ok := asked.TrafficPolicy["timeout"].(string); ok && before != "" {
			return shortest([]string{before, timeout})
		}
		return before
	}},
	{name: "timeout per try", of: func(l leaf, _ message) string {
		return ifArrived(l, shortest(each(l, func(h hop) string { return h.perTry })))
	}, asked: func(a *Asked) bool { return a.asks("retries") }},
	{name: "faults", of: joined(func(h hop) string { return h.faults })},
	{name: "cors", of: joined(func(h hop) string { return h.cors })},
	{name: "response headers", of: joined(func(h hop) string { return strings.Join(h.response, ", ") })},
	{name: "mirrors", of: joined(func(h hop) string { return strings.Join(h.mirrors, ", ") })},
	{name: "filters", of: joined(func(h hop) string { return strings.Join(h.filters, ", ") })},
	{name: "upgrades", of: upgrades},

	// Limits are the client's, and stay so: each client has its own, as many as before.
	{name: "limits of the client", of: func(l leaf, _ message) string {
		if envoys := passing(l); l.arrived && len(envoys) > 0 && envoys[0].front == "" {
			return envoys[0].next.limitsText()
		}
		return ""
	}},
	{name: "keepalive", of: func(l leaf, _ message) string {
		if envoys := passing(l); l.arrived && len(envoys) > 0 {
			return envoys[0].next.keepalive
		}
		return ""
	}, more: true},
	// Proxies add none of their own, which all clients would share, unless the ProxyService asks for them.
	{name: "limits of the proxies", of: func(l leaf, _ message) string {
		var found []string
		if !l.arrived {
			return ""
		}
		for i, h := range passing(l) {
			if i > 0 || h.front != "" {
				found = append(found, h.next.countsText())
			}
		}
		return strings.Trim(strings.Join(found, "; "), "; ")
	}, asked: func(a *Asked) bool { return a.asks("connectionPool") }},
	// istiod applies a rule's connectionPool in the sidecars of the pods, too (inbound clusters).
	{name: "limits at the pod", of: func(l leaf, _ message) string {
		if last := len(l.hops) - 1; last >= 0 && l.hops[last].inbound && l.hops[last].next != nil {
			return l.hops[last].next.countsText()
		}
		return ""
	}, asked: func(a *Asked) bool { return a.asks("connectionPool") }, atPods: true},
	// How a connection to the application is kept: by whoever keeps it.
	{name: "connections to pods", of: chosenBy(func(h hop) string { return h.next.connectionsText() }),
		asked: func(a *Asked) bool { return a.asks("connectionPool") }, chosen: true},
	// Pods are judged where they are chosen: at the last hop. Before, that is the client's.
	{name: "outlier detection", of: chosenBy(func(h hop) string { return h.next.outliers }),
		asked: func(a *Asked) bool { return a.asks("outlierDetection") }, chosen: true},
	// Errors of the application would eject proxies.
	{name: "outlier detection of proxies", of: func(l leaf, _ message) string {
		var found []string
		for i, h := range passing(l) {
			if i < len(passing(l))-1 {
				found = append(found, h.next.outliers)
			}
		}
		return strings.Join(slices.DeleteFunc(found, empty), "; ")
	}},
	{name: "balancer", of: chosenBy(func(h hop) string { return h.next.balancer }), asked: balances, chosen: true},
	// Balancers without a table do not ask what a route hashes by.
	{name: "hash", of: chosenBy(func(h hop) string {
		if !strings.HasPrefix(h.next.balancer, "RING_HASH") && !strings.HasPrefix(h.next.balancer, "MAGLEV") {
			return ""
		}
		return strings.Join(h.hash, "; ")
	}), asked: balances, chosen: true},
	// Proxies balance over all zones; only what a rule says about localities stays.
	{name: "localities", of: chosenBy(func(h hop) string { return h.next.locality }),
		asked: func(a *Asked) bool { return a.asks("locality") }, chosen: true},

	// A hop may be encrypted that was not; none may lose it, but by tls.mode DISABLE.
	{name: "encryption", of: func(l leaf, _ message) string {
		if l.arrived && !slices.Contains(l.tls, plaintext) {
			return "each hop"
		}
		return ""
	}, asked: func(a *Asked) bool { return a.TLS.Mode == "DISABLE" }, more: true},
	{name: "TLS of the application", of: func(l leaf, _ message) string {
		if l.arrived && !l.message.http {
			if l.message.name != "" {
				return "the client's for " + l.message.name
			}
			return ""
		}
		if l.arrived && slices.Contains(l.tls, ownTLS) {
			return strings.Join(slices.Compact(slices.Clone(l.details)), ", ")
		}
		return ""
	}},
	{name: "audit", of: func(l leaf, _ message) string {
		if l.audited {
			return "audited"
		}
		return ""
	}},
	{name: "authorizers", of: func(l leaf, _ message) string { return strings.Join(l.asks, ", ") }},
}, triesFields(), seenFields())

func http(of func(message) string) func(leaf, message) string {
	return func(l leaf, _ message) string {
		if !l.arrived || !l.message.http {
			return ""
		}
		return of(l.message)
	}
}

func ifArrived(l leaf, text string) string {
	if !l.arrived {
		return ""
	}
	return text
}

func empty(text string) bool { return text == "" }

// headerOf is the name of the header in an element of changes.
func headerOf(change string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(change, "without "), ":")
	return name
}

// isElsewhere is whether a change has a field of its own.
func isElsewhere(change string) bool {
	return headerOf(change) == subsetHeader || slices.Contains(seen, headerOf(change))
}

func balances(a *Asked) bool {
	return a.LoadBalancer != "" || a.asks("consistentHash", "choiceCount", "warmup", "loadBalancer")
}

// passing are the Envoys that chose among endpoints: all but the application's own sidecar.
func passing(l leaf) []hop {
	return slices.DeleteFunc(slices.Clone(l.hops), func(h hop) bool { return h.inbound || h.next == nil })
}

func chosenBy(of func(hop) string) func(leaf, message) string {
	return func(l leaf, _ message) string {
		if envoys := passing(l); l.arrived && len(envoys) > 0 {
			return of(envoys[len(envoys)-1])
		}
		return ""
	}
}

func each(l leaf, of func(hop) string) []string {
	var found []string
	for _, h := range l.hops {
		if text := of(h); text != "" {
			found = append(found, text)
		}
	}
	return found
}

// joined is what all hops do together. Of what is refused only the refusal counts.
func joined(of func(hop) string) func(leaf, message) string {
	return func(l leaf, _ message) string {
		if l.end == unreachable || l.end == forbidden {
			return ""
		}
		return strings.Join(each(l, of), " and ")
	}
}

// upgrades are those that every hop allows.
func upgrades(l leaf, _ message) string {
	if !l.arrived || !l.message.http || len(l.hops) == 0 {
		return ""
	}
	allowed := slices.Clone(l.hops[0].upgrades)
	for _, h := range l.hops {
		allowed = slices.DeleteFunc(allowed, func(kind string) bool { return !slices.Contains(h.upgrades, kind) })
	}
	return strings.Join(allowed, ", ")
}

// triesFields has a field for each failure that an application can answer with: as many tries as
// before. What never reached it may be tried more often, not less.
func triesFields() []field {
	var found []field
	for _, f := range failures {
		one := field{
			name: "tries after " + f.name,
			of: func(l leaf, _ message) string {
				if !l.arrived || !l.message.http || f.grpc != (l.message.headers["content-type"] == "application/grpc") {
					return ""
				}
				times := tries(l.hops, f)
				switch {
				case f.reached:
					return fmt.Sprint(times)
				case times > 1:
					return "more than one"
				}
				return ""
			},
			asked: func(a *Asked) bool { return a.asks("retries") },
			more:  !f.reached,
		}
		found = append(found, one)
	}
	return found
}

func seenFields() []field {
	var found []field
	for _, name := range seen {
		found = append(found, field{name: name, of: http(func(m message) string { return m.headers[name] })})
	}
	return found
}
