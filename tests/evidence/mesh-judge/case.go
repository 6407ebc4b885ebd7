package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"istio/istiod"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	sigsyaml "sigs.k8s.io/yaml"
)

// Case is an application without an interception and with it.
type Case struct {
	Name string `json:"name"`
	// Before and After are manifests. Before also has the ProxyServices, for what they ask for.
	Before   string    `json:"before"`
	After    string    `json:"after"`
	Requests []Request `json:"requests"`
	// Full asks for a whole istiod, with all its controllers.
	Full bool `json:"full"`
}

// Request is what a client sends.
type Request struct {
	From From `json:"from"`
	// Host is the name that the client connects to and says in its request, perhaps with a port.
	Host string `json:"host"`
	Port int32  `json:"port"`
	// Protocol is http (the default), h2, grpc, tcp or tls.
	Protocol string            `json:"protocol"`
	Method   string            `json:"method"`
	Path     string            `json:"path"`
	Headers  map[string]string `json:"headers"`
	// Claims are those of a valid token in the Authorization header.
	Claims map[string]any `json:"claims"`
	// Past is namespace/name of a workload whose pods the client asks directly, past any Service,
	// at Port, over mutual TLS where the pod has a sidecar.
	Past string `json:"past"`
}

// From is the client. It needs no manifest.
type From struct {
	Namespace      string            `json:"namespace"`
	ServiceAccount string            `json:"serviceAccount"`
	Labels         map[string]string `json:"labels"`
	Annotations    map[string]string `json:"annotations"`
	// Workload is the name of one in the manifests, whose pod the client is.
	Workload string `json:"workload"`
	// Gateway is the name of a gateway's workload in the manifests, through which somebody from
	// outside of the cluster asks.
	Gateway string `json:"gateway"`
	// NoSidecar keeps the injector away.
	NoSidecar bool   `json:"noSidecar"`
	Address   string `json:"address"`
}

func (r *Request) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", r.protocol(), r.From)
	if r.Past != "" {
		fmt.Fprintf(&b, " past the Service to %s:%d", r.Past, r.Port)
	}
	if r.isHTTP() {
		fmt.Fprintf(&b, " %s http://%s", r.method(), r.Host)
		if !strings.Contains(r.Host, ":") {
			fmt.Fprintf(&b, ":%d", r.Port)
		}
		b.WriteString(r.path())
	} else {
		fmt.Fprintf(&b, " %s:%d", r.Host, r.Port)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		fmt.Fprintf(&b, " %s: %s", name, r.Headers[name])
	}
	if r.Claims != nil {
		fmt.Fprintf(&b, " token %v", r.Claims)
	}
	return b.String()
}

func (f From) String() string {
	switch {
	case f.Gateway != "":
		return "from outside by " + f.Gateway
	case f.Workload != "":
		return "from " + f.Namespace + "/" + f.Workload
	}
	text := fmt.Sprintf("from %s/sa/%s", f.Namespace, f.account())
	for _, key := range slices.Sorted(maps.Keys(f.Labels)) {
		text += fmt.Sprintf(" %s=%s", key, f.Labels[key])
	}
	if f.NoSidecar {
		text += " without sidecar"
	}
	return text
}

func (f From) account() string {
	if f.ServiceAccount == "" {
		return "default"
	}
	return f.ServiceAccount
}

func (r *Request) protocol() string {
	if r.Protocol == "" {
		return "http"
	}
	return r.Protocol
}

func (r *Request) isHTTP() bool { return r.protocol() != "tcp" && r.protocol() != "tls" }

func (r *Request) method() string {
	switch {
	case r.Method != "":
		return r.Method
	case r.protocol() == "grpc":
		return "POST"
	}
	return "GET"
}

func (r *Request) path() string {
	if r.Path == "" {
		return "/"
	}
	return r.Path
}

// Asked is what a ProxyService asks for, as far as it may change what requests mean.
type Asked struct {
	LoadBalancer  string         `json:"loadBalancer"`
	TrafficPolicy map[string]any `json:"trafficPolicy"`
	ServiceName   string         `json:"serviceName"`
	Phase         string         `json:"phase"`
	URI           *struct {
		MatchURIPrefix string `json:"matchUriPrefix"`
		RewriteURI     string `json:"rewriteUri"`
	} `json:"uri"`
	TLS struct {
		Mode string `json:"mode"`
	} `json:"tls"`
	// front is namespace/name of the Service.
	front string
}

// readAsked reads the ProxyServices, by namespace/serviceName of their front.
func readAsked(text string) (map[string]*Asked, error) {
	found := map[string]*Asked{}
	return found, istiod.EachDocument([]byte(text), func(document []byte) error {
		var object struct {
			metav1.TypeMeta
			metav1.ObjectMeta `json:"metadata"`
			Spec              Asked `json:"spec"`
		}
		var head metav1.TypeMeta
		if err := sigsyaml.Unmarshal(document, &head); err != nil || head.Kind != "ProxyService" {
			return err
		}
		if err := sigsyaml.Unmarshal(document, &object); err != nil {
			return err
		}
		if object.Namespace == "" {
			object.Namespace = metav1.NamespaceDefault
		}
		object.Spec.front = object.Namespace + "/" + object.Spec.ServiceName
		found[object.Spec.front] = &object.Spec
		return nil
	})
}
