//! HTML: the picture in three views and a table, in one file without script or network.

use super::chain::Column;
use super::picture::{Path, Picture, State, View};
use super::svg::{STYLE, inline};
use super::text::{short, xml};
use std::fmt::Write;

const PAGE_STYLE: &str = include_str!("page.css");
/// The SHA-256 of what stands in the style element; a test computes it.
const STYLE_HASH: &str = include_str!("style.sha256");

/// The style of the page, as it stands between the tags.
#[must_use]
fn style() -> String {
    format!("\n{PAGE_STYLE}{STYLE}")
}

/// The page. What changes is shown first, where there are two sides.
#[must_use]
pub fn html(picture: &Picture) -> String {
    let title = xml(picture.title());
    let mut out = String::from("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    let _ = writeln!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'\">",
        STYLE_HASH.trim()
    );
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    let _ = writeln!(out, "<title>{title}</title>\n<style>{}</style>\n</head>\n<body>\n<main>", style());
    let _ = writeln!(out, "<h1>{title}</h1>\n<p>{}.</p>", xml(&picture.summary()));
    if picture.compares {
        views(&mut out, picture);
    } else {
        frame(&mut out, picture, View::After, "after", "The picture");
    }
    table(&mut out, picture);
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn views(out: &mut String, picture: &Picture) {
    let views = [(View::Change, "change", "The change"), (View::Before, "before", "Before"), (View::After, "after", "After")];
    out.push_str("<fieldset class=\"views\">\n<legend>Show</legend>\n");
    for (view, id, name) in views {
        let checked = if view == View::Change { " checked" } else { "" };
        let _ = writeln!(out, "<input type=\"radio\" name=\"view\" id=\"{id}\"{checked}><label for=\"{id}\">{name}</label>");
    }
    for (view, id, name) in views {
        frame(out, picture, view, id, name);
    }
    out.push_str("</fieldset>\n");
}

fn frame(out: &mut String, picture: &Picture, view: View, class: &str, name: &str) {
    // Who uses the keyboard has to reach what does not fit.
    let _ = writeln!(
        out,
        "<div class=\"frame {class}\" role=\"region\" aria-label=\"{name}\" tabindex=\"0\">\n{}</div>",
        inline(picture, view)
    );
}

fn table(out: &mut String, picture: &Picture) {
    out.push_str("<h2>The same as a table</h2>\n<div class=\"frame\" role=\"region\" aria-label=\"Table\" tabindex=\"0\">\n<table>\n<thead><tr>");
    for head in ["Service", "Clients", "Proxies", "Target", "Pods"] {
        let _ = write!(out, "<th scope=\"col\">{head}</th>");
    }
    if picture.compares {
        out.push_str("<th scope=\"col\">Change</th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for path in &picture.paths {
        row(out, path, picture.compares);
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
}

fn row(out: &mut String, path: &Path, compares: bool) {
    let full = if path.namespace.is_empty() { path.name.clone() } else { format!("{}/{}", path.namespace, path.name) };
    let _ = write!(out, "<tr><th scope=\"row\">{}</th>", code(&full));
    for column in [Column::Clients, Column::Proxies, Column::Target, Column::Pods] {
        let _ = write!(out, "<td>{}</td>", cell(path, column));
    }
    if compares {
        let _ = write!(out, "<td>{}</td>", change(path));
    }
    out.push_str("</tr>\n");
}

/// What stands in a column after all, with what the edges to it say.
fn cell(path: &Path, column: Column) -> String {
    let nodes = path.nodes.iter().filter(|(key, _)| key.column == column);
    let entries = nodes.filter_map(|(key, versions)| {
        let mut says = versions.after.clone()?;
        for ((from, to), edge) in &path.edges {
            if to == key || (column == Column::Clients && from == key) {
                says.extend(edge.after.iter().flatten().cloned());
            }
        }
        let says: Vec<String> = says.iter().map(|line| xml(line)).collect();
        let name = code(&key.name);
        Some(if says.is_empty() { name } else { format!("{name}: {}", says.join(", ")) })
    });
    let entries: Vec<String> = entries.collect();
    if entries.is_empty() { "none".to_string() } else { entries.join("<br>") }
}

/// A name; where it is too long for a table, all of it is its title.
fn code(name: &str) -> String {
    let shown = short(name);
    let title = if shown == name { String::new() } else { format!(" title=\"{}\"", xml(name)) };
    format!("<code{title}>{}</code>", xml(&shown))
}

fn change(path: &Path) -> String {
    let words = path.nodes.iter().filter_map(|(key, versions)| {
        let state = versions.state();
        let kind = if key.column == Column::Proxies { "proxies" } else { key.kind.as_str() };
        (state != State::Same).then(|| format!("{} {} {}", state.word(), xml(kind), code(&key.name)))
    });
    let words: Vec<String> = words.collect();
    let edges = path.edges.values().any(|edge| edge.state() != State::Same);
    match (words.is_empty(), edges) {
        (true, true) => "changed on the way".to_string(),
        (true, false) => "none".to_string(),
        _ => words.join("<br>"),
    }
}
