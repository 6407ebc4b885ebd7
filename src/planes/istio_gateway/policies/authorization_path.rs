//! Paths in AuthorizationPolicies where the proxies rewrite them (`spec.uri`): the proxies see the path
//! that the client sent, and the application sees the other.

use super::authorization_rule::{PathPattern, Policy, Refusal, Rule, Seen};
use crate::api::UriRewrite;
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::krm::Finding;

/// Paths longer than this, in bytes, are not compared byte by byte nor shown as a whole.
const LONGEST: usize = 200;

/// The rewrite of an interception; where several ports have one, it is the same.
fn rewrite(interception: &Interception) -> Option<&UriRewrite> {
    interception.ports.iter().find_map(|port| port.rewrite.as_ref())
}

/// Why a rule that the application's sidecar decides by no longer finds the paths that it names.
///
/// A policy of the whole namespace is asked at the proxies too: what it denies by a path is denied there.
pub fn hidden<'m>(policy: &'m Policy<'_, '_>, rule: &'m Rule<'_>, interception: &'m Interception) -> Option<Refusal<'m>> {
    let uri = rewrite(interception)?;
    let asked_before = policy.selector.is_none() && matches!(policy.action, "DENY" | "AUDIT");
    let mut patterns = rule.paths().iter().filter(|pattern| !asked_before || pattern.negative);
    let seen = &patterns.find(|pattern| hides(&uri.match_uri_prefix, &uri.rewrite_uri, &pattern.seen.1))?.seen;
    refusal(move || {
        let (from, to) = (shown(&uri.match_uri_prefix), shown(&uri.rewrite_uri));
        let message = format!(
            "\"{}\" is sent by clients, and the application no longer sees it: the proxies of {} rewrite {from} to {to}",
            seen.1, interception.front_name
        );
        let remedy = format!("decide by the path that the application sees, with {to} in front");
        finding(message, remedy, policy, seen)
    })
}

/// Why a rule cannot be asked at the proxies: they see a path before it is rewritten.
///
/// A policy of the whole namespace is asked at both. What is denied by a path and not by the caller may be denied
/// at either; for all other rules both have to see the same.
pub fn elsewhere<'m>(policy: &'m Policy<'_, '_>, rule: &'m Rule<'_>, interception: &'m Interception) -> Option<Refusal<'m>> {
    let uri = rewrite(interception)?;
    let (from, to) = (uri.match_uri_prefix.as_str(), uri.rewrite_uri.as_str());
    let decides = |negative: bool| negative || policy.action == "ALLOW" || rule.asks_for_caller();
    let differs = |pattern: &&PathPattern| match policy.selector {
        Some(_) => hides(from, to, &pattern.seen.1) || hides(to, from, &pattern.seen.1),
        None => decides(pattern.negative) && hides(to, from, &pattern.seen.1),
    };
    let seen = &rule.paths().iter().find(differs)?.seen;
    refusal(move || {
        let (from, to) = (shown(from), shown(to));
        let message = format!(
            "\"{}\" would have to be asked at the proxies of {}, which see {from} where the application sees {to}",
            seen.1, interception.front_name
        );
        let object = interception.source.object();
        let remedy = format!("name paths that the rewrite does not change, or remove `uri` from {object}");
        finding(message, remedy, policy, seen)
    })
}

fn refusal<'m>(make: impl Fn() -> Finding + 'm) -> Option<Refusal<'m>> {
    Some(Box::new(make))
}

fn finding(message: String, remedy: String, policy: &Policy<'_, '_>, (field, value): &Seen) -> Finding {
    Finding::error(Code::PathRewritten, message, remedy).about(policy.item).at(field.as_str()).seen(value.as_str())
}

/// Whether a pattern of Istio's (exact, `prefix*`, `*suffix`, `*`, `{*}`, `{**}`) matches a path that begins
/// with `from`, and no longer matches it with `to` in its place.
fn hides(from: &str, to: &str, pattern: &str) -> bool {
    if from == to || pattern == "*" {
        return false;
    }
    if let Some((literal, _)) = pattern.split_once('{') {
        return literal.starts_with(from) || from.starts_with(literal);
    }
    if let Some(suffix) = pattern.strip_prefix('*') {
        let (from, to, suffix) = (from.as_bytes(), to.as_bytes(), suffix.as_bytes());
        let longest = from.len().min(suffix.len());
        let mut ends = (1..=longest).map(|length| &from[from.len() - length..]);
        return longest > LONGEST || ends.any(|end| suffix.starts_with(end) && !to.ends_with(end));
    }
    let Some(prefix) = pattern.strip_suffix('*') else { return pattern.starts_with(from) };
    let still = |rest: &str| to.starts_with(prefix) || prefix.strip_prefix(to).is_some_and(|more| rest.starts_with(more));
    prefix.strip_prefix(from).map_or(from.starts_with(prefix) && !to.starts_with(prefix), |rest| !still(rest))
}

/// A path as a message has it.
fn shown(path: &str) -> String {
    let mut cut: String = path.chars().take(LONGEST).collect();
    if cut.len() < path.len() {
        cut.push('…');
    }
    cut
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[fact(
    Table::Authorization,
    "paths that `spec.uri` rewrites: those of clients, which the application no longer sees; those of the \
         application, in rules that have to be asked at the proxies",
    "error {}",
    &[Code::PathRewritten],
)
.because("the proxies see the path of the client, the application the other", "Envoy, `prefix_rewrite`")
.of(&[("security.istio.io", "AuthorizationPolicy")])];

#[cfg(test)]
mod tests {
    use super::hides;

    #[test]
    fn a_pattern_is_hidden_where_the_rewrite_changes_what_it_matches() {
        for pattern in ["/old", "/old/x", "/old*", "/o*", "/old/x*", "*/old", "*old/x", "/old/{*}", "/{**}/x"] {
            assert!(hides("/old", "/new", pattern), "{pattern}");
        }
        for pattern in ["*", "/*", "/new*", "/ol", "/other", "/other/*", "*.html", "*/x", "/new/{*}"] {
            assert!(!hides("/old", "/new", pattern), "{pattern}");
        }
        assert!(!hides("/api/v1", "/api/v2", "/api/*"));
        assert!(hides("/api", "/", "/api/admin*"));
        // `/admin/` becomes `/apiadmin/`, or `/api/admin/`.
        assert!(hides("/", "/api", "*/admin/") && !hides("/", "/api/", "*/admin/"));
        assert!(!hides("/old", "/old", "/old*"));
    }
}
