package main

import (
	"slices"
	"strings"
)

// Difference is a field of a decision that is not what it was.
type Difference struct {
	Request string `json:"request"`
	Field   string `json:"field"`
	Before  string `json:"before"`
	After   string `json:"after"`
}

// compare holds the decisions against each other, field by field, by the rules in fields.go. Where
// requests end otherwise, the other fields are compared for the ends that both have.
func compare(r *Request, was, is decision, all map[string]*Asked, localityMatters bool) []Difference {
	asked := askedOn(is, all)
	var found []Difference
	// What was broken before has no meaning to keep. What somebody refused has.
	if !slices.ContainsFunc(was.leaves, func(l leaf) bool { return !l.broken }) {
		return nil
	}
	if slices.ContainsFunc(is.leaves, func(l leaf) bool { return keptOut(l, all) }) {
		return nil
	}
	differ := func(field string, before, after []string) bool {
		if slices.Equal(before, after) {
			return false
		}
		found = append(found, Difference{r.String(), field, strings.Join(before, ", "), strings.Join(after, ", ")})
		return true
	}
	end := func(l leaf) string { return l.end }
	before, after, count := slices.DeleteFunc(slices.Clone(was.leaves), func(l leaf) bool { return l.broken }), is.leaves, shares
	if kept := len(before) < len(was.leaves) && noFewer(before, after); kept || differ("end", shares(was.leaves, end), shares(after, end)) {
		common := func(of []leaf) func(leaf) bool {
			return func(l leaf) bool {
				return !slices.ContainsFunc(of, func(other leaf) bool { return other.end == l.end })
			}
		}
		after = slices.DeleteFunc(slices.Clone(after), common(before))
		before = slices.DeleteFunc(before, common(is.leaves))
		count = kinds
	}
	for _, field := range fields {
		if field.leftOut(asked, all) || field.name == "localities" && !localityMatters || field.chosen && !chosen(before) {
			continue
		}
		expected := func(l leaf) string {
			text := field.of(l, was.sent)
			if field.wanted != nil && l.behind {
				text = field.wanted(text, asked)
			}
			return labelled(l, text)
		}
		got := func(l leaf) string { return labelled(l, field.of(l, is.sent)) }
		was, is := count(before, expected), count(after, got)
		if slices.ContainsFunc(was, func(text string) bool { return strings.Contains(text, nowhere) }) {
			continue
		}
		if field.more && !slices.ContainsFunc(was, func(text string) bool { return !slices.Contains(is, text) }) {
			continue
		}
		differ(field.name, was, is)
	}
	return found
}

// noFewer is whether each end has as large a share of the requests as before at the least. Where a part of
// them was broken, any other end will do for that part.
func noFewer(before, after []leaf) bool {
	sums := map[string]float64{}
	for _, l := range after {
		sums[l.end] += l.share
	}
	for _, l := range before {
		sums[l.end] -= l.share
	}
	return !slices.ContainsFunc(before, func(l leaf) bool { return sums[l.end] < -0.0005 })
}

// keptOut is whether proxies refuse a connection without a certificate of the mesh by the choice of their
// ProxyService: whoever writes ISTIO_MUTUAL says that every client comes with one (PS021, PS099), and is asked
// no more.
func keptOut(l leaf, all map[string]*Asked) bool {
	workload, why, _ := strings.Cut(l.because, ": ")
	asked := all[strings.TrimSuffix(workload, "-proxy")]
	return (why == meetsTLS || why == noCertificate) && asked != nil && asked.TLS.Mode == "ISTIO_MUTUAL"
}

func (f field) leftOut(asked *Asked, all map[string]*Asked) bool {
	if f.asked == nil {
		return false
	}
	if f.atPods {
		for _, one := range all {
			if f.asked(one) {
				return true
			}
		}
	}
	return f.asked(asked)
}

// chosen tells whether an Envoy chose each pod that was reached.
func chosen(leaves []leaf) bool {
	return !slices.ContainsFunc(leaves, func(l leaf) bool {
		envoys := passing(l)
		return l.arrived && (len(envoys) == 0 || envoys[len(envoys)-1].next.balancer == originalDestination)
	})
}

// originalDestination is the balancer of a cluster that sends requests on to where they were going.
const originalDestination = "CLUSTER_PROVIDED"

func labelled(l leaf, text string) string {
	if text == "" {
		return ""
	}
	return l.end + ": " + text
}

// kinds is shares without the shares.
func kinds(leaves []leaf, text func(leaf) string) []string {
	var found []string
	for _, l := range leaves {
		if t := text(l); t != "" {
			found = append(found, t)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// askedOn is what the ProxyServices ask for whose proxies are on the way.
func askedOn(is decision, all map[string]*Asked) *Asked {
	for _, l := range is.leaves {
		for _, h := range l.hops {
			if asked := all[h.front]; asked != nil {
				return asked
			}
		}
	}
	return &Asked{}
}

// askedOnCopies is askedOn, and where the request itself goes past all proxies what those of its copies do.
func askedOnCopies(is decision, all map[string]*Asked) *Asked {
	if asked := askedOn(is, all); asked.front != "" {
		return asked
	}
	for _, front := range is.copied {
		if asked := all[front]; asked != nil {
			return asked
		}
	}
	return &Asked{}
}

// asks tells whether trafficPolicy sets one of the fields, for all ports or for one.
func (a *Asked) asks(names ...string) bool {
	settings := []any{a.TrafficPolicy}
	if ports, ok := a.TrafficPolicy["portLevelSettings"].([]any); ok {
		settings = append(settings, ports...)
	}
	return slices.ContainsFunc(settings, func(one any) bool {
		fields, _ := one.(map[string]any)
		return slices.ContainsFunc(names, func(name string) bool { return fields[name] != nil })
	})
}
