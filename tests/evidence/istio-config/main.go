// Command istio-config asks istiod's own code what it would send to the proxies
// of each interception, and to the sidecars of its clients, and proves from the
// answer that requests are routed and balanced as promised.
//
//	istio-config [--before FILE] FILE...   one line for each proven fact; exit 1 if one does not hold
//	istio-config --dump FILE...            the proxies' configuration as JSON
//
// FILE holds rendered manifests; - is stdin. With --before, the manifests as
// they were without the function, the proxies' endpoints must be those that
// clients reached before, and the user's routes must treat requests at the
// proxies as they did at the clients.
package main

import (
	"flag"
	"fmt"
	"os"

	"istio.io/istio/pkg/log"
	"istio.io/istio/pkg/test"
)

func main() {
	before := flag.String("before", "", "manifests without the interceptions")
	dump := flag.Bool("dump", false, "print the proxies' configuration as JSON")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: istio-config [--before FILE] [--dump] FILE...")
		os.Exit(2)
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
	manifests, err := readFiles(files)
	if err != nil {
		return 0, err
	}
	fronts, skipped, err := findFronts(manifests)
	if err != nil {
		return 0, err
	}
	var earlier *Manifests
	if beforeFile != "" {
		if earlier, err = readFiles([]string{beforeFile}); err != nil {
			return 0, err
		}
	}

	report := Report{out: answers}
	// Wrap runs on a goroutine of its own; t.Fatal of Istio's code ends that one.
	err = test.Wrap(func(t test.Failer) {
		mesh := newMesh(t, manifests)
		var former *Mesh
		if earlier != nil && !dump {
			former = newMesh(t, earlier)
		}
		if dump {
			dumpProxies(t, answers, mesh, fronts)
			return
		}
		var before *Mesh
		if earlier != nil && len(requestsOf(earlier)) > 0 {
			before = newMesh(t, earlier)
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
	if len(fronts) == 0 && len(skipped) == 0 {
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
