package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/polling"
	"github.com/fluxcd/pkg/ssa"
	ssautil "github.com/fluxcd/pkg/ssa/utils"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// Object is one of a cluster or of manifests.
type Object = *unstructured.Unstructured

// Cluster is an API server as kustomize-controller sees it.
type Cluster struct {
	client  client.Client
	manager *ssa.ResourceManager
	tools   string
}

const group = "kustomize.toolkit.fluxcd.io"

func newCluster(ctx context.Context, server *Server, tools string) (*Cluster, error) {
	config := &rest.Config{
		Host: server.address, BearerToken: server.token, QPS: 500, Burst: 1000,
		TLSClientConfig: rest.TLSClientConfig{Insecure: true},
	}
	http, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	mapper, err := apiutil.NewDynamicRESTMapper(config, http)
	if err != nil {
		return nil, err
	}
	c, err := client.New(config, client.Options{Mapper: mapper})
	if err != nil {
		return nil, err
	}
	poller := polling.NewStatusPoller(c, mapper, polling.Options{})
	manager := ssa.NewResourceManager(c, poller, ssa.Owner{Field: "kustomize-controller", Group: group})
	cluster := &Cluster{client: c, manager: manager, tools: tools}
	return cluster, cluster.installDefinitions(ctx)
}

func (c *Cluster) installDefinitions(ctx context.Context) error {
	files, err := filepath.Glob(filepath.Join(c.tools, "crds", "*.yaml"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no definitions in %s: %v", c.tools, err)
	}
	options := ssa.DefaultApplyOptions()
	options.WaitInterval = 100 * time.Millisecond
	var definitions []Object
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		objects, err := ssautil.ReadObjects(bytes.NewReader(text))
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		for _, o := range objects {
			if o.GetKind() == "CustomResourceDefinition" {
				definitions = append(definitions, o)
			}
		}
	}
	_, err = c.manager.ApplyAllStaged(ctx, definitions, options)
	return err
}

// build is `kustomize build`, as objects of a kind that the server knows.
func (c *Cluster) build(folder string) ([]Object, error) {
	command := exec.Command(filepath.Join(c.tools, "bin", "kustomize"), "build", folder)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	text, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("kustomize build %s: %w: %s", folder, err, stderr.String())
	}
	objects, err := ssautil.ReadObjects(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	var known []Object
	for _, o := range objects {
		gvk := o.GroupVersionKind()
		if _, err := c.client.RESTMapper().RESTMapping(gvk.GroupKind(), gvk.Version); err != nil {
			fmt.Printf("skip %s: its kind is not known here\n", ssautil.FmtUnstructured(o))
			continue
		}
		known = append(known, o)
	}
	return known, nil
}

// get is the live object, or nil.
func (c *Cluster) get(ctx context.Context, o Object) (Object, error) {
	live := &unstructured.Unstructured{}
	live.SetGroupVersionKind(o.GroupVersionKind())
	err := c.client.Get(ctx, client.ObjectKeyFromObject(o), live)
	if client.IgnoreNotFound(err) != nil {
		return nil, err
	}
	if err != nil {
		return nil, nil
	}
	return live, nil
}
