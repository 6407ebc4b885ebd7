//! A mesh whose sidecars do not choose mutual TLS by themselves (`meshConfig.enableAutoMtls: false`): they call every
//! host in plaintext unless the DestinationRule that they follow says ISTIO_MUTUAL.
//!
//! Proxies ask for the certificate of the mesh, so that the rule which clients of the front follow has to say it: the
//! user's beside the front, else one that is generated. The hop to the pods keeps the mode that clients had.

use super::Ruled;
use super::exported::some_namespaces;
use super::host::{Hosts, covers, full_name};
use super::tls_by_rule::{TlsByRule, as_written, has_policy, is_mutual};
use crate::api::TlsMode;
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::interception::names::is_generated;
use crate::krm::{Finding, Findings, Item};
use crate::mesh::Mesh;
use crate::objects::Index;
use crate::objects::index::namespace_key;

/// A rule that clients of a front may follow, and that does not stand beside it for the front alone.
struct Other<'i, 'a> {
    item: &'i Item<'a>,
    mutual: bool,
    /// For clients of all namespaces: one of the front's namespace, or of the root namespace.
    of_all: bool,
}

/// Decides who asks for mutual TLS; the rules beside the fronts must have been found before.
pub fn resolve(
    interceptions: &[Ruled<'_>],
    fronts: &Hosts<'_>,
    index: &Index<'_, '_>,
    findings: &mut Findings,
) -> Vec<TlsByRule> {
    if fronts.mesh.auto_mtls {
        return interceptions.iter().map(|_| TlsByRule::default()).collect();
    }
    let mut others: Vec<Vec<Other<'_, '_>>> = interceptions.iter().map(|_| Vec::new()).collect();
    let names: Vec<String> = interceptions.iter().map(|front| full_name(front.interception, fronts.mesh)).collect();
    for (position, item) in index.of_kind("networking.istio.io", "DestinationRule") {
        if !fronts.can_be_in(item.fragment().text()) || is_generated(item) {
            continue;
        }
        let Ok(value) = item.value() else { continue };
        let Some(host) = value.get("spec").and_then(|spec| spec.get("host")?.as_str()) else { continue };
        let namespace = namespace_key(item.id().namespace.as_deref());
        let mut add = |front: usize| {
            let Ruled { interception, rules } = &interceptions[front];
            if rules.on_front.contains(&position) {
                return;
            }
            let here = namespace == namespace_key(interception.namespace.as_deref());
            let of_all = here || fronts.mesh.is_root(namespace);
            others[front].push(Other { item, mutual: is_mutual(value, true), of_all });
        };
        if host.starts_with('*') {
            names.iter().enumerate().filter(|(_, name)| covers(host, name)).for_each(|(front, _)| add(front));
        } else if let Some(named) = fronts.front(host, Some(namespace)).filter(|named| named.known_to_istio) {
            add(named.interception);
        }
    }
    let of = (index, fronts.mesh);
    interceptions.iter().zip(others).map(|(front, others)| decide(*front, &others, of, findings)).collect()
}

fn decide(
    Ruled { interception, rules }: Ruled<'_>,
    others: &[Other<'_, '_>],
    (index, mesh): (&Index<'_, '_>, &Mesh),
    findings: &mut Findings,
) -> TlsByRule {
    let own: Vec<_> = rules.on_front.iter().filter_map(|rule| Some(as_written(index.item(*rule).value().ok()?))).collect();
    // Nobody follows those of all where a rule stands beside the front.
    let of_all: Vec<_> = others.iter().filter(|other| other.of_all && own.is_empty()).collect();
    let known_callers = match (own.as_slice(), of_all.as_slice()) {
        ([], []) => false,
        ([], of_all) => of_all.iter().all(|other| other.mutual),
        // Without a policy the rule leaves it to whichever is merged with it.
        (own, _) => own.iter().any(|rule| has_policy(rule)) && own.iter().all(|rule| is_mutual(rule, has_policy(rule))),
    };
    let by_clients = others.iter().any(|other| !other.of_all && other.mutual);
    let to_proxies = interception.tls == TlsMode::IstioMutual && (!own.is_empty() || of_all.is_empty());
    if interception.tls == TlsMode::IstioMutual && interception.intercepts() {
        refuse_unasked(interception, others, own.is_empty(), findings);
        for item in rules.on_front.iter().map(|rule| index.item(*rule)) {
            refuse_unseen(item, interception, mesh, findings);
        }
        of_all.iter().for_each(|other| refuse_unseen(other.item, interception, mesh, findings));
    }
    TlsByRule { to_proxies, to_pods: known_callers || by_clients, known_callers }
}

/// A rule that takes the place of the one with `tls`: for all clients where nothing stands beside the front, and for
/// those of its own namespace always.
fn refuse_unasked(interception: &Interception, others: &[Other<'_, '_>], alone: bool, findings: &mut Findings) {
    let front = &interception.front_name;
    for other in others.iter().filter(|other| !other.mutual && (alone || !other.of_all)) {
        let message = format!(
            "without `tls` clients that follow this rule call the proxies of \"{front}\" in plaintext, for the mesh has no automatic mutual TLS"
        );
        let remedy = if other.of_all {
            format!("write a DestinationRule for \"{front}\" in its namespace, with what should hold there: it gets `tls`")
        } else {
            "add `tls: {mode: ISTIO_MUTUAL}` to its policy and to each port in it".to_string()
        };
        let finding = Finding::error(Code::MutualTlsNotAsked, message, remedy);
        findings.push(finding.about(other.item).at("spec.trafficPolicy.tls"));
    }
}

/// Clients that do not see the rule follow none.
fn refuse_unseen(item: &Item<'_>, interception: &Interception, mesh: &Mesh, findings: &mut Findings) {
    let Some(listed) = item.value().ok().and_then(|rule| some_namespaces(rule, mesh)) else { return };
    let seen = listed.join(", ");
    let message = format!(
        "clients to whom \"{seen}\" does not show the rule call the proxies of \"{}\" in plaintext, for the mesh has no automatic mutual TLS",
        interception.front_name
    );
    let remedy = format!("write `exportTo: [\"*\"]`, or set `tls: {{mode: DISABLE}}` on {}", interception.source.object());
    findings.push(Finding::error(Code::MutualTlsNotAsked, message, remedy).about(item).at("spec.exportTo").seen(seen));
}

/// Refuses policies that decide by the caller: the proxies know callers, and the application did not.
///
/// `by_policy`: whether policies have to name the proxies, or ask for the caller's certificate.
pub fn refuse_callers(interception: &Interception, tls: TlsByRule, by_policy: bool, findings: &mut Findings) {
    if !by_policy || tls.known_callers {
        return;
    }
    let front = &interception.front_name;
    let message = format!(
        "policies decide by the callers of \"{front}\", whom its pods do not know: the mesh has no automatic mutual TLS, and \
         no DestinationRule asks for it"
    );
    let remedy = format!("write a DestinationRule for \"{front}\" with `tls: {{mode: ISTIO_MUTUAL}}`");
    let finding = Finding::error(Code::MutualTlsNotAsked, message, remedy);
    findings.push(interception.source.point(finding, "serviceName").seen(front.as_str()));
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[fact(
    Table::Rules,
    "a mesh with `enableAutoMtls: false`",
    "the rule beside the front gets `tls.mode: ISTIO_MUTUAL`, or one is generated; error {} where clients follow another \
     without it",
    &[Code::MutualTlsNotAsked],
)
.because("sidecars call in plaintext unless their rule says otherwise", "istiod `buildUpstreamTLSSettings`")
.of(&[("networking.istio.io", "DestinationRule")])];
