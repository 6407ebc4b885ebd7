//! Writes `src/api/schema/shapes.rs`: what the schemas accept, as Rust tables.

use proxy_service::api::Pattern;
use serde_json::{Map, Value as Json};
use std::collections::HashMap;
use std::fmt::Write;

const HEAD: &str = "\
//! Generated from the types by `PROXY_SERVICE_UPDATE=1 cargo test --test schema`. Do not edit.

use super::Pattern;
use super::Shape::{self, Fields, Flag, Integer, IntegerOrText, List, Map, Number, Object, Text, Words};
";

/// What only describes a value, or is not decided by a schema of this draft (`format`).
const SILENT: [&str; 5] = ["description", "title", "$schema", "format", "x-kubernetes-int-or-string"];

/// The file for the two schemas.
pub fn source(proxy_service: &Json, config: &Json) -> String {
    let mut writer = Writer { out: HEAD.to_string(), tables: HashMap::new(), names: HashMap::new() };
    for (name, schema) in [("PROXY_SERVICE", proxy_service), ("CONFIG", config)] {
        let shape = writer.shape(schema, name);
        let table = shape.trim_start_matches('&');
        assert!(writer.names.contains_key(table), "a resource is a table of fields");
        if table != name {
            writeln!(writer.out, "\npub static {name}: Shape = {table};").unwrap();
        }
    }
    writer.out
}

struct Writer {
    out: String,
    /// The name of each table by what is in it: equal ones are written once.
    tables: HashMap<String, String>,
    names: HashMap<String, usize>,
}

impl Writer {
    /// The expression for a schema, of type `&Shape`.
    fn shape(&mut self, schema: &Json, path: &str) -> String {
        let mut rest: Map<String, Json> = schema.as_object().expect("a schema is an object").clone();
        SILENT.iter().for_each(|key| drop(rest.remove(*key)));
        let kind = rest.remove("type");
        let shape = match kind.as_ref().and_then(Json::as_str) {
            Some("object") => self.object(&mut rest, path),
            Some("array") => format!("&List({})", self.shape(&rest.remove("items").expect("items"), path)),
            Some("string") => text(&mut rest),
            Some("integer") => {
                let (least, most) = (rest.remove("minimum"), rest.remove("maximum"));
                let bound =
                    |bound: Option<Json>, none: &str| bound.map_or(none.to_string(), |bound| bound.as_i64().unwrap().to_string());
                format!("&Integer({}, {})", bound(least, "i64::MIN"), bound(most, "i64::MAX"))
            }
            Some("number") => {
                let (least, most) = (rest.remove("minimum").unwrap(), rest.remove("maximum").unwrap());
                format!("&Number({:?}, {:?})", least.as_f64().unwrap(), most.as_f64().unwrap())
            }
            Some("boolean") => "&Flag".to_string(),
            None => {
                let options = rest.remove("anyOf");
                assert_eq!(options, Some(serde_json::json!([{"type": "integer"}, {"type": "string"}])), "at {path}");
                "&IntegerOrText".to_string()
            }
            Some(other) => panic!("no shape for type {other} at {path}"),
        };
        assert!(rest.is_empty(), "no shape for {rest:?} at {path}");
        shape
    }

    fn object(&mut self, rest: &mut Map<String, Json>, path: &str) -> String {
        let required = rest.remove("required").unwrap_or_else(|| Json::Array(Vec::new()));
        let (fields, others) = (rest.remove("properties"), rest.remove("additionalProperties"));
        match (fields, others) {
            (None, None | Some(Json::Bool(true))) => "&Object".to_string(),
            (None, Some(values)) => format!("&Map({})", self.shape(&values, path)),
            (Some(fields), Some(Json::Bool(false))) => {
                let mut fields: Vec<_> = fields.as_object().unwrap().clone().into_iter().collect();
                fields.sort_by(|(one, _), (other, _)| one.cmp(other));
                let mut table = "Fields(&[\n".to_string();
                for (name, field) in fields {
                    let shape = self.shape(&field, &name);
                    writeln!(table, "    ({name:?}, {shape}),").unwrap();
                }
                let required: Vec<_> = required.as_array().unwrap().iter().map(ToString::to_string).collect();
                write!(table, "], &[{}])", required.join(", ")).unwrap();
                self.named(table, path)
            }
            other => panic!("no shape for {other:?} at {path}"),
        }
    }

    fn named(&mut self, table: String, path: &str) -> String {
        if let Some(name) = self.tables.get(&table) {
            return format!("&{name}");
        }
        let mut name = String::new();
        for c in path.chars() {
            // `maxReplicas` is MAX_REPLICAS.
            if c.is_ascii_uppercase() && name.ends_with(|last: char| last.is_ascii_lowercase()) {
                name.push('_');
            }
            name.push(if c.is_ascii_alphanumeric() { c } else { '_' });
        }
        let mut name = name.to_ascii_uppercase();
        let seen = self.names.entry(name.clone()).or_insert(0);
        *seen += 1;
        if *seen > 1 {
            name = format!("{name}_{seen}");
            self.names.insert(name.clone(), 1);
        }
        let visible = if path == name { "pub " } else { "" };
        writeln!(self.out, "\n{visible}static {name}: Shape = {table};").unwrap();
        self.tables.insert(table, name.clone());
        format!("&{name}")
    }
}

fn text(rest: &mut Map<String, Json>) -> String {
    if let Some(only) = rest.remove("const") {
        return format!("&Words(&[{only}])");
    }
    if let Some(words) = rest.remove("enum") {
        let words: Vec<_> = words.as_array().unwrap().iter().map(ToString::to_string).collect();
        return format!("&Words(&[{}])", words.join(", "));
    }
    let mut bound = |key: &str, none: &str| rest.remove(key).map_or(none.to_string(), |bound| bound.to_string());
    let (least, most) = (bound("minLength", "0"), bound("maxLength", "usize::MAX"));
    let pattern = rest.remove("pattern").map(|expression| {
        Pattern::of(expression.as_str().unwrap()).unwrap_or_else(|| panic!("{expression} is not in src/api/schema/pattern.rs"))
    });
    let pattern = pattern.map_or("None".to_string(), |pattern| format!("Some(Pattern::{pattern:?})"));
    format!("&Text({least}, {most}, {pattern})")
}
