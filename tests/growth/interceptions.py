"""What an input can hold many of beside as many interceptions: a line each in the table at the end.

In the text of an object `{i}` is its number, and that of the interception for which it is written.
"""

import re


def front(i, selector="", more=""):
    """A Service, its ProxyService."""
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: c%d, namespace: shop, labels: {app: c%d, all: a§}}\nspec: {ports: [{name: http, port: 80, targetPort: 8080}], selector: {%s}}\n"
    request = "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {name: c%d, namespace: shop}\nspec: {serviceName: c%d%s}\n"
    return [service % (i, i, selector or f"app: c{i}"), request % (i, i, more)]


def workload(i, labels=""):
    pods = "{app: c%d, all: a§%s}" % (i, labels)
    spec = "{selector: {matchLabels: {app: c%d}}, template: {metadata: {labels: %s}, spec: {containers: [{name: a, image: b, ports: [{containerPort: 8080}]}]}}}"
    return ["apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: c%d, namespace: shop}\nspec: " % i + spec % (i, pods) + "\n"]


def of_each(n, *make):
    """What each function makes of each number: a document, or several."""
    return [document for i in range(n) for one in make for document in one(i)]


def fronts(n):
    return of_each(n, front, workload)


def beside(name, version, kind, spec, request="", metadata="", namespace="shop"):
    """A construct: an object for each of as many interceptions."""

    def construct(n):
        head = "apiVersion: %s\nkind: %s\nmetadata: {name: x%d, namespace: %s%s}\nspec: "
        made = lambda i: head % (version, kind, i, namespace, metadata) + spec.replace("{i}", str(i)) + "\n"
        return of_each(n, lambda i: front(i, more=request), workload, lambda i: [made(i)])

    construct.__name__ = name
    return construct


def of_one(name, version, kind, head, entry):
    """A construct: an object with an entry for each of as many interceptions."""

    def construct(n):
        entries = "".join("  - " + entry.replace("{i}", str(i)) + "\n" for i in range(n))
        text = f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x, namespace: shop}}\nspec:\n" + head(n) + entries
        return [*fronts(n), text]

    construct.__name__ = name
    return construct


def fronts_of_one_selector(n):
    return of_each(n, lambda i: front(i, "app: c0"), workload)


def fronts_of_one_label(n):
    """Each selects its pods by a label of all beside one of its own."""
    return of_each(n, lambda i: front(i, f"all: a§, app: c{i}"), workload)


def workloads_of_one_service(n):
    return [*front(0, "all: a§"), *of_each(n, workload)]


def workloads_of_every_service(n):
    """Their pods have the labels of all Services."""
    return of_each(n, lambda i: front(i, "all: a§"), workload)


def configs_of_labels(n):
    spec = "{serviceSelector: {matchLabels: {app: c%d}}}"
    config = "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyServiceConfig\nmetadata: {name: x%d, namespace: shop}\nspec: " + spec + "\n"
    return of_each(n, lambda i: [front(i)[0], config % (i, i)])


def configs_of_nothing(n):
    return [part.replace("{app: c", "{app: d") if "Config" in part else part for part in configs_of_labels(n)]


def configs_of_expressions(n):
    return [part.replace("matchLabels: {app: ", "matchExpressions: [{key: app, operator: In, values: [").replace("}}}\n", "]}]}}\n") if "Config" in part else part for part in configs_of_labels(n)]


def hosts_in_a_row(n):
    return "  hosts: [" + ", ".join(f"c{i}" for i in range(n)) + "]\n  http:\n"


POOL = """\
apiVersion: v1
kind: Service
metadata: {name: c{i}, namespace: shop}
spec: {selector: {msvcbench.io/front: c{i}}, ports: [{name: http, port: 80, targetPort: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: c{i}-ep, namespace: shop}
spec: {selector: {app: c{i}}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: c{i}-proxy, namespace: shop, labels: {app.kubernetes.io/managed-by: proxy-service}}
spec:
  template:
    metadata:
      annotations: {inject.istio.io/templates: gateway}
      labels: {msvcbench.io/front: c{i}, msvcbench.io/namespace: shop}
    spec:
      containers: [{name: istio-proxy, image: auto}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: c{i}-proxy, namespace: shop}
spec:
  selector: {msvcbench.io/front: c{i}, msvcbench.io/namespace: shop}
  servers:
  - {port: {number: 80, name: http-80, protocol: HTTPS}, hosts: [./*], tls: {mode: ISTIO_MUTUAL}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: c{i}-proxy, namespace: shop}
spec:
  hosts: ['*']
  gateways: [c{i}-proxy]
  http:
  - match: [{port: 80}]
    route: [{destination: {host: TARGET, port: {number: 80}}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: c{i}-ep, namespace: shop}
spec: {host: c{i}-ep, trafficPolicy: {loadBalancer: {simple: LEAST_REQUEST}}}
"""


def pools(n, target="c{i}-ep"):
    return of_each(n, lambda i: POOL.replace("TARGET", target).replace("{i}", str(i)).split("---\n"), workload)


def pools_of_one_target(n):
    return pools(n, "c0-ep")


def pools_of_one_selector(n):
    """As many targets over the same pods."""
    return [re.sub("selector: {app: c[0-9]+}", "selector: {all: a§}", part) for part in pools(n)]


ISTIO, SECURITY, NETWORK = "networking.istio.io/v1", "security.istio.io/v1", "networking.k8s.io/v1"
CALLER = "[{source: {namespaces: [n{i}]}}]"
PODS = "selector: {matchLabels: {app: c{i}}}"
REWRITTEN = ", uri: {matchUriPrefix: /a, rewriteUri: /b}"


def authorizing(name, spec, **more):
    return beside(name, SECURITY, "AuthorizationPolicy", spec, **more)


def restricting(name, spec):
    return beside(name, NETWORK, "NetworkPolicy", spec)


def routing(name, spec):
    return beside(name, ISTIO, "VirtualService", spec)


# Above the goal of n^1.3, each pair is looked at once, though cheaply: what is allowed to these, so that they get no worse.
KNOWN = {
    "policies_by_the_caller": 1.5,
    "policies_by_a_path": 1.5,
    "policies_by_a_port": 1.5,
    "policies_by_a_token": 1.5,
    "policies_that_cannot_move": 1.7,
    "policies_that_deny": 1.5,
    "policies_that_deny_proxies": 1.7,
    "policies_that_audit": 1.5,
    "policies_that_run_dry": 1.5,
    "policies_of_the_mesh": 1.5,
    "network_policies_of_pods": 1.7,
    "network_policies_to_all": 1.7,
    "workloads_of_every_service": 1.7,
    "pools_of_one_selector": 1.7,
    "quotas_beside": 1.8,
}


def fewer(construct):
    """An interception costs as much as many entries of other constructs."""

    def of_fewer(n):
        return construct(max(n // 4, 1))

    of_fewer.__name__ = construct.__name__
    if construct.__name__ in KNOWN:
        of_fewer.exponent = KNOWN[construct.__name__]
    # Two short documents become ten objects, which `diff` and `graph` read again.
    of_fewer.times_the_input = 750
    return of_fewer


# A construct, and what it goes through: beside `function`, as in constructs.py.
def table(RENDER, FLUX, VALIDATE, CHANGED, NEW, GRAPH, CHANGE):
    constructs = [
        (fronts, [FLUX, VALIDATE, CHANGED, GRAPH]),
        (authorizing("policies_by_the_caller", f"{{rules: [{{from: {CALLER}}}]}}"), [VALIDATE, CHANGED]),
        (authorizing("policies_of_pods", f"{{{PODS}, rules: [{{from: {CALLER}}}]}}"), [FLUX]),
        (authorizing("policies_by_a_path", "{rules: [{to: [{operation: {paths: [/a{i}]}}]}]}", request=REWRITTEN), []),
        (authorizing("policies_by_a_port", "{rules: [{to: [{operation: {ports: ['8080']}}]}]}"), []),
        (authorizing("policies_by_a_token", "{rules: [{from: [{source: {requestPrincipals: [a{i}]}}]}]}"), []),
        (authorizing("policies_that_cannot_move", "{rules: [{from: [{source: {remoteIpBlocks: [10.0.0.0/8]}}]}]}"), []),
        (authorizing("policies_that_deny", f"{{action: DENY, rules: [{{from: {CALLER}}}]}}"), []),
        (authorizing("policies_that_deny_proxies", "{action: DENY, rules: [{from: [{source: {notPrincipals: [a/ns/b/sa/c{i}]}}]}]}"), []),
        (authorizing("policies_that_audit", "{action: AUDIT, rules: [{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]}"), []),
        (authorizing("policies_of_an_authorizer", f"{{action: CUSTOM, provider: {{name: a}}, rules: [{{from: {CALLER}}}]}}"), []),
        (authorizing("policies_of_authorizers", "{action: CUSTOM, provider: {name: a}, rules: [{}]}"), []),
        (authorizing("policies_that_run_dry", f"{{rules: [{{from: {CALLER}}}]}}", metadata=", annotations: {istio.io/dry-run: 'true'}"), []),
        (authorizing("policies_of_the_mesh", f"{{rules: [{{from: {CALLER}}}]}}", namespace="istio-system"), []),
        (authorizing("policies_of_nobody", f"{{rules: [{{from: {CALLER}}}]}}", namespace="other"), []),
        (beside("peers_of_pods", SECURITY, "PeerAuthentication", f"{{{PODS}, mtls: {{mode: STRICT}}}}"), []),
        (beside("peers_of_all", SECURITY, "PeerAuthentication", "{mtls: {mode: STRICT}}"), []),
        (beside("tokens_of_pods", SECURITY, "RequestAuthentication", f"{{{PODS}, jwtRules: [{{issuer: a}}]}}"), []),
        (beside("tokens_of_all", SECURITY, "RequestAuthentication", "{jwtRules: [{issuer: a}]}"), []),
        (restricting("network_policies_of_all", "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {a: b{i}}}}]}]}"), [VALIDATE, CHANGED]),
        (restricting("network_policies_of_pods", "{podSelector: {matchLabels: {app: c{i}}}, ingress: [{from: [{podSelector: {}}]}]}"), [FLUX]),
        (restricting("network_policies_by_expressions", "{podSelector: {matchExpressions: [{key: app, operator: In, values: [c{i}]}]}, ingress: [{from: [{podSelector: {}}]}]}"), []),
        (restricting("network_policies_to_pods", "{podSelector: {matchLabels: {app: c{i}}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: c{i}}}}]}]}"), []),
        (restricting("network_policies_to_all", "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]}"), []),
        (beside("monitors_of_all", "monitoring.coreos.com/v1", "ServiceMonitor", "{selector: {}, endpoints: [{port: http}]}"), []),
        (beside("monitors_of_pods", "monitoring.coreos.com/v1", "PodMonitor", "{selector: {}, podMetricsEndpoints: [{port: http}]}"), []),
        (beside("budgets_of_all", "policy/v1", "PodDisruptionBudget", "{selector: {}, maxUnavailable: 1}"), []),
        (beside("networks_of_others", "cilium.io/v2", "CiliumNetworkPolicy", "{endpointSelector: {}, ingress: [{fromEndpoints: [{matchLabels: {app: c{i}}}]}]}"), []),
        (beside("filters_of_all", "networking.istio.io/v1alpha3", "EnvoyFilter", "{configPatches: [{applyTo: HTTP_FILTER, match: {context: ANY}, patch: {operation: ADD, value: {}}}]}"), []),
        (beside("plugins_of_all", "extensions.istio.io/v1alpha1", "WasmPlugin", "{url: oci://a/b{i}}"), []),
        (beside("sidecars_of_pods", ISTIO, "Sidecar", "{workloadSelector: {labels: {app: c{i}}}, egress: [{hosts: [./*]}]}"), []),
        (beside("quotas_beside", "v1", "ResourceQuota", "{hard: {pods: '9'}}"), []),
        (beside("ranges_beside", "v1", "LimitRange", "{limits: [{type: Container, max: {cpu: '1'}}]}"), []),
        (beside("rules_of_wildcards", ISTIO, "DestinationRule", "{host: '*.shop.svc.cluster.local', trafficPolicy: {connectionPool: {tcp: {maxConnections: 5}}}}"), [VALIDATE, GRAPH]),
        (beside("rules_of_others", ISTIO, "DestinationRule", "{host: z{i}, trafficPolicy: {loadBalancer: {simple: PASSTHROUGH}}}"), []),
        (beside("rules_of_fronts", ISTIO, "DestinationRule", "{host: c{i}, subsets: [{name: a, labels: {app: c{i}}}]}"), [VALIDATE, GRAPH, FLUX]),
        (routing("routes_of_wildcards", "{hosts: ['*.shop.svc.cluster.local'], http: [{route: [{destination: {host: c{i}}}]}]}"), [VALIDATE, GRAPH]),
        (routing("routes_of_fronts", "{hosts: [c{i}], http: [{route: [{destination: {host: c{i}}}]}]}"), [VALIDATE, GRAPH, CHANGED]),
        (routing("routes_of_one_front", "{hosts: [c0], http: [{route: [{destination: {host: c{i}}}]}]}"), [VALIDATE, GRAPH]),
        (routing("routes_to_one_front", "{hosts: [c{i}], http: [{route: [{destination: {host: c0}}]}]}"), [VALIDATE, GRAPH]),
        (of_one("hosts_and_routes", ISTIO, "VirtualService", hosts_in_a_row, "{route: [{destination: {host: c{i}}}]}"), [VALIDATE, GRAPH, CHANGED]),
        (of_one("routes_by_a_gateway", ISTIO, "VirtualService", lambda n: "  hosts: ['*']\n  gateways: [g]\n  http:\n", "{route: [{destination: {host: c{i}}}]}"), [GRAPH]),
        (of_one("rules_of_one_policy", SECURITY, "AuthorizationPolicy", lambda n: "  rules:\n", f"{{from: {CALLER}}}"), []),
        (of_one("rules_of_one_network_policy", NETWORK, "NetworkPolicy", lambda n: "  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n", "{to: [{podSelector: {matchLabels: {app: c{i}}}}]}"), []),
        (fronts_of_one_selector, [VALIDATE, GRAPH]),
        (fronts_of_one_label, [VALIDATE, GRAPH, CHANGED]),
        (workloads_of_one_service, [VALIDATE, GRAPH, CHANGED]),
        (workloads_of_every_service, [VALIDATE, GRAPH, CHANGED]),
        (configs_of_labels, []),
        (configs_of_nothing, []),
        (configs_of_expressions, []),
        (pools, [VALIDATE, GRAPH, CHANGED, CHANGE]),
        (pools_of_one_target, [VALIDATE, GRAPH, CHANGED]),
        (pools_of_one_selector, [VALIDATE, GRAPH, CHANGED]),
    ]
    return [(fewer(construct), commands) for construct, commands in constructs]
