// Command api-server proves on a real API server that a cluster accepts the
// change from manifests without interceptions to manifests with them, and back.
//
//	api-server BEFORE AFTER [BEFORE AFTER]...
//	api-server --helm FUNCTIONS PROGRAMS
//
// Each pair is applied before, after, after, before, as server-side apply does
// it for kubectl, Argo CD and Flux. It needs kube-apiserver, etcd and the
// folder crds in --tools; both servers listen on loopback, on free ports, and
// end with this program.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// The kernel ends the servers with the thread that started them; this one lives
// as long as the program.
func init() { runtime.LockOSThread() }

func main() {
	home, _ := os.UserHomeDir()
	tools := os.Getenv("PROXY_SERVICE_TOOLS")
	if tools == "" {
		tools = filepath.Join(home, ".cache/proxy-service-tools")
	}
	flag.StringVar(&tools, "tools", tools, "where tests/tools/install.sh puts things")
	timeout := flag.Duration("timeout", 5*time.Minute, "for everything")
	functions := flag.String("helm", "", "switch interceptions with both helms and the chart in this folder `functions/`, with the\nprogram in the folder that is the only argument")
	flag.Parse()
	if *functions != "" && flag.NArg() == 1 {
		os.Exit(ended(*timeout, func(ctx context.Context) (bool, error) {
			return withHelm(ctx, tools, *functions, flag.Arg(0))
		}))
	}
	if flag.NArg() == 0 || flag.NArg()%2 != 0 {
		fmt.Fprintln(os.Stderr, "usage: api-server [--tools DIR] [--timeout DURATION] BEFORE AFTER [BEFORE AFTER]... | --helm FUNCTIONS PROGRAMS")
		os.Exit(2)
	}

	os.Exit(ended(*timeout, func(ctx context.Context) (bool, error) { return run(ctx, tools, flag.Args()) }))
}

// ended does the work for a bounded time; the exit code.
func ended(timeout time.Duration, work func(context.Context) (failed bool, err error)) int {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	failed, err := work(ctx)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "api-server:", err)
		return 2
	case failed:
		return 1
	}
	return 0
}

func run(ctx context.Context, tools string, files []string) (failed bool, err error) {
	server, err := startServer(ctx, tools)
	if err != nil {
		return false, err
	}
	defer server.stop()

	client, err := newClient(server.address, server.token)
	if err != nil {
		return false, err
	}
	if err := client.installDefinitions(ctx, filepath.Join(tools, "crds")); err != nil {
		return false, err
	}
	report := &Report{}
	for i := 0; i < len(files); i += 2 {
		if err := provePair(ctx, report, client, files[i], files[i+1]); err != nil {
			return false, fmt.Errorf("%s, %s: %w", files[i], files[i+1], err)
		}
	}
	fmt.Printf("%d passed, %d failed\n", report.passed, report.failed)
	return report.failed > 0, nil
}

// Report prints a line for each fact and counts those that do not hold.
type Report struct{ passed, failed int }

// fact holds if there is no problem with it.
func (r *Report) fact(subject, statement, problem string) {
	if problem == "" {
		r.passed++
		fmt.Printf("ok   %s %s\n", subject, statement)
		return
	}
	r.failed++
	fmt.Printf("FAIL %s %s: %s\n", subject, statement, problem)
}
