// Command istio-config asks istiod's own code what it would send to the proxies
// of each interception, and to the sidecars of its clients, and proves from the
// answer that requests are routed and balanced as promised.
//
//	istio-config [--before FILE] FILE...   one line for each proven fact; exit 1 if one does not hold
//	istio-config --dump FILE...            the proxies' configuration as JSON
//	istio-config --follow [--proxies] [--subsets-may-rest] --before FILE STATE...
//	                                       the same of states in the middle of a rollout
//
// FILE holds rendered manifests; - is stdin. With --before, the manifests as
// they were without the function, the proxies' endpoints must be those that
// clients reached before, and clients must follow the user's routes as they
// did, to the pods behind the proxies to which they led.
//
// With --follow, each STATE is what an API server held after a step of a rollout: requests of
// clients must arrive at the application's pods, through proxies or without; with --proxies every
// proxy must also know its way already, whether anybody asks it or not. --subsets-may-rest allows for
// a moment in which every subset of the user's is all pods.
package main

import (
	"flag"
	"fmt"
	"os"

	"istio.io/istio/pkg/log"
	"istio.io/istio/pkg/test"

	"istio/istiod"
)

func main() {
	before := flag.String("before", "", "manifests without the interceptions")
	dump := flag.Bool("dump", false, "print the proxies' configuration as JSON")
	following := flag.Bool("follow", false, "the files are states of a rollout")
	proxies := flag.Bool("proxies", false, "with --follow, look at the proxies too")
	rest := flag.Bool("subsets-may-rest", false, "with --follow, any pod of the Service will do")
	flag.Parse()
	if flag.NArg() == 0 || *following && *before == "" {
		fmt.Fprintln(os.Stderr, "usage: istio-config [--before FILE] [--dump | --follow [--proxies] [--subsets-may-rest]] FILE...")
		os.Exit(2)
	}
	if *following {
		report := Report{out: quiet()}
		if err := followAll(&report, *before, flag.Args(), *proxies, *rest); err != nil {
			fmt.Fprintln(os.Stderr, "istio-config:", err)
			os.Exit(2)
		}
		os.Exit(report.close())
	}
	code, err := run(flag.Args(), *before, *dump)
	if err != nil {
		fmt.Fprintln(os.Stderr, "istio-config:", err)
		os.Exit(2)
	}
	os.Exit(code)
}

func run(files []string, beforeFile string, dump bool) (int, error) {
	answers := quiet()
	manifests, err := istiod.ReadFiles(files)
	if err != nil {
		return 0, err
	}
	fronts, skipped, err := findFronts(manifests)
	if err != nil {
		return 0, err
	}
	var earlier *Manifests
	if beforeFile != "" {
		if earlier, err = istiod.ReadFiles([]string{beforeFile}); err != nil {
			return 0, err
		}
	}

	prepared := findPrepared(manifests, fronts)

	report := Report{out: answers}
	// Wrap runs on a goroutine of its own; t.Fatal of Istio's code ends that one.
	err = test.Wrap(func(t test.Failer) {
		mesh := istiod.New(t, manifests)
		var former *Mesh
		if earlier != nil && !dump {
			former = istiod.New(t, earlier)
		}
		if dump {
			dumpProxies(t, answers, mesh, fronts)
			return
		}
		provePrepared(&report, prepared, mesh, earlier, former)
		var before *Mesh
		if earlier != nil && len(requestsOf(earlier)) > 0 {
			before = istiod.New(t, earlier)
		}
		for _, front := range fronts {
			proveProxies(&report, mesh, front)
			proveClients(&report, mesh, front)
			if earlier != nil {
				proveSamePods(&report, earlier, mesh, front)
				proveSameRoutes(&report, former, mesh, front)
			}
			if before != nil {
				proveCallers(&report, earlier, before, mesh, front)
			}
		}
	})
	if err != nil || dump {
		return 0, err
	}
	for _, reason := range skipped {
		fmt.Fprintln(answers, "skip", reason)
	}
	if len(fronts) == 0 && len(skipped) == 0 && len(prepared) == 0 {
		return 0, fmt.Errorf("no Service in the input is intercepted: none has the label %s in its selector", frontLabel)
	}
	return report.close(), nil
}

// quiet keeps Istio's log, which goes to stdout, away from ours.
func quiet() *os.File {
	answers := os.Stdout
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stdout = null
	}
	for _, scope := range log.Scopes() {
		scope.SetOutputLevel(log.NoneLevel)
	}
	return answers
}
