//! The shapes accept what the schema accepts: tried with values that the schema itself suggests, and
//! with small changes to them.

use proxy_service::api::{generated_schema, shape};
use serde_json::{Map, Value as Json, json};

/// The generator of George Marsaglia's "Xorshift RNGs", from a fixed seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    fn of<'v, T>(&mut self, values: &'v [T]) -> &'v T {
        &values[self.below(values.len())]
    }
}

const TEXTS: [&str; 24] = [
    "",
    "a",
    "/",
    "/api",
    "api/",
    "1.24",
    "1.1234",
    "11.2",
    "5s",
    "0s",
    "0.5s",
    "0.50s",
    "1h30m",
    "30m1h",
    "1h2m3s4ms",
    "5m3ms",
    "3ms5m",
    "100000000000s",
    "75s",
    "32767s",
    "32768s",
    "010s",
    "1.5ms",
    "LEAST_REQUEST",
];

/// A value that the schema accepts more often than not.
fn value(schema: &Json, random: &mut Random, depth: usize) -> Json {
    let number = |key: &str, otherwise: i64| schema.get(key).and_then(Json::as_f64).map_or(otherwise, |bound| bound as i64);
    if let Some(only) = schema.get("const") {
        return only.clone();
    }
    if let Some(words) = schema.get("enum").and_then(Json::as_array) {
        return random.of(words).clone();
    }
    match schema.get("type").and_then(Json::as_str) {
        Some("object") => {
            let required = schema.get("required").and_then(Json::as_array).cloned().unwrap_or_default();
            let mut object = Map::new();
            for (name, field) in schema.get("properties").and_then(Json::as_object).into_iter().flatten() {
                let needed = required.iter().any(|required| required == name);
                if needed || random.below(2 + depth / 2) == 0 {
                    object.insert(name.clone(), value(field, random, depth + 1));
                }
            }
            if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
                object.insert("key".into(), value(values, random, depth + 1));
            }
            object.into()
        }
        Some("array") => (0..random.below(3)).map(|_| value(&schema["items"], random, depth + 1)).collect(),
        Some("integer") => {
            let (least, most) = (number("minimum", -3), number("maximum", 70_000));
            [least, most, least - 1, most + 1, i64::midpoint(least, most)][random.below(5)].into()
        }
        Some("number") => {
            [json!(0.5), json!(0.001), json!(0.0009), json!(1_000_000), json!(1_000_000.5)][random.below(5)].clone()
        }
        Some("boolean") => (random.below(2) == 0).into(),
        Some("string") => match (schema.get("pattern"), number("maxLength", 0)) {
            (None, most) if most > 0 && random.below(4) == 0 => {
                "é".repeat(usize::try_from(most).unwrap() + random.below(2)).into()
            }
            (None, _) => "text".into(),
            _ => random.of(&TEXTS).to_string().into(),
        },
        _ => [json!(3), json!("50%"), json!(1.5)][random.below(3)].clone(),
    }
}

/// Changes one place of a value, or takes it away, or adds something that should not be there.
fn mutate(value: &mut Json, random: &mut Random) {
    let odd =
        [json!(null), json!(1), json!(2.5), json!("x"), json!(true), json!([]), json!({}), json!([null]), json!(-1), json!("")];
    match value {
        Json::Object(object) if !object.is_empty() && random.below(8) > 0 => {
            let at = random.below(object.len());
            let name = object.keys().nth(at).unwrap().clone();
            match random.below(12) {
                0 => drop(object.remove(&name)),
                1 => drop(object.insert(format!("{name}x"), json!(1))),
                _ => mutate(&mut object[&name], random),
            }
        }
        Json::Array(items) if !items.is_empty() && random.below(8) > 0 => {
            let at = random.below(items.len());
            mutate(&mut items[at], random);
        }
        Json::String(text) if random.below(2) == 0 => {
            let at = random.below(text.chars().count() + 1);
            let at = text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
            text.insert_str(at, ["0", "s", "m", ".", "/", "1", " "][random.below(7)]);
        }
        other => *other = random.of(&odd).clone(),
    }
}

#[test]
fn the_shapes_accept_what_the_schemas_accept() {
    // More of them for a long run: PROXY_SERVICE_MUTATIONS=1000000 cargo test --release --test schema
    let wanted = std::env::var("PROXY_SERVICE_MUTATIONS").ok().and_then(|count| count.parse().ok());
    let wanted: usize = wanted.unwrap_or(4_000);
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for kind in super::KINDS {
        let schema = generated_schema(kind).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let (shape, mut accepted) = (shape(kind).unwrap(), 0);
        for _ in 0..wanted {
            let mut resource = value(&schema, &mut random, 0);
            for _ in 0..random.below(3) {
                mutate(&mut resource, &mut random);
            }
            let due = validator.is_valid(&resource);
            accepted += usize::from(due);
            assert_eq!(shape.accepts(&resource), due, "{kind}: {resource:#}");
        }
        assert!(accepted * 50 > wanted && accepted < wanted, "{accepted} of {wanted} were right: too few, or all");
        println!("{kind}: {wanted} resources, {accepted} of them right");
    }
}
