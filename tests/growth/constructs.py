"""What one document can hold many of, or much of: a line each in the table at the end.

A construct is a function of a number: it gives the documents that hold so many entries, or a text of
so many characters. `§` stands for a letter in which the two sides of a `diff` differ.
"""

import interceptions

SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {ports: [{name: http, port: 80, targetPort: 8080}], selector: {app: cart}}
"""
REQUEST = """\
apiVersion: msvcbench.io/v1alpha1
kind: ProxyService
metadata: {name: cart, namespace: shop}
spec: {serviceName: cart}
"""
INTERCEPTED = [SERVICE, REQUEST]


def lines(n, line):
    """So many lines; in them `{i}` is the number of the line."""
    return "".join(line.replace("{i}", str(i)) + "\n" for i in range(n))


def words(n, word):
    """A text of about n characters."""
    return (word * (n // len(word) + 1))[: max(n, 1)]


def indented(text, columns):
    return "".join(" " * columns + line for line in text.splitlines(keepends=True))


def thing(api_version, kind, spec, name="cart", metadata=""):
    return (
        f"apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: shop\n"
        + indented(metadata, 2)
        + spec
    )


def field(head, entries, columns=2):
    """A field of `spec` with entries below it."""
    return f"spec:\n{indented(head, 2)}{indented(entries, columns)}"


# ---------------------------------------------------------------- texts


def separators(n):
    return ["---\n" * n + SERVICE]


def separators_and_comments(n):
    return ["---\n# a\n" * n + SERVICE]


def comments_then_separators(n):
    return [lines(n, "# a") + lines(n, "---") + SERVICE]


def ends_of_documents(n):
    return [SERVICE + lines(n, "...\n# a")]


def separators_with_comments(n):
    return [lines(n, "--- # a") + SERVICE]


def blank_lines(n):
    return ["\n" * n + SERVICE + " \n" * n]


def documents_without_a_kind(n):
    return [lines(n, "---\na: {i}")]


def documents_that_are_no_yaml(n):
    return [lines(n, "---\na: [")]


def documents_of_kustomize(n):
    return [lines(n, "---\nkind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1")]


def block_scalar(n):
    return [thing("v1", "ConfigMap", "data:\n  text: |\n" + lines(n, "    line {i} §"))]


def line_of_a_block_scalar(n):
    return [thing("v1", "ConfigMap", "data:\n  text: |\n    a\n    " + words(n, "abc§ def ") + "\n")]


def folded_scalar(n):
    return [thing("v1", "ConfigMap", "data:\n  text: >-\n" + lines(n, "    line {i} §"))]


def quoted_scalar_over_lines(n):
    return [thing("v1", "ConfigMap", 'data:\n  text: "\n' + lines(n, "    line {i} §") + '    "\n')]


def control_characters(n):
    return [thing("v1", "ConfigMap", 'data:\n  text: "' + "\\x1b\\u202e§" * (n // 11 + 1) + '"\n')]


def keys_of_a_list(n):
    return ["apiVersion: v1\nkind: List\n" + lines(n, "k{i}: a") + "items: []\n"]


def keys_of_a_json_list(n):
    keys = "".join(f'"k{i}": 1,\n' for i in range(n))
    return ['{"apiVersion": "v1", "kind": "List",\n' + keys + '"items": []}\n']


def null_items(n):
    return ["apiVersion: v1\nkind: List\nitems:\n" + lines(n, "-")]


def items_without_a_kind(n):
    return ["apiVersion: v1\nkind: List\nitems:\n" + lines(n, "- a: {i}")]


def json_resource_list(n):
    """As a host may send it: it goes to the function as it is."""
    item = '{"apiVersion":"v1","kind":"Service","metadata":{"name":"c%d"},"spec":{"ports":[{"port":80}],"selector":{"app":"§"}}}'
    asked = '{"apiVersion":"msvcbench.io/v1alpha1","kind":"ProxyService","metadata":{"name":"c0"},"spec":{"serviceName":"c0","port":80}}'
    items = ",".join([asked, *(item % i for i in range(n))])
    return ['{"apiVersion":"config.kubernetes.io/v1","kind":"ResourceList","items":[' + items + "]}\n"]


def items_of_a_json_list(n):
    item = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c%d"},"data":{"a":"§"}}'
    return ['{"apiVersion":"v1","kind":"List","items":[' + ",".join(item % i for i in range(n)) + "]}\n"]


def aliases(n):
    return [thing("v1", "ConfigMap", "data:\n  a: &a §\n" + lines(n, "  k{i}: *a"))]


def anchors(n):
    return [thing("v1", "ConfigMap", "data:\n" + lines(n, "  k{i}: &a{i} §"))]


def nesting(n):
    return [thing("v1", "ConfigMap", "data: " + "{a: " * min(n, 100) + "§" + "}" * min(n, 100) + "\n")]


# ---------------------------------------------------------------- metadata and names


def annotations(n):
    return [thing("v1", "Service", SERVICE_SPEC, metadata="annotations:\n" + lines(n, "  a{i}: '{§ {i}'")), REQUEST]


def labels(n):
    return [thing("v1", "Service", SERVICE_SPEC, metadata="labels:\n" + lines(n, "  a{i}: b§")), REQUEST]


SERVICE_SPEC = """\
spec:
  ports: [{name: http, port: 80, targetPort: web}]
  selector: {app: cart}
"""


def selector(n):
    spec = field("ports: [{name: http, port: 80}]\nselector:\n", lines(n, "a{i}: b§"), 4)
    pods = "labels:\n" + lines(n, "  a{i}: b§")
    return [thing("v1", "Service", spec), REQUEST, deployment(pods, "- {name: app, image: a}\n")]


def selector_of_nothing(n):
    spec = field("ports: [{name: http, port: 80}]\nselector:\n", lines(n, "a{i}: b§"), 4)
    return [thing("v1", "Service", spec), REQUEST, deployment("labels: {app: other}\n", "- {name: app, image: a}\n")]


def ports_of_a_service(n):
    return [thing("v1", "Service", field("selector: {app: cart}\nports:\n", port_lines(n))), REQUEST]


def port_lines(n, line="- {name: http-{i}, port: {port}, targetPort: {port}}"):
    """Ports from 1 to 60000, and from there on the same again."""
    return "".join(line.replace("{i}", str(i)).replace("{port}", str(i % 60000 + 1)) + "\n" for i in range(n))


def ports_of_an_adopted_target(n):
    ports = field("selector: {app: cart}\nports:\n", port_lines(n))
    return [thing("v1", "Service", ports), thing("v1", "Service", ports, name="cart-ep"), REQUEST]


def ports_that_the_target_lacks(n):
    ports = field("selector: {app: cart}\nports:\n", port_lines(n))
    few = field("selector: {app: cart}\nports:\n", "- {name: http, port: 60001}\n")
    return [thing("v1", "Service", ports), thing("v1", "Service", few, name="cart-ep"), REQUEST]


def undeclared_ports(n):
    return [thing("v1", "Service", field("selector: {app: cart}\nports:\n", port_lines(n, "- {name: p{i}, port: {port}}"))), REQUEST]


def named_ports(n):
    ports = port_lines(n, "- {name: http-{i}, port: {port}, targetPort: web-{i}}")
    containers = "- name: app\n  image: a\n  ports:\n" + port_lines(n, "  - {name: web-{i}, containerPort: {port}}")
    return [
        thing("v1", "Service", field("selector: {app: cart}\nports:\n", ports)),
        REQUEST,
        deployment("labels: {app: cart}\n", containers),
    ]


def named_ports_of_nobody(n):
    ports = port_lines(n, "- {name: http-{i}, port: {port}, targetPort: web-{i}}")
    containers = "- name: app\n  image: a\n  ports:\n" + port_lines(n, "  - {name: wab-{i}, containerPort: {port}}")
    return [
        thing("v1", "Service", field("selector: {app: cart}\nports:\n", ports)),
        REQUEST,
        deployment("labels: {app: cart}\n", containers),
    ]


def ports_of_udp(n):
    return [thing("v1", "Service", field("selector: {app: cart}\nports:\n", port_lines(n, "- {port: {port}, protocol: UDP}"))), REQUEST]


def deployment(metadata, containers, name="cart", more=""):
    template = "template:\n  metadata:\n" + indented(metadata, 4) + "  spec:\n    containers:\n" + indented(containers, 4) + more
    return thing("apps/v1", "Deployment", field("selector: {matchLabels: {app: cart}}\n", template), name=name)


def containers(n):
    return [SERVICE, REQUEST, deployment("labels: {app: cart}\n", lines(n, "- {name: c{i}, image: §, ports: [{name: p{i}, containerPort: 80}]}"))]


def containers_of_one_name(n):
    return [SERVICE, deployment("labels: {app: cart}\n", lines(n, "- {name: c, image: §{i}, args: [a, b]}"))]


def variables(n):
    return [SERVICE, deployment("labels: {app: cart}\n", "- name: c\n  image: a\n  env:\n" + lines(n, "  - {name: v{i}, value: §}"))]


def variables_in_an_order(n):
    return [SERVICE, deployment("labels: {app: cart}\n", "- name: c\n  image: a\n  env:\n" + lines(n, "  - {name: v§{i}, value: $(v§0)}"))]


def arguments(n):
    return [SERVICE, deployment("labels: {app: cart}\n", "- name: c\n  image: a\n  args:\n" + lines(n, "  - §{i}"))]


def calls_without_a_sidecar(n):
    """Every variable, argument and word of a script names the front, and some port of many."""
    pods = 'labels: {sidecar.istio.io/inject: "false"}\n'
    script = "  args:\n  - |\n" + lines(n, "    curl cart/{i} http://cart.shop:{i} x.y") + "  env:\n"
    return [*INTERCEPTED, deployment(pods, "- name: c\n  image: a\n" + script + lines(n, "  - {name: v{i}, value: 'http://cart:{i}'}"), name="caller")]


def calls_past_the_sidecar(n):
    """Ports that annotations take out, of a Service with many."""
    ports = ",".join(str(2000 + i) for i in range(n))
    service = SERVICE.replace("{name: http, port: 80, targetPort: 8080}", "{name: http, port: 80}, " + ", ".join(port(i) for i in range(n)))
    pods = 'annotations: {traffic.sidecar.istio.io/includeOutboundIPRanges: "", traffic.sidecar.istio.io/includeOutboundPorts: "80,' + ports + '"}\n'
    return [service, REQUEST, deployment(pods, "- name: c\n  image: a\n  env:\n" + lines(n, "  - {name: v{i}, value: 'http://cart:{i}'}"), name="caller")]


def port(i):
    return "{name: http-%d, port: %d}" % (i, 2000 + i)


def sidecars_that_leave_out(n):
    """A Sidecar for each workload of a namespace, by labels of which most are those of all."""
    sidecar = "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: s%d, namespace: shop}\nspec: {workloadSelector: {labels: {app: web, n: n%d}}, egress: [{hosts: [a/*]}]}\n"
    pods = "labels: {app: web, n: n%d}\n"
    caller = "- {name: c, image: a, env: [{name: A, value: 'http://cart'}]}\n"
    documents = ((sidecar % (i, i), deployment(pods % i, caller, name="caller-%d" % i)) for i in range(n // 4 + 1))
    return [*INTERCEPTED, *(part for pair in documents for part in pair)]


def sidecar_hosts(n):
    sidecar = thing("networking.istio.io/v1", "Sidecar", field("egress:\n- hosts:\n", lines(n, "  - ns{i}/*")))
    return [*INTERCEPTED, sidecar]


def labels_of_pods(n):
    return [SERVICE, REQUEST, deployment("labels:\n  app: cart\n" + lines(n, "  a{i}: b§"), "- {name: app, image: a}\n")]


def long_name(n):
    name = words(n, "name-of-a-service-")
    return [SERVICE.replace("cart", name), REQUEST.replace("cart", name)]


def long_name_without_marks(n):
    name = words(n, "x")
    return [SERVICE.replace("cart", name), REQUEST.replace("cart", name)]


def long_name_of_pods(n):
    return [SERVICE, REQUEST, deployment("labels: {app: cart}\n", "- {name: app, image: a}\n", name=words(n, "name-of-pods-"))]


def long_namespace(n):
    return [document.replace("shop", words(n, "a-namespace-")) for document in INTERCEPTED]


def long_label(n):
    return [document.replace("app: cart", "app: " + words(n, "abc-§.")) for document in INTERCEPTED]


def long_key(n):
    return [thing("v1", "Service", SERVICE_SPEC, metadata="labels:\n  " + words(n, "abc-§.") + "a: b\n"), REQUEST]


def long_kind(n):
    return [SERVICE, thing("v1", words(n, "Kind§"), "spec: {a: b}\n")]


def long_value(n):
    return [thing("v1", "ConfigMap", "data:\n  a: " + words(n, "abc§ def ") + "x\n")]


def long_value_of_json(n):
    return [thing("v1", "ConfigMap", 'data:\n  a: "{' + words(n, "'abc§': ") + '}"\n')]


def last_applied(n):
    return [thing("v1", "Service", SERVICE_SPEC, metadata="annotations:\n  kubectl.kubernetes.io/last-applied-configuration: '{\"kind\": \"Secret\"" + words(n, ",a§") + "}'\n")]


def long_quantity(n):
    return [SERVICE, deployment("labels: {app: cart}\n", "- {name: c, image: a, resources: {requests: {cpu: §1" + "0" * n + "}}}\n")]


def long_number(n):
    return [SERVICE, deployment("labels: {app: cart}\n", "- {name: c, image: a, ports: [{containerPort: 1" + "0" * n + "}]}\n")]


def long_duration(n):
    return request("trafficPolicy:\n  timeout: " + words(n, "1h1m1s") + "x\n")


def secret(n):
    return [thing("v1", "Secret", "stringData:\n" + lines(n, "  k{i}: §"))]


# ---------------------------------------------------------------- one ProxyService


def request(spec):
    return [SERVICE, thing("msvcbench.io/v1alpha1", "ProxyService", field("serviceName: cart\n", spec))]


def asked_ports(n):
    return [
        thing("v1", "Service", field("selector: {app: cart}\nports:\n", port_lines(n, "- {name: p{i}, port: {port}}"))),
        thing("msvcbench.io/v1alpha1", "ProxyService", field("serviceName: cart\nports:\n", port_lines(n, "- {port: {port}, protocol: HTTP}"))),
    ]


def unknown_ports(n):
    return request("ports:\n" + port_lines(n, "- {port: {port}, protocol: HTTP}"))


def unknown_ports_of_many(n):
    return [
        thing("v1", "Service", field("selector: {app: cart}\nports:\n", port_lines(n, "- {name: http-{i}, port: {port}}"))),
        thing("msvcbench.io/v1alpha1", "ProxyService", field("serviceName: cart\nports:\n", lines(n, "- {port: 60001, protocol: HTTP}"))),
    ]


def port_level_settings(n):
    return [
        thing("v1", "Service", field("selector: {app: cart}\nports:\n", port_lines(n))),
        thing(
            "msvcbench.io/v1alpha1",
            "ProxyService",
            field("serviceName: cart\ntrafficPolicy:\n  portLevelSettings:\n", port_lines(n, "- {port: {number: {port}}, choiceCount: 3}"), 4),
        ),
    ]


def port_level_settings_of_no_port(n):
    return [
        thing("v1", "Service", field("selector: {app: cart}\nports:\n", port_lines(n))),
        thing(
            "msvcbench.io/v1alpha1",
            "ProxyService",
            field("serviceName: cart\ntrafficPolicy:\n  portLevelSettings:\n", lines(n, "- {port: {number: 60001}, choiceCount: 3}"), 4),
        ),
    ]


def unknown_fields(n):
    return request(lines(n, "serviceNome{i}: a"))


def long_unknown_field(n):
    return request(words(n, "serviceName") + ": a\n")


def mistyped_fields(n):
    return request("ports:\n" + lines(n, "- {port: a{i}, protocol: HTTP}"))


def unknown_protocols(n):
    return request("ports:\n" + port_lines(n, "- {port: {port}, protocol: HTTPP}"))


def long_enum(n):
    return request("loadBalancer: " + words(n, "LEAST_REQUEST") + "\n")


def long_service_name(n):
    return [SERVICE, REQUEST.replace("serviceName: cart", "serviceName: " + words(n, "cart"))]


def proxy_annotations(n):
    return request("proxy:\n  annotations:\n" + lines(n, "    a{i}: b§"))


def tolerations(n):
    return request("proxy:\n  tolerations:\n" + lines(n, "  - {key: a{i}, operator: Exists}"))


def localities(n):
    return request("trafficPolicy:\n  locality:\n    distribute:\n    - from: a\n      to:\n" + lines(n, "        r{i}: 1"))


def localities_from(n):
    return request("trafficPolicy:\n  locality:\n    distribute:\n" + lines(n, "    - {from: r{i}, to: {a: 100}}"))


def failovers(n):
    return request("trafficPolicy:\n  outlierDetection: {consecutive5xxErrors: 5}\n  locality:\n    failover:\n" + lines(n, "    - {from: r{i}, to: r{i}}"))


def retry_words(n):
    return request("trafficPolicy:\n  retries:\n    attempts: 2\n    retryOn: " + ",".join(f"gatewai-error{i}" for i in range(n)) + "\n")


def long_retry_word(n):
    return request("trafficPolicy:\n  retries:\n    attempts: 2\n    retryOn: " + words(n, "gateway-error") + "\n")


def inline_entries(n):
    spec = field("defaults: {autoscaling: {minReplicas: 3}}\nproxyServices:\n", lines(n, "- {serviceName: cart-{i}}"))
    return [SERVICE, thing("msvcbench.io/v1alpha1", "ProxyServiceConfig", spec)]


def inline_entries_of_one_service(n):
    spec = field("proxyServices:\n", lines(n, "- {serviceName: cart, namespace: shop}"))
    return [SERVICE, thing("msvcbench.io/v1alpha1", "ProxyServiceConfig", spec)]


def inline_entries_with_defaults(n):
    spec = field("defaults:\n  proxy:\n    annotations:\n" + lines(n, "      a{i}: b") + "proxyServices:\n", "- {serviceName: cart}\n")
    return [SERVICE, thing("msvcbench.io/v1alpha1", "ProxyServiceConfig", spec)]


def selector_of_a_config(n):
    spec = field("serviceSelector:\n  matchExpressions:\n", lines(n, "  - {key: app{i}, operator: DoesNotExist}"))
    return [SERVICE, thing("msvcbench.io/v1alpha1", "ProxyServiceConfig", spec)]


def values_of_a_selector(n):
    spec = field("serviceSelector:\n  matchExpressions:\n  - key: app\n    operator: NotIn\n    values:\n", lines(n, "    - a{i}"))
    return [SERVICE, thing("msvcbench.io/v1alpha1", "ProxyServiceConfig", spec)]


# ---------------------------------------------------------------- the user's rules


def virtual_service(spec):
    return thing("networking.istio.io/v1", "VirtualService", spec)


def routes(n):
    route = "- {name: r{i}, match: [{uri: {prefix: /§{i}}}], route: [{destination: {host: cart}}]}"
    return [*INTERCEPTED, virtual_service(field("hosts: [cart]\nhttp:\n", lines(n, route)))]


def routes_without_names(n):
    route = "- {match: [{uri: {prefix: /§{i}}}], route: [{destination: {host: cart}}]}"
    return [*INTERCEPTED, virtual_service(field("hosts: [cart]\nhttp:\n", lines(n, route)))]


def routes_and_ports(n):
    route = "- {match: [{port: {i}}], route: [{destination: {host: cart, port: {number: {i}}}}]}"
    service = thing("v1", "Service", field("selector: {app: cart}\nports:\n", port_lines(n)))
    return [service, REQUEST, virtual_service(field("hosts: [cart]\nhttp:\n", lines(n, route)))]


def routes_to_nobody(n):
    route = "- {match: [{uri: {prefix: /§{i}}}], route: [{destination: {host: missing{i}}}]}"
    return [SERVICE, virtual_service(field("hosts: [cart]\nhttp:\n", lines(n, route)))]


def routes_to_no_port(n):
    route = "- {route: [{destination: {host: cart, port: {number: 70{i}}}}]}"
    service = thing("v1", "Service", field("selector: {app: cart}\nports:\n", port_lines(n)))
    return [service, virtual_service(field("hosts: [cart]\nhttp:\n", lines(n, route)))]


def routes_of_clients(n):
    route = "- {match: [{sourceLabels: {a: b{i}}}], route: [{destination: {host: cart}}]}"
    return [*INTERCEPTED, virtual_service(field("hosts: [cart]\nhttp:\n", lines(n, route)))]


def routes_to_subsets(n):
    route = "- {route: [{destination: {host: cart, subset: s{i}}, weight: 100}]}"
    rule = field("host: cart\nsubsets:\n", lines(n, "- {name: s{i}, labels: {version: v{i}}}"))
    return [*INTERCEPTED, virtual_service(field("hosts: [cart]\nhttp:\n", lines(n, route))), destination_rule(rule)]


def routes_to_no_subset(n):
    route = "- {route: [{destination: {host: cart, subset: s{i}}}]}"
    return [SERVICE, virtual_service(field("hosts: [cart]\nhttp:\n", lines(n, route))), destination_rule(field("host: cart\n", "subsets: [{name: a}]\n"))]


def destinations(n):
    route = "- route:\n" + lines(n, "  - {destination: {host: cart, subset: s{i}}, weight: 1}")
    rule = field("host: cart\nsubsets:\n", lines(n, "- {name: s{i}, labels: {version: v{i}}}"))
    return [*INTERCEPTED, virtual_service(field("hosts: [cart]\nhttp:\n", route)), destination_rule(rule)]


def mirrors(n):
    route = "- route: [{destination: {host: cart}}]\n  mirrors:\n" + lines(n, "  - {destination: {host: cart}, percentage: {value: 1}}")
    return [*INTERCEPTED, virtual_service(field("hosts: [cart]\nhttp:\n", route))]


def matches(n):
    route = "- route: [{destination: {host: cart}}]\n  match:\n" + lines(n, "  - {uri: {prefix: /§{i}}, gateways: [mesh], port: 80}")
    return [*INTERCEPTED, virtual_service(field("hosts: [cart]\nhttp:\n", route))]


def hosts(n):
    return [*INTERCEPTED, virtual_service(field("http: [{route: [{destination: {host: cart}}]}]\nhosts:\n- cart\n", lines(n, "- h{i}.example.com")))]


def wildcard_hosts(n):
    return [*INTERCEPTED, virtual_service(field("http: [{route: [{destination: {host: cart}}]}]\nhosts:\n- cart\n", lines(n, "- '*.h{i}.example.com'")))]


def hosts_of_one_front(n):
    return [*INTERCEPTED, virtual_service(field("http: [{route: [{destination: {host: cart}}]}]\nhosts:\n", lines(n, "- cart")))]


def gateways_of_a_virtual_service(n):
    return [*INTERCEPTED, virtual_service(field("hosts: [a.example]\nhttp: [{route: [{destination: {host: cart}}]}]\ngateways:\n", lines(n, "- g{i}")))]


def long_host(n):
    host = words(n, "a-host.of-a.name.")
    return [*INTERCEPTED, virtual_service(field(f"hosts: [cart]\nhttp: [{{route: [{{destination: {{host: {host}x}}}}]}}]\n", "")), destination_rule(field(f"host: {host}x\n", ""), name="b")]


def long_host_with_dashes(n):
    return [SERVICE, virtual_service(field(f"hosts: [cart]\nhttp: [{{route: [{{destination: {{host: {words(n, 'a-')}b}}}}]}}]\n", ""))]


def long_subset(n):
    subset = words(n, "sub-")
    rule = field("host: cart\n", f"subsets: [{{name: {subset}x, labels: {{app: cart}}}}]\n")
    route = f"http: [{{route: [{{destination: {{host: cart, subset: {subset}x}}}}]}}]\n"
    pods = deployment("labels: {app: cart}\n", "- {name: app, image: a}\n")
    return [*INTERCEPTED, virtual_service(field("hosts: [cart]\n", route)), destination_rule(rule), pods]


def destination_rule(spec, name="cart"):
    return thing("networking.istio.io/v1", "DestinationRule", spec, name=name)


def subsets(n):
    subset = "- {name: s§{i}, labels: {version: v{i}}, trafficPolicy: {loadBalancer: {simple: RANDOM}}}"
    pods = deployment("labels: {app: cart, version: v1}\n", "- {name: app, image: a}\n")
    return [*INTERCEPTED, destination_rule(field("host: cart\nsubsets:\n", lines(n, subset))), pods]


def subsets_of_one_name(n):
    return [*INTERCEPTED, destination_rule(field("host: cart\nsubsets:\n", lines(n, "- {name: s, labels: {version: §{i}}}")))]


def rule_of_ports(n):
    port = "- {port: {number: {i}}, loadBalancer: {simple: RANDOM}}"
    return [*INTERCEPTED, destination_rule(field("host: cart\ntrafficPolicy:\n  portLevelSettings:\n", lines(n, port), 4))]


def rule_of_ports_beside_settings(n):
    port = "- {port: {number: {port}}, loadBalancer: {simple: RANDOM}}"
    settings = port_level_settings(n)
    return [*settings, destination_rule(field("host: cart\ntrafficPolicy:\n  portLevelSettings:\n", port_lines(n, port), 4))]


def export_to(n):
    return [*INTERCEPTED, destination_rule(field("host: cart\nexportTo:\n", lines(n, "- ns{i}")))]


def ingress(n):
    path = "- {path: /§{i}, pathType: Prefix, backend: {service: {name: cart, port: {number: 80}}}}"
    rules = "- host: a.example\n  http:\n    paths:\n" + indented(lines(n, path), 4)
    return [*INTERCEPTED, thing("networking.k8s.io/v1", "Ingress", field("rules:\n", rules))]


def ingress_to_nobody(n):
    path = "- {path: /§{i}, pathType: Prefix, backend: {service: {name: a{i}, port: {number: 80}}}}"
    rules = "- host: a.example\n  http:\n    paths:\n" + indented(lines(n, path), 4)
    return [*INTERCEPTED, thing("networking.k8s.io/v1", "Ingress", field("rules:\n", rules))]


def http_route(n):
    rule = "- {matches: [{path: {value: /§{i}}}], backendRefs: [{name: cart, port: 80}]}"
    return [*INTERCEPTED, thing("gateway.networking.k8s.io/v1", "HTTPRoute", field("parentRefs: [{name: a}]\nrules:\n", lines(n, rule)))]


def http_route_parents(n):
    spec = field("rules: [{backendRefs: [{name: other, port: 80}]}]\nparentRefs:\n", lines(n, "- {kind: Service, group: '', name: cart}"))
    return [*INTERCEPTED, thing("gateway.networking.k8s.io/v1", "HTTPRoute", spec)]


def http_route_parents_and_backends(n):
    rules = "rules:\n" + lines(n, "- {backendRefs: [{name: other{i}, port: 80}]}")
    spec = field(rules + "parentRefs:\n", lines(n, "- {kind: Service, group: '', name: cart}"))
    return [*INTERCEPTED, thing("gateway.networking.k8s.io/v1", "HTTPRoute", spec)]


def authorization_rules(n):
    rule = "- {from: [{source: {principals: [cluster.local/ns/shop/sa/a{i}]}}], to: [{operation: {ports: ['8080']}}]}"
    return [*INTERCEPTED, thing("security.istio.io/v1", "AuthorizationPolicy", field("selector: {matchLabels: {app: cart}}\nrules:\n", lines(n, rule)))]


def denying_rules(n):
    rule = "- {from: [{source: {namespaces: [a{i}]}}]}"
    return [*INTERCEPTED, thing("security.istio.io/v1", "AuthorizationPolicy", field("action: DENY\nselector: {matchLabels: {app: cart}}\nrules:\n", lines(n, rule)))]


def rules_that_cannot_move(n):
    rule = "- {from: [{source: {remoteIpBlocks: [10.0.0.{i}]}}]}"
    return [*INTERCEPTED, thing("security.istio.io/v1", "AuthorizationPolicy", field("selector: {matchLabels: {app: cart}}\nrules:\n", lines(n, rule)))]


def sources(n):
    rules = "- from:\n" + lines(n, "  - {source: {principals: [cluster.local/ns/shop/sa/a{i}]}}")
    return [*INTERCEPTED, thing("security.istio.io/v1", "AuthorizationPolicy", field("selector: {matchLabels: {app: cart}}\nrules:\n", rules))]


def conditions(n):
    rules = "- from: [{source: {namespaces: [shop]}}]\n  when:\n" + lines(n, "  - {key: 'request.headers[a{i}]', values: [b]}")
    return [*INTERCEPTED, thing("security.istio.io/v1", "AuthorizationPolicy", field("selector: {matchLabels: {app: cart}}\nrules:\n", rules))]


def operations_with_ports(n):
    rules = "- from: [{source: {namespaces: [shop]}}]\n  to:\n" + lines(n, "  - {operation: {ports: ['{i}']}}")
    service = thing("v1", "Service", field("selector: {app: cart}\nports:\n", port_lines(n)))
    return [service, REQUEST, thing("security.istio.io/v1", "AuthorizationPolicy", field("selector: {matchLabels: {app: cart}}\nrules:\n", rules))]


def network_peers(n):
    rules = "- from:\n" + lines(n, "  - {podSelector: {matchLabels: {app: a{i}}}}") + "  ports: [{port: 8080}]\n"
    return [*INTERCEPTED, thing("networking.k8s.io/v1", "NetworkPolicy", field("podSelector: {matchLabels: {app: cart}}\ningress:\n", rules))]


def network_rules(n):
    rule = "- {from: [{podSelector: {matchLabels: {app: a{i}}}}], ports: [{port: 8080}]}"
    return [*INTERCEPTED, thing("networking.k8s.io/v1", "NetworkPolicy", field("podSelector: {matchLabels: {app: cart}}\ningress:\n", lines(n, rule)))]


def network_ports(n):
    service = thing("v1", "Service", field("selector: {app: cart}\nports:\n", port_lines(n)))
    rules = "- ports:\n" + port_lines(n, "  - {port: {port}}")
    return [service, REQUEST, thing("networking.k8s.io/v1", "NetworkPolicy", field("podSelector: {matchLabels: {app: cart}}\ningress:\n", rules))]


def network_ports_by_name(n):
    rules = "- ports:\n" + lines(n, "  - {port: web-{i}}")
    return [*named_ports(n), thing("networking.k8s.io/v1", "NetworkPolicy", field("podSelector: {matchLabels: {app: cart}}\ningress:\n", rules))]


def network_destinations(n):
    rules = "- to:\n" + lines(n, "  - {podSelector: {matchLabels: {app: a{i}}}}") + "  - {podSelector: {matchLabels: {app: cart}}}\n"
    return [*INTERCEPTED, thing("networking.k8s.io/v1", "NetworkPolicy", field("policyTypes: [Egress]\npodSelector: {matchLabels: {app: client}}\negress:\n", rules))]


def network_egress_rules(n):
    rule = "- {to: [{podSelector: {matchLabels: {app: cart}}}], ports: [{port: 8080}]}"
    return [*INTERCEPTED, thing("networking.k8s.io/v1", "NetworkPolicy", field("policyTypes: [Egress]\npodSelector: {matchLabels: {app: client}}\negress:\n", lines(n, rule)))]


def expressions(n):
    selector = "podSelector:\n  matchExpressions:\n" + lines(n, "  - {key: app, operator: NotIn, values: [a{i}]}")
    return [*INTERCEPTED, thing("networking.k8s.io/v1", "NetworkPolicy", field(selector, "policyTypes: [Ingress]\n"))]


def monitored_endpoints(n):
    spec = field("selector: {matchLabels: {app: cart}}\nendpoints:\n", lines(n, "- {port: http, path: /{i}}"))
    return [*INTERCEPTED, thing("monitoring.coreos.com/v1", "ServiceMonitor", spec)]


def monitored_ports(n):
    service = thing("v1", "Service", field("selector: {app: cart}\nports:\n", port_lines(n)), metadata="labels: {app: cart}\n")
    spec = field("selector: {matchLabels: {app: cart}}\nendpoints:\n", lines(n, "- {port: none{i}}"))
    return [service, REQUEST, thing("monitoring.coreos.com/v1", "ServiceMonitor", spec)]


def autoscaler_metrics(n):
    metric = "- {type: Resource, resource: {name: cpu, target: {averageUtilization: {i}}}}"
    pods = deployment("labels: {app: cart}\n", "- {name: app, image: a}\n")
    spec = field("scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: cart}\nmaxReplicas: 3\nmetrics:\n", lines(n, metric))
    return [SERVICE, pods, thing("autoscaling/v2", "HorizontalPodAutoscaler", spec)]


def autoscaler_metrics_of_containers(n):
    metric = "- {type: ContainerResource, containerResource: {container: c{i}, name: cpu, target: {averageUtilization: 80}}}"
    pods = deployment("labels: {app: cart}\n", lines(n, "- {name: c{i}, image: a}"))
    spec = field("scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: cart}\nmaxReplicas: 3\nmetrics:\n", lines(n, metric))
    return [SERVICE, pods, thing("autoscaling/v2", "HorizontalPodAutoscaler", spec)]


def queries(n):
    return [*INTERCEPTED, thing("monitoring.coreos.com/v1", "PrometheusRule", field("", "expr: " + words(n, 'destination_service="other"') + "\n"))]


def queries_in_lines(n):
    rules = "rules:\n" + lines(n, "- {record: r{i}, expr: 'sum(istio_requests_total{destination_service=\"a{i}\"})'}")
    return [*INTERCEPTED, thing("monitoring.coreos.com/v1", "PrometheusRule", field("", rules))]


def queries_of_pairs(n):
    rule = "- {record: r{i}, expr: 'sum(a{source_workload=\"web\",destination_workload=\"cart\"}) by (source_app)'}"
    return [*INTERCEPTED, thing("monitoring.coreos.com/v1", "PrometheusRule", field("rules:\n", lines(n, rule)))]


def queries_of_open_quotes(n):
    query = words(n, "{destination_workload=\\'") + words(n, '{destination_workload="')
    return [*INTERCEPTED, thing("v1", "ConfigMap", "data:\n  a: |\n    " + query + "\n")]


def budget(n):
    selector = "selector:\n  matchExpressions:\n" + lines(n, "  - {key: app, operator: NotIn, values: [a{i}]}")
    return [*INTERCEPTED, thing("policy/v1", "PodDisruptionBudget", field(selector, "minAvailable: 1\n"))]


def limit_range(n):
    limit = "- {type: Container, max: {example.com/r{i}: 1}, default: {cpu: 2}, maxLimitRequestRatio: {cpu: 100}}"
    return [*INTERCEPTED, thing("v1", "LimitRange", field("limits:\n", lines(n, limit)))]


def limit_ranges(n):
    spec = field("limits: [{type: Container, max: {cpu: 4, memory: 2Gi}, min: {cpu: 10m}}]\n", "")
    return [*INTERCEPTED, *(thing("v1", "LimitRange", spec, name=f"a{i}") for i in range(n))]


def quota(n):
    hard = lines(n, "count/a{i}.example.com: 1") + lines(n, "requests.example.com/a{i}: 1")
    return [*INTERCEPTED, thing("v1", "ResourceQuota", field("hard:\n", hard, columns=4))]


def quota_scopes(n):
    scopes = lines(n, "- {scopeName: PriorityClass, operator: NotIn, values: [a{i}]}")
    head = "hard: {pods: 9}\nscopeSelector:\n  matchExpressions:\n"
    return [*INTERCEPTED, thing("v1", "ResourceQuota", field(head, scopes, columns=4))]


def monitor(n):
    selector = "selector:\n  matchExpressions:\n" + lines(n, "  - {key: tier, operator: NotIn, values: [a{i}]}")
    return [*INTERCEPTED, thing("monitoring.coreos.com/v1", "ServiceMonitor", field(selector, "endpoints: [{port: http}]\n"))]


def layers_of_a_service(n):
    names = ",".join(f"a{i}-cart" for i in range(n))
    annotations = f"annotations:\n  internal.config.kubernetes.io/previousNames: {names}\n  internal.config.kubernetes.io/prefixes: {names}\n"
    return [thing("v1", "Service", SERVICE_SPEC, metadata=annotations), REQUEST.replace("serviceName: cart", "serviceName: a0-cart")]


def layers_of_a_request(n):
    names = ",".join(f"a{i}-" for i in range(n))
    annotations = f"annotations:\n  internal.config.kubernetes.io/previousNames: x\n  internal.config.kubernetes.io/prefixes: {names}\n"
    spec = field("proxyServices:\n", lines(n, "- {serviceName: cart{i}}"))
    return [SERVICE, thing("msvcbench.io/v1alpha1", "ProxyServiceConfig", spec, metadata=annotations)]


# Kinds that name Services: the version, the kind, what stands before the list, an entry of it.
NEIGHBOURS = [
    ("traefik.io/v1alpha1", "IngressRoute", "routes:\n", "- {services: [{name: cart}]}"),
    ("traefik.io/v1alpha1", "TraefikService", "weighted:\n  services:\n", "  - {name: cart}"),
    ("projectcontour.io/v1", "HTTPProxy", "routes:\n", "- {services: [{name: cart}], loadBalancerPolicy: {strategy: Cookie}}"),
    ("route.openshift.io/v1", "Route", "alternateBackends:\n", "- {kind: Service, name: cart}"),
    ("k8s.nginx.org/v1", "VirtualServer", "upstreams:\n", "- {service: cart, sessionCookie: {enable: true}}"),
    ("monitoring.coreos.com/v1", "Probe", "targets:\n  staticConfig:\n    static:\n", "    - http://cart.shop/{i}"),
    ("gateway.networking.k8s.io/v1", "GRPCRoute", "parentRefs: [{name: a}]\nrules:\n", "- {backendRefs: [{name: cart, port: 80}], sessionPersistence: {}}"),
    ("gateway.networking.k8s.io/v1", "TCPRoute", "parentRefs:\n", "- {name: g{i}}"),
    ("autoscaling/v2", "HorizontalPodAutoscaler", "metrics:\n", "- {type: Object, object: {describedObject: {kind: Service, name: cart}}}"),
    ("networking.istio.io/v1", "ServiceEntry", "hosts:\n", "- cart.shop.svc.cluster.local"),
    ("networking.istio.io/v1", "Sidecar", "egress:\n", "- {hosts: ['./cart{i}']}"),
    ("networking.istio.io/v1alpha3", "EnvoyFilter", "configPatches:\n", "- {applyTo: CLUSTER, match: {context: GATEWAY}, patch: {value: {name: cart.shop}}}"),
    ("extensions.istio.io/v1alpha1", "WasmPlugin", "match:\n", "- {ports: [{number: {i}}]}"),
    ("security.istio.io/v1", "PeerAuthentication", "selector: {matchLabels: {app: cart}}\nportLevelMtls:\n", "  {i}: {mode: DISABLE}"),
    ("security.istio.io/v1", "RequestAuthentication", "selector: {matchLabels: {app: cart}}\njwtRules:\n", "- {issuer: i{i}, fromHeaders: [{name: h{i}}]}"),
    ("cilium.io/v2", "CiliumNetworkPolicy", "ingress:\n", "- {fromEndpoints: [{matchLabels: {app: cart}}]}"),
    ("cilium.io/v2", "CiliumEnvoyConfig", "services:\n", "- {name: cart}"),
    ("flagger.app/v1beta1", "Canary", "service: {name: cart}\nanalysis:\n  webhooks:\n", "  - {name: w{i}, url: http://cart.shop}"),
    ("argoproj.io/v1alpha1", "Rollout", "template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: a}]}}\nsteps:\n", "- {setWeight: {i}}"),
]


def neighbours(n):
    """One object of each kind, in which the front stands often."""
    objects = (thing(version, kind, field(head, indented(lines(n, entry), 2), 0)) for version, kind, head, entry in NEIGHBOURS)
    webhooks = "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {name: a}\nwebhooks:\n"
    webhook = "- {name: w{i}, clientConfig: {service: {name: cart, namespace: shop}}}"
    slice = "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a, namespace: shop, labels: {kubernetes.io/service-name: cart}}\nendpoints:\n"
    return [*INTERCEPTED, *objects, webhooks + lines(n, webhook), slice + lines(n, "- {addresses: [10.0.0.1]}")]


def strangers(n):
    """The same about another Service."""
    return [part.replace("name: cart", "name: other").replace("cart.shop", "other.shop") if position > 1 else part for position, part in enumerate(neighbours(n))]


# ---------------------------------------------------------------- rendered proxies

PROXIES = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart-proxy, namespace: shop, labels: {app.kubernetes.io/managed-by: proxy-service}}
spec:
  template:
    metadata:
      annotations: {inject.istio.io/templates: gateway}
      labels: {msvcbench.io/front: cart, msvcbench.io/namespace: shop}
    spec:
      containers: [{name: istio-proxy, image: auto}]
"""


def rendered(front, servers, routes, rule=""):
    gateway = thing("networking.istio.io/v1", "Gateway", field("selector: {msvcbench.io/front: cart, msvcbench.io/namespace: shop}\nservers:\n", servers), name="cart-proxy")
    route = thing("networking.istio.io/v1", "VirtualService", field("hosts: ['*']\ngateways: [cart-proxy]\nhttp:\n", routes), name="cart-proxy")
    target = thing("v1", "Service", field("selector: {app: cart}\nports:\n", front), name="cart-ep")
    of_clients = thing("v1", "Service", field("selector: {msvcbench.io/front: cart}\nports:\n", front))
    rules = [thing("networking.istio.io/v1", "DestinationRule", field("host: cart-ep\n", rule), name="cart-ep")] if rule else []
    return [of_clients, target, PROXIES, gateway, route, *rules]


SERVERS = "- {port: {number: {port}, name: http-{port}, protocol: HTTPS}, hosts: [./*], tls: {mode: ISTIO_MUTUAL}}"
ROUTES = "- {match: [{port: {port}}], route: [{destination: {host: cart-ep, port: {number: {port}}}}]}"
FRONT = "- {name: http-{i}, port: {port}, targetPort: {port}}"


def rendered_ports(n):
    return rendered(port_lines(n, FRONT), port_lines(n, SERVERS), port_lines(n, ROUTES))


def rendered_servers_of_no_port(n):
    return rendered(port_lines(1, FRONT), port_lines(n, SERVERS), port_lines(1, ROUTES))


def rendered_ports_without_a_server(n):
    return rendered(port_lines(n, FRONT), port_lines(1, SERVERS), port_lines(1, ROUTES))


def rendered_ports_without_a_route(n):
    return rendered(port_lines(n, FRONT), port_lines(n, SERVERS), port_lines(1, ROUTES))


def rendered_routes_to_the_front(n):
    return rendered(port_lines(1, FRONT), port_lines(1, SERVERS), lines(n, "- {route: [{destination: {host: cart}}]}"))


def rendered_routes_without_a_port(n):
    return rendered(port_lines(2, FRONT.replace("{port}", "8{port}")), port_lines(1, SERVERS), lines(n, "- {route: [{destination: {host: cart-ep}}]}"))


def rendered_shares(n):
    route = "- route:\n" + lines(n, "  - {destination: {host: cart-ep, subset: s§{i}}, weight: {i}}")
    subsets = "subsets:\n" + lines(n, "- {name: s§{i}, labels: {version: v{i}}}")
    return rendered(port_lines(1, FRONT), port_lines(1, SERVERS), route, subsets)


def rendered_subsets(n):
    routes = lines(n, "- {route: [{destination: {host: cart-ep, subset: s§{i}}}]}")
    subsets = "subsets:\n" + lines(n, "- {name: s§{i}, labels: {app: cart}}")
    pods = deployment("labels: {app: cart}\n", "- {name: app, image: a}\n")
    return [*rendered(port_lines(1, FRONT), port_lines(1, SERVERS), routes, subsets), pods]


def rendered_balancers(n):
    settings = lines(n, "  - {port: {number: {i}}, loadBalancer: {simple: BALANCER_{i}}}")
    return rendered(port_lines(1, FRONT), port_lines(1, SERVERS), port_lines(1, ROUTES), "trafficPolicy:\n  portLevelSettings:\n" + settings)


def rendered_targets(n):
    """Of one ProxyService: as many Services as routes."""
    routes = lines(n, "- {route: [{destination: {host: cart-ep}}, {destination: {host: other{i}}}]}")
    return rendered(port_lines(1, FRONT), port_lines(1, SERVERS), routes)


# ---------------------------------------------------------------- many of one thing for each of another


def defaults_for_many(n):
    spec = field("defaults:\n  proxy:\n    annotations:\n" + lines(n, "      a{i}: b") + "proxyServices:\n", lines(n, "- {serviceName: cart{i}}"))
    return [SERVICE, thing("msvcbench.io/v1alpha1", "ProxyServiceConfig", spec)]


def policy_for_many_ports(n):
    policy = "trafficPolicy:\n  locality:\n    distribute:\n    - from: a\n      to:\n        r: 100\n"
    policy = policy + lines(n, "        r{i}: 0") + "  portLevelSettings:\n" + port_lines(n, "  - {port: {number: {port}}, choiceCount: 3}")
    return [
        thing("v1", "Service", field("selector: {app: cart}\nports:\n", port_lines(n))),
        thing("msvcbench.io/v1alpha1", "ProxyService", field("serviceName: cart\n", policy)),
    ]


def rule_for_many_ports(n):
    general = "trafficPolicy:\n  loadBalancer:\n    localityLbSetting:\n      failoverPriority:\n" + lines(n, "      - l{i}")
    return [*port_level_settings(n), destination_rule(field("host: cart\n", general))]


def retries_for_many_routes(n):
    retries = f"trafficPolicy: {{retries: {{attempts: 2, retryOn: '{words(n, '5xx,')[: n // 4 * 4]}5xx'}}}}\n"
    return [*request(retries), routes(n)[2]]


def network_rules_for_many_ports(n):
    rule = "- {from: [{podSelector: {matchLabels: {app: a{i}}}}], ports: [{protocol: TCP}]}"
    policy = thing("networking.k8s.io/v1", "NetworkPolicy", field("podSelector: {matchLabels: {app: cart}}\ningress:\n", lines(n, rule)))
    return [thing("v1", "Service", field("selector: {app: cart}\nports:\n", port_lines(n))), REQUEST, policy]


def authorization_rules_for_many_ports(n):
    ports = port_lines(n, "- {name: http-{i}, port: {port}, targetPort: 8080}")
    return [thing("v1", "Service", field("selector: {app: cart}\nports:\n", ports)), *authorization_rules(n)[1:]]


def long_namespace_of_many_routes(n):
    return [document.replace("shop", words(n, "a-namespace-")) for document in routes_to_nobody(n)]


def long_name_of_many_routes(n):
    return [document.replace("name: cart\n", f"name: {words(n, 'a-name-')}\n") for document in routes_to_nobody(n)]


def long_key_of_many(n):
    return [thing("v1", "ConfigMap", "data:\n  " + words(n, "key-") + "a:\n" + lines(n, "    k{i}: §"))]


def long_front_of_many_ports(n):
    name = words(n, "cart-") + "a"
    return [document.replace("msvcbench.io/front: cart", f"msvcbench.io/front: {name}").replace("name: cart\n", f"name: {name}\n") for document in rendered_ports_without_a_server(n)]


# ---------------------------------------------------------------- tables

FUNCTION, RENDER, FLUX, INIT = ["function"], ["render"], ["flux"], ["init"]
VALIDATE = ["validate text", "validate json", "validate junit", "validate sarif", "validate github"]
CHANGED = ["diff text changed", "diff markdown changed", "diff json changed"]
NEW = ["diff text new", "diff markdown gone", "diff json new"]
GRAPH = ["graph mermaid", "graph dot", "graph svg", "graph html"]
CHANGE = ["graph mermaid changed", "graph dot changed", "graph svg changed", "graph html changed"]
EVERYTHING = [FUNCTION, RENDER, FLUX, INIT, VALIDATE, CHANGED, NEW, GRAPH, CHANGE]

# A construct, and the commands beside `function` that it goes through where the suite runs; by hand each
# goes through every command. Of a list of formats one is taken, another one for the next construct.
CONSTRUCTS = [
    (separators, [RENDER, VALIDATE]),
    (separators_and_comments, [RENDER, NEW]),
    (comments_then_separators, [RENDER, GRAPH]),
    (ends_of_documents, [RENDER, FLUX]),
    (separators_with_comments, [RENDER]),
    (blank_lines, [RENDER]),
    (documents_without_a_kind, [RENDER, VALIDATE]),
    (documents_that_are_no_yaml, [RENDER, VALIDATE]),
    (documents_of_kustomize, [RENDER]),
    (block_scalar, [RENDER, CHANGED, NEW]),
    (line_of_a_block_scalar, [RENDER, CHANGED]),
    (folded_scalar, [RENDER, CHANGED]),
    (quoted_scalar_over_lines, [RENDER, CHANGED]),
    (control_characters, [CHANGED, NEW]),
    (keys_of_a_list, [RENDER]),
    (keys_of_a_json_list, [RENDER]),
    (null_items, [RENDER]),
    (items_without_a_kind, [RENDER]),
    (items_of_a_json_list, [RENDER, CHANGED]),
    (json_resource_list, [RENDER]),
    (aliases, [RENDER, CHANGED]),
    (anchors, [RENDER, CHANGED]),
    (nesting, [RENDER]),
    (annotations, [RENDER, CHANGED, NEW]),
    (labels, [RENDER, CHANGED, INIT]),
    (selector, [VALIDATE, GRAPH, CHANGED]),
    (selector_of_nothing, [VALIDATE, GRAPH]),
    (ports_of_a_service, [VALIDATE, GRAPH, CHANGE, CHANGED, FLUX, INIT]),
    (ports_of_an_adopted_target, [VALIDATE]),
    (ports_that_the_target_lacks, [RENDER]),
    (undeclared_ports, [RENDER]),
    (named_ports, [VALIDATE, GRAPH]),
    (named_ports_of_nobody, [VALIDATE, GRAPH]),
    (ports_of_udp, [RENDER]),
    (containers, [VALIDATE, CHANGED, GRAPH]),
    (containers_of_one_name, [CHANGED]),
    (variables, [CHANGED]),
    (variables_in_an_order, [CHANGED]),
    (arguments, [CHANGED]),
    (calls_without_a_sidecar, [RENDER]),
    (calls_past_the_sidecar, [RENDER]),
    (sidecars_that_leave_out, [RENDER]),
    (sidecar_hosts, [RENDER]),
    (labels_of_pods, [VALIDATE, CHANGED]),
    (long_name, [VALIDATE, GRAPH, CHANGE, NEW]),
    (long_name_without_marks, [GRAPH, CHANGE, NEW]),
    (long_name_of_pods, [GRAPH, CHANGE, VALIDATE]),
    (long_namespace, [GRAPH, CHANGE, VALIDATE]),
    (long_label, [GRAPH, CHANGED, VALIDATE]),
    (long_key, [CHANGED, VALIDATE]),
    (long_kind, [CHANGED, NEW]),
    (long_value, [CHANGED, NEW]),
    (long_value_of_json, [CHANGED]),
    (last_applied, [CHANGED]),
    (secret, [CHANGED, NEW]),
    (long_quantity, [CHANGED, VALIDATE]),
    (long_number, [CHANGED, VALIDATE]),
    (long_duration, [RENDER]),
    (asked_ports, [RENDER, FLUX]),
    (unknown_ports, [RENDER]),
    (unknown_ports_of_many, [RENDER]),
    (port_level_settings, [RENDER, CHANGE]),
    (port_level_settings_of_no_port, [RENDER]),
    (unknown_fields, [RENDER]),
    (long_unknown_field, [RENDER]),
    (mistyped_fields, [RENDER]),
    (unknown_protocols, [RENDER]),
    (long_enum, [RENDER]),
    (long_service_name, [RENDER]),
    (proxy_annotations, [RENDER, CHANGED]),
    (tolerations, [RENDER]),
    (localities, [RENDER]),
    (localities_from, [RENDER]),
    (failovers, [RENDER]),
    (retry_words, [RENDER]),
    (long_retry_word, [RENDER]),
    (inline_entries, [RENDER]),
    (inline_entries_of_one_service, [RENDER]),
    (inline_entries_with_defaults, [RENDER]),
    (selector_of_a_config, [RENDER]),
    (values_of_a_selector, [RENDER]),
    (routes, [FLUX, INIT, VALIDATE, CHANGED, CHANGE]),
    (routes_without_names, [CHANGED, NEW]),
    (routes_and_ports, [FLUX, VALIDATE, GRAPH]),
    (routes_to_nobody, [VALIDATE]),
    (routes_to_no_port, [VALIDATE]),
    (routes_of_clients, [RENDER]),
    (routes_to_subsets, [VALIDATE, GRAPH]),
    (routes_to_no_subset, [VALIDATE]),
    (destinations, [VALIDATE, GRAPH, CHANGED]),
    (mirrors, [VALIDATE, GRAPH]),
    (matches, [VALIDATE, CHANGED]),
    (hosts, [VALIDATE, FLUX]),
    (wildcard_hosts, [RENDER]),
    (hosts_of_one_front, [RENDER]),
    (gateways_of_a_virtual_service, [VALIDATE, GRAPH]),
    (long_host, [VALIDATE, GRAPH]),
    (long_host_with_dashes, [VALIDATE]),
    (long_subset, [VALIDATE, GRAPH]),
    (subsets, [VALIDATE, GRAPH, CHANGED, FLUX]),
    (subsets_of_one_name, [VALIDATE, CHANGED]),
    (rule_of_ports, [VALIDATE, GRAPH, FLUX]),
    (rule_of_ports_beside_settings, [RENDER]),
    (export_to, [RENDER]),
    (ingress, [VALIDATE, GRAPH, CHANGED]),
    (ingress_to_nobody, [VALIDATE]),
    (http_route, [VALIDATE, GRAPH]),
    (http_route_parents, [RENDER]),
    (http_route_parents_and_backends, [RENDER]),
    (authorization_rules, [VALIDATE, FLUX]),
    (denying_rules, [RENDER]),
    (rules_that_cannot_move, [RENDER]),
    (sources, [RENDER]),
    (conditions, [RENDER]),
    (operations_with_ports, [RENDER]),
    (network_peers, [RENDER, FLUX]),
    (network_rules, [RENDER]),
    (network_ports, [RENDER]),
    (network_ports_by_name, [RENDER]),
    (network_destinations, [RENDER]),
    (network_egress_rules, [RENDER]),
    (expressions, [VALIDATE]),
    (monitored_endpoints, [RENDER]),
    (monitored_ports, [RENDER]),
    (autoscaler_metrics, [VALIDATE]),
    (autoscaler_metrics_of_containers, [VALIDATE]),
    (queries, [RENDER]),
    (queries_in_lines, [RENDER]),
    (queries_of_pairs, [RENDER]),
    (queries_of_open_quotes, [RENDER]),
    (budget, [RENDER, VALIDATE]),
    (limit_range, [RENDER]),
    (limit_ranges, [RENDER]),
    (quota, [RENDER]),
    (quota_scopes, [RENDER]),
    (monitor, [RENDER]),
    (layers_of_a_service, [RENDER]),
    (layers_of_a_request, [RENDER]),
    (neighbours, [VALIDATE, GRAPH, CHANGED]),
    (strangers, [VALIDATE, GRAPH]),
    (rendered_ports, [VALIDATE, GRAPH, CHANGE]),
    (rendered_servers_of_no_port, [VALIDATE]),
    (rendered_ports_without_a_server, [VALIDATE]),
    (rendered_ports_without_a_route, [VALIDATE]),
    (rendered_routes_to_the_front, [VALIDATE]),
    (rendered_routes_without_a_port, [VALIDATE]),
    (rendered_shares, [VALIDATE, GRAPH, CHANGE, CHANGED]),
    (rendered_subsets, [VALIDATE, GRAPH, CHANGE]),
    (rendered_balancers, [GRAPH, CHANGED, VALIDATE]),
    (rendered_targets, [VALIDATE]),
    (defaults_for_many, [RENDER]),
    (policy_for_many_ports, [RENDER]),
    (rule_for_many_ports, [RENDER]),
    (retries_for_many_routes, [RENDER]),
    (network_rules_for_many_ports, [RENDER]),
    (authorization_rules_for_many_ports, [RENDER]),
    (long_namespace_of_many_routes, [VALIDATE]),
    (long_name_of_many_routes, [VALIDATE]),
    (long_key_of_many, [CHANGED]),
    (long_front_of_many_ports, [VALIDATE, GRAPH, CHANGED]),
    *interceptions.table(RENDER, FLUX, VALIDATE, CHANGED, NEW, GRAPH, CHANGE),
]
