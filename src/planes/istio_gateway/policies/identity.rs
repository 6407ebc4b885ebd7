//! The proxies' identity in AuthorizationPolicies: how a rule names it, and whether a rule can mean it.
//!
//! From the proxies to the application Istio's automatic mutual TLS shows their certificate,
//! `spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT`.

use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::krm::Finding;
use crate::mesh::Mesh;
use crate::objects::value::{entry, sequence};
use crate::planes::istio_gateway::IstioVersion;
use serde_yaml::{Mapping, Value};
use std::cell::OnceCell;

/// `source.serviceAccounts` and the condition `source.serviceAccount` came with Istio 1.26; an older
/// istiod refuses the one and drops the other.
const SERVICE_ACCOUNTS: u16 = 26;

/// A whole principal: trust domain, `ns`, namespace, `sa`, account.
const PARTS: usize = 5;

/// Whom the application's pods see.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'n> {
    namespace: Option<&'n str>,
    account: &'n str,
    version: IstioVersion,
}

impl<'n> Identity<'n> {
    pub fn of(interception: &'n Interception, version: IstioVersion) -> Self {
        Identity { namespace: interception.namespace.as_deref(), account: &interception.proxy_name, version }
    }

    /// Whether policies can name the proxies by their ServiceAccount, without its namespace.
    fn by_account(&self) -> bool {
        self.version.has(SERVICE_ACCOUNTS)
    }

    /// A `from` that means the proxies alone.
    pub fn from(&self) -> Value {
        let source = if self.by_account() {
            entry("serviceAccounts", vec![Value::from(self.account)])
        } else {
            entry("principals", vec![Value::from(self.principal())])
        };
        entry("source", source)
    }

    /// The condition that keeps a rule from the proxies.
    pub fn exemption(&self) -> Value {
        self.exemptions().swap_remove(usize::from(!self.by_account()))
    }

    /// The condition for either version of Istio: an earlier run may have been for another.
    pub fn exemptions(&self) -> Vec<Value> {
        let condition = |key: &str, value: &str| {
            let mut condition = Mapping::new();
            condition.insert("key".into(), key.into());
            condition.insert("notValues".into(), vec![Value::from(value)].into());
            Value::from(condition)
        };
        vec![condition("source.serviceAccount", self.account), condition("source.principal", &self.principal())]
    }

    /// Of any trust domain, as a ServiceAccount is in Istio's own rules by `serviceAccounts`.
    fn principal(&self) -> String {
        format!("*{}", self.tail())
    }

    /// What follows the trust domain, as far as the input tells.
    fn tail(&self) -> String {
        match self.namespace {
            Some(namespace) => format!("/ns/{namespace}/sa/{}", self.account),
            None => format!("/sa/{}", self.account),
        }
    }

    /// Why no rule can name the proxies: a principal of an unknown namespace would be anybody's account
    /// of this name.
    pub fn unnamed(&self, interception: &Interception) -> Option<Finding> {
        if self.by_account() || self.namespace.is_some() {
            return None;
        }
        let (version, said_by) = (self.version.number(), self.version.said_by());
        let message = format!(
            "policies by the caller have to name {} in the application's: Istio {version} can do so by `principals` only, and these need a namespace, which the input does not set",
            self.account
        );
        let remedy = format!("set the namespace, or upgrade the mesh to 1.26 and correct {said_by}");
        let finding = Finding::error(Code::NeedsNewerIstio, message, remedy).seen(version);
        let field = if said_by.starts_with("proxy.") { said_by } else { "serviceName" };
        Some(interception.source.point(finding, field))
    }

    /// Whether a rule can match a request of the proxies, by its sources and conditions.
    pub fn may_match(&self, rule: &Asked<'_>, mesh: &Mesh) -> bool {
        let tail = OnceCell::new();
        let admits = |asked: &Patterns<'_>| self.admitted(asked, &tail, mesh);
        rule.sources.as_ref().is_none_or(|sources| sources.iter().any(|source| source.iter().all(admits)))
            && rule.conditions.iter().all(admits)
    }

    fn admitted(&self, asked: &Patterns<'_>, tail: &OnceCell<String>, mesh: &Mesh) -> bool {
        let any = |patterns: &[Value], expected: &[Answer]| {
            let mut patterns = patterns.iter().filter_map(Value::as_str);
            patterns.any(|pattern| expected.contains(&self.ask(asked.attribute, pattern, tail, mesh)))
        };
        (asked.wanted.is_empty() || any(asked.wanted, &[Answer::Yes, Answer::Maybe])) && !any(asked.unwanted, &[Answer::Yes])
    }

    /// Whether a pattern of Istio's (exact, `prefix*`, `*suffix`, `*`) matches.
    fn ask(&self, attribute: Attribute, pattern: &str, tail: &OnceCell<String>, mesh: &Mesh) -> Answer {
        if pattern == "*" {
            return Answer::Yes;
        }
        let tail = || tail.get_or_init(|| self.tail()).as_str();
        match (attribute, self.namespace) {
            (Attribute::Principal, Some(_)) => principal(pattern, tail(), mesh),
            (Attribute::Principal, None) if pattern.contains('*') || pattern.ends_with(tail()) => Answer::Maybe,
            (Attribute::Principal, None) => Answer::No,
            (Attribute::Namespace, Some(own)) => Answer::of(matches(pattern, own)),
            (Attribute::Namespace, None) => Answer::Maybe,
            (Attribute::Account, own) => match (pattern.split_once('/'), own) {
                (None, _) => Answer::of(pattern == self.account),
                (Some((namespace, account)), Some(own)) => Answer::of(namespace == own && account == self.account),
                (Some((_, account)), None) if account == self.account => Answer::Maybe,
                _ => Answer::No,
            },
        }
    }
}

/// By what a rule knows its callers, as far as the proxies' certificate tells.
pub struct Asked<'v> {
    /// `None`: any.
    sources: Option<Vec<Vec<Patterns<'v>>>>,
    conditions: Vec<Patterns<'v>>,
}

/// Patterns of one attribute.
struct Patterns<'v> {
    attribute: Attribute,
    wanted: &'v [Value],
    unwanted: &'v [Value],
}

impl<'v> Asked<'v> {
    /// Reads a rule.
    pub fn read(rule: &'v Value) -> Self {
        let source = |from: &'v Value| {
            let of = |(attribute, wanted, unwanted): (Attribute, &str, &str)| {
                let (wanted, unwanted) = (sequence(from, &["source", wanted]), sequence(from, &["source", unwanted]));
                (!wanted.is_empty() || !unwanted.is_empty()).then_some(Patterns { attribute, wanted, unwanted })
            };
            OF_SOURCES.into_iter().filter_map(of).collect()
        };
        let condition = |condition: &'v Value| {
            let attribute = match condition.get("key").and_then(Value::as_str)? {
                "source.principal" => Attribute::Principal,
                "source.namespace" => Attribute::Namespace,
                "source.serviceAccount" => Attribute::Account,
                _ => return None,
            };
            let (wanted, unwanted) = (sequence(condition, &["values"]), sequence(condition, &["notValues"]));
            Some(Patterns { attribute, wanted, unwanted })
        };
        let sources = sequence(rule, &["from"]);
        Asked {
            sources: (!sources.is_empty()).then(|| sources.iter().map(source).collect()),
            conditions: sequence(rule, &["when"]).iter().filter_map(condition).collect(),
        }
    }
}

/// Fields of a source: what it looks at, those that are wanted, and those that are not.
const OF_SOURCES: [(Attribute, &str, &str); 3] = [
    (Attribute::Principal, "principals", "notPrincipals"),
    (Attribute::Namespace, "namespaces", "notNamespaces"),
    (Attribute::Account, "serviceAccounts", "notServiceAccounts"),
];

#[derive(Debug, Clone, Copy)]
enum Attribute {
    Principal,
    Namespace,
    Account,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    Maybe,
}

impl Answer {
    fn of(holds: bool) -> Self {
        if holds { Answer::Yes } else { Answer::No }
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(suffix), _) => text.ends_with(suffix),
        (_, Some(prefix)) => text.starts_with(prefix),
        _ => pattern == text,
    }
}

/// Asks of a principal. Where nobody has said the mesh's trust domain, one that stands in the pattern counts as the
/// mesh's: where it is another, the rule meets clients of the mesh at the proxies as it meets these.
fn principal(pattern: &str, tail: &str, mesh: &Mesh) -> Answer {
    let is_mesh = |domain: &str| mesh.is_trust_domain(domain, pattern.split('/').count() == PARTS);
    if let Some(suffix) = pattern.strip_prefix('*') {
        return match (tail.ends_with(suffix), suffix.strip_suffix(tail)) {
            (true, _) => Answer::Yes,
            (_, Some(_)) if !mesh.knows_trust_domain() => Answer::Maybe,
            (_, Some(domain)) => Answer::of(is_mesh(&format!("*{domain}"))),
            _ => Answer::No,
        };
    }
    match (pattern.strip_suffix('*'), pattern.split_once('/')) {
        (Some(prefix), Some((domain, _))) => Answer::of(tail.starts_with(&prefix[domain.len()..]) && is_mesh(domain)),
        (Some(_), None) if !mesh.knows_trust_domain() => Answer::Maybe,
        (Some(prefix), None) => Answer::of(mesh.trust_domain_begins(prefix)),
        (None, whole) => Answer::of(whole.is_some_and(|(domain, _)| &pattern[domain.len()..] == tail && is_mesh(domain))),
    }
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[fact(
    Table::Authorization,
    "`proxy.istioVersion` older than 1.26, a rule that has to name the proxies, and no namespace in the input",
    "error {}",
    &[Code::NeedsNewerIstio],
)
.because(
    "without `source.serviceAccounts` the proxies are named by a principal, which has a namespace",
    "Istio, AuthorizationPolicy",
)
.of(&[("security.istio.io", "AuthorizationPolicy")])];

#[cfg(test)]
mod tests {
    use super::*;

    const PROXIES: Identity<'_> = Identity { namespace: Some("shop"), account: "cart-proxy", version: IstioVersion::CURRENT };

    fn may_match(rule: &str) -> bool {
        PROXIES.may_match(&Asked::read(&serde_yaml::from_str(rule).unwrap()), &Mesh::default())
    }

    #[test]
    fn rules_that_mean_the_proxies() {
        for source in [
            "notPrincipals: [cluster.local/ns/shop/sa/cart]",
            "notPrincipals: ['cluster.local/ns/web/*', '*/sa/web']",
            "notNamespaces: [web, 'web*']",
            "notServiceAccounts: [web/cart-proxy]",
            "principals: ['*/sa/cart-proxy']",
            "principals: [td/ns/shop/sa/cart-proxy]",
            "namespaces: ['sh*']",
            "ipBlocks: [10.0.0.0/8]",
        ] {
            assert!(may_match(&format!("from: [{{source: {{{source}}}}}]")), "{source}");
        }
        assert!(may_match("when: [{key: source.namespace, notValues: [web]}]"));
        assert!(may_match("{}"));
    }

    #[test]
    fn rules_that_do_not() {
        for source in [
            "notPrincipals: ['*']",
            "notPrincipals: ['cluster.local/ns/shop/*']",
            "notPrincipals: ['*/ns/shop/sa/cart-proxy']",
            "notNamespaces: [crm, shop]",
            "notNamespaces: ['*op']",
            "notServiceAccounts: [shop/cart-proxy]",
            "principals: ['cluster.local/ns/web/*', td/ns/web/sa/cart-proxy]",
            "namespaces: [web]",
        ] {
            assert!(!may_match(&format!("from: [{{source: {{{source}}}}}]")), "{source}");
        }
        assert!(!may_match("when: [{key: source.principal, notValues: ['*']}]"));
        assert!(!may_match("{from: [{source: {ipBlocks: [10.0.0.0/8]}}], when: [{key: source.namespace, values: [web]}]}"));
    }

    #[test]
    fn an_older_mesh_has_principals() {
        let old = Identity { version: IstioVersion::of_minor(25), ..PROXIES };
        let expected = "{source: {principals: ['*/ns/shop/sa/cart-proxy']}}";
        assert_eq!(old.from(), serde_yaml::from_str::<Value>(expected).unwrap());
        assert_eq!(old.exemption()["key"], "source.principal");
        assert_eq!(PROXIES.exemption()["key"], "source.serviceAccount");
    }
}
