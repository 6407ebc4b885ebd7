//! The user's VirtualServices: they stay with the clients, and tell the proxies which subset they choose.
//!
//! A route to a front without a subset needs nothing: the client's sidecar carries it out as before, and
//! then finds proxies. A subset has no pods there, because no proxy has its labels. So the destination
//! sets a header, by which the proxies' own routes choose the subset of the target.

use crate::changes::{Changes, Claim, Role};
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::names::is_generated;
use crate::krm::{Finding, Findings, Item, few};
use crate::objects::Index;
use crate::planes::istio_gateway::SUBSET_HEADER;
use crate::planes::istio_gateway::rules::Ruled;
use crate::planes::istio_gateway::rules::exported::strings;
use crate::planes::istio_gateway::rules::host::Hosts;
use serde_yaml::{Mapping, Value};

/// A destination in a VirtualService that names a subset.
struct Choice<'v> {
    field: String,
    /// The position of the HTTP route and that of the destination in it; `None` where a destination can
    /// set no header.
    in_http: Option<(usize, usize)>,
    host: &'v str,
    subset: &'v str,
}

/// Adds the header to every destination that chooses a subset of a front, and refuses what can have none.
pub fn resolve(
    interceptions: &[Ruled<'_>],
    fronts: &Hosts<'_>,
    index: &Index<'_, '_>,
    changes: &mut Changes,
    findings: &mut Findings,
) {
    for (position, item) in index.of_kind("networking.istio.io", "VirtualService") {
        if !fronts.can_be_in(item.fragment().text()) || is_generated(item) {
            continue;
        }
        let value = match item.value() {
            Ok(value) => value,
            Err(finding) => {
                findings.push(finding);
                continue;
            }
        };
        let Some(spec) = value.get("spec") else { continue };
        if let Some(owner) = moved_by(spec, item.id().namespace.as_deref(), fronts) {
            findings.push(moved_earlier(item, interceptions[owner].interception));
            continue;
        }
        warn_of_other_names(item, spec, fronts, interceptions, findings);
        let mut marked = None;
        for choice in choices(spec) {
            let Some(named) = fronts.front(choice.host, item.id().namespace.as_deref()) else { continue };
            // Of `cart.shop` istiod makes no Service, before and after.
            if !named.known_to_istio {
                continue;
            }
            let front = interceptions[named.interception];
            if let Err(finding) = mark(&choice, marked.get_or_insert_with(|| value.clone()), front) {
                findings.push(finding.about(item).at(choice.field).seen(choice.subset));
            } else {
                changes.claim(position, Claim::users(named.interception, Role::Routes));
            }
        }
        warn_of_mirrors(item, spec, fronts, interceptions, findings);
        if let Some(marked) = marked {
            changes.rewrite(position, marked);
        }
    }
}

/// Says where connections follow no route: for a host with `tls` routes istiod makes none for other server
/// names (`buildSidecarOutboundTLSFilterChainOpts`), and the sidecars pass such connections through, without
/// the certificate that the proxies ask for.
fn warn_of_other_names(item: &Item<'_>, spec: &Value, fronts: &Hosts<'_>, interceptions: &[Ruled<'_>], findings: &mut Findings) {
    let names: Vec<&str> = sequence(spec, "tls")
        .flat_map(|route| sequence(route, "match"))
        .flat_map(|matched| strings(matched.get("sniHosts")))
        .collect();
    if names.is_empty() {
        return;
    }
    let hosts = strings(spec.get("hosts"));
    let named =
        hosts.iter().find_map(|host| fronts.front(host, item.id().namespace.as_deref()).filter(|named| named.known_to_istio));
    let Some(interception) = named.map(|named| interceptions[named.interception].interception) else { return };
    if !interception.intercepts() || interception.tls_chosen {
        return;
    }
    let seen = few(names.iter().map(|name| format!("\"{name}\"")));
    let message = format!(
        "connections with another server name than {seen} follow no route, and would reach the proxies of \"{}\" without mutual TLS",
        interception.front_name
    );
    let remedy = "add every name that clients send to `hosts` and `sniHosts`, or set spec.tls.mode of the ProxyService";
    findings.push(Finding::warning(Code::OtherServerNames, message, remedy).about(item).at("spec.tls").seen(seen));
}

/// Says where copies of a request follow its subset: Envoy makes them with the headers of the destination
/// that it has chosen, and a mirror can take none away.
fn warn_of_mirrors(item: &Item<'_>, spec: &Value, fronts: &Hosts<'_>, interceptions: &[Ruled<'_>], findings: &mut Findings) {
    let namespace = item.id().namespace.as_deref();
    let front = |host: &str| fronts.front(host, namespace).filter(|named| named.known_to_istio);
    for (number, route) in sequence(spec, "http").enumerate() {
        let destinations = sequence(route, "route").filter_map(|entry| choice(entry.get("destination"), None, String::new));
        let Some(subset) = destinations.filter(|choice| front(choice.host).is_some()).map(|choice| choice.subset).next() else {
            continue;
        };
        let one = route.get("mirror").map(|mirror| ("mirror".to_string(), mirror));
        let several = sequence(route, "mirrors").enumerate();
        let several = several.filter_map(|(at, mirror)| Some((format!("mirrors[{at}].destination"), mirror.get("destination")?)));
        for (field, mirror) in one.into_iter().chain(several) {
            let Some(host) = mirror.get("host").and_then(Value::as_str) else { continue };
            let Some(named) = front(host) else { continue };
            let message = format!(
                "copies of a request to the subset \"{subset}\" carry its header, and the proxies of \"{}\" send them to a subset of that name",
                interceptions[named.interception].interception.front_name
            );
            let remedy = "check that they may go there; otherwise mirror in a route without a subset";
            let finding = Finding::warning(Code::MirroredSubset, message, remedy);
            findings.push(finding.about(item).at(format!("spec.http[{number}].{field}.host")).seen(host));
        }
    }
}

/// Every destination of a spec with a subset.
fn choices(spec: &Value) -> Vec<Choice<'_>> {
    let mut choices = Vec::new();
    for family in ["http", "tcp", "tls"] {
        for (number, route) in sequence(spec, family).enumerate() {
            for list in ["route", "mirrors"] {
                for (entry, destination) in sequence(route, list).enumerate() {
                    let in_http = (family == "http" && list == "route").then_some((number, entry));
                    let field = || format!("spec.{family}[{number}].{list}[{entry}].destination.subset");
                    choices.extend(choice(destination.get("destination"), in_http, field));
                }
            }
            choices.extend(choice(route.get("mirror"), None, || format!("spec.{family}[{number}].mirror.subset")));
        }
    }
    choices
}

fn sequence<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_sequence).into_iter().flatten()
}

fn choice<'v>(destination: Option<&'v Value>, in_http: Option<(usize, usize)>, field: impl Fn() -> String) -> Option<Choice<'v>> {
    let destination = destination?;
    let subset = destination.get("subset")?.as_str().filter(|subset| !subset.is_empty())?;
    Some(Choice { field: field(), in_http, host: destination.get("host")?.as_str()?, subset })
}

/// Sets the header at a destination.
fn mark(choice: &Choice<'_>, marked: &mut Value, Ruled { interception, rules }: Ruled<'_>) -> Result<(), Finding> {
    let Choice { host, subset, in_http, .. } = choice;
    let front = &interception.front_name;
    let Some((route, entry)) = *in_http else {
        let message = format!(
            "behind \"{host}\" are proxies, which learn the subset \"{subset}\" by a header, and this destination can set none"
        );
        let remedy = format!("lead to the host \"{front}\" without a subset here, or do not intercept \"{front}\"");
        return Err(Finding::error(Code::SubsetOfFront, message, remedy));
    };
    if !rules.subsets.contains(*subset) {
        let message = format!(
            "no DestinationRule of this input has the subset \"{subset}\" of \"{host}\": behind \"{front}\" are proxies, and none has its labels"
        );
        let remedy = format!("add the DestinationRule for \"{front}\" to this build, or remove the subset");
        return Err(Finding::error(Code::SubsetOfFront, message, remedy));
    }
    let destination =
        marked.get_mut("spec").and_then(|spec| spec.get_mut("http")?.get_mut(route)?.get_mut("route")?.get_mut(entry));
    let set = destination.and_then(|destination| below(below(below(destination, "headers")?, "request")?, "set"));
    let Some(set) = set.and_then(Value::as_mapping_mut) else {
        let message = "its headers are not of the form that Istio gives them";
        return Err(Finding::error(Code::InvalidValue, message, "write `headers: {request: {set: {NAME: VALUE}}}`"));
    };
    set.insert(SUBSET_HEADER.into(), (*subset).into());
    Ok(())
}

/// The mapping at a key; nothing (`headers:`) is an empty one.
fn below<'v>(value: &'v mut Value, key: &str) -> Option<&'v mut Value> {
    let below = value.as_mapping_mut()?.entry(key.into()).or_insert_with(|| Mapping::new().into());
    if below.is_null() {
        *below = Mapping::new().into();
    }
    below.is_mapping().then_some(below)
}

/// The interception to whose Gateway an earlier version has moved these routes.
fn moved_by(spec: &Value, namespace: Option<&str>, fronts: &Hosts<'_>) -> Option<usize> {
    match (strings(spec.get("gateways")).as_slice(), strings(spec.get("hosts")).as_slice()) {
        ([gateway], ["*"]) => fronts.gateway(gateway, namespace),
        _ => None,
    }
}

fn moved_earlier(item: &Item<'_>, interception: &crate::interception::Interception) -> Finding {
    let message = format!(
        "an earlier version has moved these routes to the proxies of \"{}\", where their clients need them again",
        interception.front_name
    );
    let remedy = "restore this VirtualService from version control, as it was before the interception";
    Finding::error(Code::RuleMovedEarlier, message, remedy).about(item).at("spec.gateways").seen(interception.proxy_name.as_str())
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Rules,
        "VirtualService that leads to the front without a subset, as a route, a mirror or a delegate",
        "nothing",
        &[],
    )
    .because(
        "matches, rewrites, weights, faults, timeouts, retries, other destinations mean what they meant",
        "istiod `BuildHTTPRoutesForVirtualService`",
    )
    .of(&[("networking.istio.io", "VirtualService")]),
    fact(
        Table::Rules,
        "VirtualService, destination of an HTTP route with a subset of the front",
        "gains `headers.request.set` of `x-msvcbench-subset`; error {} where `headers` has not the form of Istio's",
        &[Code::InvalidValue],
    )
    .because(
        "no proxy has the subset's labels; the proxies' own route for the header leads to the subset of the \
         target, and takes the header away",
        "istiod `GetDestinationCluster`",
    )
    .of(&[("networking.istio.io", "VirtualService")]),
    fact(
        Table::Rules,
        "VirtualService, subset of the front in a `mirror`, `tcp` or `tls` route",
        "error {}",
        &[Code::SubsetOfFront],
    )
    .because("sets no header for itself", "Istio, VirtualService")
    .of(&[("networking.istio.io", "VirtualService")]),
    fact(Table::Rules, "VirtualService, subset that no DestinationRule in the input has", "error {}", &[Code::SubsetOfFront])
        .because("the proxies would not know it", "–")
        .of(&[("networking.istio.io", "VirtualService")]),
    fact(
        Table::Rules,
        "VirtualService, mirror to an intercepted Service in a route to a subset",
        "warning {}",
        &[Code::MirroredSubset],
    )
    .because("copies carry the header of the destination that is chosen", "Envoy, `request_mirror_policies`, tried")
    .of(&[("networking.istio.io", "VirtualService")]),
    fact(Table::Rules, "VirtualService, `tls` routes for the front", "warning {}", &[Code::OtherServerNames])
        .because(
            "connections with another server name follow no route, and reach the proxies without mutual TLS",
            "istiod `buildSidecarOutboundTLSFilterChainOpts`",
        )
        .of(&[("networking.istio.io", "VirtualService")]),
    fact(
        Table::Rules,
        "VirtualService that an earlier version of this program moved to the proxies",
        "error {}",
        &[Code::RuleMovedEarlier],
    )
    .because("its clients need the routes again", "–")
    .of(&[("networking.istio.io", "VirtualService")]),
];
