//! `docs/findings/` has a file for each code: its remedy in the first paragraph, then the cause,
//! an example and what the program says to it. The page `docs/findings.md` is made from them, and
//! `explain` prints from the page. `PROXY_SERVICE_UPDATE=1` writes what the program says, and the
//! page, anew.
//!
//! An example is a block of `yaml` for `render`, of `yaml function` for the function, of
//! `yaml validate` for `validate`, of `console` with one command, before which variables may be set
//! (`NAME='value'`, without blanks), or of `bash` with several, run in an empty folder.

use proxy_service::findings::Code;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

fn updating() -> bool {
    std::env::var_os("PROXY_SERVICE_UPDATE").is_some()
}

fn program(arguments: &[&str], input: &str) -> Output {
    program_with(&[], arguments, input)
}

fn program_with(variables: &[(&str, &str)], arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proxy-service"));
    command.args(arguments).envs(variables.iter().copied()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may leave without reading.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// Commands in an empty folder, the program among them on PATH; git knows nothing of the machine.
fn script(text: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_proxy-service")).parent().unwrap().to_path_buf();
    let machine = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([program].into_iter().chain(std::env::split_paths(&machine))).unwrap();
    let mut command = Command::new("bash");
    command.args(["-c", text]).current_dir(folder.path()).env("PATH", path).env("HOME", folder.path());
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "somebody").env(format!("GIT_{who}_EMAIL"), "somebody@example.com");
        command.env(format!("GIT_{who}_DATE"), "2026-01-01T00:00:00Z");
    }
    command.env("GIT_CONFIG_NOSYSTEM", "1").output().unwrap()
}

struct Text {
    code: Code,
    path: PathBuf,
    whole: String,
}

impl Text {
    fn remedy(&self) -> &str {
        self.whole.split("\n\n").next().unwrap_or_default().trim()
    }

    fn body(&self) -> &str {
        self.whole.split_once("\n\n").map_or("", |(_, body)| body).trim()
    }

    /// What stands in the first block that begins with one of these words.
    fn block(&self, kinds: &[&str]) -> Option<(&str, &str)> {
        let (_, rest) = self.whole.split("\n```").enumerate().find_map(|(position, part)| {
            let (kind, content) = part.split_once('\n')?;
            (position > 0 && kinds.contains(&kind)).then_some((position, (kind, content)))
        })?;
        Some(rest)
    }

    fn said(&self) -> String {
        let (kind, example) = self
            .block(&["yaml", "yaml function", "yaml validate", "console", "bash"])
            .unwrap_or_else(|| panic!("{} has no example", self.path.display()));
        let output = match kind {
            "yaml" => program(&["render", "-"], example),
            "yaml function" => program(&[], example),
            // Its findings are its output.
            "yaml validate" => return String::from_utf8(program(&["validate", "-"], example).stdout).unwrap(),
            "bash" => script(example),
            _ => {
                let (variables, arguments) = example.trim().split_once("proxy-service ").expect("`$ proxy-service …`");
                let variables = variables.trim_start_matches("$ ").split_whitespace();
                let variables: Vec<_> = variables.map(|set| set.split_once('=').expect("`NAME='value'`")).collect();
                let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.trim_matches('\''))).collect();
                program_with(&variables, &arguments.split(' ').collect::<Vec<_>>(), "")
            }
        };
        String::from_utf8(output.stderr).unwrap()
    }
}

/// The text of every code; all that are missing are told at once.
fn texts() -> Vec<Text> {
    let mut missing = Vec::new();
    let mut texts = Vec::new();
    for code in Code::ALL {
        let path = docs().join(format!("findings/{code}.md"));
        match fs::read_to_string(&path) {
            Ok(whole) => texts.push(Text { code: *code, path, whole }),
            Err(_) => missing.push(format!("docs/findings/{code}.md")),
        }
    }
    assert!(
        missing.is_empty(),
        "write {}: the remedy, an empty line, the cause, a block ```yaml with an example; then PROXY_SERVICE_UPDATE=1",
        missing.join(", ")
    );
    texts
}

fn page(texts: &[Text]) -> String {
    let mut page = fs::read_to_string(docs().join("findings/introduction.md")).unwrap();
    page.push_str("\n| code | meaning | remedy |\n|---|---|---|\n");
    for text in texts {
        writeln!(page, "| {} | {} | {} |", text.code, text.code.meaning(), text.remedy()).unwrap();
    }
    for text in texts {
        let (code, meaning) = (text.code, text.code.meaning());
        write!(page, "\n## {code}\n\n{meaning}\n\n{}\n\n**Remedy.** {}\n", text.body(), text.remedy()).unwrap();
    }
    page
}

#[test]
fn every_code_has_its_text_whose_example_says_what_it_shows_and_the_page_is_made_of_them() {
    let mut texts = texts();
    let mut wrong = Vec::new();
    for text in &mut texts {
        let said = text.said();
        let code = text.code.to_string();
        if said.split_whitespace().nth(1).is_none_or(|word| word.trim_end_matches(':') != code) {
            wrong.push(format!("{} does not find {}, but says:\n{said}", text.path.display(), text.code));
            continue;
        }
        let shown = text.block(&["text"]).map(|(_, shown)| format!("{}\n", shown.trim_end()));
        if shown.as_deref() == Some(&said) {
            continue;
        }
        if updating() {
            let before = text.whole.split("\n```text\n").next().unwrap_or_default().trim_end();
            text.whole = format!("{before}\n\n```text\n{said}```\n");
            fs::write(&text.path, &text.whole).unwrap();
        } else {
            wrong.push(format!("{} does not show what the program says:\n{said}", text.path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let page = page(&texts);
    let path = docs().join("findings.md");
    if updating() {
        fs::write(&path, &page).unwrap();
    }
    let carried = fs::read_to_string(&path).unwrap();
    assert!(carried == page, "docs/findings.md is not made of docs/findings/*.md; PROXY_SERVICE_UPDATE=1 makes it");
}

#[test]
fn no_text_is_left_of_a_code_that_is_gone() {
    for entry in fs::read_dir(docs().join("findings")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = Code::ALL.iter().any(|code| name == format!("{code}.md"));
        assert!(known || name == "introduction.md", "docs/findings/{name} belongs to no code");
    }
}

#[test]
fn explain_prints_cause_example_and_remedy_of_every_code() {
    if updating() {
        return; // The program still has the page of before.
    }
    for text in texts() {
        let output = program(&["explain", &text.code.to_string()], "");
        assert_eq!(output.status.code(), Some(0));
        let printed = String::from_utf8(output.stdout).unwrap();
        let cause = text.body().split("\n```").next().unwrap_or_default().trim();
        for part in [text.code.meaning(), cause, text.remedy(), "Example", "It says:"] {
            assert!(printed.contains(part), "`explain {}` lacks {part:?}:\n{printed}", text.code);
        }
    }
    let list = String::from_utf8(program(&["explain"], "").stdout).unwrap();
    assert_eq!(list.lines().count(), Code::ALL.len());
}

#[test]
fn an_unknown_code_exits_2_and_names_the_nearest() {
    for (asked, nearest) in [("PS999", Code::ALL.last().unwrap().to_string()), ("P015", "PS015".into())] {
        let output = program(&["explain", asked], "");
        assert_eq!(output.status.code(), Some(2), "{asked}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(&format!("the nearest is {nearest}")), "{said}");
    }
    assert_eq!(program(&["explain", "ps15"], "").status.code(), Some(0));
}
