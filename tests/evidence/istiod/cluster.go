package istiod

import (
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

// Zones make locality visible: pods alternate between them, so endpoints that
// are near to a proxy and endpoints that are far from it exist.
var Zones = []string{"zone-a", "zone-b"}

// Cluster holds what the API server and the controllers of a cluster would add
// to the manifests: addresses, pods and EndpointSlices.
type Cluster struct {
	Objects    []runtime.Object
	Services   []*corev1.Service
	Pods       []*corev1.Pod
	Namespaces map[string]*corev1.Namespace
	nextPod    int
}

// newCluster runs the manifests: a pod for each replica, and one of its own
// for a Service whose application is not part of the input.
func newCluster(m *Manifests) *Cluster {
	c := &Cluster{Namespaces: map[string]*corev1.Namespace{}}
	for _, namespace := range m.Namespaces {
		c.Namespaces[namespace.Name] = namespace.DeepCopy()
	}
	c.needNamespace(ClientNamespace)
	c.needNamespace(SystemNamespace)
	for _, zone := range Zones {
		c.Objects = append(c.Objects, &corev1.Node{ObjectMeta: metav1.ObjectMeta{
			Name:   zone,
			Labels: map[string]string{corev1.LabelTopologyRegion: "region", corev1.LabelTopologyZone: zone},
		}})
	}
	for _, w := range m.Workloads {
		c.needNamespace(w.Namespace)
		for i := range w.Replicas {
			c.addPod(w, i)
		}
	}
	for i, s := range m.Services {
		c.needNamespace(s.Namespace)
		s = defaulted(s)
		if s.Spec.ClusterIP == "" && s.Spec.Type != corev1.ServiceTypeExternalName {
			s.Spec.ClusterIP = fmt.Sprintf("10.96.%d.%d", i/250, i%250+1)
		}
		c.Services = append(c.Services, s)
		c.Objects = append(c.Objects, s)
		if len(s.Spec.Selector) > 0 && len(c.PodsOf(s)) == 0 && !m.Live {
			c.addPod(inventedApplication(s), 0)
		}
	}
	// After all Services: a pod invented for one may be selected by another.
	for _, s := range c.Services {
		if len(s.Spec.Selector) > 0 {
			c.addEndpoints(s)
		}
	}
	for _, namespace := range c.Namespaces {
		c.Objects = append(c.Objects, namespace)
	}
	return c
}

// needNamespace makes a namespace that the manifests do not bring, with the label that every one has.
func (c *Cluster) needNamespace(name string) {
	if c.Namespaces[name] == nil {
		c.Namespaces[name] = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	}
	namespace := c.Namespaces[name]
	if namespace.Labels == nil {
		namespace.Labels = map[string]string{}
	}
	namespace.Labels[corev1.LabelMetadataName] = name
}

// defaulted is the Service with the fields that the API server fills in.
func defaulted(s *corev1.Service) *corev1.Service {
	s = s.DeepCopy()
	for i := range s.Spec.Ports {
		if s.Spec.Ports[i].Protocol == "" {
			s.Spec.Ports[i].Protocol = corev1.ProtocolTCP
		}
	}
	return s
}

func inventedApplication(s *corev1.Service) *Workload {
	w := &Workload{Kind: "Invented", Namespace: s.Namespace, Name: s.Name + "-invented", Replicas: 1}
	w.Template.Labels = maps.Clone(s.Spec.Selector)
	container := corev1.Container{Name: "app"}
	for i, p := range s.Spec.Ports {
		if p.TargetPort.Type == intstr.String {
			container.Ports = append(container.Ports, corev1.ContainerPort{
				Name: p.TargetPort.StrVal, ContainerPort: int32(20000 + i),
			})
		}
	}
	w.Template.Spec.Containers = []corev1.Container{container}
	return w
}

func (c *Cluster) addPod(w *Workload, replica int) {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: w.Namespace, Name: fmt.Sprintf("%s-%d", w.Name, replica),
			Labels: maps.Clone(w.Template.Labels), Annotations: w.Template.Annotations,
		},
		Spec: *w.Template.Spec.DeepCopy(),
	}
	if pod.Spec.ServiceAccountName == "" {
		pod.Spec.ServiceAccountName = "default" // the ServiceAccount admission plugin
	}
	pod.Spec.NodeName = Zones[c.nextPod%len(Zones)]
	c.nextPod++
	ip := fmt.Sprintf("10.1.%d.%d", c.nextPod/250, c.nextPod%250+1)
	pod.Status = corev1.PodStatus{
		Phase: corev1.PodRunning, PodIP: ip, PodIPs: []corev1.PodIP{{IP: ip}},
		Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
	}
	for i := range pod.Spec.Containers {
		for j := range pod.Spec.Containers[i].Ports {
			if port := &pod.Spec.Containers[i].Ports[j]; port.Protocol == "" {
				port.Protocol = corev1.ProtocolTCP
			}
		}
	}
	if pod.Labels == nil {
		pod.Labels = map[string]string{}
	}
	c.addRuntimeLabels(w, pod, replica)
	c.Pods = append(c.Pods, pod)
	c.Objects = append(c.Objects, pod)
}

func (c *Cluster) PodsOf(s *corev1.Service) []*corev1.Pod {
	var pods []*corev1.Pod
	selector := labels.SelectorFromSet(s.Spec.Selector)
	for _, pod := range c.Pods {
		if pod.Namespace == s.Namespace && selector.Matches(labels.Set(pod.Labels)) {
			pods = append(pods, pod)
		}
	}
	return pods
}

// addEndpoints makes a slice for each pod, because a named targetPort may be
// another number in each.
func (c *Cluster) addEndpoints(s *corev1.Service) {
	for _, pod := range c.PodsOf(s) {
		slice := &discoveryv1.EndpointSlice{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: s.Namespace, Name: s.Name + "-" + pod.Name,
				Labels: map[string]string{discoveryv1.LabelServiceName: s.Name},
			},
			AddressType: discoveryv1.AddressTypeIPv4,
			Endpoints: []discoveryv1.Endpoint{{
				Addresses:  []string{pod.Status.PodIP},
				Conditions: discoveryv1.EndpointConditions{Ready: ptr.To(true)},
				NodeName:   ptr.To(pod.Spec.NodeName),
				TargetRef:  &corev1.ObjectReference{Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name},
			}},
		}
		for _, p := range s.Spec.Ports {
			if number, ok := PortOfPod(p, pod); ok {
				protocol := p.Protocol
				if protocol == "" {
					protocol = corev1.ProtocolTCP
				}
				slice.Ports = append(slice.Ports, discoveryv1.EndpointPort{
					Name: ptr.To(p.Name), Port: ptr.To(number), Protocol: ptr.To(protocol),
				})
			}
		}
		c.Objects = append(c.Objects, slice)
	}
}

// portOfPod is the endpoint slice controller's rule for targetPort.
func PortOfPod(p corev1.ServicePort, pod *corev1.Pod) (int32, bool) {
	switch {
	case p.TargetPort.Type == intstr.String && p.TargetPort.StrVal != "":
		for _, container := range pod.Spec.Containers {
			for _, port := range container.Ports {
				if port.Name == p.TargetPort.StrVal {
					return port.ContainerPort, true
				}
			}
		}
		return 0, false
	case p.TargetPort.IntVal != 0:
		return p.TargetPort.IntVal, true
	default:
		return p.Port, true
	}
}

// endpointsOf are the `address:port` at which a port of the Service is served.
func (c *Cluster) EndpointsOf(s *corev1.Service, port int32) []string {
	var found []string
	for _, pod := range c.PodsOf(s) {
		for _, p := range s.Spec.Ports {
			if number, ok := PortOfPod(p, pod); ok && p.Port == port {
				found = append(found, fmt.Sprintf("%s:%d", pod.Status.PodIP, number))
			}
		}
	}
	return sorted(found)
}

// addressOf is the cluster IP that the Service was given.
func (c *Cluster) AddressOf(s *corev1.Service) string {
	for _, known := range c.Services {
		if known.Namespace == s.Namespace && known.Name == s.Name {
			return known.Spec.ClusterIP
		}
	}
	return ""
}
