package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"text/template"

	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// ProxyService is the part of the resource that the benchmarks use.
type ProxyService struct {
	Spec struct {
		ServiceName string `yaml:"serviceName"`
		Autoscaling struct {
			MinReplicas int `yaml:"minReplicas"`
			MaxReplicas int `yaml:"maxReplicas"`
		} `yaml:"autoscaling"`
		Proxy struct {
			Resources struct {
				Requests map[string]string `yaml:"requests"`
				Limits   map[string]string `yaml:"limits"`
			} `yaml:"resources"`
		} `yaml:"proxy"`
	} `yaml:"spec"`
}

// pool is what the template needs to know of one interception.
type pool struct {
	Name, Namespace, Target, Proxy, PartOf string
	MinReplicas, MaxReplicas               int
	Requests, Limits                       map[string]string
	Ports                                  []port
}

type port struct {
	Number, Listen int
	Protocol       string
}

func newPool(front *yaml.RNode, resource *ProxyService) (*pool, error) {
	var service struct {
		Spec struct {
			Ports []struct {
				Name        string `yaml:"name"`
				Port        int    `yaml:"port"`
				AppProtocol string `yaml:"appProtocol"`
			} `yaml:"ports"`
		} `yaml:"spec"`
	}
	if err := front.YNode().Decode(&service); err != nil {
		return nil, err
	}
	name, scaling := front.GetName(), resource.Spec.Autoscaling
	made := &pool{
		Name: name, Namespace: front.GetNamespace(), Target: name + "-ep", Proxy: name + "-proxy", PartOf: name,
		MinReplicas: or(scaling.MinReplicas, 2), MaxReplicas: or(scaling.MaxReplicas, 5),
		Requests: map[string]string{"cpu": "100m", "memory": "128Mi"},
		Limits:   map[string]string{"cpu": "2", "memory": "1Gi"},
	}
	if part, found := front.GetLabels()["app.kubernetes.io/part-of"]; found {
		made.PartOf = part
	}
	for key, value := range resource.Spec.Proxy.Resources.Requests {
		made.Requests[key] = value
	}
	for key, value := range resource.Spec.Proxy.Resources.Limits {
		made.Limits[key] = value
	}
	for _, declared := range service.Spec.Ports {
		protocol, _, _ := strings.Cut(declared.Name, "-")
		if declared.AppProtocol != "" {
			protocol = declared.AppProtocol
		}
		if protocol != "http" && protocol != "grpc" {
			return nil, fmt.Errorf("port %d declares no protocol", declared.Port)
		}
		listen := declared.Port
		if listen < 1024 {
			listen += 10000
		}
		made.Ports = append(made.Ports, port{declared.Port, listen, protocol})
	}
	return made, nil
}

func or(value, otherwise int) int {
	if value == 0 {
		return otherwise
	}
	return value
}

//go:embed objects.yaml.tmpl
var text string

var objects = template.Must(template.New("objects").Parse(text))

// objects are everything of an interception but its two Services.
func (p *pool) objects() ([]*yaml.RNode, error) {
	var out bytes.Buffer
	if err := objects.Execute(&out, p); err != nil {
		return nil, err
	}
	return (&kio.ByteReader{Reader: &out, OmitReaderAnnotations: true}).Read()
}
