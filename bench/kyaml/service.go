package main

import (
	"strconv"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// pointAtProxies makes the Service the front: same name and ports, other pods.
func pointAtProxies(front *yaml.RNode, pool *pool) error {
	selector := yaml.NewMapRNode(&map[string]string{"msvcbench.io/front": pool.Name})
	if err := front.PipeE(yaml.Lookup("spec"), yaml.SetField("selector", selector)); err != nil {
		return err
	}
	ports, err := front.Pipe(yaml.Lookup("spec", "ports"))
	if err != nil {
		return err
	}
	position := 0
	return ports.VisitElements(func(port *yaml.RNode) error {
		listen := yaml.NewScalarRNode(strconv.Itoa(pool.Ports[position].Listen))
		listen.YNode().Tag = yaml.NodeTagInt
		position++
		return port.PipeE(yaml.SetField("targetPort", listen))
	})
}

// targetOf is the Service over the application's pods.
func targetOf(front *yaml.RNode, pool *pool) (*yaml.RNode, error) {
	target := front.Copy()
	annotations := map[string]string{"networking.istio.io/exportTo": "."}
	err := target.PipeE(
		yaml.Tee(yaml.SetK8sName(pool.Target)),
		yaml.Tee(yaml.SetLabel("app.kubernetes.io/managed-by", "proxy-service")),
		yaml.Tee(yaml.Lookup("metadata"), yaml.SetField("annotations", yaml.NewMapRNode(&annotations))),
		yaml.Tee(yaml.Lookup("spec"), yaml.SetField("type", yaml.NewStringRNode("ClusterIP"))),
	)
	if err != nil {
		return nil, err
	}
	ports, err := target.Pipe(yaml.Lookup("spec", "ports"))
	if err != nil {
		return nil, err
	}
	return target, ports.VisitElements(func(port *yaml.RNode) error {
		return port.PipeE(yaml.SetField("protocol", yaml.NewStringRNode("TCP")))
	})
}
