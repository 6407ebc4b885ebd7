//! How long settings may be: what is generated has copies of them.

use crate::findings::Code;
use crate::krm::Finding;
use serde_json::Value as Json;

/// Most bytes of settings, as JSON. Defaults hold for each Service, and a traffic policy for each port.
const MOST_SETTINGS: usize = 16 << 10;

/// Refuses settings of which there would be too many copies.
///
/// # Errors
/// They have more than [`MOST_SETTINGS`] bytes.
pub fn refuse_too_large(settings: &Json) -> Result<(), Finding> {
    let length = length(settings);
    if length <= MOST_SETTINGS {
        return Ok(());
    }
    let message = format!("the settings have {length} bytes, and what is generated has copies of them for each Service and port");
    Err(Finding::error(Code::AsksForTooMuch, message, format!("write {MOST_SETTINGS} bytes or fewer")))
}

/// How many bytes a value has, about as JSON.
pub fn length(json: &Json) -> usize {
    match json {
        Json::Null | Json::Bool(_) | Json::Number(_) => 5,
        Json::String(text) => text.len() + 3,
        Json::Array(items) => items.iter().map(length).sum::<usize>() + 3,
        Json::Object(object) => object.iter().map(|(key, value)| key.len() + 4 + length(value)).sum::<usize>() + 3,
    }
}
