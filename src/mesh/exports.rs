//! Whom objects without `exportTo` are for: `meshConfig.defaultServiceExportTo` and its like (istiod,
//! `initDefaultExportMaps`).

use super::sources::at;
use serde_yaml::Value;

/// What the mesh says; nothing where such objects are for all namespaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exports {
    /// The namespaces that learn of a Service, as the annotation `networking.istio.io/exportTo` lists them.
    pub services: Option<String>,
    /// The namespaces that learn of a VirtualService, in the same way.
    pub virtual_services: Option<String>,
    /// Whether a DestinationRule is for its own namespace alone: of the mesh's list istiod reads nothing but `.`
    /// (`setDestinationRules`).
    pub own_destination_rules: bool,
}

impl Exports {
    /// Adds what a MeshConfig says. Of several revisions' the first that leaves somebody out counts.
    pub(super) fn add(&mut self, mesh_config: &Value) {
        let listed = |kind: &str| {
            let listed = at(mesh_config, &[&format!("default{kind}ExportTo")])?.as_sequence()?;
            let listed: Vec<&str> = listed.iter().filter_map(Value::as_str).collect();
            (!listed.contains(&"*")).then_some(listed)
        };
        let text = |kind: &str| listed(kind).map(|listed| listed.join(","));
        self.services = self.services.take().or_else(|| text("Service"));
        self.virtual_services = self.virtual_services.take().or_else(|| text("VirtualService"));
        self.own_destination_rules |= listed("DestinationRule").is_some_and(|listed| listed.contains(&"."));
    }
}

/// Whether a list (`.,web`) names a namespace: `own` is that of the object.
#[must_use]
pub fn reaches(list: &str, own: &str, namespace: &str) -> bool {
    list.split(',').map(str::trim).any(|each| each == "*" || each == namespace || (each == "." && own == namespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mesh_leaves_out_whom_it_does_not_list() {
        let of = |text: &str| {
            let mut exports = Exports::default();
            exports.add(&serde_yaml::from_str(text).unwrap());
            exports
        };
        assert_eq!(of("{}"), Exports::default());
        assert_eq!(of("{defaultServiceExportTo: ['*', web], defaultDestinationRuleExportTo: [web]}"), Exports::default());
        let some =
            of("{defaultServiceExportTo: [., web], defaultVirtualServiceExportTo: [x], defaultDestinationRuleExportTo: [.]}");
        assert_eq!(some.services.as_deref(), Some(".,web"));
        assert_eq!((some.virtual_services.as_deref(), some.own_destination_rules), (Some("x"), true));
    }

    #[test]
    fn a_list_names_its_own_namespace_by_a_dot() {
        for (list, namespace, expected) in
            [(".", "shop", true), (".", "web", false), ("a, web", "web", true), ("*", "web", true), ("~", "shop", false)]
        {
            assert_eq!(reaches(list, "shop", namespace), expected, "{list} {namespace}");
        }
    }
}
