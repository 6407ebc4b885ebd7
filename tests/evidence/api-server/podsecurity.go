package main

import (
	"context"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const restrictedNamespace = "restricted"

// provePodSecurity proves that a namespace with the restricted Pod Security
// Standard admits the pods of our Deployments.
func provePodSecurity(ctx context.Context, r *Report, c *Client, manifests []*unstructured.Unstructured) error {
	err := c.namespace(ctx, restrictedNamespace, map[string]string{"pod-security.kubernetes.io/enforce": "restricted"})
	if err != nil {
		return err
	}
	for _, o := range manifests {
		if o.GetKind() != "Deployment" || !isOurs(o) {
			continue
		}
		pod := podOf(o)
		resource, err := c.resource(pod)
		if err != nil {
			return err
		}
		c.takeWarnings()
		_, err = resource.Create(ctx, pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		problem := strings.Join(c.takeWarnings(), "; ")
		if err != nil {
			problem = err.Error()
		}
		r.fact(describe(o), "makes pods that the restricted standard admits", problem)
	}
	return nil
}

// podOf is a pod of a Deployment's template, with an image, as the injector would give it one.
func podOf(deployment *unstructured.Unstructured) *unstructured.Unstructured {
	template, _, _ := unstructured.NestedMap(deployment.Object, "spec", "template")
	pod := &unstructured.Unstructured{Object: template}
	pod.SetAPIVersion("v1")
	pod.SetKind("Pod")
	pod.SetName(deployment.GetName())
	pod.SetNamespace(restrictedNamespace)
	containers, _, _ := unstructured.NestedSlice(template, "spec", "containers")
	for _, container := range containers {
		container.(map[string]any)["image"] = "proxy:1"
	}
	_ = unstructured.SetNestedSlice(template, containers, "spec", "containers")
	return pod
}
