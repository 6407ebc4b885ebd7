package main

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

const (
	modeLabel = "istio.io/dataplane-mode"
	proxyUser = 1337
)

// captures tells whether the pod's sidecar receives a call of its first container: istio-iptables, run.go.
func (w *world) captures(client *corev1.Pod, to address) bool {
	if !w.mesh.Cluster.HasSidecar(client) || w.isAmbient(client) || withoutEnvoy(client) {
		return false
	}
	if client.Annotations["sidecar.istio.io/interceptionMode"] == "NONE" || runsAsProxy(client) {
		return false
	}
	if excluded(client, "traffic.sidecar.istio.io/excludeOutboundPorts", to.port) || within(client, "exclude", to.ip) {
		return false
	}
	included, found := client.Annotations[rangesOf("include")]
	return !found || included == "*" || within(client, "include", to.ip) ||
		excluded(client, "traffic.sidecar.istio.io/includeOutboundPorts", to.port)
}

// isAmbient is a pod of the ambient mesh, which has a sidecar where its namespace or its label asks for one.
func (w *world) isAmbient(pod *corev1.Pod) bool {
	namespace := w.mesh.Cluster.Namespaces[pod.Namespace]
	asked := pod.Labels["sidecar.istio.io/inject"] == "true" ||
		namespace != nil && namespace.Labels["istio-injection"] == "enabled"
	return !asked && pod.Labels[modeLabel] == "ambient"
}

// withoutEnvoy are the templates of the injector that give a pod no sidecar of Envoy's.
func withoutEnvoy(pod *corev1.Pod) bool {
	templates, found := pod.Annotations["inject.istio.io/templates"]
	return found && !slices.Contains(strings.Split(strings.ReplaceAll(templates, " ", ""), ","), "sidecar")
}

func runsAsProxy(pod *corev1.Pod) bool {
	if len(pod.Spec.Containers) == 0 {
		return false
	}
	var user, group *int64
	if of := pod.Spec.SecurityContext; of != nil {
		user, group = of.RunAsUser, of.RunAsGroup
	}
	if of := pod.Spec.Containers[0].SecurityContext; of != nil {
		if of.RunAsUser != nil {
			user = of.RunAsUser
		}
		if of.RunAsGroup != nil {
			group = of.RunAsGroup
		}
	}
	is := func(id *int64) bool { return id != nil && *id == proxyUser }
	return is(user) || is(group)
}

// within reads an annotation with a list of ranges.
func within(pod *corev1.Pod, what, ip string) bool {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return false
	}
	list := pod.Annotations[rangesOf(what)]
	return slices.ContainsFunc(strings.Split(list, ","), func(one string) bool {
		prefix, err := netip.ParsePrefix(strings.TrimSpace(one))
		return err == nil && prefix.Contains(addr)
	})
}

func rangesOf(what string) string { return "traffic.sidecar.istio.io/" + what + "OutboundIPRanges" }
