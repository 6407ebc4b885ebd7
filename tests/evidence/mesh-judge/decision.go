package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"istio/istiod"

	corev1 "k8s.io/api/core/v1"
)

// decision is what becomes of a request: shares with one end and one meaning each.
type decision struct {
	leaves []leaf
	sent   message
	// copied are the fronts, namespace/name, through whose proxies copies of the request went.
	copied []string
}

// decide follows the request. The client's pod is described by the world before. What was asked for is what
// the world does not do by itself.
func (w *world) decide(before *world, r *Request, asked *Asked) decision {
	j := &journey{world: w, asked: asked}
	m := message{http: r.isHTTP(), protocol: map[string]string{"http": "http/1.1", "h2": "h2", "grpc": "h2"}[r.protocol()]}
	if !m.http {
		m.protocol = r.protocol()
		m.name, _, _ = strings.Cut(r.Host, ":")
	} else {
		m.method, m.path, m.authority, m.headers = r.method(), r.path(), r.Host, map[string]string{}
		for name, value := range r.Headers {
			m.headers[strings.ToLower(name)] = value
		}
		if r.protocol() == "grpc" {
			m.headers["content-type"] = "application/grpc"
		}
		if r.Claims != nil {
			m.headers["authorization"], m.token = "Bearer (token)", r.Claims
		}
	}
	t := trip{share: 1, message: m}
	client, err := before.client(r.From)
	if err != nil {
		panic(err)
	}
	host, _, _ := strings.Cut(r.Host, ":")
	switch {
	case r.Past != "":
		j.past(t, client, r)
	case r.From.Gateway != "":
		gateway, err := w.client(r.From)
		if err != nil {
			panic(err)
		}
		to := address{gateway.Status.PodIP, r.Port}
		j.arrive(t, gateway, connection{address: "203.0.113.7", to: to, tls: r.ownTLS(host)})
	default:
		for _, ip := range first(w.resolve(host, client.Namespace)) {
			called := address{ip, r.Port}
			if w.captures(client, called) {
				j.outbound(t, client, called, r.ownTLS(host))
				continue
			}
			j.each(t, w.behind(called), func(t trip, to address) { j.connect(t, client, to, r.ownTLS(host)) })
		}
	}
	return decision{j.leaves, m, j.copied}
}

func first(addresses []string) []string { return addresses[:min(1, len(addresses))] }

// ownTLS is what a client speaks by itself.
func (r *Request) ownTLS(host string) secured {
	if r.protocol() == "tls" {
		return secured{kind: ownTLS, sni: host, alpn: []string{"h2", "http/1.1"}}
	}
	return secured{kind: plaintext}
}

// past asks pods directly, as another Service over the same pods would have clients do.
func (j *journey) past(t trip, client *corev1.Pod, r *Request) {
	namespace, workload, _ := strings.Cut(r.Past, "/")
	pod, err := j.world.podOf(namespace, workload)
	if err != nil {
		panic(err)
	}
	tls := secured{kind: plaintext}
	if j.world.mesh.Cluster.HasSidecar(client) && pod.Labels[istiod.TLSModeLabel] == "istio" {
		tls = secured{kind: meshTLS, identity: j.world.identity(client), alpn: []string{"istio-http/1.1", "istio", "http/1.1"}}
		if !t.message.http {
			tls.alpn = []string{"istio-peer-exchange", "istio"}
		}
	}
	j.connect(t, client, address{pod.Status.PodIP, r.Port}, tls)
}

// shares adds up the leaves that have one text. An empty text counts for nothing.
func shares(leaves []leaf, text func(leaf) string) []string {
	sums := map[string]float64{}
	for _, l := range leaves {
		if t := text(l); t != "" {
			sums[t] += l.share
		}
	}
	var found []string
	for _, t := range slices.Sorted(maps.Keys(sums)) {
		found = append(found, strconv.FormatFloat(math.Round(sums[t]*1000)/10, 'f', -1, 64)+"% "+t)
	}
	return found
}

// tell is for readers: each share with the way that it took.
func (d decision) tell() []string {
	return shares(d.leaves, func(l leaf) string {
		var b strings.Builder
		for _, h := range l.hops {
			fmt.Fprintf(&b, "%s → ", h.tell())
		}
		b.WriteString(l.end)
		if l.because != "" {
			fmt.Fprintf(&b, " (%s)", l.because)
		}
		if l.arrived && l.message.http {
			fmt.Fprintf(&b, " gets %s http://%s%s", l.message.method, l.message.authority, l.message.path)
			for _, change := range changes(d.sent, l.message) {
				b.WriteString(" " + change)
			}
		}
		if l.audited {
			b.WriteString(" audited")
		}
		for _, asked := range l.asks {
			b.WriteString(" asked " + asked)
		}
		return b.String()
	})
}

func (h hop) tell() string {
	text := h.at
	if h.front != "" {
		text += " (proxies of " + h.front + ")"
	}
	var notes []string
	note := func(name, value string) {
		if value != "" {
			notes = append(notes, strings.TrimSpace(name+" "+value))
		}
	}
	if !h.inbound {
		if h.timeout != "0s" {
			note("timeout", h.timeout)
		}
		note("per try", h.perTry)
		if h.retries.times > 0 && !h.retries.isDefault() {
			note("retries", fmt.Sprintf("%d on %s", h.retries.times, strings.Join(h.retries.on, ",")))
		}
	}
	note("fault", h.faults)
	note("cors", h.cors)
	note("hash", strings.Join(h.hash, "; "))
	note("response", strings.Join(h.response, ", "))
	note("filters", strings.Join(h.filters, ", "))
	note("mirrors", strings.Join(h.mirrors, ", "))
	if h.next != nil {
		note("limits", h.next.limitsText())
		note("outliers", h.next.outliers)
		if h.next.balancer != "LEAST_REQUEST" && !h.inbound {
			note("", h.next.balancer)
		}
		note("localities", h.next.locality)
	}
	if len(notes) > 0 {
		text += " [" + strings.Join(notes, "; ") + "]"
	}
	return text
}

// changes are the headers that the application sees otherwise than they were sent.
func changes(sent, got message) []string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(got.headers)) {
		if was, ok := sent.headers[name]; !ok || was != got.headers[name] {
			found = append(found, name+": "+got.headers[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sent.headers)) {
		if _, ok := got.headers[name]; !ok {
			found = append(found, "without "+name)
		}
	}
	return found
}

// shortest is the smallest of the durations; 0s means none.
func shortest(texts []string) string {
	var best time.Duration
	for _, text := range texts {
		d, err := time.ParseDuration(text)
		if err == nil && d > 0 && (best == 0 || d < best) {
			best = d
		}
	}
	if best == 0 {
		return "none"
	}
	return best.String()
}
