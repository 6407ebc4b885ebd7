package istiod

import (
	"time"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/proto"

	"istio.io/istio/pilot/pkg/config/memory"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/networking/core"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/mesh/meshwatcher"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/kube/krt"
	"istio.io/istio/pkg/test"
	"istio.io/istio/pkg/test/util/retry"
)

const clusterID = "Kubernetes"

// Quick is New without controllers: the registry is a list of Services and pods, converted by
// istiod's own functions. It takes some milliseconds. It knows nothing of ServiceEntries and the
// Gateway API, whose controllers it has not (Manifests.NeedControllers).
func Quick(t test.Failer, m *Manifests) *Mesh {
	cluster := newCluster(m)
	configuration := m.Mesh
	if configuration == nil {
		configuration = mesh.DefaultMeshConfig()
	}
	environment := model.NewEnvironment()
	environment.Watcher = meshwatcher.NewTestWatcher(configuration)
	environment.ServiceDiscovery = newRegistry(cluster, configuration.TrustDomain, environment.EndpointIndex)
	environment.NetworksWatcher = meshwatcher.NewFixedNetworksWatcher(nil)
	environment.AmbientIndexes = &model.NoopAmbientIndexes{}

	store := memory.NewController(memory.MakeSkipValidation(collections.PilotGatewayAPI()))
	routes := model.NewVirtualServiceController(store, model.VSControllerOptions{KrtDebugger: krt.GlobalDebugHandler}, environment.Watcher)
	environment.ConfigStore, environment.VirtualServiceController = store, routes
	environment.Init()
	for _, c := range m.Configs {
		if _, err := store.Create(c); err != nil {
			t.Fatalf("%s/%s: %v", c.Namespace, c.Name, err)
		}
	}
	stop := test.NewStop(t)
	go store.Run(stop)
	go routes.Run(stop)
	retry.UntilOrFail(t, store.HasSynced, retry.Delay(100*time.Microsecond))
	retry.UntilOrFail(t, routes.HasSynced, retry.Delay(100*time.Microsecond))
	if err := environment.InitNetworksManager(nil); err != nil {
		t.Fatal(err)
	}
	environment.PushContext().InitContext(environment, nil, nil)
	return &Mesh{
		Cluster: cluster, index: environment.EndpointIndex,
		istiod: &quick{core.NewConfigGenerator(&model.DisabledCache{}), environment},
	}
}

// quick answers as core.ConfigGenTest does.
type quick struct {
	generator   core.ConfigGenerator
	environment *model.Environment
}

func (q *quick) PushContext() *model.PushContext { return q.environment.PushContext() }

func (q *quick) SetupProxy(node *model.Proxy) *model.Proxy {
	node.IstioVersion = model.ParseIstioVersion(node.Metadata.IstioVersion)
	node.SetSidecarScope(q.PushContext())
	node.SetServiceTargets(q.environment.ServiceDiscovery)
	node.SetGatewaysForProxy(q.PushContext())
	node.DiscoverIPMode()
	return node
}

func (q *quick) Listeners(node *model.Proxy) []*listenerv3.Listener {
	return q.generator.BuildListeners(node, q.PushContext())
}

func (q *quick) RoutesFromListeners(node *model.Proxy, listeners []*listenerv3.Listener) []*routev3.RouteConfiguration {
	resources, _ := q.generator.BuildHTTPRoutes(node, &model.PushRequest{Push: q.PushContext()}, core.ExtractRoutesFromListeners(listeners))
	return unpacked[routev3.RouteConfiguration](resources)
}

func (q *quick) Clusters(node *model.Proxy) []*clusterv3.Cluster {
	resources, _ := q.generator.BuildClusters(node, &model.PushRequest{Push: q.PushContext()})
	return unpacked[clusterv3.Cluster](resources)
}

func unpacked[T any, M interface {
	*T
	proto.Message
}](resources []*discovery.Resource) []*T {
	var messages []*T
	for _, r := range resources {
		message := M(new(T))
		if err := r.Resource.UnmarshalTo(message); err != nil {
			panic(err) // istiod wrote it
		}
		messages = append(messages, message)
	}
	return messages
}
