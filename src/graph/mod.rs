//! The paths of requests as a picture: clients, front, proxies, target, pods.
//!
//! ```text
//! Inventory ──read──▶ Chains ──picture──▶ Picture (before and after in one) ──▶ Mermaid, DOT, SVG, HTML
//! ```
//!
//! What is drawn is what stands in the manifests. Who calls a Service does not stand there, except
//! for Ingresses and routes: other clients are one node.

mod callers;
mod chain;
mod dot;
mod html;
mod layout;
mod mermaid;
mod picture;
mod pods;
mod read;
mod routes;
mod size;
mod svg;
mod text;

pub use chain::{Chain, Column, Edge, Node, NodeKey};
pub use html::html;
pub use picture::{Path, Picture, Selection, State, Versions, View};
pub use read::chains;
pub use svg::svg;

use crate::rendered::Inventory;

/// A way to write a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text that GitHub, GitLab and others draw.
    Mermaid,
    /// Text for Graphviz.
    Dot,
    /// A picture that needs nothing else.
    Svg,
    /// A page with the picture before, after and of the change, and a table.
    Html,
}

/// The picture as text of that format.
#[must_use]
pub fn draw(picture: &Picture, format: Format) -> String {
    match format {
        Format::Mermaid => mermaid::mermaid(picture),
        Format::Dot => dot::dot(picture),
        Format::Svg => svg(picture),
        Format::Html => html(picture),
    }
}

/// What changes between two sets of manifests, as a Mermaid flowchart without a fence; `None` where
/// the path to no Service changes.
#[must_use]
pub fn mermaid(before: &Inventory, after: &Inventory) -> Option<String> {
    let picture = Picture::of(Some(&chains(before)), &chains(after), &Selection::Changed);
    (!picture.paths.is_empty()).then(|| mermaid::mermaid(&picture))
}
