//! Places in objects of many kinds, written as paths: `spec.rules[].backendRefs[]`.

use serde_yaml::Value;

/// Every value at a path, with the path that leads to it. `[]` goes through a sequence.
#[must_use]
pub fn at<'v>(value: &'v Value, path: &str) -> Vec<(String, &'v Value)> {
    let mut found = vec![(String::new(), value)];
    for step in path.split('.').filter(|step| !step.is_empty()) {
        let (key, sequence) = step.strip_suffix("[]").map_or((step, false), |key| (key, true));
        found = found
            .into_iter()
            .filter_map(|(path, value)| {
                let path = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
                Some((path, value.as_mapping()?.get(key)?))
            })
            .flat_map(|(path, value)| match value.as_sequence().filter(|_| sequence) {
                Some(entries) => {
                    entries.iter().enumerate().map(|(position, entry)| (format!("{path}[{position}]"), entry)).collect()
                }
                None if sequence => Vec::new(),
                None => vec![(path, value)],
            })
            .collect();
    }
    found
}

/// A Service that an object names.
#[derive(Debug)]
pub struct Named<'v> {
    /// The field that names it.
    pub field: String,
    /// The name, or a host.
    pub name: &'v str,
    /// The namespace beside it.
    pub namespace: Option<&'v str>,
}

/// The Services named at a place: the path to a mapping and, after a blank, the key of the name in
/// it; without a key the place is the name itself.
///
/// Beside the name, `kind`, `group` and `apiVersion` may say that it is no Service, and `namespace` where it is.
#[must_use]
pub fn services<'v>(value: &'v Value, place: &str) -> Vec<Named<'v>> {
    let Some((path, key)) = place.split_once(' ') else {
        let scalars = at(value, place).into_iter();
        return scalars.filter_map(|(field, value)| Some(Named { field, name: value.as_str()?, namespace: None })).collect();
    };
    let text = |value: &'v Value, key: &str| value.as_mapping()?.get(key)?.as_str();
    at(value, path)
        .into_iter()
        .filter(|(_, value)| text(value, "kind").is_none_or(|kind| kind == "Service"))
        .filter(|(_, value)| text(value, "group").is_none_or(|group| matches!(group, "" | "core")))
        // Knative's Services have the kind of Kubernetes' own, and a group before the version.
        .filter(|(_, value)| text(value, "apiVersion").is_none_or(|version| !version.contains('/')))
        .filter_map(|(path, value)| {
            Some(Named { field: format!("{path}.{key}"), name: text(value, key)?, namespace: text(value, "namespace") })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_finds_every_service_and_where_it_stands() {
        let value: Value = serde_yaml::from_str(
            "spec: {rules: [{refs: [{name: a}, {name: b, kind: Pod}]}, {}, {refs: [{name: c, namespace: n}]}]}",
        )
        .unwrap();
        let found: Vec<_> =
            services(&value, "spec.rules[].refs[] name").into_iter().map(|n| (n.field, n.name, n.namespace)).collect();
        assert_eq!(
            found,
            [("spec.rules[0].refs[0].name".to_string(), "a", None), ("spec.rules[2].refs[0].name".to_string(), "c", Some("n"))]
        );
        assert!(services(&value, "spec.rules.refs").is_empty());
    }
}
