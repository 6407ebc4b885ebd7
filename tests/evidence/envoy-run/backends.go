package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	fast = 4 * time.Millisecond
	slow = 100 * time.Millisecond
	// slowest is the index of the backend that can be made slow.
	slowest = 0
)

// Backends are four replicas of an application, for one port of the target.
type Backends struct {
	listeners []net.Listener
	servers   []*http.Server
	served    [4]atomic.Int64
	// busy makes replies take time, those of one backend much more.
	busy atomic.Bool
}

func startBackends(port *Port) (*Backends, error) {
	b := &Backends{}
	for i := range b.served {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.stop()
			return nil, err
		}
		b.listeners = append(b.listeners, l)
		if !port.HTTP {
			go b.serveTCP(i, l)
			continue
		}
		protocols := &http.Protocols{}
		protocols.SetHTTP1(true)
		protocols.SetUnencryptedHTTP2(true)
		server := &http.Server{Handler: b.handler(i), Protocols: protocols}
		b.servers = append(b.servers, server)
		go func() { _ = server.Serve(l) }()
	}
	return b, nil
}

func (b *Backends) stop() {
	for _, s := range b.servers {
		_ = s.Close()
	}
	for _, l := range b.listeners {
		_ = l.Close()
	}
}

// work takes as long as the backend is slow.
func (b *Backends) work(i int) {
	b.served[i].Add(1)
	switch {
	case !b.busy.Load():
	case i == slowest:
		time.Sleep(slow)
	default:
		time.Sleep(fast)
	}
}

// handler answers with the protocol, Host and client identity that it sees, and like a gRPC
// server with a status in the trailers.
func (b *Backends) handler(i int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		b.work(i)
		w.Header().Set("Backend", fmt.Sprint(i))
		w.Header().Set("Seen-Protocol", r.Proto)
		w.Header().Set("Seen-Host", r.Host)
		w.Header().Set("Seen-Client", r.Header.Get("X-Forwarded-Client-Cert"))
		w.Header().Set("Seen-Request", r.Header.Get("X-Request-Id"))
		w.Header().Set("Seen-Way", way(r.Header))
		if r.Header.Get("Content-Type") == "application/grpc" {
			w.Header().Set("Content-Type", "application/grpc")
			w.Header().Set("Trailer", "Grpc-Status")
			_, _ = w.Write(body)
			w.Header().Set("Grpc-Status", "0")
			return
		}
		_, _ = w.Write(body)
	})
}

// way is what gateways write of where a request came from.
func way(h http.Header) string {
	return fmt.Sprintf("proto %q, for %q, external address %q", h.Get("X-Forwarded-Proto"), h.Get("X-Forwarded-For"), h.Get("X-Envoy-External-Address"))
}

// serveTCP speaks first, as no HTTP server does, then echoes.
func (b *Backends) serveTCP(i int, l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			b.work(i)
			if _, err := fmt.Fprintf(c, "%d\n", i); err == nil {
				_, _ = io.Copy(c, c)
			}
		}()
	}
}

// reset forgets what was served; busy backends take time from now on.
func (b *Backends) reset(busy bool) {
	b.busy.Store(busy)
	for i := range b.served {
		b.served[i].Store(0)
	}
}

// endpoints are the backends as a cluster's endpoints.
func (b *Backends) endpoints() []Endpoint {
	var found []Endpoint
	for _, l := range b.listeners {
		found = append(found, Endpoint{port: l.Addr().(*net.TCPAddr).Port})
	}
	return found
}
