//! Where everything stands: five columns, a row for each path.
//!
//! Places are those of the view of the change, so that nothing moves between the views.

use super::chain::{Column, NodeKey};
use super::picture::{Path, Picture, State, View};
use super::text::Font;
use std::collections::HashMap;

/// Names of objects.
pub const NAME: Font = Font { size: 13.0, monospace: true };
/// What a node says under its name.
pub const DETAIL: Font = Font { size: 12.0, monospace: false };
/// What an edge says.
pub const LABEL: Font = Font { size: 11.5, monospace: false };

/// Names longer than this, in pixels, are broken and then cut.
const WIDEST: f64 = 148.0;
const NARROWEST: f64 = 64.0;
/// From a node's border to its text, at the sides.
pub const PADDING: f64 = 12.0;
const NAME_LINE: f64 = 18.0;
const DETAIL_LINE: f64 = 16.0;
/// The height of a line of an edge's label.
pub const LABEL_LINE: f64 = 15.0;
/// In which an edge bends.
pub const BEND: f64 = 28.0;
const ARROW: f64 = 10.0;
/// How far the sign of a node reaches over its right border, with some air.
pub const BADGE: f64 = 14.0;
const MARGIN: f64 = 14.0;
const CARD_PADDING: f64 = 18.0;
const LANE: f64 = 36.0;
const HEAD: f64 = 40.0;
const HEADING: f64 = 30.0;
const FOOT_LINE: f64 = 22.0;

/// Where one path stands.
#[derive(Debug)]
pub struct Row {
    /// Top of its card.
    pub top: f64,
    /// Height of its card.
    pub height: f64,
    /// The middle of each node, from the top of the picture.
    pub middles: HashMap<NodeKey, f64>,
    /// The height at which edges pass under the nodes.
    pub lane: f64,
}

/// Where everything stands.
#[derive(Debug)]
pub struct Layout {
    /// Width of the picture.
    pub width: f64,
    /// Height of the picture.
    pub height: f64,
    /// Left border and width of each column that has a node.
    pub columns: HashMap<Column, (f64, f64)>,
    /// Headings of namespaces: the height of the base line and the name.
    pub headings: Vec<(f64, String)>,
    /// A row for each path.
    pub rows: Vec<Row>,
    /// The base line of the first line below the rows.
    pub foot: f64,
}

impl Layout {
    /// Lays a picture out; below it stand lines of these widths.
    #[must_use]
    pub fn of(picture: &Picture, foot: &[f64]) -> Self {
        let columns = columns(picture);
        let right = columns.values().map(|(left, width)| left + width).fold(0.0, f64::max) + CARD_PADDING;
        let widest_foot = foot.iter().copied().fold(0.0, f64::max);
        let width = (right + MARGIN).max(widest_foot + 2.0 * MARGIN).ceil();
        let (mut headings, mut rows) = (Vec::new(), Vec::new());
        let mut y = HEAD;
        for (namespace, paths) in picture.by_namespace() {
            if !namespace.is_empty() {
                headings.push((y + 16.0, namespace.to_string()));
                y += HEADING;
            }
            for path in paths {
                let row = row(path, y);
                y += row.height + 12.0;
                rows.push(row);
            }
        }
        let height = (y + FOOT_LINE * foot.len() as f64 + 10.0).ceil();
        Layout { width, height, columns, headings, rows, foot: y + 16.0 }
    }

    /// The left border of the cards, and their width.
    #[must_use]
    pub fn card(&self) -> (f64, f64) {
        (MARGIN, self.width - 2.0 * MARGIN)
    }
}

/// The lines of a node's name.
#[must_use]
pub fn name_lines(name: &str) -> Vec<String> {
    NAME.wrap(name, WIDEST)
}

/// A node's detail or a label, no wider than a node.
#[must_use]
pub fn detail(line: &str) -> String {
    DETAIL.cut(line, WIDEST + PADDING)
}

/// Height of a node with so many lines.
#[must_use]
pub fn node_height(names: usize, details: usize) -> f64 {
    16.0 + NAME_LINE * names as f64 + DETAIL_LINE * details as f64
}

/// Base lines of a node's lines, from its top: the names', then the details'.
pub fn baselines(names: usize, details: usize) -> impl Iterator<Item = f64> {
    let name = (0..names).map(|line| 21.0 + NAME_LINE * line as f64);
    name.chain((0..details).map(move |line| 20.0 + NAME_LINE * names as f64 + DETAIL_LINE * line as f64))
}

/// What an edge says in a view, with the sign of what became of it.
#[must_use]
pub fn label(state: State, mut lines: Vec<String>) -> Vec<String> {
    if matches!(state, State::Added | State::Removed) {
        match lines.first_mut() {
            Some(first) => *first = format!("{} {first}", state.sign()),
            None => lines.push(state.sign().to_string()),
        }
    }
    let lines = shortened(lines);
    lines.iter().map(|line| LABEL.cut(line, WIDEST)).collect()
}

/// Of many ports the first and how many more there are, so that the rest of a label keeps its place.
fn shortened(mut lines: Vec<String>) -> Vec<String> {
    let is_port = |line: &String| {
        let bare = line.trim_start_matches(['+', '−', ' ']);
        bare.starts_with("port ") || bare.starts_with(|c: char| c.is_ascii_digit())
    };
    let ports = lines.iter().filter(|line| is_port(line)).count();
    if ports > 2 {
        let first = lines.iter().position(is_port).unwrap_or_default();
        let mut seen = 0;
        lines.retain(|line| {
            seen += usize::from(is_port(line));
            !is_port(line) || seen == 1
        });
        lines.insert(first + 1, format!("and {} more", ports - 1));
    }
    if lines.len() > 5 {
        let more = lines.len() - 4;
        lines.truncate(4);
        lines.push(format!("and {more} more"));
    }
    lines
}

/// Whether an edge passes columns in which its path has nodes: it goes beneath them.
#[must_use]
pub fn goes_beneath(path: &Path, from: &NodeKey, to: &NodeKey, view: View) -> bool {
    path.nodes.iter().any(|(key, node)| key.column > from.column && key.column < to.column && node.says(view).is_some())
}

fn columns(picture: &Picture) -> HashMap<Column, (f64, f64)> {
    let mut columns = HashMap::new();
    let mut left = MARGIN + CARD_PADDING;
    let nodes = || picture.paths.iter().flat_map(|path| path.nodes.iter());
    let present: Vec<Column> = Column::ALL.into_iter().filter(|column| nodes().any(|(key, _)| key.column == *column)).collect();
    for (position, column) in present.iter().enumerate() {
        let texts = nodes().filter(|(key, _)| key.column == *column).map(|(key, node)| {
            let names = name_lines(&key.name).iter().map(|line| NAME.width(line)).fold(0.0, f64::max);
            let details = node.says(View::Change).map_or_else(Vec::new, |(_, lines)| lines);
            details.iter().map(|line| DETAIL.width(&detail(line))).fold(names, f64::max)
        });
        let width = (texts.fold(NARROWEST, f64::max) + 2.0 * PADDING).ceil();
        columns.insert(*column, (left, width));
        left += width + present.get(position + 1).map_or(0.0, |next| gap(picture, *column, *next));
    }
    columns
}

/// The gap between two columns: as wide as the labels in it.
fn gap(picture: &Picture, from: Column, to: Column) -> f64 {
    let edges = picture.paths.iter().flat_map(|path| path.edges.iter().map(move |edge| (path, edge)));
    let inside = edges.filter(|(path, ((a, b), _))| {
        a.column <= from && b.column == to && (a.column == from || !goes_beneath(path, a, b, View::Change))
    });
    let (mut widest, mut bends) = (0.0, false);
    for (path, ((_, b), versions)) in inside {
        if let Some((state, lines)) = versions.says(View::Change) {
            widest = label(state, lines).iter().map(|line| LABEL.width(line)).fold(widest, f64::max);
        }
        let many = |column: Column| path.nodes.keys().filter(|key| key.column == column).count() > 1;
        bends |= many(from) || many(b.column);
    }
    let bend = if bends { BEND } else { 0.0 };
    (f64::max(widest, 16.0) + BADGE + 10.0 + ARROW + bend).ceil()
}

fn row(path: &Path, top: f64) -> Row {
    let heights: HashMap<&NodeKey, f64> = path.nodes.keys().map(|key| (key, slot(path, key))).collect();
    let stack = |column: Column| path.nodes.keys().filter(move |key| key.column == column);
    let tall = |column: Column| {
        let count = stack(column).count();
        stack(column).map(|key| heights[key]).sum::<f64>() + 14.0 * count.saturating_sub(1) as f64
    };
    let inner = Column::ALL.into_iter().map(tall).fold(0.0, f64::max);
    let center = top + CARD_PADDING + inner / 2.0;
    let mut middles = HashMap::new();
    for column in Column::ALL {
        let mut y = center - tall(column) / 2.0;
        for key in stack(column) {
            middles.insert(key.clone(), y + heights[key] / 2.0);
            y += heights[key] + 14.0;
        }
    }
    let beneath = path.edges.keys().any(|(from, to)| goes_beneath(path, from, to, View::Change));
    let lane = if beneath { LANE } else { 0.0 };
    let height = inner + 2.0 * CARD_PADDING + lane;
    Row { top, height, middles, lane: top + CARD_PADDING + inner + LANE - 6.0 }
}

/// The room that a node takes: its own height, or that of the labels beside it.
fn slot(path: &Path, key: &NodeKey) -> f64 {
    let lines = |view: View| path.nodes[key].says(view).map_or(0, |(_, lines)| lines.len());
    let details = [View::Change, View::Before, View::After].into_iter().map(lines).max().unwrap_or(0);
    let own = node_height(name_lines(&key.name).len(), details);
    let beside = path.edges.iter().filter(|((from, to), _)| from == key || to == key);
    let labels = beside.filter_map(|(_, versions)| versions.says(View::Change)).map(|(state, lines)| {
        // A line above the edge makes one below it cheap, so the room is that of two equal halves.
        let half = label(state, lines).len().div_ceil(2);
        2.0 * LABEL_LINE * half as f64 + 8.0
    });
    labels.fold(own, f64::max)
}
