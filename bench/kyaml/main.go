// The same job on kyaml's function framework, for the kinds of input that bench/generate.py makes:
// every ProxyService gets its proxies, every intercepted Service is rewritten in place.
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/kustomize/kyaml/fn/framework"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

func main() {
	processor := framework.ResourceListProcessorFunc(func(list *framework.ResourceList) error {
		items, err := intercept(list.Items)
		list.Items = items
		return err
	})
	if err := framework.Execute(processor, &kio.ByteReadWriter{KeepReaderAnnotations: true}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type key struct{ namespace, name string }

// intercept takes the ProxyServices out of the items, and puts what they ask for behind each Service.
func intercept(items []*yaml.RNode) ([]*yaml.RNode, error) {
	asked := map[key]*ProxyService{}
	for _, item := range items {
		if !isProxyService(item) {
			continue
		}
		var resource ProxyService
		if err := item.YNode().Decode(&resource); err != nil {
			return nil, fmt.Errorf("ProxyService %s: %w", item.GetName(), err)
		}
		asked[key{item.GetNamespace(), resource.Spec.ServiceName}] = &resource
	}
	out := make([]*yaml.RNode, 0, len(items)+9*len(asked))
	for _, item := range items {
		if isProxyService(item) {
			continue
		}
		out = append(out, item)
		if item.GetKind() != "Service" || item.GetApiVersion() != "v1" {
			continue
		}
		id := key{item.GetNamespace(), item.GetName()}
		resource, found := asked[id]
		if !found {
			continue
		}
		delete(asked, id)
		made, err := interceptOne(item, resource)
		if err != nil {
			return nil, fmt.Errorf("Service %s: %w", item.GetName(), err)
		}
		out = append(out, made...)
	}
	for missing := range asked {
		return nil, fmt.Errorf("there is no Service %s in namespace %s", missing.name, missing.namespace)
	}
	return out, nil
}

func isProxyService(item *yaml.RNode) bool {
	return item.GetKind() == "ProxyService" && item.GetApiVersion() == "msvcbench.io/v1alpha1"
}

// interceptOne rewrites a Service and gives the objects that follow it.
func interceptOne(front *yaml.RNode, resource *ProxyService) ([]*yaml.RNode, error) {
	pool, err := newPool(front, resource)
	if err != nil {
		return nil, err
	}
	target, err := targetOf(front, pool)
	if err != nil {
		return nil, err
	}
	if err := pointAtProxies(front, pool); err != nil {
		return nil, err
	}
	generated, err := pool.objects()
	return append([]*yaml.RNode{target}, generated...), err
}
