//! DOT, for Graphviz.

use super::chain::{Column, NodeKey};
use super::picture::{Path, Picture, State, View};
use super::text::{clean, short};
use std::fmt::Write;

/// The picture as a directed graph from the left to the right.
pub fn dot(picture: &Picture) -> String {
    let view = if picture.compares { View::Change } else { View::After };
    let mut out = String::from("digraph proxy_service {\n  rankdir=LR\n  charset=\"UTF-8\"\n");
    let _ = writeln!(out, "  label={}", quoted(&[picture.summary()]));
    out.push_str("  fontname=\"sans-serif\"\n  fontsize=11\n");
    out.push_str("  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11, color=\"#59636e\"]\n");
    out.push_str("  edge [fontname=\"sans-serif\", fontsize=10, color=\"#59636e\"]\n");
    let mut number = 0;
    for (group, (namespace, paths)) in picture.by_namespace().into_iter().enumerate() {
        if !namespace.is_empty() {
            let title = quoted(&[format!("namespace {namespace}")]);
            let _ = writeln!(out, "  subgraph cluster_{group} {{\n  label={title}\n  color=\"#d1d9e0\"");
        }
        for path in paths {
            one(path, number, view, &mut out);
            number += 1;
        }
        if !namespace.is_empty() {
            out.push_str("  }\n");
        }
    }
    out.push_str("}\n");
    out
}

fn one(path: &Path, number: usize, view: View, out: &mut String) {
    let id = |key: &NodeKey| format!("p{number}n{}", path.nodes.get_index_of(key).unwrap_or_default());
    for (key, versions) in &path.nodes {
        let Some((state, lines)) = versions.says(view) else { continue };
        let name = if state == State::Same { key.name.clone() } else { format!("{} {}", state.sign(), key.name) };
        let tooltip = if short(&name) == name { String::new() } else { format!(", tooltip={}", whole(&name)) };
        let label = quoted(&std::iter::once(name).chain(lines).collect::<Vec<_>>());
        let shape = match key.column {
            Column::Clients => ", shape=ellipse, style=solid",
            Column::Proxies => ", peripheries=2",
            _ => "",
        };
        let look = match state {
            State::Same => "",
            State::Added => ", color=\"#1a7f37\", penwidth=2",
            State::Removed => ", color=\"#cf222e\", style=dashed",
            State::Changed => ", color=\"#9a6700\", penwidth=2",
        };
        let _ = writeln!(out, "  {} [label={label}{tooltip}{shape}{look}]", id(key));
    }
    for ((from, to), versions) in &path.edges {
        let Some((state, mut lines)) = versions.says(view) else { continue };
        let look = match state {
            State::Same => "",
            State::Added => ", color=\"#1a7f37\", penwidth=2",
            // It would bend the way that is taken now.
            State::Removed => ", color=\"#cf222e\", style=dashed, constraint=false",
            State::Changed => ", color=\"#9a6700\"",
        };
        if matches!(state, State::Added | State::Removed) {
            match lines.first_mut() {
                Some(first) => *first = format!("{} {first}", state.sign()),
                None => lines.push(state.sign().to_string()),
            }
        }
        let _ = writeln!(out, "  {} -> {} [label={}{look}]", id(from), id(to), quoted(&lines));
    }
}

/// A quoted string of which nothing is an escape: Graphviz reads `\N` and `&amp;` in labels.
fn quoted(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| escaped(&short(line))).collect();
    format!("\"{}\"", lines.join("\\n"))
}

/// A text of any length, for those who ask for it.
fn whole(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn escaped(text: &str) -> String {
    clean(text).replace('&', "&amp;").replace("##", "#&#35;").replace('\\', "\\\\").replace('"', "\\\"")
}
