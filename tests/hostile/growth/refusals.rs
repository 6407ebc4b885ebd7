//! A few lines that ask for millions: what an interception makes of each of many for each of many others.

use super::lines;
use crate::kit::{REQUEST, SERVICE, run};

fn service(ports: usize) -> String {
    let ports = lines(ports, "  - {name: http-{i}, port: 2{i}, targetPort: 8080}").replace("port: 2", "port: ");
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: cart}}\nspec:\n  selector: {{app: cart}}\n  ports:\n{}",
        ports.replace("port: 0,", "port: 2000,")
    )
}

fn request(spec: &str) -> String {
    format!("apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {{name: cart}}\nspec:\n  serviceName: cart\n{spec}")
}

fn policy(group: &str, kind: &str, spec: &str) -> String {
    format!("apiVersion: {group}/v1\nkind: {kind}\nmetadata: {{name: a}}\nspec:\n{spec}")
}

/// What is refused, and the same a little smaller, which is not.
fn cases() -> Vec<(&'static str, [Vec<String>; 2])> {
    let annotations = |count| format!("  proxy:\n    annotations:\n{}", lines(count, "      annotation-{i}: value"));
    let retries = |count| format!("  trafficPolicy: {{retries: {{attempts: 2, retryOn: '{}5xx'}}}}\n", "5xx,".repeat(count));
    let rules = |count| {
        policy(
            "networking.k8s.io",
            "NetworkPolicy",
            &format!(
                "  podSelector: {{matchLabels: {{app: cart}}}}\n  ingress:\n{}",
                lines(count, "  - {from: [{podSelector: {matchLabels: {app: a{i}}}}], ports: [{protocol: TCP}]}")
            ),
        )
    };
    let callers = |count| {
        policy(
            "security.istio.io",
            "AuthorizationPolicy",
            &format!(
                "  selector: {{matchLabels: {{app: cart}}}}\n  rules:\n{}",
                lines(count, "  - {from: [{source: {namespaces: [n{i}]}}], to: [{operation: {ports: ['8080']}}]}")
            ),
        )
    };
    let defaults = |count| {
        format!(
            "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyServiceConfig\nmetadata: {{name: a}}\nspec:\n  defaults:\n{}  proxyServices:\n  - {{serviceName: cart}}\n{}",
            annotations(400).replace("\n  ", "\n    ").replacen("  proxy", "    proxy", 1),
            lines(count, "  - {serviceName: other{i}, loadBalancer: RANDOM}")
        )
    };
    let both = |one: String, other: String| vec![one, other];
    vec![
        ("ports of a Service", [both(service(1001), REQUEST.into()), both(service(1000), REQUEST.into())]),
        ("settings", [both(SERVICE.into(), request(&annotations(700))), both(SERVICE.into(), request(&annotations(500)))]),
        ("conditions for retries", [both(SERVICE.into(), request(&retries(400))), both(SERVICE.into(), request(&retries(200)))]),
        (
            "rules of a NetworkPolicy",
            [vec![service(800), REQUEST.into(), rules(100)], vec![service(800), REQUEST.into(), rules(50)]],
        ),
        (
            "rules of an AuthorizationPolicy",
            [vec![service(800), REQUEST.into(), callers(100)], vec![service(800), REQUEST.into(), callers(30)]],
        ),
        ("defaults", [both(SERVICE.into(), defaults(5_000)), both(SERVICE.into(), defaults(0))]),
    ]
}

#[test]
fn what_would_be_many_times_as_large_is_refused_and_what_is_a_little_smaller_is_not() {
    for (name, [larger, smaller]) in cases() {
        let ended = run(&["render", "-"], larger.join("---\n").as_bytes(), 1024);
        assert_eq!(ended.code, Some(1), "{name}: {:.600}", ended.stderr);
        assert!(ended.stderr.lines().any(|line| line.starts_with("error PS097 ")), "{name}: {:.600}", ended.stderr);
        assert!(ended.stdout.is_empty(), "{name}");
        let ended = run(&["render", "-"], smaller.join("---\n").as_bytes(), 1024);
        assert_eq!(ended.code, Some(0), "{name}: {:.600}", ended.stderr);
    }
}
