package main

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// provePair walks the way of a merge and of its revert.
func provePair(ctx context.Context, r *Report, c *Client, beforeFile, afterFile string) error {
	before, err := readManifests(beforeFile)
	if err != nil {
		return err
	}
	after, err := readManifests(afterFile)
	if err != nil {
		return err
	}
	if err := c.ensureNamespaces(ctx, append(slices.Clone(before), after...)); err != nil {
		return err
	}
	defer func() {
		for _, o := range append(slices.Clone(before), after...) {
			_ = c.delete(ctx, o)
		}
	}()

	first, err := applyAll(ctx, r, c, "before", before)
	if err != nil {
		return err
	}
	second, err := applyAll(ctx, r, c, "after", after)
	if err != nil {
		return err
	}
	proveKept(r, "after", first, second)
	proveDrift(r, after, second)
	if err := provePodSecurity(ctx, r, c, after); err != nil {
		return err
	}

	again, err := applyAll(ctx, r, c, "after, again,", after)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(second)) {
		problem := ""
		if again[name] == nil || again[name].GetResourceVersion() != second[name].GetResourceVersion() {
			problem = "the object was written: " + difference(second[name], again[name])
		}
		r.fact(name, "unchanged by a second apply", problem)
	}

	// What the revert does not have, a GitOps host prunes.
	for _, o := range after {
		if !contains(before, o) {
			if err := c.delete(ctx, o); err != nil && !meta.IsNoMatchError(err) {
				return err
			}
		}
	}
	back, err := applyAll(ctx, r, c, "before, reverted,", before)
	if err != nil {
		return err
	}
	proveKept(r, "the revert", first, back)
	for _, name := range slices.Sorted(maps.Keys(first)) {
		r.fact(name, "is after the revert what it was", difference(first[name], back[name]))
	}
	return nil
}

// applyAll applies the objects and returns what the server made of them.
func applyAll(ctx context.Context, r *Report, c *Client, stage string, objects []*unstructured.Unstructured) (map[string]*unstructured.Unstructured, error) {
	live := map[string]*unstructured.Unstructured{}
	for _, o := range objects {
		c.takeWarnings()
		applied, err := c.apply(ctx, o)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if meta.IsNoMatchError(err) && !isOurs(o) {
			fmt.Printf("skip %s: its kind is not known here\n", describe(o))
			continue
		}
		problem := ""
		if err != nil {
			problem = err.Error()
		} else {
			live[describe(o)] = applied
			if warnings := c.takeWarnings(); len(warnings) > 0 {
				problem = "the server warns: " + strings.Join(warnings, "; ")
			}
		}
		r.fact(describe(o), stage+" is accepted", problem)
	}
	return live, nil
}

// isOurs tells whether the object was generated.
func isOurs(o *unstructured.Unstructured) bool {
	return o.GetLabels()["app.kubernetes.io/managed-by"] == "proxy-service"
}

func contains(objects []*unstructured.Unstructured, wanted *unstructured.Unstructured) bool {
	return slices.ContainsFunc(objects, func(o *unstructured.Unstructured) bool {
		return describe(o) == describe(wanted)
	})
}

// proveKept proves that Services that are in both states are the same objects,
// at the same addresses.
func proveKept(r *Report, stage string, first, second map[string]*unstructured.Unstructured) {
	for _, name := range slices.Sorted(maps.Keys(first)) {
		was, is := first[name], second[name]
		if is == nil || was.GetKind() != "Service" {
			continue
		}
		var lost []string
		for _, field := range []string{"clusterIP", "clusterIPs", "ipFamilies", "type", "healthCheckNodePort", "loadBalancerIP", "loadBalancerClass", "externalIPs"} {
			a, _, _ := unstructured.NestedFieldNoCopy(was.Object, "spec", field)
			b, _, _ := unstructured.NestedFieldNoCopy(is.Object, "spec", field)
			if !reflect.DeepEqual(a, b) {
				lost = append(lost, fmt.Sprintf("%s was %v, is %v", field, a, b))
			}
		}
		if a, b := nodePorts(was), nodePorts(is); a != b {
			lost = append(lost, fmt.Sprintf("node ports were %s, are %s", a, b))
		}
		if was.GetUID() != is.GetUID() {
			lost = append(lost, "it was deleted and created")
		}
		r.fact(name, "keeps its addresses and ports through "+stage, strings.Join(lost, "; "))
	}
}

// nodePorts are `name:port:nodePort` of a Service's ports.
func nodePorts(service *unstructured.Unstructured) string {
	var found []string
	ports, _, _ := unstructured.NestedSlice(service.Object, "spec", "ports")
	for _, p := range ports {
		fields, _ := p.(map[string]any)
		found = append(found, fmt.Sprintf("%v:%v:%v", fields["name"], fields["port"], fields["nodePort"]))
	}
	return strings.Join(found, ",")
}

// difference names the fields in which two states of an object differ, or "".
// What the server keeps about its own writes does not count.
func difference(a, b *unstructured.Unstructured) string {
	if b == nil {
		return "it is gone"
	}
	strip := func(o *unstructured.Unstructured) map[string]any {
		copied := o.DeepCopy().Object
		for _, field := range []string{"managedFields", "resourceVersion", "generation"} {
			unstructured.RemoveNestedField(copied, "metadata", field)
		}
		return copied
	}
	was, is := flatten(strip(a)), flatten(strip(b))
	var paths []string
	for _, path := range slices.Sorted(maps.Keys(was)) {
		if is[path] != was[path] {
			paths = append(paths, fmt.Sprintf("%s was %s, is %s", path, orNothing(was[path]), orNothing(is[path])))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(is)) {
		if _, known := was[path]; !known {
			paths = append(paths, fmt.Sprintf("%s was nothing, is %s", path, is[path]))
		}
	}
	return strings.Join(paths, "; ")
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}
