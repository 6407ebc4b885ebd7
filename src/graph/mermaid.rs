//! Mermaid: a flowchart that GitHub and others draw.

use super::chain::{Column, NodeKey};
use super::picture::{Path, Picture, State, View};
use super::text::{clean, short};
use std::fmt::Write;

/// GitHub draws no more than Mermaid's defaults: `maxTextSize` 50,000 characters, `maxEdges` 500.
const MOST_CHARACTERS: usize = 48_000;
const MOST_EDGES: usize = 480;

/// The picture as a flowchart. Paths for which Mermaid has no room are counted in it.
pub fn mermaid(picture: &Picture) -> String {
    let view = if picture.compares { View::Change } else { View::After };
    let mut out = String::from("flowchart LR\n");
    let _ = writeln!(out, "  accTitle: {}", picture.title());
    let mut size = out.chars().count() + 1_000;
    let (mut edges, mut drawn, mut full) = (0, 0, false);
    let mut styles = Styles::default();
    for (group, (namespace, paths)) in picture.by_namespace().into_iter().enumerate() {
        let mut inside = String::new();
        for path in paths {
            let text = one(path, drawn, view, edges, &mut styles);
            // Styles name every edge once more.
            size += text.chars().count() + path.edges.len() * 5 + path.nodes.len() * 8;
            full |= size > MOST_CHARACTERS || edges + path.edges.len() > MOST_EDGES;
            if full {
                break;
            }
            inside.push_str(&text);
            edges += visible_edges(path, view);
            drawn += 1;
        }
        if namespace.is_empty() {
            out.push_str(&inside);
        } else if !inside.is_empty() {
            let title = quoted(&[format!("namespace {namespace}")]);
            let _ = write!(out, "  subgraph g{group} [{title}]\n{inside}  end\n");
        }
        if full {
            break;
        }
    }
    if drawn < picture.paths.len() {
        let left = picture.paths.len() - drawn;
        let _ = writeln!(out, "  more[\"… and {left} more, for which Mermaid has no room: use SVG or HTML\"]");
    }
    if picture.compares {
        styles.edges.retain(|(edge, _)| *edge < edges);
        styles.write(&mut out);
    }
    out
}

#[derive(Default)]
struct Styles {
    edges: Vec<(usize, State)>,
}

impl Styles {
    /// Strokes only: the colours of text and areas are those of the reader's theme.
    fn write(&self, out: &mut String) {
        out.push_str("  classDef added stroke:#2da44e,stroke-width:3px\n");
        out.push_str("  classDef removed stroke:#cf222e,stroke-width:2px,stroke-dasharray:6 4\n");
        out.push_str("  classDef changed stroke:#bf8700,stroke-width:2px\n");
        for (state, style) in [(State::Added, "stroke:#2da44e"), (State::Removed, "stroke:#cf222e")] {
            let numbers = self.edges.iter().filter(|(_, found)| *found == state).map(|(edge, _)| edge.to_string());
            let numbers: Vec<String> = numbers.collect();
            if !numbers.is_empty() {
                let _ = writeln!(out, "  linkStyle {} {style}", numbers.join(","));
            }
        }
    }
}

fn visible_edges(path: &Path, view: View) -> usize {
    path.edges.values().filter(|edge| edge.says(view).is_some()).count()
}

fn one(path: &Path, number: usize, view: View, edges_before: usize, styles: &mut Styles) -> String {
    let mut out = String::new();
    let id = |key: &NodeKey| format!("p{number}n{}", path.nodes.get_index_of(key).unwrap_or_default());
    for (key, versions) in &path.nodes {
        let Some((state, lines)) = versions.says(view) else { continue };
        let name = if state == State::Same { key.name.clone() } else { format!("{} {}", state.sign(), key.name) };
        let text = quoted(&std::iter::once(name).chain(lines).collect::<Vec<_>>());
        let (open, close) = match key.column {
            Column::Clients => ("([", "])"),
            Column::Proxies => ("[[", "]]"),
            Column::Pods => ("(", ")"),
            Column::Front | Column::Target => ("[", "]"),
        };
        let class = if state == State::Same { String::new() } else { format!(":::{}", state.word()) };
        let _ = writeln!(out, "    {}{open}{text}{close}{class}", id(key));
    }
    let mut position = edges_before;
    for ((from, to), versions) in &path.edges {
        let Some((state, mut lines)) = versions.says(view) else { continue };
        let arrow = match state {
            State::Added => "==>",
            State::Removed => "-.->",
            State::Same | State::Changed => "-->",
        };
        if matches!(state, State::Added | State::Removed) {
            match lines.first_mut() {
                Some(first) => *first = format!("{} {first}", state.sign()),
                None => lines.push(state.sign().to_string()),
            }
        }
        let label = if lines.is_empty() { String::new() } else { format!("|{}|", quoted(&lines)) };
        let _ = writeln!(out, "    {} {arrow}{label} {}", id(from), id(to));
        if state != State::Same {
            styles.edges.push((position, state));
        }
        position += 1;
    }
    out
}

/// A quoted label. Whatever could mean something to Mermaid, Markdown or HTML is written as its
/// number (Mermaid's entity codes), so that it stands there as itself.
fn quoted(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| escaped(&short(line))).collect();
    format!("\"{}\"", lines.join("<br>"))
}

fn escaped(text: &str) -> String {
    let plain =
        |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '.' | ',' | '/' | '%' | '→' | '–' | '−' | '…' | '\u{fffd}');
    let mut out = String::new();
    // `fa:fa-user` would become an icon, however its colon is written: a ratio sign looks like one.
    for (position, c) in clean(text).replace(":fa-", "∶fa-").chars().enumerate() {
        // A list or a heading of Markdown begins like this.
        let begins = position == 0 && matches!(c, '-' | '.' | ' ' | '%');
        if c == '$' {
            // Two of them begin a formula, and an entity code does not keep Mermaid from it.
            out.push('＄');
        } else if plain(c) && !begins && !(c == '%' && out.ends_with('%')) {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out
}
