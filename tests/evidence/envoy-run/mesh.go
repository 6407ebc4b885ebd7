package main

import (
	"context"
	"fmt"
)

// Mesh is an interception in the flesh: a client's sidecar, two proxies, and
// the application.
type Mesh struct {
	front    *Front
	backends map[string]*Backends // by the cluster that proxies send to
	envoys   []*Envoy
	client   *Identity
	// entry maps the front's ports to where the sidecar takes connections for them.
	entry map[int]int
	// proxyPorts maps them, for each proxy, to where that one listens.
	proxyPorts []map[int]int
}

func startMesh(ctx context.Context, envoy string, front *Front) (_ *Mesh, err error) {
	m := &Mesh{front: front, backends: map[string]*Backends{}}
	defer func() {
		if err != nil {
			m.stop()
		}
	}()
	authority, err := newAuthority()
	if err != nil {
		return nil, err
	}
	if m.client, err = authority.issue(front.Namespace, "client"); err != nil {
		return nil, err
	}
	identity, err := authority.issue(front.Namespace, front.ServiceAccount)
	if err != nil {
		return nil, err
	}
	for _, port := range front.Ports {
		if m.backends[port.TargetCluster], err = startBackends(&port); err != nil {
			return nil, err
		}
	}
	for i := range 2 { // what an autoscaler keeps at least
		if err := m.startProxy(ctx, envoy, i, identity); err != nil {
			return nil, err
		}
	}
	return m, m.startSidecar(ctx, envoy)
}

func (m *Mesh) startProxy(ctx context.Context, envoy string, i int, identity *Identity) error {
	role := &Role{
		name: fmt.Sprintf("proxy %d", i), view: &m.front.Proxy, identity: identity,
		listening: map[string]int{}, endpoints: map[string][]Endpoint{}, plaintext: map[string]bool{},
	}
	ports := map[int]int{}
	for _, port := range m.front.Ports {
		free, err := freePort()
		if err != nil {
			return err
		}
		ports[port.Port] = free
		role.listening[fmt.Sprintf("0.0.0.0:%d", port.Listening)] = free
		role.endpoints[port.TargetCluster] = m.backends[port.TargetCluster].endpoints()
		role.plaintext[port.TargetCluster] = true
	}
	m.proxyPorts = append(m.proxyPorts, ports)
	return m.start(ctx, envoy, role)
}

func (m *Mesh) startSidecar(ctx context.Context, envoy string) error {
	role := &Role{
		name: "sidecar", view: &m.front.Client, identity: m.client,
		listening: map[string]int{}, endpoints: map[string][]Endpoint{},
	}
	m.entry = map[int]int{}
	for _, port := range m.front.Ports {
		free, err := freePort()
		if err != nil {
			return err
		}
		m.entry[port.Port] = free
		role.listening[m.front.Client.listenerFor(m.front.ClusterIP, port.Port)] = free
		metadata := m.front.Client.metadataOf(port.FrontCluster)
		for _, ports := range m.proxyPorts {
			role.endpoints[port.FrontCluster] = append(role.endpoints[port.FrontCluster], Endpoint{ports[port.Port], metadata})
		}
	}
	return m.start(ctx, envoy, role)
}

func (m *Mesh) start(ctx context.Context, envoy string, role *Role) error {
	e, err := startEnvoy(ctx, envoy, role)
	if err != nil {
		return err
	}
	m.envoys = append(m.envoys, e)
	return nil
}

func (m *Mesh) stop() {
	for _, e := range m.envoys {
		e.stop()
	}
	for _, b := range m.backends {
		b.stop()
	}
}

// listenerFor is the address of the listener that takes a sidecar's
// connections to a Service's port: the Service's own, else that of the port.
func (v *View) listenerFor(clusterIP string, port int) string {
	own := fmt.Sprintf("%s:%d", clusterIP, port)
	for _, l := range v.Listeners {
		if addressOf(l) == own {
			return own
		}
	}
	return fmt.Sprintf("0.0.0.0:%d", port)
}

// metadataOf is what istiod tells about the endpoints of a cluster, all of
// which are proxies of one Deployment. A sidecar chooses TLS by it.
func (v *View) metadataOf(cluster string) any {
	for _, assignment := range v.Endpoints {
		if assignment["clusterName"] != cluster {
			continue
		}
		for _, locality := range list(assignment["endpoints"]) {
			for _, e := range list(locality.(map[string]any)["lbEndpoints"]) {
				return e.(map[string]any)["metadata"]
			}
		}
	}
	return nil
}
