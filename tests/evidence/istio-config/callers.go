package main

import (
	"fmt"
	"slices"
	"strings"

	rbacv3 "github.com/envoyproxy/go-control-plane/envoy/config/rbac/v3"
	corev1 "k8s.io/api/core/v1"

	security "istio.io/api/security/v1beta1"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pkg/config/schema/gvk"

	"istio/istiod"
)

const inboundPort = 15006

// proveCallers proves that AuthorizationPolicies let the same callers do the
// same as before there were proxies: through them, and past them. The requests
// are made of what the policies name, and of what none of them names.
func proveCallers(r *Report, earlier *Manifests, before, mesh *Mesh, front *Front) {
	requests := requestsOf(earlier)
	var service *corev1.Service
	for _, s := range earlier.Services {
		if s.Namespace == front.Service.Namespace && (s.Name == front.Service.Name || service == nil && s.Name == front.Target.Name) {
			service = s
		}
	}
	if len(requests) == 0 || service == nil {
		return
	}
	old := before.Cluster.PodsOf(service)[0]
	proxy := mesh.Cluster.PodsOf(front.Service)[0]
	app := mesh.Cluster.PodsOf(front.Target)[0]
	oldRules, proxyRules, appRules := inbound(before, old), mesh.OfPod(proxy, model.Router), inbound(mesh, app)
	for _, port := range front.Ports {
		position := slices.IndexFunc(service.Spec.Ports, func(p corev1.ServicePort) bool { return p.Port == port.Port })
		if position < 0 {
			continue
		}
		number, _ := istiod.PortOfPod(service.Spec.Ports[position], old)
		listen, _ := istiod.PortOfPod(port.ServicePort, proxy)
		listener := proxyRules.ListenerAt("", listen)
		if listener == nil {
			continue // proveProxies says so
		}
		atProxy := istiod.RulesOf(listener.GetFilterChains()[0])
		for _, caller := range callersOf(requests) {
			var expected, through, past []string
			for _, request := range requests {
				if request.Principal != caller.Principal || request.Address != caller.Address {
					continue
				}
				what := request.Method + " " + request.Path
				request.Host = front.Service.Name
				request.Port = uint32(number)
				expected = append(expected, verdict(what, istiod.Passes(oldRules(number, &port), request)))
				past = append(past, verdict(what, istiod.Passes(appRules(number, &port), request)))
				hop := request
				hop.Port = uint32(listen)
				passed := istiod.Passes(atProxy, hop)
				hop.Port = uint32(number)
				hop.Principal = "spiffe://cluster.local/ns/" + proxy.Namespace + "/sa/" + proxy.Spec.ServiceAccountName
				hop.Address = proxy.Status.PodIP
				through = append(through, verdict(what, passed && istiod.Passes(appRules(number, &port), hop)))
			}
			subject := fmt.Sprintf("%s:%d %s at %s", front, port.Port, strings.TrimPrefix(caller.Principal, "spiffe://"), caller.Address)
			r.fact(subject, "through the proxies", strings.Join(through, ", "), strings.Join(expected, ", "))
			r.fact(subject, "past the proxies", strings.Join(past, ", "), strings.Join(expected, ", "))
		}
	}
}

func verdict(what string, passes bool) string {
	if passes {
		return what
	}
	return what + " denied"
}

// inbound gives the RBAC rules of the sidecar in a pod, by the pod's port. All
// chains carry the policies; which one takes the port is a matter of protocol.
func inbound(m *Mesh, pod *corev1.Pod) func(int32, *Port) []*rbacv3.RBAC {
	v := m.OfPod(pod, model.SidecarProxy)
	return func(number int32, port *Port) []*rbacv3.RBAC {
		chains := v.ListenerAt("", inboundPort).GetFilterChains()
		for _, chain := range chains {
			if chain.GetFilterChainMatch().GetDestinationPort().GetValue() == uint32(number) {
				return istiod.RulesOf(chain)
			}
		}
		otherwise := model.VirtualInboundListenerName
		if port.isHTTP() {
			otherwise = model.VirtualInboundCatchAllHTTPFilterChainName
		}
		for _, chain := range chains {
			if chain.Name == otherwise {
				return istiod.RulesOf(chain)
			}
		}
		panic(fmt.Sprintf("%s takes no requests at port %d", pod.Name, number))
	}
}

// requestsOf combines everything that the AuthorizationPolicies name.
func requestsOf(m *Manifests) []Request {
	principals := []string{"cluster.local/ns/strange/sa/stranger", "cluster.local/ns/shop/sa/default"}
	addresses, methods, paths := []string{"192.0.2.7"}, []string{"GET", "POST"}, []string{"/elsewhere"}
	found := false
	for _, c := range m.Configs {
		policy, ok := c.Spec.(*security.AuthorizationPolicy)
		if !ok || c.GroupVersionKind != gvk.AuthorizationPolicy {
			continue
		}
		found = true
		for _, rule := range policy.Rules {
			for _, from := range rule.From {
				s := from.Source
				principals = append(principals, slices.Concat(s.Principals, s.NotPrincipals)...)
				for _, namespace := range slices.Concat(s.Namespaces, s.NotNamespaces) {
					principals = append(principals, "cluster.local/ns/"+namespace+"/sa/anybody")
				}
				for _, account := range slices.Concat(s.ServiceAccounts, s.NotServiceAccounts) {
					namespace, name, ok := strings.Cut(account, "/")
					if !ok {
						namespace, name = c.Namespace, account
					}
					principals = append(principals, "cluster.local/ns/"+namespace+"/sa/"+name)
				}
				for _, block := range slices.Concat(s.IpBlocks, s.NotIpBlocks) {
					address, _, _ := strings.Cut(block, "/")
					addresses = append(addresses, address)
				}
			}
			for _, to := range rule.To {
				methods = append(methods, to.Operation.Methods...)
				paths = append(paths, to.Operation.Paths...)
			}
		}
	}
	if !found {
		return nil
	}
	var requests []Request
	for _, p := range distinct(principals) {
		for _, address := range distinct(addresses) {
			for _, method := range distinct(methods) {
				for _, path := range distinct(paths) {
					requests = append(requests, Request{Principal: "spiffe://" + p, Address: address, Method: method, Path: path})
				}
			}
		}
	}
	return requests
}

// distinct leaves out repetitions and patterns.
func distinct(values []string) []string {
	var kept []string
	for _, value := range values {
		if !strings.Contains(value, "*") && !slices.Contains(kept, value) {
			kept = append(kept, value)
		}
	}
	return kept
}

func callersOf(requests []Request) []Request {
	var callers []Request
	for _, request := range requests {
		same := func(c Request) bool { return c.Principal == request.Principal && c.Address == request.Address }
		if !slices.ContainsFunc(callers, same) {
			callers = append(callers, Request{Principal: request.Principal, Address: request.Address})
		}
	}
	return callers
}
