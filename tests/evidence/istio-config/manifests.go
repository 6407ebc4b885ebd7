package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"

	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pkg/config"
)

// Manifests are the objects of the input that istiod looks at.
type Manifests struct {
	Services  []*corev1.Service
	Workloads []*Workload
	Configs   []config.Config
	// Live objects are dumped from an API server: nothing is added to them, and as many pods are
	// there as the workloads' status says.
	Live bool
}

// Workload is anything that makes pods from a template.
type Workload struct {
	Kind, Namespace, Name string
	Template              corev1.PodTemplateSpec
	Replicas              int
}

// isGateway tells whether the injector would make the pods an Istio gateway:
// injection.go, `inject.istio.io/templates` names the template.
func (w *Workload) isGateway() bool {
	return w.Template.Annotations["inject.istio.io/templates"] == "gateway"
}

func readFiles(files []string) (*Manifests, error) {
	m := &Manifests{}
	for _, file := range files {
		if err := m.readFile(file); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Manifests) readFile(file string) error {
	var text []byte
	var err error
	if file == "-" {
		text, err = io.ReadAll(os.Stdin)
	} else {
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return err
	}
	if err := m.read(text); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

func (m *Manifests) read(text []byte) error {
	documents := yaml.NewYAMLReader(bufReader(text))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := m.add(document); err != nil {
			return err
		}
	}
}

// add takes in one document. Kinds that istiod does not read are passed over.
func (m *Manifests) add(document []byte) error {
	var head metav1.PartialObjectMetadata
	if err := sigsyaml.Unmarshal(document, &head); err != nil {
		return err
	}
	switch group := head.GroupVersionKind().Group; {
	case head.APIVersion == "v1" && head.Kind == "Service":
		service := &corev1.Service{}
		if err := sigsyaml.Unmarshal(document, service); err != nil {
			return err
		}
		service.Namespace = namespaceOf(service.Namespace)
		m.Services = append(m.Services, service)
	case group == "apps":
		// Deployment, StatefulSet, DaemonSet and ReplicaSet agree in these fields.
		object := &appsv1.Deployment{}
		if err := sigsyaml.Unmarshal(document, object); err != nil {
			return err
		}
		replicas := 2
		if object.Spec.Replicas != nil {
			replicas = min(int(*object.Spec.Replicas), 4)
		}
		if m.Live {
			replicas = min(int(object.Status.AvailableReplicas), 4)
		}
		m.Workloads = append(m.Workloads, &Workload{
			Kind: object.Kind, Namespace: namespaceOf(object.Namespace), Name: object.Name,
			Template: object.Spec.Template, Replicas: replicas,
		})
	case strings.HasSuffix(group, ".istio.io"):
		// crd.ParseInputs validates as istiod's webhook does.
		configs, _, err := crd.ParseInputs(string(document))
		if err != nil {
			return fmt.Errorf("%s %s: %w", head.Kind, head.Name, err)
		}
		for _, c := range configs {
			c.Namespace = namespaceOf(c.Namespace)
			// Without the domain, short host names would not become those of Services.
			c.Domain = clusterDomain
			m.Configs = append(m.Configs, c)
		}
	}
	return nil
}

// namespaceOf is where kubectl would put an object that names no namespace.
func namespaceOf(namespace string) string {
	if namespace == "" {
		return metav1.NamespaceDefault
	}
	return namespace
}

func bufReader(text []byte) *bufio.Reader { return bufio.NewReader(bytes.NewReader(text)) }
