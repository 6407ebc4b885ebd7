//! Strings that some YAML version takes for something else survive kustomize with the function.

use super::command::Tools;
use super::objects::{identity, objects};
use super::report::Report;
use super::workspace::{Form, Workspace};
use serde_yaml::Value;

/// Texts by themselves: those that kyaml and the serde_yaml family are known to read differently,
/// and a set around them.
fn strings() -> Vec<String> {
    let known = "0o7 0777 089 0x1F 0b101 1_000 .5 5. +1 1e3 1.10 2001-01-01 ~ Null True y n yes no on off 12:34:56 1_000.5 0X1F \
        0x_1F 0B1 0b_1 0O7 0_7 0o_7 1_ 1__0 .5_0 5_0. 685_230.15 2001-1-1 2001-12-14t21:59:43.10-05:00";
    let mut all: Vec<String> = known.split_whitespace().map(str::to_string).collect();
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"];
    for word in words {
        let mut title = word.to_string();
        title[..1].make_ascii_uppercase();
        all.extend([word.to_string(), word.to_uppercase(), title, format!(".{word}"), format!("-.{word}"), format!("{word} ")]);
    }
    let digits = [
        "0",
        "00",
        "07",
        "08",
        "1",
        "12",
        "123456789012345678901234567890",
        "1e5",
        "1E5",
        "1e+5",
        "1e-5",
        "0x1",
        "0xg",
        "0b2",
        "0o8",
        "190:20:30",
        "1:60",
        "1.5",
        "1.",
        "0.0",
        "1,000",
        "1_0",
    ];
    all.extend(digits.iter().flat_map(|text| ["", "-", "+", "~", "."].map(|sign| format!("{sign}{text}"))));
    all.extend(
        ["2001-01-01 00:00:00", "2001-12-14 21:59:43.10 -5", "2001-12-14T21:59:43Z", "0001-01-01", "99999-99-99"]
            .map(str::to_string),
    );
    for lead in [
        "", " ", "\t", "-", "- ", "? ", ": ", ":", "#", " #", "&a", "*a", "!t", "|", ">", "%", "@", "`", "'", "\"", "{", "}",
        "[", "]", ",", "<<", "=", "---", "--- ", "...", "\\", "\n", "\r\n", "\r",
    ] {
        all.extend([lead.to_string(), format!("{lead}x"), format!("x{lead}"), format!("x{lead}y")]);
    }
    for odd in [
        "\u{0}",
        "\u{1}",
        "\u{7}",
        "\u{1b}",
        "\u{85}",
        "\u{a0}",
        "\u{2028}",
        "\u{2029}",
        "\u{feff}",
        "\u{fffd}",
        "\u{e000}",
        "é",
        "e\u{301}",
        "日本語",
        "🚀",
        "👩‍👩‍👧",
        "\u{200f}",
    ] {
        all.extend([odd.to_string(), format!("a{odd}b"), format!("a\nb{odd}c\n")]);
    }
    for length in [79, 81, 200, 1023, 1025, 5000] {
        all.extend([
            "x".repeat(length),
            "x y ".repeat(length / 4),
            format!("{}: y", "x".repeat(length)),
            format!("{}\nz", "x ".repeat(length)),
        ]);
    }
    let tails = ["", "\n", "\n\n", " ", " \n", "\n \n", "\t\n", "\n\t"];
    for body in [
        "a",
        "a\nb",
        "a\n\nb",
        " a\nb",
        "a\n b",
        "a\n  b\nc",
        "\na",
        "---\na",
        "a\n---\nb",
        "a: b\nc: d",
        "# a\nb",
        "a # b\nc",
        "- a\n- b",
        "a \nb",
        "\ta\nb",
        "{\"a\": 1}\n{}",
        "a\r\nb",
    ] {
        all.extend(tails.map(|tail| format!("{body}{tail}")));
    }
    // kustomize cannot read again what it writes of these (and of U+007F), whatever the function does.
    let odd = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}');
    all.retain(|text| !(text.contains('\n') && (text.starts_with('\t') || text.chars().any(odd))));
    all.sort();
    all.dedup();
    all
}

/// Block scalars of every kind, as people write them: style, indentation, chomping, content.
fn block_scalars() -> String {
    let mut fields = String::new();
    for style in ["|", ">"] {
        for indentation in ["", "2"] {
            for chomping in ["", "-", "+"] {
                for (number, body) in
                    ["    a\n    b\n", "    a\n\n\n    b\n\n\n", "      a\n     b\n", "    # a\n    - b: c\n", "\n    a\n"]
                        .iter()
                        .enumerate()
                {
                    let key = format!("{style}{indentation}{chomping}{number}")
                        .replace('|', "l")
                        .replace('>', "f")
                        .replace('+', "k")
                        .replace('-', "s");
                    // Without an indicator the first line decides, and may not be the deepest.
                    if indentation.is_empty() && number == 2 {
                        continue;
                    }
                    fields.push_str(&format!("  b-{key}: {style}{indentation}{chomping}\n{body}"));
                }
            }
        }
    }
    fields
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text)
        .expect("a string")
        .replace('\u{7f}', "\\u007f")
        .replace('\u{85}', "\\u0085")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
        .replace('\u{feff}', "\\ufeff")
}

const CAT: &str = "\
apiVersion: example.com/v1
kind: Nothing
metadata:
  name: cat
  annotations:
    config.kubernetes.io/function: |
      exec:
        path: cat
";

/// Every string as data of a ConfigMap, as an annotation of one and as one of the front.
fn app(strings: &[String]) -> String {
    let fields = |indent: &str| -> String {
        strings.iter().enumerate().map(|(number, text)| format!("{indent}s{number}: {}\n", quoted(text))).collect()
    };
    let annotations = fields("    ");
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: strings\n  annotations:\n{annotations}data:\n{}\
         ---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: blocks\ndata:\n{}\
         ---\napiVersion: v1\nkind: Service\nmetadata:\n  name: carts\n  annotations:\n{annotations}spec:\n  selector:\n    app: carts\n    odd: \"1_000\"\n    day: '2001-01-01'\n  ports:\n  - name: http\n    port: 80\n    targetPort: \"0x1f\"\n  futureField:\n{}",
        fields("  "),
        block_scalars(),
        fields("    "),
    )
}

const REQUEST: &str =
    "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {name: carts}\nspec: {serviceName: carts}\n";

pub fn run(tools: &Tools, kustomize: &str, report: &mut Report) {
    let strings = strings();
    let enough = if strings.len() >= 200 { Ok(()) } else { Err(format!("only {}", strings.len())) };
    report.check(&format!("{kustomize}: {} tricky strings", strings.len()), enough);
    report.check(&format!("{kustomize}: tricky strings survive the function"), survive(tools, kustomize, &strings));
}

fn survive(tools: &Tools, kustomize: &str, strings: &[String]) -> Result<(), String> {
    let workspace = Workspace::new();
    let app = app(strings);
    workspace.write("with/app.yaml", &format!("{app}---\n{REQUEST}"));
    workspace.kustomization("with", "resources: [app.yaml]\ncomponents: [../functions/exec]\n");
    workspace.write("cat/app.yaml", &app);
    workspace.write("cat/cat.yaml", CAT);
    workspace.kustomization("cat", "resources: [app.yaml]\ntransformers: [cat.yaml]\n");
    workspace.write("without/app.yaml", &app);
    workspace.kustomization("without", "resources: [app.yaml]\n");
    let build = |folder: &str| tools.build_with(kustomize, &workspace.path(folder), Form::Exec.options())?.succeeded();
    let (with, cat, without) = (objects(&build("with")?)?, objects(&build("cat")?)?, objects(&build("without")?)?);
    let find = |objects: &[Value], name: &str| {
        objects.iter().find(|object| identity(object) == name).cloned().ok_or(format!("no {name}"))
    };
    for name in ["ConfigMap /strings", "ConfigMap /blocks"] {
        differ(name, &find(&without, name)?, &find(&cat, name)?).map_err(|why| format!("cat: {why}"))?;
        differ(name, &find(&without, name)?, &find(&with, name)?)?;
    }
    let mut front = find(&with, "Service /carts")?;
    let original = find(&without, "Service /carts")?;
    let target = find(&with, "Service /carts-ep")?;
    differ("target's selector", &original["spec"]["selector"], &target["spec"]["selector"])?;
    differ("target's futureField", &original["spec"]["futureField"], &target["spec"]["futureField"])?;
    differ("target's targetPort", &original["spec"]["ports"][0]["targetPort"], &target["spec"]["ports"][0]["targetPort"])?;
    front["spec"]["selector"] = original["spec"]["selector"].clone();
    front["spec"]["ports"][0]["targetPort"] = original["spec"]["ports"][0]["targetPort"].clone();
    differ("front", &original, &front)
}

fn differ(name: &str, due: &Value, is: &Value) -> Result<(), String> {
    if due == is {
        return Ok(());
    }
    let [due, is] = [due, is].map(|value| format!("{value:#?}"));
    let diff = similar::TextDiff::from_lines(&due, &is);
    let text: String = diff.unified_diff().context_radius(0).to_string().chars().take(1500).collect();
    Err(format!("{name}:\n{text}"))
}
