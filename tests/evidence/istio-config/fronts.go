package main

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	networking "istio.io/api/networking/v1alpha3"
	"istio.io/istio/pkg/config"
	istiokube "istio.io/istio/pkg/config/kube"
	"istio.io/istio/pkg/config/protocol"
	"istio.io/istio/pkg/config/schema/gvk"

	"istio/istiod"
)

const frontLabel = "msvcbench.io/front"

// Front is an intercepted Service with what belongs to its interception,
// found again in the manifests.
type Front struct {
	Service *corev1.Service
	Target  *corev1.Service
	Proxies *Workload
	Ports   []Port
	// Rule is the DestinationRule for the target, if there is one.
	Rule *networking.DestinationRule
	// Elsewhere means that routes of the user's lead to other Services or ports, or nowhere.
	Elsewhere bool
	// Filters are the EnvoyFilters for the proxies.
	Filters []*networking.EnvoyFilter
	// Routes are the HTTP routes of the proxies, by name.
	Routes map[string]*networking.HTTPRoute
}

// Port is a port of the front and the Gateway server that is behind it.
type Port struct {
	corev1.ServicePort
	Server *networking.Server
}

func (f *Front) String() string { return f.Service.Namespace + "/" + f.Service.Name }

func (f *Front) host() string       { return hostOf(f.Service) }
func (f *Front) targetHost() string { return hostOf(f.Target) }

func hostOf(s *corev1.Service) string {
	return s.Name + "." + s.Namespace + ".svc." + istiod.ClusterDomain
}

// isHTTP follows the Service port's declaration, and where it has none, the Gateway.
func (p *Port) isHTTP() bool {
	if declared := p.declared(); declared != protocol.Unsupported {
		return declared.IsHTTP()
	}
	// gateway.go: an HTTPS server that terminates TLS is a HTTP server.
	server := protocol.Parse(p.Server.GetPort().GetProtocol())
	return server.IsHTTP() || (server == protocol.HTTPS && !p.passthrough())
}

// declared is Istio's protocol selection (pkg/config/kube/conversion.go).
func (p *Port) declared() protocol.Instance {
	return istiokube.ConvertProtocol(p.Port, p.Name, p.Protocol, p.AppProtocol)
}

func (p *Port) passthrough() bool {
	// PASSTHROUGH is also what a server without TLS seems to have.
	return p.Server.GetTls() != nil && p.Server.Tls.Mode == networking.ServerTLSSettings_PASSTHROUGH
}

// mutualTLS tells whether the proxies take only mutual TLS of the mesh here.
func (p *Port) mutualTLS() bool {
	return p.Server.GetTls().GetMode() == networking.ServerTLSSettings_ISTIO_MUTUAL
}

// findFronts returns the interceptions of the Istio data plane, and why others are left out.
func findFronts(m *Manifests) (fronts []*Front, skipped []string, err error) {
	for _, service := range m.Services {
		// The proxies' own Service selects them too, by the name of another: the front.
		if service.Spec.Selector[frontLabel] != service.Name {
			continue
		}
		front := &Front{Service: service}
		for _, w := range m.Workloads {
			if w.Namespace == service.Namespace && labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(w.Template.Labels)) {
				front.Proxies = w
			}
		}
		if front.Proxies == nil {
			return nil, nil, fmt.Errorf("%s: no workload has the labels of its selector %v", front, service.Spec.Selector)
		}
		if !front.Proxies.IsGateway() {
			skipped = append(skipped, fmt.Sprintf("%s: its proxies are not of the Istio data plane", front))
			continue
		}
		if err := front.complete(m); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", front, err)
		}
		fronts = append(fronts, front)
	}
	return fronts, skipped, nil
}

// complete finds the Gateway servers, the target and its rule.
func (f *Front) complete(m *Manifests) error {
	namespace := f.Service.Namespace
	servers := map[uint32]*networking.Server{}
	var gateways []string
	for _, c := range m.Configs {
		gateway, ok := c.Spec.(*networking.Gateway)
		if !ok || c.Namespace != namespace || gateway.Selector[frontLabel] != f.Service.Spec.Selector[frontLabel] {
			continue
		}
		gateways = append(gateways, c.Name)
		for _, server := range gateway.Servers {
			servers[server.Port.Number] = server
		}
	}
	if len(gateways) == 0 {
		return fmt.Errorf("no Gateway in its namespace selects its proxies")
	}
	for _, p := range f.Service.Spec.Ports {
		if p.Protocol == "" || p.Protocol == corev1.ProtocolTCP {
			f.Ports = append(f.Ports, Port{ServicePort: p, Server: servers[uint32(p.Port)]})
		}
	}
	hosts := destinations(m.Configs, namespace, gateways)
	f.Elsewhere = len(hosts) != 1 || changesPorts(m.Configs, namespace, gateways)
	for _, s := range m.Services {
		if s.Namespace != namespace {
			continue
		}
		// Routes of the user's may lead to other Services too, or answer themselves.
		if s.Name == f.Service.Name+"-ep" || (len(hosts) == 1 && hostOf(s) == hosts[0]) {
			f.Target = s
		}
	}
	if f.Target == nil || (len(hosts) == 1 && f.targetHost() != hosts[0]) {
		return fmt.Errorf("its routes lead to %q, and none of them is a target", hosts)
	}
	f.Routes = map[string]*networking.HTTPRoute{}
	for _, c := range m.Configs {
		switch spec := c.Spec.(type) {
		case *networking.DestinationRule:
			if c.Namespace == namespace && fullHost(spec.Host, namespace) == f.targetHost() {
				f.Rule = spec
			}
		case *networking.VirtualService:
			// Only routes of the proxies' own Gateways are found in their configuration.
			for _, route := range spec.Http {
				if c.Namespace == namespace && slices.ContainsFunc(spec.Gateways, func(name string) bool { return slices.Contains(gateways, name) }) {
					f.Routes[route.Name] = route
				}
			}
		case *networking.EnvoyFilter:
			if c.Namespace == namespace && spec.WorkloadSelector.GetLabels()[frontLabel] == f.Service.Spec.Selector[frontLabel] {
				f.Filters = append(f.Filters, spec)
			}
		}
	}
	return nil
}

// destinations are the hosts to which the VirtualServices of the Gateways lead.
func destinations(configs []config.Config, namespace string, gateways []string) []string {
	found := map[string]bool{}
	add := func(d *networking.Destination) { found[fullHost(d.GetHost(), namespace)] = true }
	for _, v := range routesOn(configs, namespace, gateways) {
		for _, r := range v.Http {
			for _, d := range r.Route {
				add(d.Destination)
			}
		}
		for _, r := range v.Tcp {
			for _, d := range r.Route {
				add(d.Destination)
			}
		}
		for _, r := range v.Tls {
			for _, d := range r.Route {
				add(d.Destination)
			}
		}
	}
	var hosts []string
	for host := range found {
		hosts = append(hosts, host)
	}
	return sorted(hosts)
}

// changesPorts tells whether a route may lead to another port than the one it is taken on.
func changesPorts(configs []config.Config, namespace string, gateways []string) bool {
	for _, v := range routesOn(configs, namespace, gateways) {
		for _, r := range v.Http {
			for _, d := range r.Route {
				for _, m := range r.Match {
					if d.Destination.Port != nil && m.Port != d.Destination.Port.Number {
						return true
					}
				}
				if d.Destination.Port != nil && len(r.Match) == 0 {
					return true
				}
			}
		}
	}
	return false
}

// routesOn are the VirtualServices of the Gateways.
func routesOn(configs []config.Config, namespace string, gateways []string) (found []*networking.VirtualService) {
	for _, c := range configs {
		v, ok := c.Spec.(*networking.VirtualService)
		if !ok || c.GroupVersionKind != gvk.VirtualService || c.Namespace != namespace {
			continue
		}
		ours := func(name string) bool {
			return slices.Contains(gateways, strings.TrimPrefix(name, namespace+"/"))
		}
		if slices.ContainsFunc(v.Gateways, ours) {
			found = append(found, v)
		}
	}
	return found
}

// fullHost is model.ResolveShortnameToFQDN for hosts of this cluster.
func fullHost(host, namespace string) string {
	switch strings.Count(host, ".") {
	case 0:
		return host + "." + namespace + ".svc." + istiod.ClusterDomain
	default:
		return host
	}
}

// choices is what EnvoyFilters say for clusters of the port, or 0.
func (f *Front) choices(port int32) int {
	count := 0
	for _, filter := range f.Filters {
		for _, patch := range filter.ConfigPatches {
			if only := patch.GetMatch().GetCluster().GetPortNumber(); only != 0 && only != uint32(port) {
				continue
			}
			settings := patch.GetPatch().GetValue().GetFields()["least_request_lb_config"].GetStructValue()
			count = max(count, int(settings.GetFields()["choice_count"].GetNumberValue()))
		}
	}
	return count
}

func sorted(s []string) []string {
	slices.Sort(s)
	return s
}
