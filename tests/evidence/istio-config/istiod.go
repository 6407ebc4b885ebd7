package main

import "istio/istiod"

// What istiod's answers are made of, in the words of this program.
type (
	Manifests = istiod.Manifests
	Workload  = istiod.Workload
	Cluster   = istiod.Cluster
	Mesh      = istiod.Mesh
	View      = istiod.View
	Request   = istiod.Request
)
