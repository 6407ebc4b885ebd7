package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// hashKey is what the route to a cluster hashes, as Envoy's JSON has it.
type hashKey struct {
	Header struct {
		HeaderName string `json:"headerName"`
	} `json:"header"`
	QueryParameter struct {
		Name string `json:"name"`
	} `json:"queryParameter"`
}

// proveStickiness sends the requests of several users, many times each, and
// expects all of a user's at one backend, whichever of the proxies they took,
// and not all users at the same one.
func proveStickiness(ctx context.Context, r *Report, subject string, m *Mesh, port *Port) {
	policy := policyOf(m.front, port)
	if policy != "RING_HASH" && policy != "MAGLEV" || !port.HTTP {
		return
	}
	key := hashOf(m.front.Proxy.Routes, port.TargetCluster)
	if key.Header.HeaderName == "" && key.QueryParameter.Name == "" {
		return // by cookie or source address: there is one client here
	}
	client := newHTTPClient(port)
	defer client.CloseIdleConnections()
	used := map[string]bool{}
	problem := ""
	for user := range 12 {
		own := map[string]bool{}
		for range 20 {
			backend, err := backendOf(ctx, client, m, port, key, fmt.Sprint("user-", user))
			if err != nil {
				problem = err.Error()
			}
			own[backend], used[backend] = true, true
		}
		if len(own) != 1 {
			problem = fmt.Sprintf("a user's requests went to %d backends", len(own))
		}
	}
	if problem == "" && len(used) < 2 {
		problem = "all users went to one backend"
	}
	r.fact(subject, fmt.Sprintf("%s: each of 12 users has one backend", policy), problem)
}

func backendOf(ctx context.Context, client *http.Client, m *Mesh, port *Port, key hashKey, user string) (string, error) {
	target := fmt.Sprintf("http://127.0.0.1:%d%s", m.entry[port.Port], port.Path)
	if name := key.QueryParameter.Name; name != "" {
		target += "?" + url.Values{name: {user}}.Encode()
	}
	message := make([]byte, 5)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(message))
	if err != nil {
		return "", err
	}
	request.Host = m.front.Name
	if key.Header.HeaderName != "" {
		request.Header.Set(key.Header.HeaderName, user)
	}
	if port.HTTP2 {
		request.Header.Set("Content-Type", "application/grpc")
		request.Header.Set("Te", "trailers")
	}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("status %d", response.StatusCode)
	}
	return response.Header.Get("Backend"), nil
}

func hashOf(routes []map[string]any, cluster string) hashKey {
	text, _ := json.Marshal(routes)
	var tables []struct {
		VirtualHosts []struct {
			Routes []struct {
				Route struct {
					Cluster    string    `json:"cluster"`
					HashPolicy []hashKey `json:"hashPolicy"`
				} `json:"route"`
			} `json:"routes"`
		} `json:"virtualHosts"`
	}
	_ = json.Unmarshal(text, &tables)
	for _, table := range tables {
		for _, host := range table.VirtualHosts {
			for _, route := range host.Routes {
				if route.Route.Cluster == cluster && len(route.Route.HashPolicy) > 0 {
					return route.Route.HashPolicy[0]
				}
			}
		}
	}
	return hashKey{}
}
