//! What the fuzz targets share: inputs of two sides, mutations that keep documents whole, and what
//! formats forbid.

pub mod comment;
pub mod display;
pub mod drawing;
pub mod reports;
pub mod secrets;
pub mod splice;

use proxy_service::rendered::Inventory;

/// The line between the manifests before and after.
pub const BETWEEN: &str = "%%%";

/// The manifests before and after; without a [`BETWEEN`] there is nothing before.
#[must_use]
pub fn sides(text: &str) -> (&str, &str) {
    text.split_once(&format!("\n{BETWEEN}\n")).unwrap_or(("", text))
}

/// Both sides as objects, unless one cannot be read.
#[must_use]
pub fn inventories(text: &str) -> Option<(Inventory, Inventory)> {
    let (before, after) = sides(text);
    Some((Inventory::read("before.yaml", before).ok()?, Inventory::read("after.yaml", after).ok()?))
}

/// A title as a user might be made to give one: the input's first characters.
#[must_use]
pub fn title(text: &str) -> String {
    text.chars().take(60).collect()
}
