package main

import (
	"fmt"
	"slices"
	"strings"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
)

// retries are how often an Envoy tries again, by what went wrong.
type retries struct {
	times uint32
	on    []string
	codes []uint32
}

func retriesOf(policy *routev3.RetryPolicy) retries {
	r := retries{codes: policy.GetRetriableStatusCodes()}
	if policy == nil || policy.GetRetryOn() == "" {
		return r
	}
	r.times = 1
	if policy.GetNumRetries() != nil {
		r.times = policy.GetNumRetries().GetValue()
	}
	r.on = strings.Split(strings.ReplaceAll(policy.GetRetryOn(), " ", ""), ",")
	return r
}

// isDefault tells whether these are Istio's own (retry.DefaultPolicy), which are not worth a word.
func (r retries) isDefault() bool {
	return r.times == 2 && strings.Join(r.on, ",") == "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes"
}

func perTry(policy *routev3.RetryPolicy) string {
	if policy.GetPerTryTimeout() == nil {
		return ""
	}
	return policy.GetPerTryTimeout().AsDuration().String()
}

// A failure is something that can go wrong at a pod.
type failure struct {
	name   string
	status uint32
	// outwards is what the next Envoy towards the client sees of it: Envoy answers 503 for what it
	// could not send or got no answer to (router.proto), to gRPC with UNAVAILABLE.
	outwards string
	// reached is whether the application may have begun to work.
	reached bool
	grpc    bool
	// on are the words of retry_on that mean it (x-envoy-retry-on, x-envoy-retry-grpc-on).
	on []string
}

var failures = []failure{
	{name: "connect failure", outwards: "status 503", on: []string{"connect-failure", "5xx", "reset"}},
	{name: "refused stream", outwards: "status 503", on: []string{"refused-stream", "5xx", "reset"}},
	{name: "reset", outwards: "status 503", reached: true, on: []string{"reset", "5xx"}},
	{name: "status 409", status: 409, reached: true, on: []string{"retriable-4xx"}},
	{name: "status 429", status: 429, reached: true},
	{name: "status 500", status: 500, reached: true, on: []string{"5xx"}},
	{name: "status 502", status: 502, reached: true, on: []string{"5xx", "gateway-error"}},
	{name: "status 503", status: 503, reached: true, on: []string{"5xx", "gateway-error"}},
	{name: "gRPC UNAVAILABLE", grpc: true, reached: true, on: []string{"unavailable"}},
	{name: "gRPC CANCELLED", grpc: true, reached: true, on: []string{"cancelled"}},
	{name: "gRPC DEADLINE_EXCEEDED", grpc: true, reached: true, on: []string{"deadline-exceeded"}},
	{name: "gRPC RESOURCE_EXHAUSTED", grpc: true, reached: true, on: []string{"resource-exhausted"}},
	{name: "gRPC INTERNAL", grpc: true, reached: true, on: []string{"internal"}},
}

func (r retries) tries(f failure) int {
	means := slices.ContainsFunc(f.on, func(word string) bool { return slices.Contains(r.on, word) })
	if f.status != 0 && (slices.Contains(r.on, "retriable-status-codes") && slices.Contains(r.codes, f.status) || slices.Contains(r.on, fmt.Sprint(f.status))) {
		means = true
	}
	if !means {
		return 1
	}
	return 1 + int(r.times)
}

// tries are how often pods of the application are asked when each time the same goes wrong there:
// every Envoy on the way multiplies, by what it sees of the failure.
func tries(hops []hop, f failure) int {
	total := 1
	for i := len(hops) - 1; i >= 0; i-- {
		if hops[i].inbound {
			continue
		}
		total *= hops[i].retries.tries(f)
		if f.outwards != "" {
			outwards := f.outwards
			f = failures[slices.IndexFunc(failures, func(known failure) bool { return known.name == outwards })]
		}
	}
	return total
}
