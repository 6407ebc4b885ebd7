package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// hostForms are the Host headers with which clients call a front.
func hostForms(front *Front, port *Port) []string {
	var forms []string
	for _, suffix := range []string{"", "." + front.Namespace, "." + front.Namespace + ".svc", "." + front.Namespace + ".svc.cluster.local"} {
		forms = append(forms, front.Name+suffix, fmt.Sprintf("%s%s:%d", front.Name, suffix, port.Port))
	}
	return forms
}

// proveRequests proves, and says whether it could, that every way to call the
// front is answered by the application, and that the proxies take mutual TLS only.
func proveRequests(ctx context.Context, r *Report, subject string, m *Mesh, port *Port) bool {
	holds := true
	if port.MutualTLS {
		problem := "it was answered"
		if err := m.callPlain(ctx, port); err != nil {
			problem = ""
		}
		holds = r.fact(subject, "plaintext to the proxies is refused", problem)
	}
	if !port.HTTP {
		return r.fact(subject, "TCP connection", problemOf(callTCP(ctx, m.entry[port.Port]))) && holds
	}
	client := newHTTPClient(port)
	defer client.CloseIdleConnections()
	for _, host := range hostForms(m.front, port) {
		identity := ""
		if port.MutualTLS {
			identity = m.client.name
		}
		problem := problemOf(callHTTP(ctx, client, m.entry[port.Port], port, host, identity))
		holds = r.fact(subject, protocolOf(port)+" Host "+host, problem) && holds
	}
	return holds
}

// callPlain calls a proxy as somebody outside of the mesh would.
func (m *Mesh) callPlain(ctx context.Context, port *Port) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if !port.HTTP {
		return callTCP(ctx, m.proxyPorts[0][port.Port])
	}
	client := newHTTPClient(port)
	defer client.CloseIdleConnections()
	return callHTTP(ctx, client, m.proxyPorts[0][port.Port], port, m.front.Name, "")
}

func protocolOf(port *Port) string {
	if port.HTTP2 {
		return "gRPC"
	}
	return "HTTP/1.1"
}

func problemOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// newHTTPClient speaks what a client's sidecar speaks to the proxies: HTTP/2
// for ports that are declared so.
func newHTTPClient(port *Port) *http.Client {
	protocols := &http.Protocols{}
	protocols.SetHTTP1(!port.HTTP2)
	protocols.SetUnencryptedHTTP2(port.HTTP2)
	return &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{Protocols: protocols, MaxIdleConnsPerHost: 64},
	}
}

const requestID = "asked-by-the-client"

// asWithoutProxies is what an application sees of a call by another pod's sidecar.
var asWithoutProxies = way(http.Header{"X-Forwarded-Proto": {"http"}})

// callHTTP sends a request, or a gRPC call with an empty message, and checks the
// answer. Where an identity is given, the proxies must have seen it.
func callHTTP(ctx context.Context, client *http.Client, port int, kind *Port, host, identity string) error {
	message := []byte("hello")
	if kind.HTTP2 {
		message = make([]byte, 5) // uncompressed, no bytes
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d%s", port, kind.Path), bytes.NewReader(message))
	if err != nil {
		return err
	}
	request.Host = host
	request.Header.Set("X-Request-Id", requestID)
	if kind.HTTP2 {
		request.Header.Set("Content-Type", "application/grpc")
		request.Header.Set("Te", "trailers")
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return err
	case response.StatusCode != http.StatusOK:
		return fmt.Errorf("status %d %s", response.StatusCode, body)
	case response.Header.Get("Backend") == "":
		return fmt.Errorf("the answer is not the application's: gRPC status %q %q", response.Header.Get("Grpc-Status"), response.Header.Get("Grpc-Message"))
	case !bytes.Equal(body, message):
		return fmt.Errorf("sent %q, got back %q", message, body)
	case response.Header.Get("Seen-Host") != host:
		return fmt.Errorf("the application saw Host %q", response.Header.Get("Seen-Host"))
	case !strings.Contains(response.Header.Get("Seen-Client"), identity):
		return fmt.Errorf("the proxies saw the client %q", response.Header.Get("Seen-Client"))
	case response.Header.Get("Seen-Request") != requestID:
		return fmt.Errorf("the application saw the request's id %q", response.Header.Get("Seen-Request"))
	case response.Header.Get("Seen-Way") != asWithoutProxies:
		return fmt.Errorf("the application saw %s", response.Header.Get("Seen-Way"))
	case kind.HTTP2 && response.Header.Get("Seen-Protocol") != "HTTP/2.0":
		return fmt.Errorf("the application saw %s", response.Header.Get("Seen-Protocol"))
	case kind.HTTP2 && response.Trailer.Get("Grpc-Status") != "0":
		return fmt.Errorf("no gRPC status in the trailers: %v", response.Trailer)
	}
	return nil
}

// callTCP connects, waits for the server's first word, and gets its own word back.
func callTCP(ctx context.Context, port int) error {
	var dialer net.Dialer
	c, err := dialer.DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	defer c.Close()
	deadline := time.Now().Add(10 * time.Second)
	if earlier, ok := ctx.Deadline(); ok && earlier.Before(deadline) {
		deadline = earlier
	}
	_ = c.SetDeadline(deadline)
	reader := bufio.NewReader(c)
	if _, err := reader.ReadString('\n'); err != nil {
		return fmt.Errorf("no greeting: %w", err)
	}
	if _, err := c.Write([]byte("hello\n")); err != nil {
		return err
	}
	if echo, err := reader.ReadString('\n'); err != nil || echo != "hello\n" {
		return fmt.Errorf("sent hello, got back %q: %v", echo, err)
	}
	return nil
}

const (
	requests = 600
	workers  = 16
)

// proveBalancing sends requests from many clients at once while one backend of
// four is slow. Under least request that one gets the smallest share, far less
// than the quarter that it would get by chance.
func proveBalancing(ctx context.Context, r *Report, subject string, m *Mesh, port *Port) {
	policy := policyOf(m.front, port)
	if policy != "LEAST_REQUEST" {
		return
	}
	backends := m.backends[port.TargetCluster]
	backends.reset(true)
	defer backends.reset(false)
	client := newHTTPClient(port)
	defer client.CloseIdleConnections()

	jobs := make(chan struct{})
	failures := make(chan error, requests)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for range jobs {
				var err error
				if port.HTTP {
					err = callHTTP(ctx, client, m.entry[port.Port], port, m.front.Name, "")
				} else {
					err = callTCP(ctx, m.entry[port.Port])
				}
				if err != nil {
					failures <- err
				}
			}
		})
	}
	for range requests {
		jobs <- struct{}{}
	}
	close(jobs)
	group.Wait()
	close(failures)

	var shares []string
	smallest := true
	for i := range backends.served {
		share := backends.served[i].Load()
		shares = append(shares, fmt.Sprint(share))
		smallest = smallest && (i == slowest || share > backends.served[slowest].Load())
	}
	statement := fmt.Sprintf("%s: the slow one of four gets the smallest share of %d: %s", policy, requests, strings.Join(shares, " "))
	problem := ""
	if err := <-failures; err != nil {
		problem = err.Error()
	} else if share := backends.served[slowest].Load(); !smallest || share > requests*15/100 {
		problem = fmt.Sprintf("it got %d", share)
	}
	r.fact(subject, statement, problem)
}

func policyOf(front *Front, port *Port) any {
	for _, c := range front.Proxy.Clusters {
		if c["name"] == port.TargetCluster {
			if c["lbPolicy"] == nil {
				return "ROUND_ROBIN" // the first of the enumeration is left out in JSON
			}
			return c["lbPolicy"]
		}
	}
	return nil
}
