#!/usr/bin/env python3
"""generate.py FOLDER CASE...: the inputs of the benchmarks. The same case gives the same bytes.

A case has items that nothing concerns, Services with their Deployments and, for some of these, a
ProxyService. Each is written as a ResourceList, as kustomize sends it to a function (list.yaml), as
a stream of documents for `render -` (stream.yaml) and, the small ones, for a kustomization
(base/app.yaml).

The manifests look like those of a real build: Deployments with long annotations and probes,
ConfigMaps with files in block scalars, custom resource definitions, flow style, comments of Helm
charts, strings in both kinds of quotes.
"""

import sys
from pathlib import Path

# name: (items that nothing concerns, Services, ProxyServices)
CASES = {
    "few": (97, 1, 1),
    "some": (2_970, 20, 10),
    "large": (29_970, 20, 10),
    "large-twice": (59_970, 20, 10),
    "stream-100000": (99_970, 20, 10),
    "kustomize": (0, 100, 10),
    "every-50": (0, 50, 50),
    "every-100": (0, 100, 100),
    "every-200": (0, 200, 200),
    "every-400": (0, 400, 400),
    "every-800": (0, 800, 800),
    "every-1000": (0, 1_000, 1_000),
    "every-10000": (0, 10_000, 10_000),
    "policies-300": (0, 300, 300),
    "policies-1200": (0, 1_200, 1_200),
}


class Random:
    """A generator of its own: that of Python's library may differ from version to version."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % limit

    def of(self, values):
        return values[self.below(len(values))]

    def hex(self, digits):
        return "".join("0123456789abcdef"[self.below(16)] for _ in range(digits))


TEAMS = ["checkout", "search", "identity", "billing", "inventory", "mail", "reports", "media"]
WORDS = "cart order user stock price image mail audit token quota event batch index cache route ledger".split()


def labels(name, team):
    return f"""app.kubernetes.io/name: {name}
app.kubernetes.io/part-of: {team}
app.kubernetes.io/managed-by: Helm
helm.sh/chart: {team}-4.17.2"""


def metadata(name, team, extra=""):
    return f"""metadata:
  name: {name}
  namespace: {team}
  labels:
{indent(labels(name, team), 4)}{extra}"""


def indent(text, columns):
    return "\n".join(" " * columns + line if line else line for line in text.split("\n"))


def config_map(name, team, random):
    pairs = "\n".join(f"{random.of(WORDS)}.{random.of(WORDS)}.timeout={random.below(9000)}ms" for _ in range(2 + random.below(3)))
    return f"""apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
  namespace: {team}
data:
  LOG_LEVEL: "{random.of(["info", "warn", "debug"])}"
  application.properties: |
    # {team}, written by the platform
    server.port=8080
{indent(pairs, 4)}
"""


def service_account(name, team, random):
    return f"""apiVersion: v1
kind: ServiceAccount
metadata:
  name: {name}
  namespace: {team}
  annotations:
    eks.amazonaws.com/role-arn: arn:aws:iam::{random.below(10**6):012d}:role/{team}-{name}
automountServiceAccountToken: false
"""


def secret(name, team, random):
    return f"""apiVersion: v1
kind: Secret
type: Opaque
metadata: {{name: {name}, namespace: {team}, labels: {{app.kubernetes.io/name: {name}, team: "{team}"}}}}
data: {{password: {random.hex(24)}, 'user name': {random.hex(16)}}}
"""


def role_binding(name, team, random):
    return f"""# Source: {team}/templates/rbac.yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {name}
  namespace: {team}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {name}
subjects:
- kind: ServiceAccount
  name: {name}   # the workload's own
  namespace: {team}
"""


def deployment(name, team, random):
    checksum = random.hex(64)
    return f"""# Source: {team}/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
{metadata(name, team)}
  annotations:
    meta.helm.sh/release-name: {team}
    platform.example.com/owners: '["{team}-leads@example.com","{team}-oncall@example.com","sre@example.com"]'
    platform.example.com/description: "Answers {random.of(WORDS)} requests of the web shop; talks to {random.of(WORDS)} and {random.of(WORDS)}: see the runbook"
spec:
  replicas: {2 + random.below(8)}
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
      annotations:
        checksum/config: {checksum}
    spec:
      serviceAccountName: {name}
      containers:
      - name: app
        image: registry.example.com/{team}/{name}:1.{random.below(90)}.{random.below(20)}
        args: ["--listen=:8080", "--mode", "{random.of(["primary", "replica"])}"]
        ports:
        - {{name: http, containerPort: 8080}}
        env:
        - name: POD_NAME
          valueFrom: {{fieldRef: {{fieldPath: metadata.name}}}}
        - name: GREETING
          value: >-
            Folded over two lines, as people
            like to write it.
        resources:
          requests: {{cpu: {100 + 50 * random.below(8)}m, memory: 256Mi}}
        readinessProbe:
          httpGet: {{path: /ready, port: http}}
          periodSeconds: 5
"""


def ingress(name, team, random):
    return f"""apiVersion: networking.k8s.io/v1
kind: Ingress
{metadata(name, team)}
  annotations:
    nginx.ingress.kubernetes.io/configuration-snippet: |
      more_set_headers "X-Frame-Options: DENY";
      proxy_set_header X-Request-Start "t=${{msec}}";
spec:
  ingressClassName: nginx
  rules:
  - host: {name}.example.com
    http:
      paths:
      - path: /
        pathType: Prefix
        backend: {{service: {{name: {name}, port: {{number: 80}}}}}}
"""


def crd(name, team, random):
    fields = "\n".join(
        f"""{word}:
  description: |-
    {word.capitalize()} says how the {name} treats its {word}. Empty means the default
    of the controller, which follows the version of the cluster.
  type: {random.of(["string", "integer", "boolean"])}"""
        for word in WORDS
    )
    return f"""apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: {name}s.{team}.example.com
  annotations:
    controller-gen.kubebuilder.io/version: v0.16.5
spec:
  group: {team}.example.com
  names: {{kind: {name.capitalize()}, listKind: {name.capitalize()}List, plural: {name}s, singular: {name}}}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
{indent(fields, 14)}
"""


def service(name, team, random):
    return f"""apiVersion: v1
kind: Service
{metadata(name, team)}
  annotations:
    platform.example.com/docs: "https://docs.example.com/{team}/{name}#{random.hex(8)}"
spec:
  type: ClusterIP
  selector:
    app: {name}
  ports:
  - name: http
    port: 80
    targetPort: 8080
  - name: grpc-admin
    port: 9090
    targetPort: 9090
"""


def proxy_service(name, team, random):
    return f"""apiVersion: msvcbench.io/v1alpha1
kind: ProxyService
metadata:
  name: {name}
  namespace: {team}
spec:
  serviceName: {name}
  autoscaling:
    maxReplicas: {3 + random.below(5)}
  proxy:
    resources:
      requests: {{cpu: 500m, memory: 128Mi}}
"""


def network_policy(name, team, random):
    return f"""apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {name}
  namespace: {team}
spec:
  podSelector:
    matchLabels:
      app: {name}
  policyTypes: [Ingress]
  ingress:
  - from:
    - podSelector: {{matchLabels: {{app: {random.of(WORDS)}}}}}
    ports: [{{port: 8080}}]
"""


# Kind, and how many of a thousand unconcerned items are of it.
OTHERS = [(config_map, 520), (secret, 130), (service_account, 140), (role_binding, 100), (deployment, 80), (ingress, 28), (crd, 2)]


def documents(case):
    others, services, intercepted = CASES[case]
    random = Random(20240229)
    out = []
    for number in range(others):
        draw, kind = number * 7919 % 1000, None
        for kind, share in OTHERS:
            if draw < share:
                break
            draw -= share
        out.append(kind(f"{random.of(WORDS)}-{number}", random.of(TEAMS), random))
    own = []
    for number in range(services):
        name, team = f"{random.of(WORDS)}-svc-{number}", random.of(TEAMS)
        own.append(deployment(name, team, random))
        own.append(service(name, team, random))
        if case.startswith("policies"):
            own.append(network_policy(name, team, random))
        if number < intercepted:
            own.append(proxy_service(name, team, random))
    # Where they stand does not matter; they stand everywhere.
    for number, document in enumerate(own):
        out.insert(len(out) * number // max(1, len(own)), document) if others else out.append(document)
    return out


def as_list(documents):
    items = "".join("  - " + indent(strip_lead(document), 4).strip(" ").rstrip("\n") + "\n" for document in documents)
    return f"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{items}"


def strip_lead(document):
    """kustomize sends no comments; those inside an item come from kpt."""
    return document.split("\n", 1)[1] if document.startswith("# Source") else document


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def main():
    for case in sys.argv[2:]:
        folder, made = Path(sys.argv[1]) / case, documents(case)
        if CASES[case][0] == 0:
            write(folder / "base/app.yaml", "---\n".join(made))
        write(folder / "list.yaml", as_list(made))
        write(folder / "stream.yaml", "---\n".join(made))


if __name__ == "__main__":
    main()
