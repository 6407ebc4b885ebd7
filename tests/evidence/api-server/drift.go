package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// defaulted are the fields that a server adds to objects that do not say them:
// what it assigns, and defaults of API types that everybody leaves to it. GitOps
// hosts know them. A field that is not here must be in the generated manifest.
var defaulted = map[string][]string{
	"": {
		// Written by the server on every object.
		`metadata\.(uid|resourceVersion|generation|creationTimestamp|managedFields.*)`,
		`status(\..*|\[.*)?`,
	},
	"Service": {
		`spec\.(clusterIP|clusterIPs\[0\]|ipFamilies\[0\]|ipFamilyPolicy|internalTrafficPolicy|sessionAffinity|type)`,
	},
	"Deployment": {
		`metadata\.annotations\.deployment\.kubernetes\.io/revision`,
		`spec\.(progressDeadlineSeconds|revisionHistoryLimit)`,
		// No replicas beside an autoscaler: the server starts with 1.
		`spec\.replicas`,
		`spec\.strategy\..*`,
		`spec\.template\.spec\.(dnsPolicy|restartPolicy|schedulerName|terminationGracePeriodSeconds)`,
		// The old name of serviceAccountName.
		`spec\.template\.spec\.serviceAccount`,
		`spec\.template\.spec\.containers\[\d+\]\.(imagePullPolicy|terminationMessagePath|terminationMessagePolicy)`,
		`spec\.template\.spec\.volumes\[\d+\]\.(configMap|secret|projected)\.defaultMode`,
		`spec\.template\.spec\.containers\[\d+\]\.\w+Probe\.(failureThreshold|periodSeconds|successThreshold|timeoutSeconds|httpGet\.scheme)`,
	},
	"HorizontalPodAutoscaler": {
		// Where a behavior is given, the rest of it gets the defaults.
		`spec\.behavior\..*`,
	},
}

// proveDrift proves for the objects that carry our label that the server stored
// what the manifest says and nothing of its own but `defaulted`. Anything else
// shows in a GitOps host as a difference that never goes away.
func proveDrift(r *Report, manifests []*unstructured.Unstructured, live map[string]*unstructured.Unstructured) {
	for _, o := range manifests {
		stored := live[describe(o)]
		if !isOurs(o) || stored == nil {
			continue
		}
		wanted, got := flatten(o.Object), flatten(stored.Object)
		var problems []string
		for _, path := range slices.Sorted(maps.Keys(wanted)) {
			if got[path] != wanted[path] {
				problems = append(problems, fmt.Sprintf("%s: the manifest says %s, the server stored %s", path, wanted[path], orNothing(got[path])))
			}
		}
		for _, path := range slices.Sorted(maps.Keys(got)) {
			if _, said := wanted[path]; !said && !isDefaulted(o.GetKind(), path) {
				problems = append(problems, fmt.Sprintf("%s: the server added %s", path, got[path]))
			}
		}
		r.fact(describe(o), "is stored as it was written", strings.Join(problems, "; "))
	}
}

func isDefaulted(kind, path string) bool {
	if path == "metadata.namespace" { // where the manifest leaves it to kubectl
		return true
	}
	for _, pattern := range append(slices.Clone(defaulted[""]), defaulted[kind]...) {
		if regexp.MustCompile("^(" + pattern + ")$").MatchString(path) {
			return true
		}
	}
	return false
}

// flatten maps the path of every leaf to its JSON text. An empty map or list is a leaf.
func flatten(object map[string]any) map[string]string {
	leaves := map[string]string{}
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch v := value.(type) {
		case map[string]any:
			if len(v) > 0 {
				for key, child := range v {
					walk(strings.TrimPrefix(path+"."+key, "."), child)
				}
				return
			}
		case []any:
			if len(v) > 0 {
				for i, child := range v {
					walk(fmt.Sprintf("%s[%d]", path, i), child)
				}
				return
			}
		case float64:
			// JSON of the manifest and JSON of the server give different Go types.
			if v == float64(int64(v)) {
				value = int64(v)
			}
		}
		text, err := json.Marshal(value)
		if err != nil {
			text = []byte(fmt.Sprint(value))
		}
		leaves[path] = string(text)
	}
	walk("", object)
	return leaves
}
