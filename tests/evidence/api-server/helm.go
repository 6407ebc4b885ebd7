package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Helm is one version of helm, with the release that it makes in a namespace of its own.
type Helm struct {
	program   string
	render    []string // the options that switch the post-renderer on
	namespace string
	chart     string
	env       []string
	client    *Client
}

// What the chart functions/helm/example makes of the release `shop`.
const (
	release = "shop"
	front   = "shop-quotes"
	target  = front + "-ep"
	proxies = front + "-proxy"
)

// newHelms prepares both versions: Helm 4 finds the post-renderer as a plugin in functions/, Helm 3
// names the program. They find `proxy-service` in the folder PROGRAMS.
func newHelms(s *Server, c *Client, tools, functions, programs string) ([]*Helm, error) {
	config := fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: tests,
contexts: [{name: tests, context: {cluster: tests, user: tests}}],
clusters: [{name: tests, cluster: {server: %q, insecure-skip-tls-verify: true}}],
users: [{name: tests, user: {token: %q}}]}`, s.address, s.token)
	if err := os.WriteFile(s.path("kubeconfig"), []byte(config), 0o600); err != nil {
		return nil, err
	}
	env := append(os.Environ(), "KUBECONFIG="+s.path("kubeconfig"),
		"HELM_CACHE_HOME="+s.path("helm"), "HELM_CONFIG_HOME="+s.path("helm"), "HELM_DATA_HOME="+s.path("helm"),
		"PATH="+programs+string(os.PathListSeparator)+os.Getenv("PATH"))
	chart := filepath.Join(functions, "helm/example")
	return []*Helm{
		{filepath.Join(tools, "bin/helm"), []string{"--post-renderer", "proxy-service"}, "with-helm-4", chart,
			append(slices.Clone(env), "HELM_PLUGINS="+functions), c},
		{filepath.Join(tools, "bin/helm-3"), []string{"--post-renderer", "proxy-service",
			"--post-renderer-args", "render", "--post-renderer-args", "-"}, "with-helm-3", chart,
			append(slices.Clone(env), "HELM_PLUGINS="+s.path("helm")), c},
	}, nil
}

// run is a command of helm in its namespace; what it says on both streams, through a pipe.
func (h *Helm) run(ctx context.Context, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, h.program, append(arguments, "--namespace", h.namespace)...)
	command.Env = h.env
	said, err := command.CombinedOutput()
	return strings.TrimSpace(string(said)), err
}

// upgrade installs the release or upgrades it, with the values and perhaps the post-renderer.
func (h *Helm) upgrade(ctx context.Context, render bool, values string) (string, error) {
	arguments := []string{"upgrade", "--install", release, h.chart, "--create-namespace", "--set", values}
	if render {
		arguments = append(arguments, h.render...)
	}
	return h.run(ctx, arguments...)
}

// live is the object in the cluster, or nil.
func (h *Helm) live(ctx context.Context, apiVersion, kind, name string) (*unstructured.Unstructured, error) {
	o := &unstructured.Unstructured{}
	o.SetGroupVersionKind(schema.FromAPIVersionAndKind(apiVersion, kind))
	o.SetNamespace(h.namespace)
	o.SetName(name)
	found, err := h.client.get(ctx, o)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return found, err
}

// state is what matters of the release in the cluster, in one line.
func (h *Helm) state(ctx context.Context) (string, error) {
	var words []string
	for _, name := range []string{front, target} {
		service, err := h.live(ctx, "v1", "Service", name)
		if err != nil {
			return "", err
		}
		if service == nil {
			words = append(words, "no "+name)
			continue
		}
		selector, _, _ := unstructured.NestedStringMap(service.Object, "spec", "selector")
		words = append(words, fmt.Sprintf("%s selects %v", name, selector))
	}
	for _, kind := range [][3]string{
		{"apps/v1", "Deployment", proxies}, {"autoscaling/v2", "HorizontalPodAutoscaler", proxies},
		{"policy/v1", "PodDisruptionBudget", proxies}, {"v1", "ServiceAccount", proxies},
		{"networking.istio.io/v1", "Gateway", proxies}, {"networking.istio.io/v1", "VirtualService", proxies},
		{"networking.istio.io/v1", "DestinationRule", target},
	} {
		o, err := h.live(ctx, kind[0], kind[1], kind[2])
		if err != nil {
			return "", err
		}
		if o != nil {
			words = append(words, kind[1])
		}
	}
	return strings.Join(words, ", "), nil
}

const (
	direct      = "shop-quotes selects map[app.kubernetes.io/instance:shop app.kubernetes.io/name:quotes], no shop-quotes-ep"
	intercepted = "shop-quotes selects map[msvcbench.io/front:shop-quotes], " +
		"shop-quotes-ep selects map[app.kubernetes.io/instance:shop app.kubernetes.io/name:quotes], Deployment, " +
		"HorizontalPodAutoscaler, PodDisruptionBudget, ServiceAccount, Gateway, VirtualService, DestinationRule"
	nothing = "no shop-quotes, no shop-quotes-ep"
)

// revision is the release's youngest: a refused upgrade has one too.
func (h *Helm) revision(ctx context.Context) (string, error) {
	said, err := h.run(ctx, "history", release, "--max", "1", "--output", "json")
	if err != nil {
		return "", fmt.Errorf("helm history: %w: %s", err, said)
	}
	var revisions []struct{ Revision int }
	if err := json.Unmarshal([]byte(said), &revisions); err != nil || len(revisions) != 1 {
		return "", fmt.Errorf("helm history says %q: %w", said, err)
	}
	return fmt.Sprint(revisions[0].Revision), nil
}

// proveHelm switches an interception on and off as a user of Helm does.
func proveHelm(ctx context.Context, r *Report, h *Helm) error {
	address := ""
	history := map[string]string{} // the youngest revision of a state
	steps := []struct {
		name  string
		do    func() (string, error)
		state string
		// What a step that has to fail says; "" where it has to succeed.
		refused string
	}{
		{"without the post-renderer, a ProxyService is refused", func() (string, error) { return h.upgrade(ctx, false, "intercept.enabled=true") }, nothing, "ProxyService"},
		{"install", func() (string, error) { return h.upgrade(ctx, false, "intercept.enabled=false") }, direct, ""},
		{"the post-renderer without a ProxyService changes nothing", func() (string, error) { return h.upgrade(ctx, true, "intercept.enabled=false") }, direct, ""},
		{"upgrade with the interception", func() (string, error) { return h.upgrade(ctx, true, "intercept.enabled=true") }, intercepted, ""},
		{"a wrong value is refused, and the finding is shown", func() (string, error) {
			return h.upgrade(ctx, true, "intercept.enabled=true,intercept.maxReplicas=lots")
		}, intercepted, "error PS005"},
		{"upgrade of the interception", func() (string, error) { return h.upgrade(ctx, true, "intercept.enabled=true,intercept.maxReplicas=9") }, intercepted, ""},
		{"rollback to before the interception", func() (string, error) { return h.run(ctx, "rollback", release, history[direct]) }, direct, ""},
		{"rollback to the interception", func() (string, error) { return h.run(ctx, "rollback", release, history[intercepted]) }, intercepted, ""},
		{"upgrade without the interception", func() (string, error) { return h.upgrade(ctx, true, "intercept.enabled=false") }, direct, ""},
		{"uninstall", func() (string, error) { return h.run(ctx, "uninstall", release) }, nothing, ""},
	}
	for _, step := range steps {
		said, err := step.do()
		problem := ""
		switch {
		case step.refused == "" && err != nil:
			problem = fmt.Sprintf("%v: %s", err, said)
		case step.refused != "" && (err == nil || !strings.Contains(said, step.refused)):
			problem = "it was not refused for this: " + said
		}
		state, err := h.state(ctx)
		if err != nil {
			return err
		}
		if problem == "" && state != step.state {
			problem = fmt.Sprintf("there is: %s; there should be: %s", state, step.state)
		}
		if service, err := h.live(ctx, "v1", "Service", front); err != nil {
			return err
		} else if service != nil {
			now, _, _ := unstructured.NestedString(service.Object, "spec", "clusterIP")
			now += " " + string(service.GetUID())
			if problem == "" && address != "" && now != address {
				problem = fmt.Sprintf("the front was %s and is %s", address, now)
			}
			address = now
		}
		if step.refused == "" && state != nothing {
			if history[state], err = h.revision(ctx); err != nil {
				return err
			}
		}
		r.fact(h.namespace, step.name, problem)
	}
	return nil
}

// withHelm is the whole proof: a server, and on it both versions.
func withHelm(ctx context.Context, tools, functions, programs string) (failed bool, err error) {
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
	helms, err := newHelms(server, client, tools, functions, programs)
	if err != nil {
		return false, err
	}
	report := &Report{}
	for _, h := range helms {
		if err := proveHelm(ctx, report, h); err != nil {
			return false, fmt.Errorf("%s: %w", h.program, err)
		}
	}
	fmt.Printf("%d passed, %d failed\n", report.passed, report.failed)
	return report.failed > 0, nil
}
