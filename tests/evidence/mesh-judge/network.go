package main

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// connects tells whether NetworkPolicies let a pod connect to a pod's port (networking/v1): for
// each side, one policy that selects it in that direction makes everything forbidden that none allows.
func (w *world) connects(from, to *corev1.Pod, port int32) bool {
	return w.lets(from, to, to, port, networkingv1.PolicyTypeEgress) && w.lets(to, from, to, port, networkingv1.PolicyTypeIngress)
}

// lets evaluates the policies that select a pod for one direction. The port is always the server's.
func (w *world) lets(selected, peer, server *corev1.Pod, port int32, direction networkingv1.PolicyType) bool {
	isolated := false
	for _, policy := range w.policies {
		if policy.Namespace != selected.Namespace || !selects(&policy.Spec.PodSelector, selected.Labels) || !slices.Contains(typesOf(policy), direction) {
			continue
		}
		isolated = true
		if direction == networkingv1.PolicyTypeIngress {
			for _, rule := range policy.Spec.Ingress {
				if w.peers(policy.Namespace, rule.From, peer) && ports(rule.Ports, server, port) {
					return true
				}
			}
			continue
		}
		for _, rule := range policy.Spec.Egress {
			if w.peers(policy.Namespace, rule.To, peer) && ports(rule.Ports, server, port) {
				return true
			}
		}
	}
	return !isolated
}

// typesOf are the policy's directions: without policyTypes Ingress, and Egress if it has rules for it.
func typesOf(policy *networkingv1.NetworkPolicy) []networkingv1.PolicyType {
	if len(policy.Spec.PolicyTypes) > 0 {
		return policy.Spec.PolicyTypes
	}
	if len(policy.Spec.Egress) > 0 {
		return []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}
	}
	return []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
}

// peers: no peer means everybody.
func (w *world) peers(namespace string, allowed []networkingv1.NetworkPolicyPeer, pod *corev1.Pod) bool {
	return len(allowed) == 0 || slices.ContainsFunc(allowed, func(peer networkingv1.NetworkPolicyPeer) bool {
		if peer.IPBlock != nil {
			return inBlock(peer.IPBlock, pod.Status.PodIP)
		}
		if peer.NamespaceSelector == nil {
			return pod.Namespace == namespace && selects(peer.PodSelector, pod.Labels)
		}
		of := map[string]string{corev1.LabelMetadataName: pod.Namespace}
		if known := w.mesh.Cluster.Namespaces[pod.Namespace]; known != nil {
			of = known.Labels
		}
		return selects(peer.NamespaceSelector, of) && (peer.PodSelector == nil || selects(peer.PodSelector, pod.Labels))
	})
}

func inBlock(block *networkingv1.IPBlock, text string) bool {
	in := func(cidr string) bool {
		prefix, err := netip.ParsePrefix(cidr)
		address, wrong := netip.ParseAddr(text)
		return err == nil && wrong == nil && prefix.Contains(address)
	}
	return in(block.CIDR) && !slices.ContainsFunc(block.Except, in)
}

// ports: no port means every port; a name is that of a container's port.
func ports(allowed []networkingv1.NetworkPolicyPort, server *corev1.Pod, port int32) bool {
	return len(allowed) == 0 || slices.ContainsFunc(allowed, func(p networkingv1.NetworkPolicyPort) bool {
		if p.Protocol != nil && *p.Protocol != corev1.ProtocolTCP {
			return false
		}
		switch {
		case p.Port == nil:
			return true
		case p.Port.Type == intstr.String:
			for _, container := range server.Spec.Containers {
				for _, named := range container.Ports {
					if named.Name == p.Port.StrVal && named.ContainerPort == port {
						return true
					}
				}
			}
			return false
		case p.EndPort != nil:
			return port >= p.Port.IntVal && port <= *p.EndPort
		}
		return port == p.Port.IntVal
	})
}

// selects: an empty selector selects everything.
func selects(selector *metav1.LabelSelector, of map[string]string) bool {
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		panic(err)
	}
	return parsed.Matches(labels.Set(of))
}
