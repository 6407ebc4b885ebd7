package main

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"istio/istiod"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pkg/config"
)

// world is a cluster with its mesh, as somebody's manifests make it.
type world struct {
	mesh     *istiod.Mesh
	configs  []config.Config
	policies []*networkingv1.NetworkPolicy
	views    map[string]*istiod.View
	// trustDomain is the first part of every identity.
	trustDomain string
	// localityMatters is whether a rule of the user's says something about localities.
	localityMatters bool
}

// view is what the Envoy of a pod is told.
func (w *world) view(pod *corev1.Pod) *istiod.View {
	key := pod.Namespace + "/" + pod.Name
	if w.views[key] == nil {
		kind := model.SidecarProxy
		if istiod.IsGatewayPod(pod) {
			kind = model.Router
		}
		w.views[key] = w.mesh.OfPod(pod, kind)
	}
	return w.views[key]
}

// client is the pod that a request comes from. Its address is the same before and after, which
// policies may decide by; those of pods in the manifests are not.
func (w *world) client(from From) (*corev1.Pod, error) {
	if from.Gateway != "" {
		return w.podOf(from.Namespace, from.Gateway)
	}
	pod := &corev1.Pod{}
	pod.Namespace, pod.Labels, pod.Annotations = from.Namespace, map[string]string{}, from.Annotations
	pod.Spec.ServiceAccountName = from.account()
	if from.Workload != "" {
		found, err := w.podOf(from.Namespace, from.Workload)
		if err != nil {
			return nil, err
		}
		pod = found.DeepCopy()
	} else {
		for key, value := range from.Labels {
			pod.Labels[key] = value
		}
		if from.NoSidecar {
			pod.Labels["sidecar.istio.io/inject"] = "false"
		} else {
			pod.Labels[istiod.TLSModeLabel] = "istio"
		}
	}
	pod.Spec.NodeName = istiod.Zones[0]
	pod.Status.PodIP = from.Address
	if from.Address == "" {
		pod.Status.PodIP = "10.2.0.1"
	}
	pod.Name = fmt.Sprintf("client-%s", from)
	return pod, nil
}

func (w *world) podOf(namespace, workload string) (*corev1.Pod, error) {
	for _, pod := range w.mesh.Cluster.Pods {
		if pod.Namespace == namespace && workloadOf(pod) == workload {
			return pod, nil
		}
	}
	return nil, fmt.Errorf("no pod of %s/%s", namespace, workload)
}

// workloadOf is the name of what made the pod: newCluster adds a dash and a number.
func workloadOf(pod *corev1.Pod) string {
	return pod.Name[:max(0, strings.LastIndexByte(pod.Name, '-'))]
}

func (w *world) podAt(address string) *corev1.Pod {
	for _, pod := range w.mesh.Cluster.Pods {
		if pod.Status.PodIP == address {
			return pod
		}
	}
	return nil
}

// nobody is an address at which no Service and no pod is: that of a name which DNS knows from elsewhere.
const nobody = "240.240.0.1"

// resolve is what DNS answers in a pod of the namespace: resolv.conf's search domains in their
// order, then the name itself. A Service without a cluster IP has its pods' addresses.
func (w *world) resolve(name, namespace string) []string {
	name = strings.TrimSuffix(name, ".")
	if net.ParseIP(name) != nil {
		return []string{name}
	}
	for _, domain := range []string{"." + namespace + ".svc." + istiod.ClusterDomain, ".svc." + istiod.ClusterDomain, "." + istiod.ClusterDomain, ""} {
		for _, s := range w.mesh.Cluster.Services {
			if s.Name+"."+s.Namespace+".svc."+istiod.ClusterDomain != name+domain {
				continue
			}
			switch {
			case s.Spec.Type == corev1.ServiceTypeExternalName:
				return w.resolve(s.Spec.ExternalName, namespace)
			case s.Spec.ClusterIP == corev1.ClusterIPNone:
				var addresses []string
				for _, pod := range w.mesh.Cluster.PodsOf(s) {
					addresses = append(addresses, pod.Status.PodIP)
				}
				return addresses
			default:
				return []string{s.Spec.ClusterIP}
			}
		}
	}
	return []string{nobody}
}

// address is a host's address and port.
type address struct {
	ip   string
	port int32
}

// behind are the addresses to which kube-proxy sends a connection: those of the pods behind a
// cluster IP, or else the address itself.
func (w *world) behind(to address) []address {
	i := slices.IndexFunc(w.mesh.Cluster.Services, func(s *corev1.Service) bool { return s.Spec.ClusterIP == to.ip })
	if i < 0 {
		return []address{to}
	}
	service := w.mesh.Cluster.Services[i]
	var found []address
	for _, pod := range w.mesh.Cluster.PodsOf(service) {
		for _, p := range service.Spec.Ports {
			if number, ok := istiod.PortOfPod(p, pod); ok && p.Port == to.port {
				found = append(found, address{pod.Status.PodIP, number})
			}
		}
	}
	return found
}

// isBehind tells whether a Service, by namespace/name, selects a pod.
func (w *world) isBehind(service string, pod *corev1.Pod) bool {
	return slices.ContainsFunc(w.mesh.Cluster.Services, func(s *corev1.Service) bool {
		return s.Namespace+"/"+s.Name == service && s.Namespace == pod.Namespace && len(s.Spec.Selector) > 0 &&
			labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(pod.Labels))
	})
}
