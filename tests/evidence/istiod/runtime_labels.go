package istiod

import (
	"fmt"
	"hash/fnv"
	"maps"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

const (
	canonicalName     = "service.istio.io/canonical-name"
	canonicalRevision = "service.istio.io/canonical-revision"
	injectLabel       = "sidecar.istio.io/inject"
)

// HasSidecar tells whether the injector would give the pod a sidecar: inject.go, injectRequired. A
// namespace without injection label counts as one of the mesh.
func (c *Cluster) HasSidecar(pod *corev1.Pod) bool {
	if IsGatewayPod(pod) || pod.Spec.HostNetwork {
		return false
	}
	if namespace := c.Namespaces[pod.Namespace]; namespace != nil && namespace.Labels["istio-injection"] == "disabled" {
		return false
	}
	return pod.Labels[injectLabel] != "false" && pod.Annotations[injectLabel] != "false"
}

// IsGatewayPod tells whether the injector would make the pod an Istio gateway.
func IsGatewayPod(pod *corev1.Pod) bool {
	return pod.Annotations["inject.istio.io/templates"] == "gateway"
}

// addRuntimeLabels adds what no manifest shows: the labels of the injector and of the controllers
// that make pods. Policies can select by them.
func (c *Cluster) addRuntimeLabels(w *Workload, pod *corev1.Pod, replica int) {
	hash := fnv.New32a()
	hash.Write([]byte(w.Namespace + "/" + w.Name))
	revision := fmt.Sprintf("%x", hash.Sum32())
	switch w.Kind {
	case "Deployment":
		pod.Labels[appsv1.DefaultDeploymentUniqueLabelKey] = revision
	case "StatefulSet":
		pod.Labels[appsv1.StatefulSetPodNameLabel] = pod.Name
		pod.Labels[appsv1.PodIndexLabel] = fmt.Sprint(replica)
		pod.Labels[appsv1.ControllerRevisionHashLabelKey] = w.Name + "-" + revision
	case "DaemonSet":
		pod.Labels[appsv1.ControllerRevisionHashLabelKey] = revision
	}
	sidecar := c.HasSidecar(pod)
	if !sidecar && !IsGatewayPod(pod) {
		return
	}
	// injection-template.yaml and gateway-injection-template.yaml agree in these two; only the former
	// sets the label of mutual TLS.
	labels := maps.Clone(pod.Labels)
	addMissing(pod.Labels, canonicalName, labels[canonicalName], labels["app.kubernetes.io/name"], labels["app"], w.Name)
	addMissing(pod.Labels, canonicalRevision, labels[canonicalRevision], labels["app.kubernetes.io/version"], labels["version"], "latest")
	if sidecar {
		addMissing(pod.Labels, TLSModeLabel, "istio")
	}
}

// addMissing sets the label to the first value that is not empty, unless it is set.
func addMissing(labels map[string]string, key string, values ...string) {
	if _, set := labels[key]; set {
		return
	}
	for _, value := range values {
		if value != "" {
			labels[key] = value
			return
		}
	}
}
