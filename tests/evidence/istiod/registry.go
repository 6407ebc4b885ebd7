package istiod

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/serviceregistry/kube"
	"istio.io/istio/pilot/pkg/serviceregistry/kube/controller"
	"istio.io/istio/pilot/pkg/serviceregistry/provider"
	labelutil "istio.io/istio/pilot/pkg/serviceregistry/util/label"
	"istio.io/istio/pkg/config/host"
	istiolabels "istio.io/istio/pkg/config/labels"
	kubeutil "istio.io/istio/pkg/kube"
)

// registry is model.ServiceDiscovery over a Cluster: pilot/pkg/serviceregistry/kube/controller
// without informers.
type registry struct {
	model.NetworkGatewaysHandler
	cluster  *Cluster
	services []*model.Service
	byHost   map[host.Name]*model.Service
}

func newRegistry(c *Cluster, trustDomain string, index *model.EndpointIndex) *registry {
	r := &registry{cluster: c, byHost: map[host.Name]*model.Service{}}
	shard := model.ShardKey{Cluster: clusterID, Provider: provider.Kubernetes}
	for _, s := range c.Services {
		annotations := map[string]string{}
		if namespace := c.Namespaces[s.Namespace]; namespace != nil {
			annotations = namespace.Annotations
		}
		converted := kube.ConvertService(*s, annotations, ClusterDomain, clusterID, trustDomain)
		r.services = append(r.services, converted)
		r.byHost[converted.Hostname] = converted
		if len(s.Spec.Selector) > 0 && s.Spec.Type != corev1.ServiceTypeExternalName {
			index.UpdateServiceEndpoints(shard, string(converted.Hostname), s.Namespace, endpointsOf(c, s, trustDomain), false)
		}
	}
	return r
}

// endpointsOf follows endpointSliceController.updateEndpointCacheForSlice and EndpointBuilder.
func endpointsOf(c *Cluster, s *corev1.Service, trustDomain string) []*model.IstioEndpoint {
	var found []*model.IstioEndpoint
	for _, pod := range c.PodsOf(s) {
		locality := "region/" + pod.Spec.NodeName + "/"
		workload, _ := kubeutil.GetWorkloadMetaFromPod(pod)
		for _, p := range s.Spec.Ports {
			number, ok := PortOfPod(p, pod)
			if !ok {
				continue
			}
			found = append(found, &model.IstioEndpoint{
				Labels:                labelutil.AugmentLabels(pod.Labels, clusterID, locality, pod.Spec.NodeName, ""),
				ServiceAccount:        kube.SecureNamingSAN(pod, trustDomain),
				Locality:              model.Locality{Label: locality, ClusterID: clusterID},
				TLSMode:               kube.PodTLSMode(pod),
				Addresses:             []string{pod.Status.PodIP},
				EndpointPort:          uint32(number),
				ServicePortName:       p.Name,
				WorkloadName:          workload.Name,
				Namespace:             pod.Namespace,
				DiscoverabilityPolicy: model.AlwaysDiscoverable,
				HealthStatus:          model.Healthy,
				NodeName:              pod.Spec.NodeName,
			})
		}
	}
	return found
}

// Services is a copy: istiod sorts it in place (SortServicesByCreationTime).
func (r *registry) Services() []*model.Service { return slices.Clone(r.services) }

func (r *registry) GetService(name host.Name) *model.Service { return r.byHost[name] }

// GetProxyServiceTargets follows the method of the same name of the Kubernetes controller: all
// Services of the namespace that select the pod.
func (r *registry) GetProxyServiceTargets(node *model.Proxy) []model.ServiceTarget {
	pod := r.podOf(node)
	if pod == nil {
		pod = &corev1.Pod{}
		pod.Namespace, pod.Labels = node.ConfigNamespace, node.Labels
	}
	var targets []model.ServiceTarget
	for i, s := range r.cluster.Services {
		if s.Namespace != pod.Namespace || len(s.Spec.Selector) == 0 || !labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(pod.Labels)) {
			continue
		}
		targets = append(targets, targetsOf(r.services[i], s, pod)...)
	}
	return targets
}

// targetsOf follows GetProxyServiceTargetsByPod: one target for each port of the pod and protocol.
func targetsOf(converted *model.Service, s *corev1.Service, pod *corev1.Pod) []model.ServiceTarget {
	var targets []model.ServiceTarget
	known := map[model.Port]bool{}
	for _, p := range s.Spec.Ports {
		port, ok := converted.Ports.Get(p.Name)
		if !ok {
			continue
		}
		number, err := controller.FindPort(pod, &p)
		if err != nil {
			continue
		}
		key := model.Port{Port: number, Protocol: port.Protocol}
		if known[key] {
			continue
		}
		known[key] = true
		targets = append(targets, model.ServiceTarget{
			Service: converted,
			Port:    model.ServiceInstancePort{ServicePort: port, TargetPort: uint32(number)},
		})
	}
	return targets
}

func (r *registry) GetProxyWorkloadLabels(node *model.Proxy) istiolabels.Instance {
	pod := r.podOf(node)
	if pod == nil {
		return nil
	}
	return labelutil.AugmentLabels(pod.Labels, clusterID, "region/"+pod.Spec.NodeName+"/", pod.Spec.NodeName, "")
}

func (r *registry) podOf(node *model.Proxy) *corev1.Pod {
	for _, pod := range r.cluster.Pods {
		if node.ID == pod.Name+"."+pod.Namespace {
			return pod
		}
	}
	return nil
}

func (r *registry) NetworkGateways() []model.NetworkGateway { return nil }

func (r *registry) MCSServices() []model.MCSServiceInfo { return nil }
