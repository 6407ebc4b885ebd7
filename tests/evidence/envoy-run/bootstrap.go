package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Role is one Envoy: what istiod would send to it, and where it is here.
type Role struct {
	name     string
	view     *View
	identity *Identity
	// listening maps `address:port` of the listeners that are run to ports of this machine.
	listening map[string]int
	// endpoints maps clusters to what they send to; the others send to nothing.
	endpoints map[string][]Endpoint
	// plaintext are the clusters whose endpoints have no sidecar here.
	plaintext map[string]bool
}

// Endpoint is an address on loopback, with the metadata of the endpoint of the
// mesh that it stands for.
type Endpoint struct {
	port     int
	metadata any
}

// bootstrap makes a file for Envoy from what istiod would send. Routes, load
// balancing and TLS stay as they are. Changed is what needs istiod or Istio's
// build of Envoy:
//
//   - no tracing, and no filter whose name begins with `istio.`: not in Envoy's own build;
//   - routes, endpoints and certificates inline: there is nobody to ask for them;
//   - loopback addresses, to which listeners bind: nothing redirects connections.
func (role *Role) bootstrap() ([]byte, error) {
	routes := map[string]any{}
	for _, r := range role.view.Routes {
		name, _ := r["name"].(string)
		// The decorator is a tracer's. Not every cluster that a client's routes name is run.
		fields := without(r, "decorator").(map[string]any)
		fields["validateClusters"] = false
		routes[name] = fields
	}
	listeners := []any{}
	for _, l := range role.view.Listeners {
		port, run := role.listening[addressOf(l)]
		if !run {
			continue
		}
		l = role.local(l)
		l["address"] = address(port)
		delete(l, "bindToPort")
		for _, chain := range list(l["filterChains"]) {
			for _, filter := range list(chain.(map[string]any)["filters"]) {
				if err := inline(filter.(map[string]any)["typedConfig"], routes); err != nil {
					return nil, err
				}
			}
		}
		listeners = append(listeners, l)
	}
	clusters := []any{}
	for _, c := range role.view.Clusters {
		clusters = append(clusters, role.cluster(c))
	}
	return json.MarshalIndent(map[string]any{
		"node":            map[string]any{"id": role.name, "cluster": role.name},
		"staticResources": map[string]any{"listeners": listeners, "clusters": clusters},
	}, "", " ")
}

// local is a copy without Istio's own, and with certificates.
func (role *Role) local(fields map[string]any) map[string]any {
	copied := without(fields, "tracing").(map[string]any)
	role.adapt(copied)
	return copied
}

// adapt drops the filters of Istio's build and puts certificates in, at every depth.
func (role *Role) adapt(value any) any {
	switch v := value.(type) {
	case map[string]any:
		if common, ok := v["commonTlsContext"].(map[string]any); ok {
			role.identity.secrets(common)
		}
		for key, child := range v {
			v[key] = role.adapt(child)
		}
	case []any:
		v = slices.DeleteFunc(v, func(child any) bool {
			fields, _ := child.(map[string]any)
			name, _ := fields["name"].(string)
			return fields["typedConfig"] != nil && strings.HasPrefix(name, "istio.")
		})
		for i, child := range v {
			v[i] = role.adapt(child)
		}
		return v
	}
	return value
}

func (role *Role) cluster(c map[string]any) map[string]any {
	name, _ := c["name"].(string)
	c = role.local(c)
	for _, field := range []string{"metadata", "filters", "altStatName", "edsClusterConfig"} {
		delete(c, field)
	}
	// All subsets of a host have the same endpoints here.
	if parts := strings.Split(name, "|"); len(parts) == 4 {
		name = parts[0] + "|" + parts[1] + "||" + parts[3]
	}
	if role.plaintext[name] {
		delete(c, "transportSocket")
		delete(c, "transportSocketMatches")
	}
	if c["type"] != "EDS" {
		return c
	}
	endpoints := []any{}
	for _, e := range role.endpoints[name] {
		endpoint := map[string]any{"endpoint": map[string]any{"address": address(e.port)}}
		if e.metadata != nil {
			endpoint["metadata"] = e.metadata
		}
		endpoints = append(endpoints, endpoint)
	}
	c["type"] = "STATIC"
	c["loadAssignment"] = map[string]any{
		"clusterName": c["name"], "endpoints": []any{map[string]any{"lbEndpoints": endpoints}},
	}
	return c
}

// inline puts the routes that a connection manager would ask istiod for into it.
func inline(filter any, routes map[string]any) error {
	manager, _ := filter.(map[string]any)
	rds, asks := manager["rds"].(map[string]any)
	if !asks {
		return nil
	}
	name, _ := rds["routeConfigName"].(string)
	if routes[name] == nil {
		return fmt.Errorf("a listener asks for the routes %q, which istiod does not have", name)
	}
	delete(manager, "rds")
	manager["routeConfig"] = routes[name]
	return nil
}

// without is a deep copy that lacks the fields at every depth.
func without(value any, fields ...string) any {
	switch v := value.(type) {
	case map[string]any:
		copied := map[string]any{}
		for key, child := range v {
			if !slices.Contains(fields, key) {
				copied[key] = without(child, fields...)
			}
		}
		return copied
	case []any:
		copied := []any{}
		for _, child := range v {
			copied = append(copied, without(child, fields...))
		}
		return copied
	}
	return value
}

func address(port int) map[string]any {
	return map[string]any{"socketAddress": map[string]any{"address": "127.0.0.1", "portValue": port}}
}

// addressOf is a listener's `address:port`.
func addressOf(listener map[string]any) string {
	a, _ := listener["address"].(map[string]any)
	socket, _ := a["socketAddress"].(map[string]any)
	return fmt.Sprintf("%v:%v", socket["address"], socket["portValue"])
}

func list(value any) []any {
	l, _ := value.([]any)
	return l
}
