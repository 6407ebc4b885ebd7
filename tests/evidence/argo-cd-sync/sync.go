package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/common"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/tracing"
	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"
)

// Application is what Argo CD keeps about one: the objects that it has applied.
type Application struct {
	server  *Server
	client  *Client
	folder  string
	managed []*unstructured.Unstructured
	states  int
}

// sync brings the cluster to the targets, as the application controller does it (its
// `SyncAppState`): a new context for each step, from the results of the last. It returns why it
// did not succeed, or "".
func (a *Application) sync(ctx context.Context, name string, targets []*unstructured.Unstructured) (string, error) {
	targets, err := a.served(ctx, targets)
	if err != nil {
		return "", err
	}
	config := func() *rest.Config {
		return &rest.Config{
			Host: a.server.address, BearerToken: a.server.token, QPS: -1, Timeout: 30 * time.Second,
			TLSClientConfig: rest.TLSClientConfig{Insecure: true}, WarningHandler: rest.NoWarnings{},
		}
	}
	for _, target := range targets {
		if !slices.ContainsFunc(a.managed, func(o *unstructured.Unstructured) bool { return describe(o) == describe(target) }) {
			a.managed = append(a.managed, target)
		}
	}
	phase, message, results := common.OperationRunning, "", []common.ResourceSyncResult(nil)
	started := metav1.Now()
	for range 200 {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		reconciled, err := a.reconcile(ctx, targets)
		if err != nil {
			return "", err
		}
		var dumped error
		engine, cleanup, err := sync.NewSyncContext(name, reconciled, config(), config(), &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}, metav1.NamespaceDefault,
			sync.WithLogr(logr.Discard()),
			sync.WithInitialState(phase, message, results, started),
			sync.WithOperationSettings(false, true, false, false),
			sync.WithPermissionValidator(func(*unstructured.Unstructured, *metav1.APIResource) error { return nil }),
			sync.WithSyncWaveHook(func(_ common.SyncPhase, wave int, _ bool) error {
				dumped = a.dump(ctx, fmt.Sprintf("%s-wave-%d", name, wave))
				return dumped
			}),
		)
		if err != nil {
			return "", err
		}
		engine.Sync()
		phase, message, results = engine.GetState()
		cleanup()
		if dumped != nil {
			return "", dumped
		}
		if phase.Completed() {
			if !phase.Successful() {
				return message + reasons(results), nil
			}
			if err := a.attend(ctx, true); err != nil {
				return "", err
			}
			if err := a.forget(ctx); err != nil {
				return "", err
			}
			return "", a.dump(ctx, name+"-done")
		}
		if err := a.attend(ctx, false); err != nil {
			return "", err
		}
	}
	return "it waits for ever: " + message, nil
}

func reasons(results []common.ResourceSyncResult) string {
	var text []string
	for _, result := range results {
		if result.HookPhase == common.OperationFailed || result.HookPhase == common.OperationError || result.Status == common.ResultCodeSyncFailed {
			text = append(text, fmt.Sprintf("%s %s: %s", result.ResourceKey.Kind, result.ResourceKey.Name, result.Message))
		}
	}
	slices.Sort(text)
	if len(text) > 5 {
		text = append(text[:5], "...")
	}
	return "; " + strings.Join(text, "; ")
}

// served leaves out what this API server does not know, and gives the others the namespace
// that the API would.
func (a *Application) served(ctx context.Context, objects []*unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	var served []*unstructured.Unstructured
	for _, o := range objects {
		mapping, err := a.client.mapper.RESTMapping(o.GroupVersionKind().GroupKind(), o.GroupVersionKind().Version)
		if meta.IsNoMatchError(err) {
			fmt.Printf("skip %s: its kind is not known here\n", describe(o))
			continue
		}
		if err != nil {
			return nil, err
		}
		if mapping.Scope.Name() == meta.RESTScopeNameNamespace && o.GetNamespace() == "" {
			o.SetNamespace(metav1.NamespaceDefault)
		}
		served = append(served, o)
	}
	// Where the manifests bring no Namespace, somebody else has made it.
	brought := func(name string) bool {
		return slices.ContainsFunc(objects, func(o *unstructured.Unstructured) bool { return o.GetKind() == "Namespace" && o.GetName() == name })
	}
	for _, o := range served {
		if n := o.GetNamespace(); n != "" && !brought(n) {
			if err := a.client.namespace(ctx, n, nil); err != nil {
				return nil, err
			}
		}
	}
	return served, nil
}

// reconcile pairs what should be with what is. What is managed and no longer wanted has no target.
func (a *Application) reconcile(ctx context.Context, targets []*unstructured.Unstructured) (sync.ReconciliationResult, error) {
	var result sync.ReconciliationResult
	for _, managed := range a.managed {
		live, err := a.live(ctx, managed)
		if err != nil {
			return result, err
		}
		position := slices.IndexFunc(targets, func(o *unstructured.Unstructured) bool { return describe(o) == describe(managed) })
		switch {
		case position >= 0:
			result.Target, result.Live = append(result.Target, targets[position].DeepCopy()), append(result.Live, live)
		case live != nil:
			result.Target, result.Live = append(result.Target, nil), append(result.Live, live)
		}
	}
	return result, nil
}

func (a *Application) live(ctx context.Context, o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	live, err := a.client.get(ctx, o)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return live, err
}

// forget drops what has been pruned.
func (a *Application) forget(ctx context.Context) error {
	var kept []*unstructured.Unstructured
	for _, o := range a.managed {
		live, err := a.live(ctx, o)
		if err != nil {
			return err
		}
		if live != nil {
			kept = append(kept, o)
		}
	}
	a.managed = kept
	return nil
}

// dump writes what the cluster holds.
func (a *Application) dump(ctx context.Context, name string) error {
	var text bytes.Buffer
	for _, o := range a.managed {
		live, err := a.live(ctx, o)
		if err != nil {
			return err
		}
		if live == nil || live.GetDeletionTimestamp() != nil {
			continue
		}
		live.SetManagedFields(nil)
		annotations := live.GetAnnotations()
		delete(annotations, "kubectl.kubernetes.io/last-applied-configuration")
		live.SetAnnotations(annotations)
		document, err := yaml.Marshal(live.Object)
		if err != nil {
			return err
		}
		text.WriteString("---\n")
		text.Write(document)
	}
	a.states++
	return os.WriteFile(filepath.Join(a.folder, fmt.Sprintf("%02d-%s.yaml", a.states, name)), text.Bytes(), 0o644)
}
