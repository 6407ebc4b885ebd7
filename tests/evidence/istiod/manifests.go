package istiod

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"

	meshconfig "istio.io/api/mesh/v1alpha1"
	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/schema/gvk"
)

// Manifests are the objects of the input that istiod looks at.
type Manifests struct {
	Services        []*corev1.Service
	Namespaces      []*corev1.Namespace
	Workloads       []*Workload
	NetworkPolicies []*networkingv1.NetworkPolicy
	Configs         []config.Config
	// Mesh is the mesh configuration, or nil for the default.
	Mesh *meshconfig.MeshConfig
	// NeedControllers is whether something among them is read by controllers of istiod's only.
	NeedControllers bool
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
func (w *Workload) IsGateway() bool {
	return w.Template.Annotations["inject.istio.io/templates"] == "gateway"
}

func ReadFiles(files []string) (*Manifests, error) {
	m := &Manifests{}
	for _, file := range files {
		if err := m.ReadFile(file); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Manifests) ReadFile(file string) error {
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
	if err := m.Read(text); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// Read takes in a stream of documents.
func (m *Manifests) Read(text []byte) error { return EachDocument(text, m.add) }

// EachDocument calls for each document of a YAML stream.
func EachDocument(text []byte, take func(document []byte) error) error {
	documents := yaml.NewYAMLReader(bufReader(text))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := take(document); err != nil {
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
	case head.APIVersion == "v1" && head.Kind == "Namespace":
		namespace := &corev1.Namespace{}
		if err := sigsyaml.Unmarshal(document, namespace); err != nil {
			return err
		}
		m.Namespaces = append(m.Namespaces, namespace)
	case head.APIVersion == "v1" && head.Kind == "ConfigMap" && head.Name == "istio":
		return m.addMesh(document)
	case group == "networking.k8s.io" && head.Kind == "NetworkPolicy":
		policy := &networkingv1.NetworkPolicy{}
		if err := sigsyaml.Unmarshal(document, policy); err != nil {
			return err
		}
		policy.Namespace = namespaceOf(policy.Namespace)
		m.NetworkPolicies = append(m.NetworkPolicies, policy)
	case group == "batch":
		return m.addJob(head, document)
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
		if head.Namespace == "" {
			var err error
			if document, err = placed(document); err != nil {
				return err
			}
		}
		// crd.ParseInputs validates as istiod's webhook does.
		configs, _, err := crd.ParseInputs(string(document))
		if err != nil {
			return fmt.Errorf("%s %s: %w", head.Kind, head.Name, err)
		}
		for _, c := range configs {
			m.NeedControllers = m.NeedControllers || c.GroupVersionKind == gvk.ServiceEntry || c.GroupVersionKind == gvk.WorkloadEntry
			// Without the domain, short host names would not become those of Services.
			c.Domain = ClusterDomain
			m.Configs = append(m.Configs, c)
		}
	}
	return nil
}

// placed is an object that names no namespace, where kubectl would put it.
func placed(document []byte) ([]byte, error) {
	object := map[string]any{}
	if err := sigsyaml.Unmarshal(document, &object); err != nil {
		return nil, err
	}
	if metadata, ok := object["metadata"].(map[string]any); ok {
		metadata["namespace"] = namespaceOf("")
	}
	return sigsyaml.Marshal(object)
}

// addMesh reads the mesh configuration that istiod would read: ConfigMap `istio`, key `mesh`.
func (m *Manifests) addMesh(document []byte) error {
	object := &corev1.ConfigMap{}
	if err := sigsyaml.Unmarshal(document, object); err != nil {
		return err
	}
	var err error
	m.Mesh, err = mesh.ApplyMeshConfigDefaults(object.Data["mesh"])
	return err
}

// addJob takes in what makes pods only at times: clients, mostly.
func (m *Manifests) addJob(head metav1.PartialObjectMetadata, document []byte) error {
	w := &Workload{Kind: head.Kind, Namespace: namespaceOf(head.Namespace), Name: head.Name, Replicas: 1}
	switch head.Kind {
	case "Job":
		job := &batchv1.Job{}
		if err := sigsyaml.Unmarshal(document, job); err != nil {
			return err
		}
		w.Template = job.Spec.Template
	case "CronJob":
		job := &batchv1.CronJob{}
		if err := sigsyaml.Unmarshal(document, job); err != nil {
			return err
		}
		w.Template = job.Spec.JobTemplate.Spec.Template
	}
	m.Workloads = append(m.Workloads, w)
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
