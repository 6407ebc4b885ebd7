//! Fields of all the traffic policies of a DestinationRule.

use serde_yaml::Value;

/// What `find` finds in the policy of a rule, in those of its subsets, and in the settings of single ports
/// of each; with the path of the settings.
pub fn in_policies<'v, T>(rule: &'v Value, find: impl Fn(&'v Value) -> Option<T>) -> Vec<(String, T)> {
    let Some(spec) = rule.get("spec") else { return Vec::new() };
    let subsets = spec.get("subsets").and_then(Value::as_sequence).into_iter().flatten();
    let of_subsets = subsets.enumerate().map(|(number, subset)| (format!("spec.subsets[{number}]"), subset));
    let mut found = Vec::new();
    for (at, owner) in std::iter::once(("spec".to_string(), spec)).chain(of_subsets) {
        let Some(policy) = owner.get("trafficPolicy") else { continue };
        let at = format!("{at}.trafficPolicy");
        let ports = policy.get("portLevelSettings").and_then(Value::as_sequence).into_iter().flatten();
        found.extend(find(policy).map(|value| (at.clone(), value)));
        let of_ports = ports.enumerate().map(|(number, port)| (format!("{at}.portLevelSettings[{number}]"), find(port)));
        found.extend(of_ports.filter_map(|(at, value)| Some((at, value?))));
    }
    found
}

/// The fields with a TLS mode, and the modes. DISABLE is the mode of one that names none.
pub fn tls_modes(rule: &Value) -> Vec<(String, &str)> {
    let modes = in_policies(rule, |settings| Some(settings.get("tls")?.get("mode").and_then(Value::as_str).unwrap_or("DISABLE")));
    modes.into_iter().map(|(at, mode)| (format!("{at}.tls.mode"), mode)).collect()
}
