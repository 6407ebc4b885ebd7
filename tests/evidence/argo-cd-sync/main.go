// Command argo-cd-sync syncs manifests to a real API server with Argo CD's own engine, and writes
// down what the cluster holds after each wave.
//
//	argo-cd-sync --states DIR NAME=FILE [NAME=FILE]...
//
// Each FILE is a state of the application's repository: the first one is synced to an empty
// cluster, the next over it, with pruning. DIR gets a file for each wave of each sync,
// `NN-NAME-wave-W.yaml`, and one for its end, with the objects as they are in the moment in which the wave is applied:
// a Deployment that is new has no ready pods yet. Before the next wave a stand-in for the
// cluster's controllers makes Deployments ready, and has new autoscalers find no metrics, as they do in
// their first minute. Exit 1: a sync does not succeed; 2: it could not be tried.
//
// server.go and client.go are those of ../api-server; installing puts them here.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
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
	states := flag.String("states", "", "folder for the states of the cluster")
	timeout := flag.Duration("timeout", 5*time.Minute, "for everything")
	flag.Parse()
	if flag.NArg() == 0 || *states == "" {
		fmt.Fprintln(os.Stderr, "usage: argo-cd-sync [--tools DIR] [--timeout DURATION] --states DIR NAME=FILE...")
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	failed, err := run(ctx, tools, *states, flag.Args())
	stop()
	cancel()
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "argo-cd-sync:", err)
		os.Exit(2)
	case failed:
		os.Exit(1)
	}
}

func run(ctx context.Context, tools, states string, arguments []string) (failed bool, err error) {
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
	application := &Application{server: server, client: client, folder: states}
	for _, argument := range arguments {
		name, file, ok := strings.Cut(argument, "=")
		if !ok {
			return false, fmt.Errorf("%s: not NAME=FILE", argument)
		}
		objects, err := readManifests(file)
		if err != nil {
			return false, err
		}
		outcome, err := application.sync(ctx, name, objects)
		if err != nil {
			return false, fmt.Errorf("%s: %w", argument, err)
		}
		if outcome != "" {
			fmt.Printf("FAIL %s: Argo CD's sync: %s\n", name, outcome)
			return true, nil
		}
		fmt.Printf("ok   %s: Argo CD's sync succeeds\n", name)
	}
	return false, nil
}
