package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	sigsyaml "sigs.k8s.io/yaml"
)

const fieldManager = "gitops"

// Client applies manifests and remembers the server's warnings.
type Client struct {
	dynamic dynamic.Interface
	mapper  *restmapper.DeferredDiscoveryRESTMapper

	mu       sync.Mutex
	warnings []string
}

// HandleWarningHeader is rest.WarningHandler.
func (c *Client) HandleWarningHeader(_ int, _ string, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.warnings = append(c.warnings, text)
}

func (c *Client) takeWarnings() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.warnings
	c.warnings = nil
	return taken
}

func newClient(address, token string) (*Client, error) {
	c := &Client{}
	config := &rest.Config{
		Host: address, BearerToken: token, QPS: -1, WarningHandler: c,
		TLSClientConfig: rest.TLSClientConfig{Insecure: true}, Timeout: 30 * time.Second,
	}
	var err error
	if c.dynamic, err = dynamic.NewForConfig(config); err != nil {
		return nil, err
	}
	found, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	c.mapper = restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(found))
	return c, nil
}

// installDefinitions creates the CustomResourceDefinitions of a folder and
// waits until the server serves them.
func (c *Client) installDefinitions(ctx context.Context, folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("%s: no custom resource definitions: %w", folder, err)
	}
	var definitions []*unstructured.Unstructured
	for _, file := range files {
		objects, err := readManifests(file)
		if err != nil {
			return err
		}
		for _, o := range objects {
			if o.GetKind() != "CustomResourceDefinition" {
				continue
			}
			if _, err := c.apply(ctx, o); err != nil {
				return fmt.Errorf("%s: %w", describe(o), err)
			}
			definitions = append(definitions, o)
		}
	}
	for _, o := range definitions {
		if err := c.established(ctx, o); err != nil {
			return err
		}
	}
	c.mapper.Reset()
	c.takeWarnings()
	return nil
}

func (c *Client) established(ctx context.Context, definition *unstructured.Unstructured) error {
	for {
		live, err := c.get(ctx, definition)
		if err != nil {
			return err
		}
		conditions, _, _ := unstructured.NestedSlice(live.Object, "status", "conditions")
		for _, condition := range conditions {
			fields, _ := condition.(map[string]any)
			if fields["type"] == "Established" && fields["status"] == "True" {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not established: %w", describe(definition), ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// readManifests reads the objects of a file, in their order.
func readManifests(file string) ([]*unstructured.Unstructured, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var objects []*unstructured.Unstructured
	documents := yaml.NewYAMLReader(bufio.NewReader(f))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		o := &unstructured.Unstructured{}
		if err := sigsyaml.Unmarshal(document, &o.Object); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if len(o.Object) > 0 {
			objects = append(objects, o)
		}
	}
}

// resource is where the object's kind is served. As kubectl does, it puts
// objects that name no namespace into `default`.
func (c *Client) resource(o *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	kind := o.GroupVersionKind()
	mapping, err := c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return nil, err
	}
	if mapping.Scope.Name() == meta.RESTScopeNameRoot {
		return c.dynamic.Resource(mapping.Resource), nil
	}
	namespace := o.GetNamespace()
	if namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	return c.dynamic.Resource(mapping.Resource).Namespace(namespace), nil
}

// apply is what `kubectl apply --server-side --force-conflicts` sends.
func (c *Client) apply(ctx context.Context, o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	resource, err := c.resource(o)
	if err != nil {
		return nil, err
	}
	text, err := o.MarshalJSON()
	if err != nil {
		return nil, err
	}
	force := true
	return resource.Patch(ctx, o.GetName(), "application/apply-patch+yaml", text, metav1.PatchOptions{
		FieldManager: fieldManager, Force: &force, FieldValidation: metav1.FieldValidationStrict,
	})
}

func (c *Client) get(ctx context.Context, o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	resource, err := c.resource(o)
	if err != nil {
		return nil, err
	}
	return resource.Get(ctx, o.GetName(), metav1.GetOptions{})
}

// delete deletes an object of a namespace; others are left to the next pair.
func (c *Client) delete(ctx context.Context, o *unstructured.Unstructured) error {
	resource, err := c.resource(o)
	if err != nil {
		return err
	}
	if kind := o.GroupVersionKind(); kind.Kind == "Namespace" || kind.Kind == "CustomResourceDefinition" {
		return nil
	}
	background := metav1.DeletePropagationBackground
	err = resource.Delete(ctx, o.GetName(), metav1.DeleteOptions{PropagationPolicy: &background})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// ensureNamespaces creates the namespaces of the objects.
func (c *Client) ensureNamespaces(ctx context.Context, objects []*unstructured.Unstructured) error {
	names := []string{metav1.NamespaceDefault}
	for _, o := range objects {
		if n := o.GetNamespace(); n != "" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	for _, name := range names {
		if err := c.namespace(ctx, name, nil); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) namespace(ctx context.Context, name string, labels map[string]string) error {
	o := &unstructured.Unstructured{}
	o.SetAPIVersion("v1")
	o.SetKind("Namespace")
	o.SetName(name)
	o.SetLabels(labels)
	_, err := c.apply(ctx, o)
	return err
}

// describe names an object as `shop/Service sn0`. Kinds that no Kubernetes is
// without are known by their name alone; Gateway, for one, is two kinds.
func describe(o *unstructured.Unstructured) string {
	kind := o.GroupVersionKind().GroupKind()
	if !strings.Contains(kind.Group, ".") {
		kind.Group = ""
	}
	return strings.TrimPrefix(o.GetNamespace()+"/", "/") + kind.String() + " " + o.GetName()
}
