//! Generated from the types by `PROXY_SERVICE_UPDATE=1 cargo test --test schema`. Do not edit.

use super::Pattern;
use super::Shape::{self, Fields, Flag, Integer, IntegerOrText, List, Map, Number, Object, Text, Words};

static POLICIES: Shape = Fields(&[
    ("periodSeconds", &Integer(i64::MIN, i64::MAX)),
    ("type", &Text(0, usize::MAX, None)),
    ("value", &Integer(i64::MIN, i64::MAX)),
], &["periodSeconds", "type", "value"]);

static SCALE_DOWN: Shape = Fields(&[
    ("policies", &List(&POLICIES)),
    ("selectPolicy", &Text(0, usize::MAX, None)),
    ("stabilizationWindowSeconds", &Integer(i64::MIN, i64::MAX)),
    ("tolerance", &IntegerOrText),
], &[]);

static BEHAVIOR: Shape = Fields(&[
    ("scaleDown", &SCALE_DOWN),
    ("scaleUp", &SCALE_DOWN),
], &[]);

static AUTOSCALING: Shape = Fields(&[
    ("behavior", &BEHAVIOR),
    ("maxReplicas", &Integer(1, i64::MAX)),
    ("minReplicas", &Integer(1, i64::MAX)),
    ("targetCPUUtilizationPercentage", &Integer(1, i64::MAX)),
], &[]);

static GITOPS: Shape = Fields(&[
    ("argocd", &Flag),
    ("flux", &Flag),
], &[]);

static PORTS: Shape = Fields(&[
    ("port", &Integer(1, 65535)),
    ("protocol", &Words(&["HTTP", "HTTP2", "GRPC", "GRPC-WEB", "HTTPS", "TLS", "TCP"])),
], &["port", "protocol"]);

static MATCH_EXPRESSIONS: Shape = Fields(&[
    ("key", &Text(0, usize::MAX, None)),
    ("operator", &Text(0, usize::MAX, None)),
    ("values", &List(&Text(0, usize::MAX, None))),
], &["key", "operator"]);

static PREFERENCE: Shape = Fields(&[
    ("matchExpressions", &List(&MATCH_EXPRESSIONS)),
    ("matchFields", &List(&MATCH_EXPRESSIONS)),
], &[]);

static PREFERRED_DURING_SCHEDULING_IGNORED_DURING_EXECUTION: Shape = Fields(&[
    ("preference", &PREFERENCE),
    ("weight", &Integer(i64::MIN, i64::MAX)),
], &["preference", "weight"]);

static REQUIRED_DURING_SCHEDULING_IGNORED_DURING_EXECUTION: Shape = Fields(&[
    ("nodeSelectorTerms", &List(&PREFERENCE)),
], &["nodeSelectorTerms"]);

static NODE_AFFINITY: Shape = Fields(&[
    ("preferredDuringSchedulingIgnoredDuringExecution", &List(&PREFERRED_DURING_SCHEDULING_IGNORED_DURING_EXECUTION)),
    ("requiredDuringSchedulingIgnoredDuringExecution", &REQUIRED_DURING_SCHEDULING_IGNORED_DURING_EXECUTION),
], &[]);

static LABEL_SELECTOR: Shape = Fields(&[
    ("matchExpressions", &List(&MATCH_EXPRESSIONS)),
    ("matchLabels", &Map(&Text(0, usize::MAX, None))),
], &[]);

static POD_AFFINITY_TERM: Shape = Fields(&[
    ("labelSelector", &LABEL_SELECTOR),
    ("matchLabelKeys", &List(&Text(0, usize::MAX, None))),
    ("mismatchLabelKeys", &List(&Text(0, usize::MAX, None))),
    ("namespaceSelector", &LABEL_SELECTOR),
    ("namespaces", &List(&Text(0, usize::MAX, None))),
    ("topologyKey", &Text(0, usize::MAX, None)),
], &["topologyKey"]);

static PREFERRED_DURING_SCHEDULING_IGNORED_DURING_EXECUTION_2: Shape = Fields(&[
    ("podAffinityTerm", &POD_AFFINITY_TERM),
    ("weight", &Integer(i64::MIN, i64::MAX)),
], &["podAffinityTerm", "weight"]);

static POD_AFFINITY: Shape = Fields(&[
    ("preferredDuringSchedulingIgnoredDuringExecution", &List(&PREFERRED_DURING_SCHEDULING_IGNORED_DURING_EXECUTION_2)),
    ("requiredDuringSchedulingIgnoredDuringExecution", &List(&POD_AFFINITY_TERM)),
], &[]);

static AFFINITY: Shape = Fields(&[
    ("nodeAffinity", &NODE_AFFINITY),
    ("podAffinity", &POD_AFFINITY),
    ("podAntiAffinity", &POD_AFFINITY),
], &[]);

static DISRUPTION_BUDGET: Shape = Fields(&[
    ("maxUnavailable", &IntegerOrText),
    ("minAvailable", &IntegerOrText),
], &[]);

static RESOURCES: Shape = Fields(&[
    ("limits", &Map(&IntegerOrText)),
    ("requests", &Map(&IntegerOrText)),
], &[]);

static TOLERATIONS: Shape = Fields(&[
    ("effect", &Text(0, usize::MAX, None)),
    ("key", &Text(0, usize::MAX, None)),
    ("operator", &Text(0, usize::MAX, None)),
    ("tolerationSeconds", &Integer(i64::MIN, i64::MAX)),
    ("value", &Text(0, usize::MAX, None)),
], &[]);

static PROXY: Shape = Fields(&[
    ("affinity", &AFFINITY),
    ("annotations", &Map(&Text(0, usize::MAX, None))),
    ("disruptionBudget", &DISRUPTION_BUDGET),
    ("image", &Text(1, usize::MAX, None)),
    ("istioVersion", &Text(0, usize::MAX, Some(Pattern::IstioVersion))),
    ("nodeSelector", &Map(&Text(0, usize::MAX, None))),
    ("priorityClassName", &Text(1, usize::MAX, None)),
    ("resources", &RESOURCES),
    ("revision", &Text(1, 63, None)),
    ("terminationGracePeriodSeconds", &Integer(10, 3600)),
    ("tolerations", &List(&TOLERATIONS)),
], &[]);

static TLS: Shape = Fields(&[
    ("mode", &Words(&["ISTIO_MUTUAL", "DISABLE"])),
], &[]);

static HTTP: Shape = Fields(&[
    ("h2UpgradePolicy", &Words(&["DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"])),
    ("http1MaxPendingRequests", &Integer(1, 2147483647)),
    ("http2MaxRequests", &Integer(1, 2147483647)),
    ("idleTimeout", &Text(0, usize::MAX, Some(Pattern::Duration))),
    ("maxConcurrentStreams", &Integer(1, 2147483647)),
    ("maxRequestsPerConnection", &Integer(1, 536870912)),
    ("maxRetries", &Integer(1, 2147483647)),
    ("useClientProtocol", &Flag),
], &[]);

static TCP_KEEPALIVE: Shape = Fields(&[
    ("interval", &Text(0, usize::MAX, Some(Pattern::Keepalive))),
    ("probes", &Integer(1, 127)),
    ("time", &Text(0, usize::MAX, Some(Pattern::Keepalive))),
], &[]);

static TCP: Shape = Fields(&[
    ("connectTimeout", &Text(0, usize::MAX, Some(Pattern::Duration))),
    ("idleTimeout", &Text(0, usize::MAX, Some(Pattern::DurationOrZero))),
    ("maxConnectionDuration", &Text(0, usize::MAX, Some(Pattern::Duration))),
    ("maxConnections", &Integer(1, 2147483647)),
    ("tcpKeepalive", &TCP_KEEPALIVE),
], &[]);

static CONNECTION_POOL: Shape = Fields(&[
    ("http", &HTTP),
    ("tcp", &TCP),
], &[]);

static HTTP_COOKIE: Shape = Fields(&[
    ("name", &Text(1, usize::MAX, None)),
    ("path", &Text(0, usize::MAX, None)),
    ("ttl", &Text(0, usize::MAX, Some(Pattern::DurationOrZero))),
], &["name"]);

static MAGLEV: Shape = Fields(&[
    ("tableSize", &Integer(2, 5000010)),
], &[]);

static RING_HASH: Shape = Fields(&[
    ("minimumRingSize", &Integer(1, 8388608)),
], &[]);

static CONSISTENT_HASH: Shape = Fields(&[
    ("httpCookie", &HTTP_COOKIE),
    ("httpHeaderName", &Text(1, usize::MAX, None)),
    ("httpQueryParameterName", &Text(1, usize::MAX, None)),
    ("maglev", &MAGLEV),
    ("ringHash", &RING_HASH),
    ("useSourceIp", &Flag),
], &[]);

static DISTRIBUTE: Shape = Fields(&[
    ("from", &Text(1, usize::MAX, None)),
    ("to", &Map(&Integer(1, 100))),
], &["from", "to"]);

static FAILOVER: Shape = Fields(&[
    ("from", &Text(1, usize::MAX, None)),
    ("to", &Text(1, usize::MAX, None)),
], &["from", "to"]);

static LOCALITY: Shape = Fields(&[
    ("distribute", &List(&DISTRIBUTE)),
    ("enabled", &Flag),
    ("failover", &List(&FAILOVER)),
    ("failoverPriority", &List(&Text(0, usize::MAX, None))),
], &[]);

static OUTLIER_DETECTION: Shape = Fields(&[
    ("baseEjectionTime", &Text(0, usize::MAX, Some(Pattern::Duration))),
    ("consecutive5xxErrors", &Integer(0, 4294967295)),
    ("consecutiveGatewayErrors", &Integer(0, 4294967295)),
    ("consecutiveLocalOriginFailures", &Integer(1, 4294967295)),
    ("interval", &Text(0, usize::MAX, Some(Pattern::Duration))),
    ("maxEjectionPercent", &Integer(1, 100)),
    ("minHealthPercent", &Integer(0, 100)),
    ("splitExternalLocalOriginErrors", &Flag),
], &[]);

static PORT: Shape = Fields(&[
    ("number", &Integer(1, 65535)),
], &["number"]);

static WARMUP: Shape = Fields(&[
    ("aggression", &Number(0.001, 1000000.0)),
    ("duration", &Text(0, usize::MAX, Some(Pattern::Duration))),
    ("minimumPercent", &Number(0.0, 100.0)),
], &["duration"]);

static PORT_LEVEL_SETTINGS: Shape = Fields(&[
    ("choiceCount", &Integer(2, 1000)),
    ("connectionPool", &CONNECTION_POOL),
    ("consistentHash", &CONSISTENT_HASH),
    ("loadBalancer", &Words(&["LEAST_REQUEST", "ROUND_ROBIN", "RANDOM", "PASSTHROUGH", "LEAST_CONN"])),
    ("locality", &LOCALITY),
    ("outlierDetection", &OUTLIER_DETECTION),
    ("port", &PORT),
    ("warmup", &WARMUP),
], &["port"]);

static RETRIES: Shape = Fields(&[
    ("attempts", &Integer(0, 1000)),
    ("backoff", &Text(0, usize::MAX, Some(Pattern::Duration))),
    ("perTryTimeout", &Text(0, usize::MAX, Some(Pattern::Duration))),
    ("retryIgnorePreviousHosts", &Flag),
    ("retryOn", &Text(1, usize::MAX, None)),
    ("retryRemoteLocalities", &Flag),
], &[]);

static TRAFFIC_POLICY: Shape = Fields(&[
    ("choiceCount", &Integer(2, 1000)),
    ("connectionPool", &CONNECTION_POOL),
    ("consistentHash", &CONSISTENT_HASH),
    ("locality", &LOCALITY),
    ("outlierDetection", &OUTLIER_DETECTION),
    ("portLevelSettings", &List(&PORT_LEVEL_SETTINGS)),
    ("retries", &RETRIES),
    ("timeout", &Text(0, usize::MAX, Some(Pattern::Duration))),
    ("warmup", &WARMUP),
], &[]);

static URI: Shape = Fields(&[
    ("matchUriPrefix", &Text(0, usize::MAX, Some(Pattern::AbsolutePath))),
    ("rewriteUri", &Text(0, usize::MAX, Some(Pattern::AbsolutePath))),
], &["matchUriPrefix", "rewriteUri"]);

static SPEC: Shape = Fields(&[
    ("autoscaling", &AUTOSCALING),
    ("gitops", &GITOPS),
    ("loadBalancer", &Words(&["LEAST_REQUEST", "ROUND_ROBIN", "RANDOM", "PASSTHROUGH", "LEAST_CONN"])),
    ("phase", &Words(&["Prepare", "Intercept"])),
    ("port", &Integer(1, 65535)),
    ("ports", &List(&PORTS)),
    ("protocol", &Words(&["HTTP", "HTTP2", "GRPC", "GRPC-WEB", "HTTPS", "TLS", "TCP"])),
    ("proxy", &PROXY),
    ("serviceName", &Text(1, 63, None)),
    ("target", &Text(1, 63, None)),
    ("tls", &TLS),
    ("trafficPolicy", &TRAFFIC_POLICY),
    ("uri", &URI),
], &["serviceName"]);

pub static PROXY_SERVICE: Shape = Fields(&[
    ("apiVersion", &Words(&["msvcbench.io/v1alpha1"])),
    ("kind", &Words(&["ProxyService"])),
    ("metadata", &Object),
    ("spec", &SPEC),
    ("status", &Object),
], &["apiVersion", "kind", "metadata", "spec"]);

static DEFAULTS: Shape = Fields(&[
    ("autoscaling", &AUTOSCALING),
    ("gitops", &GITOPS),
    ("loadBalancer", &Words(&["LEAST_REQUEST", "ROUND_ROBIN", "RANDOM", "PASSTHROUGH", "LEAST_CONN"])),
    ("phase", &Words(&["Prepare", "Intercept"])),
    ("port", &Integer(1, 65535)),
    ("ports", &List(&PORTS)),
    ("protocol", &Words(&["HTTP", "HTTP2", "GRPC", "GRPC-WEB", "HTTPS", "TLS", "TCP"])),
    ("proxy", &PROXY),
    ("tls", &TLS),
    ("trafficPolicy", &TRAFFIC_POLICY),
    ("uri", &URI),
], &[]);

static MESH: Shape = Fields(&[
    ("autoMtls", &Flag),
    ("clusterDomain", &Text(0, usize::MAX, Some(Pattern::DnsName))),
    ("istioVersion", &Text(0, usize::MAX, Some(Pattern::IstioVersion))),
    ("rootNamespace", &Text(0, usize::MAX, Some(Pattern::DnsName))),
    ("trustDomain", &Text(1, 255, None)),
], &[]);

static PROXY_SERVICES: Shape = Fields(&[
    ("autoscaling", &AUTOSCALING),
    ("gitops", &GITOPS),
    ("loadBalancer", &Words(&["LEAST_REQUEST", "ROUND_ROBIN", "RANDOM", "PASSTHROUGH", "LEAST_CONN"])),
    ("namespace", &Text(0, usize::MAX, None)),
    ("phase", &Words(&["Prepare", "Intercept"])),
    ("port", &Integer(1, 65535)),
    ("ports", &List(&PORTS)),
    ("protocol", &Words(&["HTTP", "HTTP2", "GRPC", "GRPC-WEB", "HTTPS", "TLS", "TCP"])),
    ("proxy", &PROXY),
    ("serviceName", &Text(1, 63, None)),
    ("target", &Text(1, 63, None)),
    ("tls", &TLS),
    ("trafficPolicy", &TRAFFIC_POLICY),
    ("uri", &URI),
], &["serviceName"]);

static SPEC_2: Shape = Fields(&[
    ("defaults", &DEFAULTS),
    ("mesh", &MESH),
    ("proxyServices", &List(&PROXY_SERVICES)),
    ("serviceSelector", &LABEL_SELECTOR),
], &[]);

pub static CONFIG: Shape = Fields(&[
    ("apiVersion", &Words(&["msvcbench.io/v1alpha1"])),
    ("kind", &Words(&["ProxyServiceConfig"])),
    ("metadata", &Object),
    ("spec", &SPEC_2),
], &["apiVersion", "kind", "metadata"]);
