//! Every format, of plain and of hostile manifests (`formats/*.yaml`): the text as expected
//! (`PROXY_SERVICE_UPDATE=1` writes it anew), and as the programs that read it see it.

use super::program::{checkout, text, validate};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

const FORMATS: [&str; 5] = ["text", "json", "junit", "sarif", "github"];

/// The cases, as paths from the checkout.
fn cases() -> Vec<String> {
    let folder = "tests/validate/formats";
    let entries = fs::read_dir(checkout().join(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut cases: Vec<_> = names.filter(|name| name.ends_with(".yaml")).map(|name| format!("{folder}/{name}")).collect();
    cases.sort();
    assert!(cases.len() >= 2);
    cases
}

fn report(format: &str, path: &str) -> String {
    let output = validate(&["--format", format, path], "");
    assert_eq!(output.status.code(), Some(1), "{path} has an error");
    text(&output.stdout)
}

#[test]
fn each_format_says_what_is_expected() {
    for case in cases() {
        for format in FORMATS {
            let version = format!("\"semanticVersion\": \"{}\"", env!("CARGO_PKG_VERSION"));
            let actual = report(format, &case).replace(&version, "\"semanticVersion\": \"VERSION\"");
            let path = checkout().join(case.replace(".yaml", &format!(".{format}")));
            if std::env::var_os("PROXY_SERVICE_UPDATE").is_some() {
                fs::write(&path, &actual).unwrap();
            }
            let expected = fs::read_to_string(&path).unwrap_or_default();
            let difference = similar::TextDiff::from_lines(&expected, &actual);
            assert!(actual == expected, "{}", difference.unified_diff().header(&path.display().to_string(), "the report"));
        }
    }
}

/// How many errors and warnings the JSON report has.
fn counts(json: &Value) -> (usize, usize) {
    let of =
        |severity: &str| json["findings"].as_array().unwrap().iter().filter(|finding| finding["severity"] == severity).count();
    (of("error"), of("warning"))
}

/// A copy of a case under a name that no format may stumble over.
fn strangely_named(case: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a b,c:d%0A\n::error::\"'<&>]]>#?ü.yaml");
    fs::copy(checkout().join(case), &path).unwrap();
    (folder, path)
}

#[test]
fn readers_of_each_format_see_every_finding_whatever_it_is_called() {
    for case in cases() {
        let (_folder, strange) = strangely_named(&case);
        for path in [case.as_str(), strange.to_str().unwrap()] {
            let json: Value = serde_json::from_str(&report("json", path)).unwrap();
            let (errors, warnings) = counts(&json);
            assert!(errors > 0 && warnings > 0, "{path} has both");
            assert!(
                json["findings"].as_array().unwrap().iter().all(|finding| finding["file"] == path && finding["line"].is_u64())
            );
            let lines = report("text", path);
            assert_eq!(lines.lines().count(), errors + warnings + 1, "one line each, and the summary:\n{lines}");
            assert!(lines.chars().all(|c| c == '\n' || !c.is_control()), "{lines:?}");
            sarif(path, errors, warnings);
            github(&report("github", path), errors, warnings);
            junit(&report("junit", path), errors);
        }
    }
}

fn sarif(path: &str, errors: usize, warnings: usize) {
    let sarif: Value = serde_json::from_str(&report("sarif", path)).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let of = |level: &str| results.iter().filter(|result| result["level"] == level).count();
    assert_eq!((of("error"), of("warning")), (errors, warnings));
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(
            ["shortDescription", "fullDescription", "help"].iter().all(|text| !rule[text]["text"].as_str().unwrap().is_empty())
        );
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.is_ascii() && !uri.contains([' ', '"', '<', '#', '?', '\n']), "{uri}");
    }
    let Some(schemas) = schemas() else { return };
    let mut schema: Value = serde_json::from_slice(&fs::read(schemas.join("sarif-2.1.0.json")).unwrap()).unwrap();
    // A pattern that is no regular expression (`]?` without a beginning), for a field that is not used.
    for part in ["run", "toolComponent"] {
        schema["definitions"][part]["properties"]["language"].as_object_mut().unwrap().remove("pattern");
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<_> = validator.iter_errors(&sarif).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let mut broken = sarif;
    broken["runs"][0]["results"][0]["level"] = "fatal".into();
    assert!(!validator.is_valid(&broken), "the schema is there to refuse something");
}

/// Reads the commands as the runner does: one a line, properties, then the message.
fn github(report: &str, errors: usize, warnings: usize) {
    let (mut seen, mut other) = ((0, 0), 0);
    for line in report.lines() {
        let Some(command) = line.strip_prefix("::") else {
            other += 1;
            continue;
        };
        let (head, _message) = command.split_once("::").unwrap();
        let (name, properties) = head.split_once(' ').unwrap();
        match name {
            "error" => seen.0 += 1,
            "warning" => seen.1 += 1,
            _ => panic!("{line}"),
        }
        let keys: Vec<_> = properties.split(',').map(|property| property.split_once('=').unwrap().0).collect();
        assert_eq!(keys, ["file", "line", "title"], "{line}");
    }
    assert_eq!((seen, other), ((errors, warnings), 1), "{report}");
}

/// Counts what a parser of XML finds, and holds it against Jenkins' schema where that is installed.
const READ_JUNIT: &str = r#"
import sys, xml.etree.ElementTree as tree
text = sys.stdin.buffer.read()
root = tree.fromstring(text)
cases = root.findall("./testsuite/testcase")
suites = root.findall("./testsuite")
failed = [case for case in cases if case.find("failure") is not None]
assert root.tag == "testsuites" and int(root.get("tests")) == len(cases) == sum(int(suite.get("tests")) for suite in suites)
assert int(root.get("failures")) == len(failed) == sum(int(suite.get("failures")) for suite in suites)
assert all(case.get("name") and case.get("classname") for case in cases)
if len(sys.argv) > 1:
    sys.path.insert(0, sys.argv[1] + "/python")
    import io, xmlschema
    schema = xmlschema.XMLSchema(sys.argv[1] + "/junit-10.xsd")
    schema.validate(io.BytesIO(text))
    assert not schema.is_valid(io.BytesIO(text.replace(b"<testcase ", b"<testkase ").replace(b"</testcase>", b"</testkase>")))
print(len(root.findall(".//failure")))
"#;

fn junit(report: &str, errors: usize) {
    let mut python = Command::new("python3");
    python.args(["-c", READ_JUNIT]).args(schemas()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = python.spawn().expect("python3 is on PATH");
    child.stdin.take().unwrap().write_all(report.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}\n{report}", text(&output.stderr));
    assert_eq!(text(&output.stdout).trim(), errors.to_string());
}

/// Where `tests/tools/install.sh report-schemas` puts the schemas.
fn schemas() -> Option<PathBuf> {
    let fallback = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/proxy-service-tools");
    let folder = std::env::var_os("PROXY_SERVICE_TOOLS").map_or_else(fallback, PathBuf::from).join("bin/report-schemas");
    if folder.is_dir() {
        return Some(folder);
    }
    let message = "the reports were NOT held against SARIF's and Jenkins' schemas: `tests/tools/install.sh report-schemas`";
    assert!(std::env::var_os("PROXY_SERVICE_HOSTS").is_none(), "{message}");
    eprintln!("{message}");
    None
}

#[test]
fn manifests_without_findings_are_a_report_too() {
    let path = "kustomization-examples/two-namespaces/expected/build.yaml";
    for format in FORMATS {
        let good = text(&validate(&["--format", format, "-"], "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n").stdout);
        assert!(good.ends_with('\n') && good.len() > 10, "{format}: {good:?}");
        let strict = validate(&["--strict", "--format", format, path], "");
        assert_eq!(strict.status.code(), Some(1));
        let strict = text(&strict.stdout);
        // The help of a rule shows an example.
        let warnings =
            if format == "sarif" { &["\"level\": \"warning\""][..] } else { &["warning PS", "::warning", "\"warning\""] };
        assert!(!warnings.iter().any(|warning| strict.contains(warning)), "{format}: {strict}");
    }
}
