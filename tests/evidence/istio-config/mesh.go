package main

import (
	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	corev1 "k8s.io/api/core/v1"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pilot/test/xdstest"
	"istio.io/istio/pkg/test"
)

const (
	clusterDomain   = "cluster.local"
	systemNamespace = "istio-system"
	// clientNamespace is where a client lives that shares no namespace with any front.
	clientNamespace = "another-namespace"
	tlsModeLabel    = "security.istio.io/tlsMode"
	istioVersion    = "1.31.0"
)

// Mesh is istiod, with the manifests applied to its cluster.
type Mesh struct {
	server  *xds.FakeDiscoveryServer
	cluster *Cluster
}

func newMesh(t test.Failer, m *Manifests) *Mesh {
	cluster := newCluster(m)
	server := xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
		KubernetesObjects: cluster.Objects,
		Configs:           m.Configs,
	})
	return &Mesh{server: server, cluster: cluster}
}

// View is everything that one Envoy is told.
type View struct {
	Listeners []*listenerv3.Listener
	Routes    map[string]*routev3.RouteConfiguration
	Clusters  map[string]*clusterv3.Cluster
	Endpoints map[string]*endpointv3.ClusterLoadAssignment
}

// ofPod is the view of a gateway's pod, or of the sidecar in an application's pod.
func (m *Mesh) ofPod(pod *corev1.Pod, kind model.NodeType) *View {
	return m.view(&model.Proxy{
		Type:            kind,
		ID:              pod.Name + "." + pod.Namespace,
		ConfigNamespace: pod.Namespace,
		DNSDomain:       pod.Namespace + ".svc." + clusterDomain,
		Labels:          pod.Labels,
		IPAddresses:     []string{pod.Status.PodIP},
		Locality:        &corev3.Locality{Region: "region", Zone: pod.Spec.NodeName},
		Metadata: &model.NodeMetadata{
			Namespace: pod.Namespace, Labels: pod.Labels, ClusterID: "Kubernetes",
			IstioVersion: istioVersion, NodeName: pod.Spec.NodeName,
		},
	})
}

// ofClient is the view of the sidecar of some client in the namespace.
func (m *Mesh) ofClient(namespace string) *View {
	client := &corev1.Pod{}
	client.Name, client.Namespace = "client", namespace
	client.Labels = map[string]string{"app": "some-client", tlsModeLabel: "istio"}
	client.Spec.NodeName = zones[0]
	client.Status.PodIP = "10.2.0.1"
	return m.ofPod(client, model.SidecarProxy)
}

func (m *Mesh) view(proxy *model.Proxy) *View {
	p := m.server.SetupProxy(proxy)
	v := &View{
		Listeners: m.server.Listeners(p),
		Routes:    xdstest.ExtractRouteConfigurations(m.server.Routes(p)),
		Clusters:  xdstest.ExtractClusters(m.server.Clusters(p)),
		Endpoints: map[string]*endpointv3.ClusterLoadAssignment{},
	}
	for _, assignment := range m.server.Endpoints(p) {
		v.Endpoints[assignment.ClusterName] = assignment
	}
	return v
}
