// Command argocd is what of Argo CD the tests need, as Argo CD's own code has it.
//
//	argocd serve [OPTIONS]                                the plugin server, argocd-cmp-server
//	argocd generate PLUGIN REPOSITORY PATH [NAME=VALUE]... what the repo-server asks a plugin for an Application
//	argocd parameters PLUGIN REPOSITORY PATH [NAME=VALUE]... what the user interface asks it
//	argocd strict FILE...                                  Applications and plugin configurations, no unknown field
//	argocd health ARGOCD_CM OBJECTS                        how healthy Argo CD takes each object to be
//	argocd options ARGOCD_CM                               what it hands to kustomize build
//
// The server's paths come from its own variables: ARGOCD_PLUGINSOCKFILEPATH and ARGOCD_CMP_WORKDIR.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/argoproj/argo-cd/v3/cmd/argocd-cmp-server/commands"
)

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("no command"))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	command, arguments := os.Args[1], os.Args[2:]
	switch command {
	case "serve":
		server := commands.NewCommand()
		server.SetArgs(arguments)
		fail(server.Execute())
	case "generate":
		fail(generate(ctx, arguments))
	case "parameters":
		fail(parameters(ctx, arguments))
	case "strict":
		fail(strict(arguments))
	case "health":
		fail(assess(ctx, arguments))
	case "options":
		fail(options(ctx, arguments))
	default:
		fail(fmt.Errorf("no command %q", command))
	}
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
