package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	kustomizev1 "github.com/fluxcd/kustomize-controller/api/v1"
	"github.com/fluxcd/pkg/ssa"
	ssautil "github.com/fluxcd/pkg/ssa/utils"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// Walk is a cluster on its way through the states.
type Walk struct {
	cluster        *Cluster
	root           string
	inventories    map[string][]Object // by Kustomization
	identities     map[string]string   // uid of each object that was seen
	passed, failed int
}

func (w *Walk) fact(subject, statement, problem string) {
	if problem == "" {
		w.passed++
		fmt.Printf("ok   %s: %s\n", subject, statement)
		return
	}
	w.failed++
	fmt.Printf("FAIL %s: %s: %s\n", subject, statement, problem)
}

// commit reconciles every Kustomization of a state, each after those it depends on.
func (w *Walk) commit(ctx context.Context, state string) error {
	kustomizations, err := w.kustomizations(state)
	if err != nil {
		return err
	}
	built := map[string][]Object{}
	var all []Object
	for _, k := range kustomizations {
		objects, err := w.cluster.build(filepath.Join(w.root, k.Spec.Path))
		if err != nil {
			return err
		}
		built[k.Name] = objects
		all = append(all, objects...)
	}
	done := map[string]bool{}
	for _, k := range kustomizations {
		for _, dependency := range k.Spec.DependsOn {
			if !done[dependency.Name] {
				return fmt.Errorf("%s comes before %s, on which it depends", k.Name, dependency.Name)
			}
		}
		others := without(all, built[k.Name])
		before, err := w.versions(ctx, others)
		if err != nil {
			return err
		}
		if err := w.reconcile(ctx, k, built[k.Name]); err != nil {
			return fmt.Errorf("%s: %w", k.Name, err)
		}
		after, err := w.versions(ctx, others)
		if err != nil {
			return err
		}
		w.fact(state+", "+k.Name, "touches nothing of the others", difference(before, after))
		done[k.Name] = true
		if err := w.check(ctx, state+", after "+k.Name, all); err != nil {
			return err
		}
	}
	return nil
}

// kustomizations are those of a state, whose fields Flux must all know.
func (w *Walk) kustomizations(state string) ([]kustomizev1.Kustomization, error) {
	text, err := os.ReadFile(filepath.Join(w.root, state, "flux", "kustomizations.yaml"))
	if err != nil {
		return nil, err
	}
	var all []kustomizev1.Kustomization
	for _, document := range strings.Split(string(text), "\n---\n") {
		k := kustomizev1.Kustomization{}
		if err := yaml.UnmarshalStrict([]byte(document), &k); err != nil {
			return nil, err
		}
		if !k.Spec.Prune || !k.Spec.Wait || k.APIVersion != kustomizev1.GroupVersion.String() {
			return nil, fmt.Errorf("%s does not prune, or does not wait, or is of another version", k.Name)
		}
		all = append(all, k)
	}
	return all, nil
}

// reconcile applies, then deletes what is no longer there, with the options of kustomize-controller
// (internal/controller/kustomization_controller.go: apply, prune, deleteObjects).
func (w *Walk) reconcile(ctx context.Context, k kustomizev1.Kustomization, objects []Object) error {
	manager := w.cluster.manager
	manager.SetOwnerLabels(objects, k.Name, k.Namespace)
	options := ssa.DefaultApplyOptions()
	options.WaitInterval = 100 * time.Millisecond
	if _, err := manager.ApplyAllStaged(ctx, objects, options); err != nil {
		return err
	}
	here := map[string]bool{}
	for _, o := range objects {
		here[ssautil.FmtUnstructured(o)] = true
	}
	var stale []Object
	for _, o := range w.inventories[k.Name] {
		if !here[ssautil.FmtUnstructured(o)] {
			stale = append(stale, o)
		}
	}
	w.inventories[k.Name] = objects
	_, err := manager.DeleteAll(ctx, stale, ssa.DeleteOptions{
		PropagationPolicy: metav1.DeletePropagationBackground,
		Inclusions:        manager.GetOwnerLabels(k.Name, k.Namespace),
		Exclusions:        map[string]string{group + "/prune": "disabled"},
	})
	return err
}

// versions are those of the live objects, by name.
func (w *Walk) versions(ctx context.Context, objects []Object) (map[string]string, error) {
	versions := map[string]string{}
	for _, o := range objects {
		live, err := w.cluster.get(ctx, o)
		if err != nil {
			return nil, err
		}
		if live != nil {
			versions[ssautil.FmtUnstructured(o)] = live.GetResourceVersion()
		}
	}
	return versions, nil
}

func without(all, some []Object) []Object {
	names := map[string]bool{}
	for _, o := range some {
		names[ssautil.FmtUnstructured(o)] = true
	}
	var rest []Object
	for _, o := range all {
		if !names[ssautil.FmtUnstructured(o)] {
			rest = append(rest, o)
		}
	}
	return rest
}

func difference(before, after map[string]string) string {
	var changed []string
	for name, version := range before {
		if after[name] != version {
			changed = append(changed, name)
		}
	}
	slices.Sort(changed)
	return strings.Join(changed, ", ")
}

// check proves what holds at every moment.
func (w *Walk) check(ctx context.Context, moment string, due []Object) error {
	var lost []string
	for _, o := range due {
		name := ssautil.FmtUnstructured(o)
		live, err := w.cluster.get(ctx, o)
		if err != nil {
			return err
		}
		known := w.identities[name]
		switch {
		case live == nil && known != "":
			lost = append(lost, name+" is gone")
		case live != nil && known != "" && known != string(live.GetUID()):
			lost = append(lost, name+" was deleted and created")
		}
		if live != nil {
			w.identities[name] = string(live.GetUID())
		}
	}
	w.forget(due)
	w.fact(moment, "all that stays has stayed", strings.Join(lost, "; "))
	return w.fronts(ctx, moment)
}

// forget what the state does not have any more: it may go, and come back as another object.
func (w *Walk) forget(due []Object) {
	names := map[string]bool{}
	for _, o := range due {
		names[ssautil.FmtUnstructured(o)] = true
	}
	for name := range w.identities {
		if !names[name] {
			delete(w.identities, name)
		}
	}
}

const frontLabel = "msvcbench.io/front"

// fronts proves that Services that select proxies have some.
func (w *Walk) fronts(ctx context.Context, moment string) error {
	services, deployments := &corev1.ServiceList{}, &appsv1.DeploymentList{}
	if err := w.cluster.client.List(ctx, services); err != nil {
		return err
	}
	if err := w.cluster.client.List(ctx, deployments, client.HasLabels{}); err != nil {
		return err
	}
	var intercepted, missing []string
	for _, service := range services.Items {
		front, selects := service.Spec.Selector[frontLabel]
		if !selects || service.Name != front {
			continue
		}
		intercepted = append(intercepted, front)
		found := false
		for _, deployment := range deployments.Items {
			found = found || deployment.Namespace == service.Namespace && deployment.Spec.Template.Labels[frontLabel] == front
		}
		if !found {
			missing = append(missing, front)
		}
	}
	statement := fmt.Sprintf("Services that send clients to proxies [%s] have some", strings.Join(intercepted, " "))
	problem := ""
	if len(missing) > 0 {
		problem = "none for " + strings.Join(missing, ", ")
	}
	w.fact(moment, statement, problem)
	return nil
}
