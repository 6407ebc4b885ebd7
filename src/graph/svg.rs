//! SVG: a picture that needs nothing else.

use super::chain::{Column, Edge, NodeKey};
use super::layout::{
    BADGE, BEND, LABEL, LABEL_LINE, Layout, Row, baselines, detail, goes_beneath, label, name_lines, node_height,
};
use super::picture::{Path, Picture, State, Versions, View};
use super::text::{Font, xml};
use std::fmt::Write;

/// How nodes and edges look, in a light and a dark scheme.
pub(super) const STYLE: &str = include_str!("svg.css");

const LEGEND: [(State, &str); 3] = [(State::Added, "added"), (State::Removed, "removed"), (State::Changed, "changed")];

/// The whole picture as a file of its own: the change where there is one.
#[must_use]
pub fn svg(picture: &Picture) -> String {
    let view = if picture.compares { View::Change } else { View::After };
    element(picture, view, &format!("<style>\n{STYLE}</style>\n"), " xmlns=\"http://www.w3.org/2000/svg\"")
}

/// One view as an element for a page that has the style.
pub(super) fn inline(picture: &Picture, view: View) -> String {
    element(picture, view, "", "")
}

fn element(picture: &Picture, view: View, style: &str, attributes: &str) -> String {
    let summary = picture.summary();
    let alone = !style.is_empty();
    let mut foot = if alone { vec![LABEL.width(&summary)] } else { Vec::new() };
    if picture.compares {
        foot.push(320.0);
    }
    let layout = Layout::of(picture, &foot);
    let (width, height) = (layout.width, layout.height);
    let mut out = format!(
        "<svg{attributes} class=\"graph\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n"
    );
    let _ = write!(out, "<title>{}</title>\n{style}", xml(&format!("{}: {summary}", picture.title())));
    let _ = writeln!(out, "<rect class=\"sheet\" width=\"{width}\" height=\"{height}\" rx=\"10\"/>");
    for column in Column::ALL {
        let mut nodes = picture.paths.iter().flat_map(|path| path.nodes.iter());
        let is_empty = !nodes.any(|(key, node)| key.column == column && node.says(view).is_some());
        if let Some((left, width)) = layout.columns.get(&column).filter(|_| !is_empty) {
            text(&mut out, "head", left + width / 2.0, 27.0, column.title());
        }
    }
    for (y, namespace) in &layout.headings {
        let (left, width) = layout.card();
        let name = Font { size: 12.5, monospace: false }.cut(&format!("namespace {namespace}"), width);
        text(&mut out, "space", left + 2.0, *y, &name);
    }
    for (path, row) in picture.paths.iter().zip(&layout.rows) {
        let (left, width) = layout.card();
        let _ = writeln!(
            out,
            "<rect class=\"card\" x=\"{left}\" y=\"{}\" width=\"{width}\" height=\"{}\" rx=\"10\"/>",
            row.top, row.height
        );
        for (ends, versions) in &path.edges {
            edge(&mut out, path, row, &layout, ends, versions, view);
        }
        for (key, versions) in &path.nodes {
            node(&mut out, row, &layout, key, versions, view);
        }
    }
    let (left, _) = layout.card();
    let mut y = layout.foot;
    if alone {
        // A page says it itself.
        text(&mut out, "foot", left + 2.0, y, &summary);
        y += 24.0;
    }
    if view == View::Change {
        legend(&mut out, left + 2.0, y);
    }
    out.push_str("</svg>\n");
    out
}

fn text(out: &mut String, class: &str, x: f64, y: f64, content: &str) {
    let _ = writeln!(out, "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>", tenth(x), tenth(y), xml(content));
}

/// Tenths of a pixel are enough, and keep the files small.
fn tenth(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

fn node(out: &mut String, row: &Row, layout: &Layout, key: &NodeKey, versions: &Versions<Vec<String>>, view: View) {
    let Some((state, lines)) = versions.says(view) else { return };
    let (left, width) = layout.columns[&key.column];
    let names = name_lines(&key.name);
    let height = node_height(names.len(), lines.len());
    let top = tenth(row.middles[key] - height / 2.0);
    let radius = if key.column == Column::Clients { 18.0 } else { 7.0 };
    let column = key.column.title().to_lowercase();
    let full = if key.namespace.is_empty() { key.name.clone() } else { format!("{}/{}", key.namespace, key.name) };
    let kind = if key.kind.is_empty() { String::new() } else { format!("{} ", key.kind) };
    let title = std::iter::once(format!("{kind}{full}")).chain(lines.iter().cloned()).collect::<Vec<_>>();
    let _ = writeln!(out, "<g class=\"node {column} {}\">", state.word());
    let _ = writeln!(out, "<title>{}</title>", title.iter().map(|line| xml(line)).collect::<Vec<_>>().join("\n"));
    let _ = writeln!(out, "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" rx=\"{radius}\"/>");
    let middle = left + width / 2.0;
    let classes = names.iter().map(|name| ("name", name.clone())).chain(lines.iter().map(|line| (class_of(line), detail(line))));
    for ((class, content), y) in classes.zip(baselines(names.len(), lines.len())) {
        text(out, class, middle, top + y, &content);
    }
    if state != State::Same {
        let (x, y) = (left + width - 2.0, top + 2.0);
        let _ = writeln!(out, "<circle class=\"badge\" cx=\"{}\" cy=\"{}\" r=\"9\"/>", tenth(x), tenth(y));
        text(out, "sign", x, y + 5.0, state.sign());
    }
    out.push_str("</g>\n");
}

fn class_of(line: &str) -> &'static str {
    match line.chars().next() {
        Some('−') => "detail was",
        Some('+') => "detail is",
        _ => "detail",
    }
}

fn edge(
    out: &mut String,
    path: &Path,
    row: &Row,
    layout: &Layout,
    (from, to): &(NodeKey, NodeKey),
    versions: &Versions<Edge>,
    view: View,
) {
    let Some((state, says)) = versions.says(view) else { return };
    let full = says.iter().map(|line| xml(line)).collect::<Vec<_>>().join("\n");
    let lines = label(state, says);
    let _ = writeln!(out, "<g class=\"edge {}\">", state.word());
    if !full.is_empty() {
        let _ = writeln!(out, "<title>{full}</title>");
    }
    if goes_beneath(path, from, to, view) {
        beneath(out, path, row, layout, from, to, state, &lines);
    } else {
        straight(out, path, row, layout, from, to, state, &lines);
    }
    out.push_str("</g>\n");
}

/// From the right of one node to the left of another. Where several meet or part, the bend is at the
/// side of the one, and the label where each has a line of its own.
#[allow(clippy::too_many_arguments)]
fn straight(
    out: &mut String,
    path: &Path,
    row: &Row,
    layout: &Layout,
    from: &NodeKey,
    to: &NodeKey,
    state: State,
    lines: &[String],
) {
    let (left, width) = layout.columns[&from.column];
    let (end, _) = layout.columns[&to.column];
    let (x1, x2) = (left + width, end - 1.0);
    let (y1, y2) = (tenth(row.middles[from]), tenth(row.middles[to]));
    let rows_of_sources = labels_at_sources(path, from.column, to.column);
    let (d, x, y) = if (y1 - y2).abs() < 0.1 && !is_fan(path, from, to) {
        (format!("M{x1} {y1}H{}", x2 - 6.0), (x1 + BADGE + x2 - 8.0) / 2.0, y1)
    } else if rows_of_sources {
        let bend = x2 - BEND - 6.0;
        let curve = curve((bend, y1), (x2 - 10.0, y2));
        (format!("M{x1} {y1}H{bend}{curve}H{}", x2 - 6.0), (x1 + BADGE + bend) / 2.0, y1)
    } else {
        let bend = x1 + BEND;
        let curve = curve((x1, y1), (bend, y2));
        (format!("M{x1} {y1}{curve}H{}", x2 - 6.0), (bend + x2 - 6.0) / 2.0, y2)
    };
    let _ = writeln!(out, "<path class=\"line\" d=\"{d}\"/>");
    let _ = writeln!(out, "<path class=\"arrow\" d=\"M{x2} {y2}l-8 -4v8z\"/>");
    // Where two arrive at one, and others leave together, the first has the label's place.
    if !rows_of_sources && path.edges.keys().find(|(a, b)| b == to && a.column == from.column).is_some_and(|(a, _)| a != from) {
        return;
    }
    let above = lines.len().div_ceil(2);
    for (position, line) in lines.iter().enumerate() {
        let y = if position < above {
            y - 6.0 - LABEL_LINE * (above - 1 - position) as f64
        } else {
            y + 15.0 + LABEL_LINE * (position - above) as f64
        };
        text(out, class_of_label(state, line), x, y, line);
    }
}

fn class_of_label(state: State, line: &str) -> &'static str {
    match (state, line.chars().next()) {
        (State::Removed, _) | (State::Changed, Some('−')) => "label was",
        (State::Added, _) | (State::Changed, Some('+')) => "label is",
        _ => "label",
    }
}

fn curve((x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> String {
    let middle = tenth((x1 + x2) / 2.0);
    format!("C{middle} {y1} {middle} {y2} {x2} {y2}")
}

/// Whether an edge shares one of its ends with another between the same columns.
fn is_fan(path: &Path, from: &NodeKey, to: &NodeKey) -> bool {
    let mut edges = path.edges.keys().filter(|(a, b)| a.column == from.column && b.column == to.column);
    edges.any(|(a, b)| (a == from) != (b == to))
}

/// Whether labels between two columns stand in the rows of the sources: where several come together,
/// and none parts.
fn labels_at_sources(path: &Path, from: Column, to: Column) -> bool {
    let edges: Vec<_> = path.edges.keys().filter(|(a, b)| a.column == from && b.column == to).collect();
    let parts = edges.iter().any(|(a, b)| edges.iter().any(|(c, d)| a == c && b != d));
    let meets = edges.iter().any(|(a, b)| edges.iter().any(|(c, d)| a != c && b == d));
    meets && !parts
}

/// Under the nodes in between: down from the one, along, and up to the other; where that stands in a
/// stack, past it and in from the right.
#[allow(clippy::too_many_arguments)]
fn beneath(
    out: &mut String,
    path: &Path,
    row: &Row,
    layout: &Layout,
    from: &NodeKey,
    to: &NodeKey,
    state: State,
    lines: &[String],
) {
    let (left, width) = layout.columns[&from.column];
    let (end, end_width) = layout.columns[&to.column];
    let bottom = |key: &NodeKey| {
        let lines = path.nodes[key].says(View::Change).map_or(0, |(_, lines)| lines.len());
        tenth(row.middles[key] + node_height(name_lines(&key.name).len(), lines) / 2.0)
    };
    let (x, y, r) = (left + (width / 2.0).floor(), tenth(row.lane), 10.0);
    let start = format!("M{x} {}V{}Q{x} {y} {} {y}", bottom(from), y - r, x + r);
    let alone = path.nodes.keys().filter(|key| key.column == to.column).count() == 1;
    if alone {
        let (x, top) = (end + (end_width / 2.0).floor(), bottom(to) + 1.0);
        let _ = writeln!(out, "<path class=\"line\" d=\"{start}H{}Q{x} {y} {x} {}V{}\"/>", x - r, y - r, top + 6.0);
        let _ = writeln!(out, "<path class=\"arrow\" d=\"M{x} {top}l-4 8h8z\"/>");
    } else {
        let (x, to) = (end + end_width, tenth(row.middles[to]));
        let turn = x + 10.0;
        let _ = writeln!(
            out,
            "<path class=\"line\" d=\"{start}H{}Q{turn} {y} {turn} {}V{}Q{turn} {to} {} {to}\"/>",
            turn - 8.0,
            y - 8.0,
            to + 3.0,
            x + 7.0
        );
        let _ = writeln!(out, "<path class=\"arrow\" d=\"M{} {to}l8 -4v8z\"/>", x + 1.0);
    }
    // They share the way, so it has one label.
    let is_first = path.edges.keys().find(|(a, b)| a == from && b.column == to.column).is_some_and(|(_, b)| b == to);
    if is_first {
        let line = LABEL.cut(&lines.join(", "), end - left - width);
        text(out, class_of_label(state, &line), (left + width + end) / 2.0, y - 6.0, &line);
    }
}

fn legend(out: &mut String, left: f64, y: f64) {
    let mut x = left;
    for (state, word) in LEGEND {
        let _ = writeln!(out, "<g class=\"key {}\">", state.word());
        let _ = writeln!(out, "<path class=\"line\" d=\"M{x} {}h26\"/>", y - 4.0);
        text(out, "foot", x + 33.0, y, &format!("{} {word}", state.sign()));
        out.push_str("</g>\n");
        x += 33.0 + LABEL.width(&format!("{} {word}", state.sign())) + 12.0;
    }
}
