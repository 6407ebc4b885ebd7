//! The tables of `docs/references.md` and `docs/policies.md` are made of the rows that stand beside the checks: each between `<!-- rows of … -->` and `<!-- end -->`. `PROXY_SERVICE_UPDATE=1`
//! writes them anew. What stands beside a check has to be about its kinds and its codes.

use proxy_service::findings::fact::{Row, Table};
use proxy_service::references::{kinds, rows};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// What the pages call the finding PS021, which asks for `tls.mode`.
const OUTSIDE: &str = "outside the mesh";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn written(table: Table, rows: &[Row]) -> String {
    let mut text = format!("| {} | what happens | why | source |\n|---|---|---|---|\n", table.title());
    for row in rows.iter().filter(|row| row.table == table) {
        writeln!(text, "| {} | {} | {} | {} |", row.what, row.happens, row.why, row.source).unwrap();
    }
    text
}

#[test]
fn the_tables_are_made_of_the_rows_beside_the_checks() {
    let rows = rows();
    let mut pages: BTreeMap<&str, Vec<Table>> = BTreeMap::new();
    for table in Table::ALL {
        pages.entry(table.page()).or_default().push(table);
    }
    for (page, tables) in pages {
        let path = root().join("docs").join(page);
        let carried = fs::read_to_string(&path).unwrap();
        let mut made = carried.clone();
        for table in tables {
            let marker = format!("<!-- rows of {table:?} -->\n");
            let (before, rest) = made.split_once(&marker).unwrap_or_else(|| panic!("docs/{page} has no {marker}"));
            let (_, after) = rest.split_once("<!-- end -->").unwrap_or_else(|| panic!("docs/{page}: {marker} has no end"));
            made = format!("{before}{marker}\n{}\n<!-- end -->{after}", written(table, &rows));
        }
        if std::env::var_os("PROXY_SERVICE_UPDATE").is_some() {
            fs::write(&path, &made).unwrap();
        } else {
            assert!(carried == made, "docs/{page} is not made of the checks' rows; PROXY_SERVICE_UPDATE=1 makes it");
        }
    }
}

/// Where checks stand.
const FOLDERS: [&str; 3] = ["interception", "neighbours", "planes/istio_gateway"];

/// The source of the checks by their path below `src`, without what they say of themselves.
fn sources() -> BTreeMap<String, String> {
    let mut sources = BTreeMap::new();
    let mut folders: Vec<PathBuf> = FOLDERS.iter().map(|folder| root().join("src").join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(root().join("src")).unwrap().with_extension("").display().to_string();
            // What is generated is no check.
            if !name.starts_with("planes/istio_gateway/objects/") {
                sources.insert(name, without_rows(&fs::read_to_string(&path).unwrap()));
            }
        }
    }
    sources
}

/// Whether a module has to have a row for all that it finds. What `interception`, and a plane's settings, find is about
/// the ProxyService itself.
fn says_rows(module: &str) -> bool {
    !module.starts_with("interception/") && stem(module) != "version" && stem(module) != "proxy_config"
}

fn stem(module: &str) -> &str {
    module.rsplit_once('/').map_or(module, |(_, stem)| stem)
}

/// A source without its rows and its tests, which name codes that the checks may not.
fn without_rows(source: &str) -> String {
    let mut rest = source.split("#[cfg(test)]\nmod tests").next().unwrap().to_string();
    for (begin, end) in [("pub const FACTS", "];\n"), ("pub fn rows()", "\n}\n")] {
        while let Some(at) = rest.find(begin) {
            let length = rest[at..].find(end).map_or(rest.len() - at, |length| length + end.len());
            rest.replace_range(at..at + length, "");
        }
    }
    rest
}

/// The sources of a module and of the modules beside it that it calls: what they find is found by it.
fn reach<'s>(module: &str, sources: &'s BTreeMap<String, String>) -> Vec<&'s str> {
    let own = sources.get(module).unwrap_or_else(|| panic!("a row says that it is of {module}.rs, which is not there"));
    let called = sources.iter().filter(|(name, _)| own.contains(&format!("{}::", stem(name)))).map(|(_, text)| &**text);
    std::iter::once(&**own).chain(called).collect()
}

/// The kinds that a source names as it does everywhere: `"apps", "Deployment"`.
fn named_kinds(source: &str) -> impl Iterator<Item = (&str, &str)> {
    let words: Vec<&str> = source.split('"').collect();
    let pairs: Vec<_> = words.windows(3).filter(|three| three[1].trim() == ",").map(|three| (three[0], three[2])).collect();
    pairs.into_iter().filter(|(group, kind)| {
        let in_group = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
        let is_group =
            group.is_empty() || *group == "apps" || group.contains('.') || ["policy", "batch", "autoscaling"].contains(group);
        is_group && group.chars().all(in_group) && kind.starts_with(|c: char| c.is_ascii_uppercase())
    })
}

#[test]
fn each_kind_of_the_code_has_a_row_and_each_row_a_kind_that_the_code_looks_at() {
    let (rows, sources, in_tables) = (rows(), sources(), kinds());
    let documented: BTreeSet<_> = rows.iter().flat_map(|row| row.kinds.iter().copied()).collect();
    let literal = |text: &str| sources.values().any(|source| source.contains(&format!("\"{text}\"")));
    let mut wrong: Vec<String> = Vec::new();
    for (module, source) in sources.iter().filter(|(module, _)| says_rows(module)) {
        for (group, kind) in named_kinds(source).filter(|kind| !documented.contains(kind)) {
            wrong.push(format!("{module}: the code looks at {kind} of {group:?}, and no row says so"));
        }
    }
    for (group, kind) in in_tables.iter().filter(|kind| !documented.contains(*kind)) {
        wrong.push(format!("a table of the code has {kind} of {group:?}, and no row says so"));
    }
    for row in &rows {
        // A module knows kinds by itself, or from who calls it.
        let called_by = sources.values().filter(|text| text.contains(&format!("{}::", stem(row.module)))).map(String::as_str);
        let near: Vec<&str> = reach(row.module, &sources).into_iter().chain(called_by).collect();
        for (group, kind) in row.kinds.iter().filter(|kind| !in_tables.contains(*kind)) {
            // `extension` knows network policies of other projects by their groups.
            let named = literal(kind) || (stem(row.module) == "extension" && kind.ends_with("NetworkPolicy"));
            let known = near.iter().any(|text| text.contains(kind)) || !literal(kind);
            if !named || !known || !(group.is_empty() || literal(group)) {
                wrong
                    .push(format!("{}: \"{}\" is about {kind} of {group:?}, which the code does not name", row.module, row.what));
            }
        }
        let finds = !row.codes.is_empty() || row.happens.contains(OUTSIDE);
        if finds && row.kinds.is_empty() && !matches!(row.table, Table::Fields | Table::Namespace | Table::Senders) {
            wrong.push(format!("{}: \"{}\" is about no kind", row.module, row.what));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The codes that a text names.
fn codes(text: &str) -> Vec<&str> {
    let at = text.match_indices("PS").map(|(at, _)| &text[at..]);
    at.filter(|rest| rest[2..].starts_with(|c: char| c.is_ascii_digit())).map(|rest| &rest[..5]).collect()
}

#[test]
fn each_code_of_a_row_is_one_that_its_module_finds() {
    let (rows, sources) = (rows(), sources());
    let mut wrong: Vec<String> = Vec::new();
    for row in &rows {
        let texts = reach(row.module, &sources);
        let mut named: Vec<String> = row.codes.iter().map(|code| format!("{code:?}")).collect();
        if row.happens.contains(OUTSIDE) {
            named.push("TlsModeNotChosen".into());
        }
        for code in named.iter().filter(|code| !texts.iter().any(|text| text.contains(&format!("Code::{code}")))) {
            wrong.push(format!("{}: the row \"{}\" names {code}, which the module does not find", row.module, row.what));
        }
        for text in [&row.what, row.why, row.source] {
            if text.is_empty() || text.contains("{}") || text.contains('|') || !codes(text).is_empty() {
                wrong.push(format!("{}: \"{text}\" cannot stand in a row", row.module));
            }
        }
        let listed: Vec<String> = row.codes.iter().map(ToString::to_string).collect();
        if codes(&row.happens) != listed || row.happens.contains("{}") {
            wrong.push(format!(
                "{}: \"{}\" does not name the codes {listed:?}, each once and in their order",
                row.module, row.happens
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_code_that_a_check_finds_is_in_a_row() {
    let (rows, sources) = (rows(), sources());
    let documented: BTreeSet<String> = rows.iter().flat_map(|row| &row.codes).map(|code| format!("{code:?}")).collect();
    let mut wrong: Vec<String> = Vec::new();
    for (module, source) in sources.iter().filter(|(module, _)| says_rows(module)) {
        for after in source.split("Code::").skip(1) {
            let code: String = after.chars().take_while(char::is_ascii_alphanumeric).collect();
            // PS021 is what the pages call *outside the mesh*.
            if !documented.contains(&code) && code != "TlsModeNotChosen" {
                wrong.push(format!("{module} finds {code}, and no row says so"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
