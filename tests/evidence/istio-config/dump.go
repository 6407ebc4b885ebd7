package main

import (
	"encoding/json"
	"io"
	"maps"
	"slices"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pkg/test"

	"istio/istiod"
)

// Dump is what --dump prints for each front.
type Dump struct {
	Namespace      string       `json:"namespace"`
	Name           string       `json:"name"`
	ClusterIP      string       `json:"clusterIP"`
	ServiceAccount string       `json:"serviceAccount"`
	Ports          []DumpedPort `json:"ports"`
	Proxy          DumpedView   `json:"proxy"`
	// Client is the sidecar of a client in the front's namespace.
	Client DumpedView `json:"client"`
}

// DumpedPort says where the proxies listen for a port of the front, and to
// which clusters clients and proxies send.
type DumpedPort struct {
	Port          int32  `json:"port"`
	Name          string `json:"name"`
	Listening     int32  `json:"listening"`
	FrontCluster  string `json:"frontCluster"`
	TargetCluster string `json:"targetCluster"`
	HTTP          bool   `json:"http"`
	HTTP2         bool   `json:"http2"`
	MutualTLS     bool   `json:"mutualTLS"`
	// Passthrough means that the proxies do not look into TLS.
	Passthrough bool `json:"passthrough"`
	// Path is one that the port's routes take.
	Path string `json:"path"`
}

// DumpedView is a View in the words of Envoy's API, as its JSON form spells them.
type DumpedView struct {
	Listeners []json.RawMessage `json:"listeners"`
	Routes    []json.RawMessage `json:"routes"`
	Clusters  []json.RawMessage `json:"clusters"`
	Endpoints []json.RawMessage `json:"endpoints"`
}

func dumpProxies(t test.Failer, out io.Writer, mesh *Mesh, fronts []*Front) {
	dumps := []Dump{}
	for _, front := range fronts {
		pod := mesh.Cluster.PodsOf(front.Service)[0]
		v := mesh.OfPod(pod, model.Router)
		d := Dump{
			Namespace: front.Service.Namespace, Name: front.Service.Name,
			ClusterIP:      mesh.Cluster.AddressOf(front.Service),
			ServiceAccount: pod.Spec.ServiceAccountName,
			Proxy:          dumpView(t, v),
			Client:         dumpView(t, mesh.OfClient(front.Service.Namespace)),
		}
		for _, p := range front.Ports {
			number, _ := istiod.PortOfPod(p.ServicePort, pod)
			d.Ports = append(d.Ports, DumpedPort{
				Port: p.Port, Name: p.Name, Listening: number,
				FrontCluster: clusterName(front.host(), &p), TargetCluster: clusterName(front.targetHost(), &p),
				HTTP: p.isHTTP(), HTTP2: p.declared().IsHTTP2(),
				MutualTLS: p.mutualTLS(), Passthrough: p.passthrough(),
				Path: pathOf(v, number, front),
			})
		}
		dumps = append(dumps, d)
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(dumps); err != nil {
		t.Fatal(err)
	}
}

func dumpView(t test.Failer, v *View) DumpedView {
	return DumpedView{
		Listeners: texts(t, v.Listeners),
		Routes:    texts(t, byName(v.Routes)),
		Clusters:  texts(t, byName(v.Clusters)),
		Endpoints: texts(t, byName(v.Endpoints)),
	}
}

func byName[M any](messages map[string]M) []M {
	var list []M
	for _, name := range slices.Sorted(maps.Keys(messages)) {
		list = append(list, messages[name])
	}
	return list
}

func texts[M proto.Message](t test.Failer, messages []M) []json.RawMessage {
	list := []json.RawMessage{}
	for _, m := range messages {
		text, err := protojson.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
	return list
}

// pathOf is a path that the listener's routes take for the front's name.
func pathOf(v *View, port int32, front *Front) string {
	if l := v.ListenerAt("", port); l != nil && len(l.GetFilterChains()) > 0 {
		if m := istiod.Manager(l.GetFilterChains()[0]); m != nil {
			return istiod.APath(istiod.VirtualHost(v.RoutesOf(m), front.Service.Name))
		}
	}
	return "/"
}
