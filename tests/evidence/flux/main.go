// Command flux walks a cluster through what `proxy-service flux` wrote, as Flux does it: with the
// library that kustomize-controller applies and deletes with, the real kustomize, and a real API
// server.
//
//	flux [--tools DIR] ROOT STATE...
//
// Each STATE is a folder under ROOT, and what Git holds after one more commit. After each
// Kustomization of each state: nothing that stays was deleted, and no Service sends clients to
// proxies that are not there. There are no controllers, so nothing gets ready.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"
)

// The kernel ends the servers with the thread that started them.
func init() { runtime.LockOSThread() }

func main() {
	tools := flag.String("tools", os.Getenv("PROXY_SERVICE_TOOLS"), "where tests/tools/install.sh puts things")
	flag.Parse()
	if flag.NArg() < 2 {
		fmt.Fprintln(os.Stderr, "usage: flux [--tools DIR] ROOT STATE...")
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	failed, err := run(ctx, *tools, flag.Arg(0), flag.Args()[1:])
	cancel()
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "flux:", err)
		os.Exit(2)
	case failed > 0:
		os.Exit(1)
	}
}

func run(ctx context.Context, tools, root string, states []string) (failed int, err error) {
	server, err := startServer(ctx, tools)
	if err != nil {
		return 0, err
	}
	defer server.stop()
	cluster, err := newCluster(ctx, server, tools)
	if err != nil {
		return 0, err
	}
	walk := &Walk{cluster: cluster, root: root, inventories: map[string][]Object{}, identities: map[string]string{}}
	for _, state := range states {
		if err := walk.commit(ctx, state); err != nil {
			return 0, fmt.Errorf("%s: %w", state, err)
		}
	}
	fmt.Printf("%d passed, %d failed\n", walk.passed, walk.failed)
	return walk.failed, nil
}
