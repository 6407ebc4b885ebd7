//! The mesh that a build is for: what neither a Service nor a ProxyService says, and what decides all the same whether a
//! host is the Service's, an object is for all namespaces, a principal is the proxies' and a hop has mutual TLS.
//!
//! One [`Mesh`] for a build, made first (`sources.rs`). Nothing else knows a default.

mod config;
mod exports;
mod sources;

pub use config::MeshConfig;
pub use exports::{Exports, reaches};
pub use sources::{DOMAIN_ANNOTATION, mesh_config};

/// Istio's default (`constants.DefaultClusterLocalDomain`), and the trust domain that a policy may always write for
/// the mesh's own (`trustdomain.Bundle.ReplaceTrustDomainAliases`).
const CLUSTER_LOCAL: &str = "cluster.local";

/// Istio's default (`constants.IstioSystemNamespace`).
const ISTIO_SYSTEM: &str = "istio-system";

/// Names of Services in all clusters of a set (Kubernetes' MCS API, `constants.DefaultClusterSetLocalDomain`).
const CLUSTER_SET: &str = "clusterset.local";

/// What is known of the mesh.
#[derive(Debug, Clone)]
pub struct Mesh {
    /// The cluster's domain.
    domain: String,
    root_namespace: String,
    /// The namespace of istiod, where the build shows it.
    istiod_namespace: Option<String>,
    /// The trust domain and its aliases; empty where nobody has said one.
    trust_domains: Vec<String>,
    /// Whether sidecars choose mutual TLS by themselves (`meshConfig.enableAutoMtls`).
    pub auto_mtls: bool,
    /// The version of ProxyServices that name none.
    pub istio_version: Option<String>,
    /// Whether sidecars let nothing pass that they do not know (`meshConfig.outboundTrafficPolicy`).
    pub registry_only: bool,
    /// Whom objects without `exportTo` are for.
    pub exports: Exports,
    /// The MeshConfigs of the build, one for each revision of Istio.
    configs: Vec<MeshConfig>,
}

impl Default for Mesh {
    /// A mesh as Istio installs it.
    fn default() -> Self {
        Mesh {
            domain: CLUSTER_LOCAL.into(),
            root_namespace: ISTIO_SYSTEM.into(),
            istiod_namespace: None,
            trust_domains: Vec::new(),
            auto_mtls: true,
            istio_version: None,
            registry_only: false,
            exports: Exports::default(),
            configs: Vec::new(),
        }
    }
}

impl Mesh {
    /// The cluster's domain: `cluster.local`.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The namespace whose policies, rules and Sidecars are for all namespaces.
    #[must_use]
    pub fn root_namespace(&self) -> &str {
        &self.root_namespace
    }

    /// Whether objects of this namespace are for all namespaces.
    #[must_use]
    pub fn is_root(&self, namespace: &str) -> bool {
        namespace == self.root_namespace
    }

    /// The namespace in which istiod runs. The root namespace is the same unless somebody divides the two (Istio's
    /// chart, `configmap.yaml`).
    #[must_use]
    pub fn istiod_namespace(&self) -> &str {
        self.istiod_namespace.as_deref().unwrap_or(&self.root_namespace)
    }

    /// The full name of a Service, by which istiod knows it.
    #[must_use]
    pub fn host_of(&self, name: &str, namespace: &str) -> String {
        format!("{name}.{namespace}.svc.{}", self.domain)
    }

    /// What stands before the domain in a full name: `cart.shop` of `cart.shop.svc.cluster.local`.
    fn before_domain<'h>(&self, host: &'h str) -> Option<&'h str> {
        host.strip_suffix(self.domain.as_str())?.strip_suffix(".svc.")
    }

    /// Name and namespace of the Service that has this full name; the name may be `*`.
    #[must_use]
    pub fn split_host<'h>(&self, host: &'h str) -> Option<(&'h str, &'h str)> {
        self.before_domain(host)?.split_once('.').filter(|(_, namespace)| !namespace.contains('.'))
    }

    /// Name and namespace of the Service that a host means in an object of `namespace`; `None` where it means none of
    /// this cluster.
    ///
    /// istiod completes only names without a dot (`model.ResolveShortnameToFQDN`); everything else has to be the full
    /// name.
    #[must_use]
    pub fn service_of<'h>(&self, host: &'h str, namespace: &'h str) -> Option<(&'h str, &'h str)> {
        if !host.contains('.') {
            return Some((host, namespace)).filter(|_| !host.is_empty() && host != "*");
        }
        self.split_host(host).filter(|(name, _)| *name != "*")
    }

    /// Whether a wildcard (`*.svc.cluster.local`, `*`) covers the names of all Services.
    #[must_use]
    pub fn covers_all(&self, wildcard: &str) -> bool {
        wildcard.strip_prefix('*').is_some_and(|suffix| format!(".svc.{}", self.domain).ends_with(suffix))
    }

    /// Name, namespace and domain where a host has the form of a full name, and the domain is that of another cluster.
    /// The name may be `*`.
    #[must_use]
    pub fn of_other_domain<'h>(&self, host: &'h str) -> Option<(&'h str, &'h str, &'h str)> {
        let (service, domain) = host.trim_end_matches('.').split_once(".svc.")?;
        let (name, namespace) = service.split_once('.').filter(|(_, namespace)| !namespace.contains('.'))?;
        let is_name =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
        (is_name(domain) && domain != self.domain && domain != CLUSTER_SET).then_some((name, namespace, domain))
    }

    /// Whether a principal of this trust domain (`*local` is a pattern) is one of the mesh. Where nobody has said the
    /// trust domain, each may be the mesh's.
    ///
    /// `whole`: the principal has all of its five parts. Only then istiod replaces the trust domain by the mesh's own
    /// and its aliases, and takes `cluster.local` for each of them (`Bundle.ReplaceTrustDomainAliases`).
    #[must_use]
    pub fn is_trust_domain(&self, pattern: &str, whole: bool) -> bool {
        let matches = |own: &String| match pattern.strip_prefix('*') {
            Some(suffix) => own.ends_with(suffix),
            None => own == pattern,
        };
        self.trust_domains.is_empty() || (whole && pattern == CLUSTER_LOCAL) || self.trust_domains.iter().any(matches)
    }

    /// Whether anybody has said the trust domain.
    #[must_use]
    pub fn knows_trust_domain(&self) -> bool {
        !self.trust_domains.is_empty()
    }

    /// Whether some trust domain of the mesh begins with a text.
    #[must_use]
    pub fn trust_domain_begins(&self, with: &str) -> bool {
        self.trust_domains.iter().any(|own| own.starts_with(with))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mesh(domain: &str) -> Mesh {
        Mesh { domain: domain.into(), ..Mesh::default() }
    }

    #[test]
    fn hosts_are_those_of_the_domain() {
        let mesh = mesh("corp.example");
        assert_eq!(mesh.host_of("cart", "shop"), "cart.shop.svc.corp.example");
        assert_eq!(mesh.service_of("cart.shop.svc.corp.example", "web"), Some(("cart", "shop")));
        assert_eq!(mesh.service_of("cart", "web"), Some(("cart", "web")));
        for other in
            ["cart.shop", "cart.shop.svc", "cart.shop.svc.cluster.local", "*.shop.svc.corp.example", "*", "", "svc.corp.example"]
        {
            assert_eq!(mesh.service_of(other, "web"), None, "{other}");
        }
        assert_eq!(mesh.split_host("*.shop.svc.corp.example"), Some(("*", "shop")));
        assert!(["*", "*.example", "*.corp.example", "*.svc.corp.example"].iter().all(|wildcard| mesh.covers_all(wildcard)));
        assert!(["*.local", "*.shop.svc.corp.example", "svc.corp.example"].iter().all(|wildcard| !mesh.covers_all(wildcard)));
    }

    #[test]
    fn another_domain_is_that_of_no_known_name() {
        let mesh = mesh("corp.example");
        assert_eq!(mesh.of_other_domain("cart.shop.svc.cluster.local."), Some(("cart", "shop", "cluster.local")));
        for own in [
            "cart.shop.svc.corp.example",
            "cart.shop.svc.clusterset.local",
            "cart.shop.svc",
            "cart.svc.cluster.local",
            "a.b.c.svc.d",
        ] {
            assert_eq!(mesh.of_other_domain(own), None, "{own}");
        }
    }

    #[test]
    fn trust_domains_are_those_of_the_mesh_where_they_are_known() {
        assert!(Mesh::default().is_trust_domain("whichever", true));
        let known = Mesh { trust_domains: vec!["new.example".into(), "old.example".into()], ..Mesh::default() };
        for (domain, whole, expected) in [
            ("new.example", true, true),
            ("old.example", false, true),
            ("*.example", true, true),
            ("cluster.local", true, true),
            ("cluster.local", false, false),
            ("other.example", true, false),
        ] {
            assert_eq!(known.is_trust_domain(domain, whole), expected, "{domain}");
        }
        assert_eq!((known.trust_domain_begins("new"), known.trust_domain_begins("x")), (true, false));
    }
}
