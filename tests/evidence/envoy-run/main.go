// Command envoy-run runs what istiod would send to the proxies of an
// interception in two real Envoys and what it would send to a client's sidecar
// in a third, with four backends of the application behind, and sends requests
// all the way. Between sidecar and proxies goes the mesh's mutual TLS.
//
//	envoy-run FILE...
//
// FILE holds rendered manifests; every interception in it of the Istio data
// plane is run. What is changed of the configuration, and why, is in
// bootstrap.go. Everything is on loopback, on free ports, and ends with this program.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// Front is an interception, as `istio-config --dump` prints it.
type Front struct {
	Namespace      string `json:"namespace"`
	Name           string `json:"name"`
	ClusterIP      string `json:"clusterIP"`
	ServiceAccount string `json:"serviceAccount"`
	Ports          []Port `json:"ports"`
	Proxy          View   `json:"proxy"`
	Client         View   `json:"client"`
}

// Port says where the proxies listen for a port of the front, and to which
// clusters clients and proxies send.
type Port struct {
	Port          int    `json:"port"`
	Listening     int    `json:"listening"`
	FrontCluster  string `json:"frontCluster"`
	TargetCluster string `json:"targetCluster"`
	HTTP          bool   `json:"http"`
	HTTP2         bool   `json:"http2"`
	MutualTLS     bool   `json:"mutualTLS"`
	Passthrough   bool   `json:"passthrough"`
	Path          string `json:"path"`
}

// View is what istiod would send to one Envoy.
type View struct {
	Listeners []map[string]any `json:"listeners"`
	Routes    []map[string]any `json:"routes"`
	Clusters  []map[string]any `json:"clusters"`
	Endpoints []map[string]any `json:"endpoints"`
}

// The kernel ends an Envoy with the thread that started it; this one lives as
// long as the program.
func init() { runtime.LockOSThread() }

func main() {
	home, _ := os.UserHomeDir()
	tools := os.Getenv("PROXY_SERVICE_TOOLS")
	if tools == "" {
		tools = filepath.Join(home, ".cache/proxy-service-tools")
	}
	flag.StringVar(&tools, "tools", tools, "where tests/tools/install.sh puts things")
	timeout := flag.Duration("timeout", 2*time.Minute, "for everything")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: envoy-run [--tools DIR] [--timeout DURATION] FILE...")
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	report := &Report{}
	err := run(ctx, report, filepath.Join(tools, "bin"), flag.Args())
	stop()
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "envoy-run:", err)
		os.Exit(2)
	}
	fmt.Printf("%d passed, %d failed\n", report.passed, report.failed)
	if report.failed > 0 {
		os.Exit(1)
	}
}

func run(ctx context.Context, r *Report, programs string, files []string) error {
	dump := exec.CommandContext(ctx, filepath.Join(programs, "istio-config"), append([]string{"--dump"}, files...)...)
	dump.Stderr = os.Stderr
	text, err := dump.Output()
	if err != nil {
		return fmt.Errorf("istio-config --dump: %w", err)
	}
	var fronts []Front
	if err := json.Unmarshal(text, &fronts); err != nil {
		return fmt.Errorf("istio-config --dump: %w", err)
	}
	for _, front := range fronts {
		if err := runFront(ctx, r, filepath.Join(programs, "envoy"), &front); err != nil {
			return fmt.Errorf("%s/%s: %w", front.Namespace, front.Name, err)
		}
	}
	return nil
}

// runFront runs one interception.
func runFront(ctx context.Context, r *Report, envoy string, front *Front) error {
	var ports []Port
	for _, port := range front.Ports {
		subject := fmt.Sprintf("%s/%s:%d", front.Namespace, front.Name, port.Port)
		switch {
		case port.Passthrough:
			fmt.Printf("skip %s: the backends here have no TLS to pass on\n", subject)
		case front.ClusterIP == "None":
			fmt.Printf("skip %s: sidecars call its pods by their addresses\n", subject)
		default:
			ports = append(ports, port)
		}
	}
	front.Ports = ports
	mesh, err := startMesh(ctx, envoy, front)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.fact(front.Namespace+"/"+front.Name, "Envoy runs the configuration", problemOf(err))
	if err != nil {
		return nil
	}
	defer mesh.stop()
	for _, port := range front.Ports {
		subject := fmt.Sprintf("%s/%s:%d", front.Namespace, front.Name, port.Port)
		if proveRequests(ctx, r, subject, mesh, &port) {
			proveBalancing(ctx, r, subject, mesh, &port)
			proveStickiness(ctx, r, subject, mesh, &port)
		}
	}
	return ctx.Err()
}

// Report prints a line for each fact and counts those that do not hold.
type Report struct{ passed, failed int }

// fact holds if there is no problem with it.
func (r *Report) fact(subject, statement, problem string) bool {
	if problem == "" {
		r.passed++
		fmt.Printf("ok   %s %s\n", subject, statement)
		return true
	}
	r.failed++
	fmt.Printf("FAIL %s %s: %s\n", subject, statement, problem)
	return false
}
