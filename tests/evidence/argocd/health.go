package main

import (
	"context"
	"fmt"
	"os"

	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/argoproj/argo-cd/v3/util/settings"
	"github.com/argoproj/gitops-engine/pkg/health"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/yaml"
)

// assess prints `KIND NAME: STATUS MESSAGE` for each object, with the checks of an argocd-cm over
// those that Argo CD has itself. An empty status is Argo CD's "has no health".
func assess(ctx context.Context, arguments []string) error {
	if len(arguments) != 2 {
		return fmt.Errorf("argocd-cm and objects are needed")
	}
	settings, err := read(ctx, arguments[0])
	if err != nil {
		return err
	}
	found, err := settings.GetResourceOverrides()
	if err != nil {
		return err
	}
	overrides := lua.ResourceHealthOverrides(found)
	documents, err := split(arguments[1])
	if err != nil {
		return err
	}
	for _, document := range documents {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(document, &object.Object); err != nil {
			return err
		}
		status, err := health.GetResourceHealth(object, overrides)
		if err != nil {
			return err
		}
		if status == nil {
			status = &health.HealthStatus{}
		}
		fmt.Printf("%s %s: %s %s\n", object.GetKind(), object.GetName(), status.Status, status.Message)
	}
	return nil
}

// options prints what Argo CD hands to `kustomize build` with this argocd-cm.
func options(ctx context.Context, arguments []string) error {
	if len(arguments) != 1 {
		return fmt.Errorf("argocd-cm is needed")
	}
	settings, err := read(ctx, arguments[0])
	if err != nil {
		return err
	}
	kustomize, err := settings.GetKustomizeSettings()
	if err != nil {
		return err
	}
	fmt.Println(kustomize.BuildOptions)
	return nil
}

// read has Argo CD's own code read an argocd-cm.
func read(ctx context.Context, file string) (*settings.SettingsManager, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	config := &corev1.ConfigMap{}
	if err := yaml.UnmarshalStrict(text, config); err != nil {
		return nil, err
	}
	config.Namespace = "argocd"
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
		Name: "argocd-secret", Namespace: "argocd", Labels: map[string]string{"app.kubernetes.io/part-of": "argocd"},
	}}
	return settings.NewSettingsManager(ctx, fake.NewClientset(config, secret), "argocd"), nil
}
