package main

import (
	"context"
	"encoding/json"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// attend does what controllers and nodes would do next: the pods of Deployments become ready,
// Ingresses get an address, new autoscalers have no metrics yet (later: they have), and what is
// deleted in the foreground has nothing left that it owns.
func (a *Application) attend(ctx context.Context, later bool) error {
	for _, o := range a.managed {
		var status map[string]any
		live, err := a.live(ctx, o)
		if err != nil || live == nil {
			if err != nil {
				return err
			}
			continue
		}
		if live.GetDeletionTimestamp() != nil {
			if err := a.collect(ctx, live); err != nil {
				return err
			}
			continue
		}
		switch o.GetKind() {
		case "Deployment", "StatefulSet":
			replicas, _, _ := unstructured.NestedInt64(live.Object, "spec", "replicas")
			status = map[string]any{
				"observedGeneration": live.GetGeneration(), "replicas": replicas, "updatedReplicas": replicas,
				"readyReplicas": replicas, "availableReplicas": replicas,
			}
		case "Ingress":
			status = map[string]any{"loadBalancer": map[string]any{"ingress": []any{map[string]any{"ip": "192.0.2.1"}}}}
		case "HorizontalPodAutoscaler":
			if _, known, _ := unstructured.NestedSlice(live.Object, "status", "conditions"); known && !later {
				continue
			}
			// The words of the controller (podautoscaler/horizontal.go).
			active := map[string]any{
				"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric",
				"message": "the HPA was unable to compute the replica count: no metrics returned from resource metrics API",
			}
			if later {
				active = map[string]any{"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound"}
			}
			able := map[string]any{"type": "AbleToScale", "status": "True", "reason": "SucceededGetScale"}
			status = map[string]any{"desiredReplicas": 1, "currentReplicas": 1, "conditions": []any{able, active}}
		default:
			continue
		}
		patch, err := json.Marshal(map[string]any{"status": status})
		if err != nil {
			return err
		}
		resource, err := a.client.resource(live)
		if err != nil {
			return err
		}
		if _, err := resource.Patch(ctx, live.GetName(), types.MergePatchType, patch, metav1.PatchOptions{}, "status"); err != nil {
			return err
		}
	}
	return nil
}

// collect is the garbage collector.
func (a *Application) collect(ctx context.Context, live *unstructured.Unstructured) error {
	resource, err := a.client.resource(live)
	if err != nil {
		return err
	}
	_, err = resource.Patch(ctx, live.GetName(), types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
