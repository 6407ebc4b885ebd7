package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"istio.io/istio/pkg/config/protocol"
	"istio.io/istio/pkg/test"

	"istio/istiod"
)

// followAll proves for states of a cluster in the middle of a rollout, dumped from an API server,
// that requests arrive. Nothing is invented: a Deployment has the pods that its status says.
func followAll(report *Report, earlierFile string, files []string, proxiesToo, subsetsMayRest bool) error {
	earlier, err := istiod.ReadFiles([]string{earlierFile})
	if err != nil {
		return err
	}
	var states []*Manifests
	for _, file := range files {
		state := &Manifests{Live: true}
		if err := state.ReadFile(file); err != nil {
			return err
		}
		states = append(states, state)
	}
	return test.Wrap(func(t test.Failer) {
		former := newWalk(istiod.New(t, earlier))
		for i, state := range states {
			name := strings.TrimSuffix(filepath.Base(files[i]), ".yaml")
			walk := newWalk(istiod.New(t, state))
			for _, service := range earlier.Services {
				follow(report, name, former, walk, service, subsetsMayRest)
			}
			if proxiesToo {
				proveWarm(report, name, walk)
			}
		}
	})
}

// follow proves that clients' requests for a Service of the application arrive at the same pods as
// before, by every route that there is for them: through proxies or not.
//
// Where a moment is allowed for in which subsets are all pods, it is enough that requests arrive at pods of
// the Service.
func follow(r *Report, state string, former, walk *Walk, service *corev1.Service, subsetsMayRest bool) {
	now := walk.service(service)
	if len(service.Spec.Selector) == 0 || service.Spec.ClusterIP == "None" || now == nil {
		return
	}
	subject := fmt.Sprintf("%s: %s/%s", state, service.Namespace, service.Name)
	r.fact(subject, "selects pods that are there", len(walk.mesh.Cluster.PodsOf(now)) > 0, true)
	for _, namespace := range []string{service.Namespace, istiod.ClientNamespace} {
		for _, port := range service.Spec.Ports {
			was := former.requests(namespace, service, port)
			is := walk.requests(namespace, now, port)
			if subsetsMayRest && slices.Equal(is, podEnds(former.mesh.Cluster, service, port)) {
				was = is
			}
			r.fact(fmt.Sprintf("%s:%d client in %s", subject, port.Port, namespace), "requests arrive at", is, was)
		}
	}
}

// findPrepared returns the Services that proxies stand ready for and that do not select them: they
// are in the phase Prepare.
func findPrepared(m *Manifests, fronts []*Front) (prepared []*corev1.Service) {
	for _, own := range m.Services {
		name := own.Spec.Selector[frontLabel]
		if name == "" || slices.ContainsFunc(fronts, func(f *Front) bool { return f.Service.Namespace == own.Namespace && f.Service.Name == name }) {
			continue
		}
		for _, s := range m.Services {
			if s.Namespace == own.Namespace && s.Name == name {
				prepared = append(prepared, s)
			}
		}
	}
	return prepared
}

// provePrepared proves for Services in the phase Prepare that their clients notice nothing, and that
// the proxies stand ready.
func provePrepared(r *Report, prepared []*corev1.Service, mesh *Mesh, earlier *Manifests, former *Mesh) {
	if len(prepared) == 0 {
		return
	}
	walk := newWalk(mesh)
	proveWarm(r, "prepared", walk)
	for _, service := range prepared {
		if earlier != nil && newWalk(former).service(service) != nil {
			follow(r, "prepared", newWalk(former), walk, service, false)
		}
	}
}

// Walk follows requests through a mesh, from one Envoy to the next.
type Walk struct {
	mesh    *Mesh
	clients map[string]*View
	proxies map[string]*View
}

func newWalk(mesh *Mesh) *Walk {
	return &Walk{mesh: mesh, clients: map[string]*View{}, proxies: map[string]*View{}}
}

func (w *Walk) service(s *corev1.Service) *corev1.Service {
	i := slices.IndexFunc(w.mesh.Cluster.Services, func(known *corev1.Service) bool {
		return known.Namespace == s.Namespace && known.Name == s.Name
	})
	if i < 0 {
		return nil
	}
	return w.mesh.Cluster.Services[i]
}

// requests says where requests for the port end: the application's pods with their ports, and
// what keeps requests from arriving.
func (w *Walk) requests(namespace string, s *corev1.Service, port corev1.ServicePort) []string {
	view := w.clients[namespace]
	if view == nil {
		view = w.mesh.OfClient(namespace)
		w.clients[namespace] = view
	}
	ends := map[string]bool{}
	front := &Front{Service: s}
	p := &Port{ServicePort: port}
	if p.declared().IsHTTP() || p.declared() == protocol.Unsupported {
		for _, host := range hostForms(front, namespace == s.Namespace) {
			w.hosts(view, view.Routes[fmt.Sprint(port.Port)], host, "", ends, "")
		}
	}
	if !p.declared().IsHTTP() {
		if l := view.ListenerAt(w.mesh.Cluster.AddressOf(s), port.Port); l != nil && len(l.GetFilterChains()) > 0 {
			w.clusters(view, istiod.TCPClusters(l.GetFilterChains()[0]), "", "", ends, "")
		} else {
			ends["no listener of the client's sidecar"] = true
		}
	}
	return slices.Sorted(maps.Keys(ends))
}

// podEnds are all pods of a Service, as requests write them.
func podEnds(c *Cluster, s *corev1.Service, port corev1.ServicePort) []string {
	var ends []string
	for _, pod := range c.PodsOf(s) {
		if number, ok := istiod.PortOfPod(port, pod); ok {
			ends = append(ends, podEnd(pod, number))
		}
	}
	return sorted(ends)
}

// podEnd names a pod. The one that is invented for a Service may be found by its target first.
func podEnd(pod *corev1.Pod, port int32) string {
	return fmt.Sprintf("pod %s:%d", strings.ReplaceAll(pod.Name, "-ep-invented", "-invented"), port)
}

// proveWarm proves that every proxy that is there listens where the front will send, and knows the way.
func proveWarm(r *Report, state string, w *Walk) {
	for _, s := range w.mesh.Cluster.Services {
		if s.Spec.Selector[frontLabel] == "" {
			continue
		}
		pods := w.mesh.Cluster.PodsOf(s)
		r.fact(state+": "+s.Namespace+"/"+s.Name, "has proxies", len(pods) > 0, true)
		if len(pods) == 0 {
			continue
		}
		for _, port := range s.Spec.Ports {
			ends := map[string]bool{}
			w.proxy(pods[0], port.TargetPort.IntVal, "", s.Spec.Selector[frontLabel], "", ends, "")
			reached := slices.Sorted(maps.Keys(ends))
			bad := slices.DeleteFunc(slices.Clone(reached), func(end string) bool { return strings.HasPrefix(end, "pod ") })
			r.fact(fmt.Sprintf("%s: %s/%s:%d", state, s.Namespace, s.Name, port.Port), "proxies know the way to pods",
				fmt.Sprint(len(reached) > 0, bad), "true []")
		}
	}
}
