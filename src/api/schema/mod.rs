//! The JSON Schema of the custom resources: what editors read, and what resources are checked against.
//!
//! The types say it (`generate.rs`), and a run that generated it would do little else. So the
//! program carries it in two forms: as JSON (`proxyservice.json`, `config.json`), which tells a user
//! what is wrong, and as [`Shape`]s, which tell quickly that nothing is. `tests/schema` compares
//! both with the types, and writes them anew with `PROXY_SERVICE_UPDATE=1`.

mod generate;
mod pattern;
mod shape;
#[rustfmt::skip]
mod shapes;

pub use generate::generated_schema;
pub use pattern::Pattern;
pub use shape::Shape;

use serde_json::Value as Json;

const PROXY_SERVICE: &str = include_str!("proxyservice.json");
const CONFIG: &str = include_str!("config.json");

/// Where `true` in `config.json` stands for the field of this name in a ProxyService's spec.
const SHARED: [&str; 2] =
    ["/properties/spec/properties/defaults/properties", "/properties/spec/properties/proxyServices/items/properties"];

/// The JSON Schema (draft 2020-12) of a kind of this API group: `ProxyService` or
/// `ProxyServiceConfig`. Fields that it does not name are refused.
#[must_use]
pub fn json_schema(kind: &str) -> Option<Json> {
    match kind {
        "ProxyService" => Some(carried(PROXY_SERVICE)),
        "ProxyServiceConfig" => Some(config()),
        _ => None,
    }
}

/// What the schema of a kind accepts, without what it says about it.
#[must_use]
pub fn shape(kind: &str) -> Option<&'static Shape> {
    match kind {
        "ProxyService" => Some(&shapes::PROXY_SERVICE),
        "ProxyServiceConfig" => Some(&shapes::CONFIG),
        _ => None,
    }
}

fn config() -> Json {
    let (mut config, proxy_service) = (carried(CONFIG), carried(PROXY_SERVICE));
    for place in SHARED {
        let fields = config.pointer_mut(place).and_then(Json::as_object_mut);
        for (name, field) in fields.into_iter().flatten().filter(|(_, field)| **field == Json::Bool(true)) {
            *field = proxy_service["properties"]["spec"]["properties"][name.as_str()].clone();
        }
    }
    config
}

fn carried(text: &str) -> Json {
    serde_json::from_str(text).expect("tests/schema has written it")
}
