//! Label selectors of other objects, read from values: nothing of them is known to be right.

use serde_yaml::Value;

/// Whether a LabelSelector matches, by Kubernetes' rules. One that is empty matches everything; a
/// requirement that cannot be read matches nothing.
#[must_use]
pub fn matches<'l>(selector: &Value, label: impl Fn(&str) -> Option<&'l str>) -> bool {
    let equal = selector.get("matchLabels").and_then(Value::as_mapping).is_none_or(|wanted| {
        wanted.iter().all(|(key, value)| key.as_str().is_some_and(|key| label(key).is_some() && label(key) == value.as_str()))
    });
    let requirements = selector.get("matchExpressions").and_then(Value::as_sequence);
    equal && requirements.into_iter().flatten().all(|requirement| holds(requirement, &label))
}

fn holds<'l>(requirement: &Value, label: &impl Fn(&str) -> Option<&'l str>) -> bool {
    let text = |key: &str| requirement.get(key).and_then(Value::as_str);
    let Some(value) = text("key").map(label) else { return false };
    let words = requirement.get("values").and_then(Value::as_sequence);
    let listed = value.is_some_and(|value| words.into_iter().flatten().any(|word| word.as_str() == Some(value)));
    match text("operator") {
        Some("In") => listed,
        Some("NotIn") => !listed,
        Some("Exists") => value.is_some(),
        Some("DoesNotExist") => value.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_hold_as_in_kubernetes() {
        let label = |key: &str| (key == "app").then_some("cart");
        for (selector, wanted) in [
            ("{}", true),
            ("{matchLabels: {app: cart}}", true),
            ("{matchLabels: {app: cart, tier: x}}", false),
            ("{matchExpressions: [{key: app, operator: In, values: [a, cart]}]}", true),
            ("{matchExpressions: [{key: tier, operator: NotIn, values: [x]}]}", true),
            ("{matchExpressions: [{key: app, operator: DoesNotExist}]}", false),
            ("{matchExpressions: [{key: app, operator: near}]}", false),
        ] {
            assert_eq!(matches(&serde_yaml::from_str(selector).unwrap(), label), wanted, "{selector}");
        }
    }
}
