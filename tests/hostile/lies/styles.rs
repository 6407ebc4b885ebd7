//! Manifests in random styles: whatever YAML allows, and some of what it does not.

use super::random::Random;

/// Scalars that YAML versions read differently, and some that all read alike.
const PLAIN: [&str; 84] = [
    "abc",
    "a-b",
    "a b",
    "/x/y",
    "http://a.b/c?d=e&f#g",
    "a:b",
    "a#b",
    "-a",
    "?a",
    ":a",
    "a,b",
    "it's",
    "<<x",
    "a<<",
    "=",
    "é",
    "日本",
    "😀",
    "0",
    "1",
    "42",
    "-7",
    "+5",
    "007",
    "014",
    "08",
    "089",
    "0o7",
    "0o8",
    "0O7",
    "0777",
    "0x1F",
    "0X1f",
    "0xG",
    "0b101",
    "0b102",
    "-0b1",
    "1_000",
    "1_",
    "_1",
    "0_7",
    "0x_1F",
    "1__0",
    ".5",
    "5.",
    "-.5",
    "1.10",
    "1e3",
    "1E-2",
    "1e999",
    "1.5.2",
    "12e03",
    "1_0.5",
    "._5",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "-9223372036854775809",
    "12:34:56",
    "1:20",
    "2001-01-01",
    "2001-1-2",
    "2001-02-30",
    "2001-12-14t21:59:43.10-05:00",
    "2001-12-14 21:59:43.10",
    "2001-12-14T21:59:43Z",
    "2001-1-1 1:2:3",
    "true",
    "True",
    "tRUE",
    "false",
    "yes",
    "No",
    "on",
    "y",
    "null",
    "Null",
    "~",
    "",
    ".inf",
    "-.INF",
    ".nan",
    "500m",
    "128Mi",
];
const KEYS: [&str; 24] = [
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
    "key",
    "a.b/c",
    "a-b",
    "'q'",
    "\"r s\"",
    "a b",
    "1",
    "true",
    "~",
    "null",
    "2001-01-01",
    "yes",
    "0x1",
    "\"<<\"",
    "!!str k",
    "&k g",
    "é",
    "*a",
];
const TAGS: [&str; 13] = [
    "! ",
    "!!str ",
    "!!int ",
    "!!float ",
    "!!bool ",
    "!!null ",
    "!!map ",
    "!!seq ",
    "!local ",
    "!<tag:yaml.org,2002:str> ",
    "!!binary ",
    "!!set ",
    "!!merge ",
];
const NAMES: [&str; 3] = ["a", "b", "c1"];
const PIECES: [&str; 41] = [
    "\n",
    " ",
    "  ",
    "- ",
    "-",
    ": ",
    ":",
    "#",
    " #",
    "\"",
    "'",
    "|\n",
    ">-\n",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "!t ",
    "? ",
    "---\n",
    "...\n",
    "kind: X\n",
    "\r\n",
    "\r",
    "\t",
    "nan",
    "0",
    ", ",
    "\u{85}",
    "\u{2028}",
    "\u{2029}x",
    "\u{feff}",
    "\u{a0}",
    "\u{2008}",
    "\\",
    "%",
    "@",
    "`",
    "<<: *a\n",
];

/// One text: a few documents, or a List, in one random style each.
pub fn text(random: &mut Random) -> String {
    let style = random.below(16);
    let documents: Vec<String> = (0..=random.below(2)).map(|number| Writer::new(random).object(number, style == 2)).collect();
    let mut text = match style {
        0 => format!("apiVersion: v1\nkind: List\n{}", block_items(&documents)),
        1 => format!("apiVersion: v1\nkind: ThingList\n{}metadata: {{}}\n", block_items(&documents)),
        2 => {
            let items: Vec<&str> = documents.iter().map(|document| document.trim_end()).collect();
            format!("{{\"apiVersion\": config.kubernetes.io/v1, kind: ResourceList, items: [{}]}}\n", items.join(",\n"))
        }
        3 => format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n{}", block_items(&documents)),
        4 => format!("# c\nkind: ResourceList\n{}apiVersion: config.kubernetes.io/v1\n", block_items(&documents)),
        5 => format!("---\n{}", documents.join("--- # next\n")),
        _ => documents.join("---\n"),
    };
    match random.below(48) {
        0 => text = text.replace('\n', "\r\n"),
        1 => text = text.trim_end_matches('\n').to_string(),
        2 => text.insert(0, '\u{feff}'),
        3 => text.insert_str(0, "%YAML 1.1\n---\n"),
        4 => text.push_str("...\n"),
        5 => text.insert_str(0, "# first\n\n"),
        6 => text = text.replace('\n', "\r"),
        _ => {}
    }
    if random.once_in(3) {
        for _ in 0..=random.below(2) {
            mutate(&mut text, random);
        }
    }
    text
}

fn block_items(documents: &[String]) -> String {
    let items: String =
        documents.iter().map(|document| format!("- {}\n", document.trim_end_matches('\n').replace('\n', "\n  "))).collect();
    format!("items:\n{items}")
}

fn mutate(text: &mut String, random: &mut Random) {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let at = *random.of(&places);
    match random.below(3) {
        0 => text.insert_str(at, random.text(&PIECES)),
        1 => drop(text.remove(at)),
        _ => {
            let end = places.iter().copied().find(|end| *end > at + 4).unwrap_or(text.len());
            text.replace_range(at..end, random.text(&PIECES));
        }
    }
}

struct Writer<'r> {
    random: &'r mut Random,
    out: String,
    /// Anchors that an alias may name, their nodes being complete, and whether these are mappings.
    known: Vec<(&'static str, bool)>,
}

impl<'r> Writer<'r> {
    fn new(random: &'r mut Random) -> Self {
        Writer { random, out: String::new(), known: Vec::new() }
    }

    fn object(mut self, number: usize, flow: bool) -> String {
        let named = format!("name: n{number}");
        let head = match self.random.below(4) {
            0 => format!("apiVersion: v1\nkind: Thing\nmetadata: {{{named}}}\n"),
            1 => format!("'apiVersion': \"v1\"\nkind:   Thing # c\nmetadata:\n    {named}\n"),
            2 => format!("metadata:\n  annotations:\n    x: y\n  {named}\nkind: >-\n  Thing\napiVersion: v1\n"),
            _ => format!("apiVersion: v1\nkind: Thing\nmetadata:\n  {named}\n"),
        };
        if flow || self.random.once_in(10) {
            self.flow_object(&named);
        } else {
            self.out.push_str(&head);
            for field in ["data", "spec"] {
                self.out.push_str(field);
                self.out.push(':');
                self.value(0, 3);
            }
        }
        self.out
    }

    fn flow_object(&mut self, named: &str) {
        let colon = self.random.text(&[": ", ":  ", " : "]);
        self.out.push_str(&format!("{{\"apiVersion\"{colon}v1, kind{colon}Thing, metadata{colon}{{{named}}}, data{colon}"));
        self.flow(3, 2);
        self.out.push_str("}\n");
    }

    /// The value of a key or of a dash whose node stands at `indent`; ends with a line break.
    fn value(&mut self, indent: usize, depth: usize) {
        let kind = self.random.below(if depth == 0 { 5 } else { 12 });
        if kind == 7 && !self.known.is_empty() {
            let (name, _) = *self.random.of(&self.known);
            self.out.push_str(&format!(" *{name}"));
            return self.end_of_line();
        }
        let anchor = self.properties(kind < 5);
        let mut mapping = false;
        match kind {
            0 | 1 => self.line_scalar(),
            2 => self.quoted_lines(indent),
            3 => self.block_scalar(indent),
            4 => self.plain_lines(indent),
            5 | 6 => {
                self.out.push(' ');
                mapping = self.flow(indent, depth);
                self.end_of_line();
            }
            7 | 8 => self.sequence(indent, depth),
            _ => {
                self.mapping(indent, depth);
                mapping = true;
            }
        }
        // An outer node of the same name is no longer what an alias means.
        if let Some(name) = anchor.filter(|name| !self.known.iter().any(|(known, _)| known == name)) {
            self.known.push((name, mapping));
        }
    }

    fn properties(&mut self, scalar: bool) -> Option<&'static str> {
        if self.random.once_in(if scalar { 20 } else { 80 }) {
            self.out.push(' ');
            let tag = self.random.text(&TAGS);
            self.out.push_str(tag.trim_end());
        }
        self.random.once_in(6).then(|| {
            let name = self.random.text(&NAMES);
            self.out.push_str(&format!(" &{name}"));
            self.known.retain(|(known, _)| *known != name);
            name
        })
    }

    fn end_of_line(&mut self) {
        let end = match self.random.below(9) {
            0 => "  \n",
            1 => " # comment\n",
            2 => "\n\n",
            3 => "\n# comment\n",
            4 => "\t\n",
            _ => "\n",
        };
        self.out.push_str(end);
    }

    fn line_scalar(&mut self) {
        let text = self.scalar();
        self.out.push(' ');
        self.out.push_str(&text);
        self.end_of_line();
    }

    fn scalar(&mut self) -> String {
        let text = self.random.text(&PLAIN);
        match self.random.below(6) {
            0 if self.random.once_in(4) => {
                // Line breaks of YAML 1.1 only, as kustomize writes them.
                let separator = self.random.text(&["\u{2028}", "\u{2029}", "\u{85}", " \u{2028}\u{2029}"]);
                format!("'{}{separator}    x y'", text.replace('\'', "''"))
            }
            0 => format!("'{}'", text.replace('\'', "''")),
            1 => format!("\"{text}\""),
            2 => format!(
                "\"{text}{}\"",
                self.random.text(&[
                    "\\n",
                    "\\t",
                    "\\x41",
                    "\\u00e9",
                    "\\U0001F600",
                    "\\L",
                    "\\/",
                    "\\e",
                    " ",
                    "\\ ",
                    "\\\"",
                    "\\_",
                    "\\0"
                ])
            ),
            _ => text.to_string(),
        }
    }

    fn words(&mut self) -> &'static str {
        self.random.text(&[
            "one",
            "two words",
            "a: b",
            "- x",
            "# no",
            "'",
            "\"",
            "é",
            "x  ",
            " y",
            "z\tz",
            "0",
            "---",
            "&a",
            "*",
            "{",
            "k:",
        ])
    }

    fn indented(&mut self, columns: usize) {
        self.out.extend(std::iter::repeat_n(' ', columns));
    }

    fn quoted_lines(&mut self, indent: usize) {
        let quote = self.random.text(&["\"", "'"]);
        self.out.push(' ');
        self.out.push_str(quote);
        for _ in 0..=self.random.below(3) {
            let word = if self.random.once_in(40) { "u\u{2028}v".into() } else { self.words().replace(['"', '\''], "") };
            self.out.push_str(&word);
            if self.random.once_in(4) && quote == "\"" {
                self.out.push('\\');
            }
            self.out.push('\n');
            if self.random.once_in(4) {
                self.out.push('\n');
            }
            let columns = if self.random.once_in(60) { indent } else { indent + 1 + self.random.below(3) };
            self.indented(columns);
        }
        self.out.push_str("end");
        self.out.push_str(quote);
        self.end_of_line();
    }

    fn plain_lines(&mut self, indent: usize) {
        self.out.push_str(" first");
        for _ in 0..=self.random.below(2) {
            self.out.push('\n');
            if self.random.once_in(5) {
                self.out.push('\n');
            }
            let columns = indent + 1 + self.random.below(3);
            self.indented(columns);
            let word = self.random.text(&["more", "é x", "1", "a:b", "http://x", "it's", "x\t", "-y", "[z"]);
            self.out.push_str(word);
        }
        self.end_of_line();
    }

    fn block_scalar(&mut self, indent: usize) {
        let style = self.random.text(&["|", ">"]);
        let chomp = self.random.text(&["", "-", "+"]);
        let extra = 1 + self.random.below(3);
        let explicit = self.random.once_in(6);
        let header = if explicit { format!(" {style}{extra}{chomp}") } else { format!(" {style}{chomp}") };
        self.out.push_str(&header);
        self.end_of_header();
        for number in 0..self.random.below(5) {
            let first = number == 0 && !self.random.once_in(9);
            match self.random.below(8) {
                0 => self.out.push('\n'),
                1 => {
                    let columns = indent + self.random.below(5);
                    self.indented(columns);
                    self.out.push('\n');
                }
                2 if !first => {
                    let columns = indent + extra + self.random.below(3);
                    self.indented(columns);
                    let word = self.words();
                    self.out.push_str(word);
                    self.out.push('\n');
                }
                _ => {
                    self.indented(indent + extra);
                    let word = self.words();
                    self.out.push_str(word);
                    self.out.push('\n');
                }
            }
        }
    }

    fn end_of_header(&mut self) {
        let end = self.random.text(&["\n", "\n", "\n", " \n", " # comment\n", "\t\n"]);
        self.out.push_str(end);
    }

    fn sequence(&mut self, indent: usize, depth: usize) {
        self.out.push('\n');
        let dash = indent + self.random.below(3);
        for _ in 0..=self.random.below(3) {
            self.indented(dash);
            self.out.push('-');
            if self.random.once_in(4) && depth > 1 {
                let columns = *self.random.of(&[1, 1, 3]);
                self.indented(columns);
                self.entries(dash + 1 + columns, depth - 1, true);
            } else {
                self.value(dash + 1, depth - 1);
            }
        }
    }

    fn mapping(&mut self, indent: usize, depth: usize) {
        self.out.push('\n');
        let column = indent + 1 + self.random.below(3);
        self.entries(column, depth, false);
    }

    fn entries(&mut self, column: usize, depth: usize, mut behind_dash: bool) {
        let first = self.random.below(6);
        for number in 0..=self.random.below(4) {
            if !behind_dash {
                self.indented(column);
            }
            behind_dash = false;
            if self.random.once_in(9) && self.merge_key() {
                continue;
            }
            // Mostly keys that do not repeat.
            let odd = self.random.once_in(40);
            let key = if odd { self.random.text(&KEYS) } else { KEYS[(first + number) % 6] };
            match self.random.below(30) {
                0 => self.out.push_str(&format!("? {key}\n{}:", " ".repeat(column))),
                1 => self.out.push_str(&format!("{key} :")),
                _ => self.out.push_str(&format!("{key}:")),
            }
            self.value(column, depth - 1);
        }
    }

    fn merge_key(&mut self) -> bool {
        let mappings: Vec<&str> = self.known.iter().filter(|(_, mapping)| *mapping).map(|(name, _)| *name).collect();
        let (Some(one), Some(other)) = (mappings.first(), mappings.last()) else { return false };
        let value = match self.random.below(6) {
            0 => format!("[*{one}, *{other}]"),
            1 => format!("[*{one}, {{x: y}}]"),
            2 => "{x: y, a: z}".into(),
            3 => format!("*{}", self.random.of(&self.known).0),
            _ => format!("*{one}"),
        };
        let tag = if self.random.once_in(4) { "!!merge " } else { "" };
        self.out.push_str(&format!("{tag}<<: {value}\n"));
        true
    }

    /// Whether it is a mapping.
    fn flow(&mut self, indent: usize, depth: usize) -> bool {
        let broken = self.random.once_in(5);
        let gap = |writer: &mut Self| {
            if broken && writer.random.once_in(2) {
                writer.out.push('\n');
                let columns = indent + 1 + writer.random.below(2);
                writer.indented(columns);
            }
        };
        let (open, close) = *self.random.of(&[("[", "]"), ("{", "}")]);
        self.out.push_str(open);
        let count = self.random.below(4);
        let first = self.random.below(6);
        for number in 0..count {
            gap(self);
            if open == "{" {
                let key = if self.random.once_in(40) { self.random.text(&KEYS) } else { KEYS[(first + number) % 6] };
                self.out.push_str(key);
                let colon = if self.random.once_in(20) { ":" } else { self.random.text(&[": ", ": ", " : ", ":\n   "]) };
                self.out.push_str(colon);
            }
            if depth > 0 && self.random.once_in(3) {
                self.flow(indent, depth - 1);
            } else if self.random.once_in(8) && !self.known.is_empty() {
                let (name, _) = *self.random.of(&self.known);
                self.out.push_str(&format!("*{name} "));
            } else {
                let text = self.scalar();
                self.out.push_str(&text);
            }
            gap(self);
            if number + 1 < count || self.random.once_in(6) {
                let comma = self.random.text(&[", ", ",", " , "]);
                self.out.push_str(comma);
            }
        }
        gap(self);
        self.out.push_str(close);
        open == "{"
    }
}
