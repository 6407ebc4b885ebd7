// Package istiod asks istiod's own code what it would send to Envoys, for manifests without a
// cluster, and reads the answers as Envoy would.
package istiod

import (
	"fmt"
	"slices"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	corev1 "k8s.io/api/core/v1"

	"istio.io/api/annotation"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/xds/endpoints"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pilot/test/xdstest"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/test"
)

const (
	ClusterDomain   = "cluster.local"
	SystemNamespace = "istio-system"
	// ClientNamespace is where a client lives that shares no namespace with any front.
	ClientNamespace = "another-namespace"
	TLSModeLabel    = "security.istio.io/tlsMode"
	istioVersion    = "1.31.0"
)

// Mesh is istiod, with the manifests applied to its cluster.
type Mesh struct {
	Cluster *Cluster
	istiod  generator
	index   *model.EndpointIndex
}

// generator is what the two ways to istiod's code have in common.
type generator interface {
	SetupProxy(*model.Proxy) *model.Proxy
	Listeners(*model.Proxy) []*listenerv3.Listener
	RoutesFromListeners(*model.Proxy, []*listenerv3.Listener) []*routev3.RouteConfiguration
	Clusters(*model.Proxy) []*clusterv3.Cluster
	PushContext() *model.PushContext
}

// New starts a whole istiod: registries, informers, controllers. It takes a quarter of a second.
func New(t test.Failer, m *Manifests) *Mesh {
	cluster := newCluster(m)
	server := xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
		KubernetesObjects: cluster.Objects,
		Configs:           m.Configs,
		MeshConfig:        m.Mesh,
	})
	return &Mesh{Cluster: cluster, istiod: server, index: server.Env().EndpointIndex}
}

// View is everything that one Envoy is told.
type View struct {
	Listeners []*listenerv3.Listener
	Routes    map[string]*routev3.RouteConfiguration
	Clusters  map[string]*clusterv3.Cluster
	Endpoints map[string]*endpointv3.ClusterLoadAssignment
}

// OfPod is the view of a gateway's pod, or of the sidecar in an application's pod.
func (m *Mesh) OfPod(pod *corev1.Pod, kind model.NodeType) *View {
	node := nodeOf(pod, kind)
	// The agent merges the pod's annotation into the mesh's defaults, and tells istiod.
	if text := pod.Annotations[annotation.ProxyConfig.Name]; text != "" {
		merged, err := mesh.ApplyProxyConfig(text, m.istiod.PushContext().Mesh)
		if err != nil {
			panic(fmt.Sprintf("%s/%s: %v", pod.Namespace, pod.Name, err))
		}
		node.Metadata.ProxyConfig = (*model.NodeMetaProxyConfig)(merged.DefaultConfig)
	}
	return m.view(node)
}

// nodeOf is how the agent in a pod introduces itself.
func nodeOf(pod *corev1.Pod, kind model.NodeType) *model.Proxy {
	return &model.Proxy{
		Type:            kind,
		ID:              pod.Name + "." + pod.Namespace,
		ConfigNamespace: pod.Namespace,
		DNSDomain:       pod.Namespace + ".svc." + ClusterDomain,
		Labels:          pod.Labels,
		IPAddresses:     []string{pod.Status.PodIP},
		Locality:        &corev3.Locality{Region: "region", Zone: pod.Spec.NodeName},
		Metadata: &model.NodeMetadata{
			Namespace: pod.Namespace, Labels: pod.Labels, ClusterID: "Kubernetes",
			IstioVersion: istioVersion, NodeName: pod.Spec.NodeName,
			ServiceAccount: pod.Spec.ServiceAccountName,
		},
	}
}

// OfClient is the view of the sidecar of some client in the namespace.
func (m *Mesh) OfClient(namespace string) *View {
	client := &corev1.Pod{}
	client.Name, client.Namespace = "client", namespace
	client.Labels = map[string]string{"app": "some-client", TLSModeLabel: "istio"}
	client.Spec.NodeName = Zones[0]
	client.Status.PodIP = "10.2.0.1"
	return m.OfPod(client, model.SidecarProxy)
}

func (m *Mesh) view(node *model.Proxy) *View {
	node = m.istiod.SetupProxy(node)
	listeners := m.istiod.Listeners(node)
	v := &View{
		Listeners: listeners,
		Routes:    xdstest.ExtractRouteConfigurations(m.istiod.RoutesFromListeners(node, listeners)),
		Endpoints: map[string]*endpointv3.ClusterLoadAssignment{},
	}
	clusters := m.istiod.Clusters(node)
	v.Clusters = xdstest.ExtractClusters(clusters)
	for _, name := range xdstest.ExtractEdsClusterNames(clusters) {
		builder := endpoints.NewEndpointBuilder(name, node, m.istiod.PushContext())
		assignment := builder.BuildClusterLoadAssignment(m.index)
		v.Endpoints[assignment.ClusterName] = assignment
	}
	return v
}

func sorted(s []string) []string {
	slices.Sort(s)
	return s
}
