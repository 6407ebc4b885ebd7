//! The steps of the GitHub workflow, as the runner runs them.

use super::files::yaml;
use super::repository::{ROOT, Repository, have, itself, said};
use serde_json::{Value as Json, json};
use std::fs;
use std::process::Output;

/// The runner's side: its files and variables.
struct Runner {
    repository: Repository,
    checksum: String,
}

impl Runner {
    fn new() -> Self {
        let repository = Repository::new();
        let checksum = repository.release(&itself());
        repository.stand_in("gh", &fs::read_to_string(format!("{ROOT}/tests/ci/gh")).unwrap());
        fs::create_dir(repository.beside("temp")).unwrap();
        let runner = Runner { repository, checksum };
        runner.store(&json!([
            {"id": 1, "user": {"login": "somebody"}, "body": "<!-- proxy-service diff -->\nnot the bot's"},
            {"id": 2, "user": {"login": "github-actions[bot]"}, "body": "of another workflow"},
        ]));
        runner
    }

    fn file(&self, name: &str) -> String {
        self.repository.beside(name).to_str().unwrap().to_string()
    }

    fn store(&self, comments: &Json) {
        fs::write(self.file("comments.json"), comments.to_string()).unwrap();
    }

    fn comments(&self) -> Vec<Json> {
        serde_json::from_str(&fs::read_to_string(self.file("comments.json")).unwrap()).unwrap()
    }

    /// `bash --noprofile --norc -eo pipefail FILE`, as for `shell: bash`.
    fn step(&self, job: &str, name: &str, set: &[(&str, &str)]) -> Output {
        let workflow = yaml("github.yaml");
        let steps = workflow["jobs"][job]["steps"].as_sequence().unwrap().clone();
        let step = steps.iter().find(|step| step["name"].as_str() == Some(name)).unwrap_or_else(|| panic!("no step {name:?}"));
        let file = self.file("step.sh");
        fs::write(&file, step["run"].as_str().unwrap()).unwrap();
        let env = workflow["env"].as_mapping().unwrap();
        let mut all: Vec<(String, String)> =
            env.iter().map(|(key, value)| (key.as_str().unwrap().into(), value.as_str().unwrap().into())).collect();
        let own = [
            ("PROXY_SERVICE_RELEASES", format!("file://{}", self.file("releases"))),
            ("PROXY_SERVICE_SHA256", self.checksum.clone()),
            ("RUNNER_TEMP", self.file("temp")),
            ("GITHUB_PATH", self.file("path")),
            ("GITHUB_STEP_SUMMARY", self.file("summary")),
            ("GITHUB_BASE_REF", "main".into()),
            ("GITHUB_REPOSITORY", "shop/deploy".into()),
            ("GITHUB_SERVER_URL", "https://github.com".into()),
            ("GITHUB_RUN_ID", "1234".into()),
            ("GH_STORE", self.file("comments.json")),
        ];
        all.extend(own.map(|(key, value)| (key.to_string(), value)));
        all.extend(set.iter().map(|(key, value)| ((*key).to_string(), (*value).to_string())));
        let all: Vec<(&str, &str)> = all.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        self.repository.run("bash", &["--noprofile", "--norc", "-eo", "pipefail", &file], &all)
    }

    fn comment(&self) -> Output {
        self.step("comment", "Comment, or change the comment", &[("GH_TOKEN", "token"), ("NUMBER", "7")])
    }
}

fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_program_is_installed_when_its_checksum_is_right() {
    let runner = Runner::new();
    for job in ["validate", "diff"] {
        succeeded(&runner.step(job, "Install proxy-service", &[]));
        let path = fs::read_to_string(runner.file("path")).unwrap();
        let program = format!("{}/proxy-service", path.lines().last().unwrap());
        let version = succeeded(&runner.repository.run(&program, &["--version"], &[]));
        assert_eq!(version, format!("proxy-service {}\n", env!("CARGO_PKG_VERSION")));
    }
    let unset = runner.step("diff", "Install proxy-service", &[("PROXY_SERVICE_SHA256", "")]);
    assert!(!unset.status.success() && said(&unset).contains("set it to the checksum"), "{}", said(&unset));
    let before = fs::read(runner.file("path")).unwrap();
    let wrong = runner.step("diff", "Install proxy-service", &[("PROXY_SERVICE_SHA256", &"0".repeat(64))]);
    assert!(!wrong.status.success(), "{}", said(&wrong));
    assert_eq!(fs::read(runner.file("path")).unwrap(), before, "a wrong program is not on PATH");
}

#[test]
fn what_is_wrong_becomes_annotations() {
    if !have(&["kustomize"], &["validate"]) {
        return;
    }
    let runner = Runner::new();
    let fine = runner.step("validate", "Render and validate", &[]);
    assert!(!succeeded(&fine).contains("::error"), "{}", said(&fine));
    assert!(
        fs::read_to_string(runner.repository.path("proxy-service-ci/overlays-prod.yaml")).unwrap().contains("msvcbench.io/front")
    );

    // A spelling mistake in prod, and in dev a route to a port that is not there.
    let spec = "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {name: cart}\nspec: {serviceNam: 100%}\n";
    runner.repository.write("overlays/prod/proxyservice.yaml", spec);
    let route = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: cart}\nspec: {hosts: [cart], http: [{route: [{destination: {host: cart, port: {number: 81}}}]}]}\n";
    runner.repository.write("overlays/dev/route.yaml", route);
    let dev = fs::read_to_string(runner.repository.path("overlays/dev/kustomization.yaml")).unwrap();
    runner.repository.write("overlays/dev/kustomization.yaml", &dev.replace("[../../base]", "[../../base, route.yaml]"));
    fs::remove_dir_all(runner.repository.path("proxy-service-ci")).unwrap();
    let output = runner.step("validate", "Render and validate", &[]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let stdout = String::from_utf8(output.stdout.clone()).unwrap();
    let annotations: Vec<&str> = stdout.lines().filter(|line| line.starts_with("::error")).collect();
    assert!(annotations.iter().any(|line| line.contains("PS004") && line.contains("100%25")), "{}", said(&output));
    assert!(annotations.iter().any(|line| line.contains("PS102")), "{}", said(&output));
}

#[test]
fn each_kustomization_has_a_report_of_its_own() {
    if !have(&["kustomize", "jq"], &["validate"]) {
        return;
    }
    let runner = Runner::new();
    succeeded(&runner.step("validate", "Render and validate", &[]));
    succeeded(&runner.step("validate", "Report for code scanning", &[]));
    for name in ["overlays-dev", "overlays-prod"] {
        let text = fs::read_to_string(runner.repository.path(&format!("proxy-service-sarif/{name}.sarif"))).unwrap();
        let report: Json = serde_json::from_str(&text).unwrap();
        assert_eq!(report["version"], "2.1.0");
        assert_eq!(report["runs"][0]["automationDetails"]["id"], format!("proxy-service/{name}/"));
    }
}

#[test]
fn one_comment_is_kept_up_to_date() {
    if !have(&["jq"], &[]) {
        return;
    }
    let runner = Runner::new();
    let before = runner.comments();
    for body in ["<!-- proxy-service diff -->\nfirst `x` $HOME\n", "<!-- proxy-service diff -->\nsecond ü\n"] {
        fs::write(runner.file("temp/comment.md"), body).unwrap();
        succeeded(&runner.comment());
        let comments = runner.comments();
        assert_eq!(comments[..2], before[..], "others' comments are left alone");
        assert_eq!(comments[2..].iter().map(|comment| comment["body"].as_str().unwrap()).collect::<Vec<_>>(), [body]);
    }
}

#[test]
fn the_comment_says_what_changes() {
    if !have(&["kustomize", "jq"], &["diff"]) {
        return;
    }
    let runner = Runner::new();
    succeeded(&runner.step("diff", "Compare with the base", &[]));
    succeeded(&runner.comment());
    let body = runner.comments()[2]["body"].as_str().unwrap().to_string();
    assert!(body.starts_with("<!-- proxy-service diff -->\n"), "{body}");
    let (dev, prod) = body.split_once("### overlays/prod\n").unwrap();
    assert!(dev.contains("### overlays/dev\n\nNothing would change.\n"), "{body}");
    assert!(prod.contains("cart"), "{body}");
    assert_eq!(fs::read_to_string(runner.file("summary")).unwrap(), body);

    // A folder that the base does not have is said, and fails nothing; nor does one that does not build.
    let new = [("KUSTOMIZATIONS", "overlays/gone overlays/new")];
    runner.repository.shell("cp -R overlays/dev overlays/new && git add -A && git commit --quiet -m new", &[]);
    succeeded(&runner.step("diff", "Compare with the base", &new));
    let body = fs::read_to_string(runner.file("temp/comment.md")).unwrap();
    let (gone, new) = body.split_once("### overlays/new\n").unwrap();
    assert!(gone.contains("### overlays/gone\n\nCould not be compared:\n\n    error "), "{body}");
    assert!(new.contains("overlays/new is new"), "{body}");
}

#[test]
fn a_comment_that_is_too_long_leads_to_the_summary() {
    let runner = Runner::new();
    runner.repository.stand_in("proxy-service", "#!/bin/sh\nhead -c 70000 /dev/zero | tr '\\0' x\nexit 1\n");
    succeeded(&runner.step("diff", "Compare with the base", &[]));
    let comment = fs::read_to_string(runner.file("temp/comment.md")).unwrap();
    let link = "<!-- proxy-service diff -->\nToo much changes for a comment: see the [summary](https://github.com/shop/deploy/actions/runs/1234).\n";
    assert_eq!(comment, link);
    assert!(fs::metadata(runner.file("summary")).unwrap().len() > 140_000);
}

/// Notes the environment of a build.
const SPY: &str = "#!/bin/sh\nenv >>\"$HOME/seen\"\nexit 1\n";

/// Runs a step with a kustomize that notes what it sees.
pub fn seen(repository: &Repository, run: impl FnOnce()) -> String {
    repository.stand_in("kustomize", SPY);
    fs::create_dir_all(repository.beside("home")).unwrap();
    run();
    fs::read_to_string(repository.beside("home/seen")).expect("something was built")
}

#[test]
fn a_build_finds_no_token() {
    let runner = Runner::new();
    let workflow = yaml("github.yaml");
    for (job, step) in [("validate", "Render and validate"), ("diff", "Compare with the base")] {
        // The runner hands a step what stands under `env`, and no token of its own.
        let steps = workflow["jobs"][job]["steps"].as_sequence().unwrap();
        assert!(steps.iter().all(|step| step.get("env").is_none()) && workflow["jobs"][job].get("env").is_none());
        let seen = seen(&runner.repository, || drop(runner.step(job, step, &[])));
        assert!(seen.contains("GITHUB_BASE_REF=main"), "the spy sees what the step has: {seen}");
        let tokens: Vec<&str> = seen.lines().filter(|line| line.to_uppercase().contains("TOKEN")).collect();
        assert!(tokens.is_empty(), "{tokens:?}");
    }
}

#[test]
fn what_a_build_says_is_no_command_to_the_runner() {
    let runner = Runner::new();
    let says =
        "#!/bin/sh\nprintf 'Error: x\\n::set-output name=a::b\\nerror PS001 \\r::error::100%%\\n##[error]c\\n' >&2\nexit 1\n";
    runner.repository.stand_in("kustomize", says);
    let output = runner.step("validate", "Render and validate", &[("KUSTOMIZATIONS", "overlays/dev")]);
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let (mut stopped, mut commands) = (None::<String>, Vec::new());
    for line in text.split(['\n', '\r']) {
        match (&stopped, line.strip_prefix("::stop-commands::")) {
            (None, Some(word)) => stopped = Some(format!("::{word}::")),
            (Some(end), _) if line == end => stopped = None,
            (Some(_), _) => {}
            (None, None) if line.trim_start().starts_with("::") || line.contains("##[") => commands.push(line),
            (None, None) => {}
        }
    }
    let [command] = commands.as_slice() else { panic!("one command, and not {commands:?}") };
    assert!(command.starts_with("::error title=proxy-service::PS009: ") && command.contains("::error::100%25"), "{text}");
}

#[test]
fn what_is_no_comment_of_the_workflow_is_not_posted() {
    let runner = Runner::new();
    let before = runner.comments();
    let marker = "<!-- proxy-service diff -->\n";
    fs::write(runner.file("other"), marker).unwrap();
    for setup in [
        "ln -s ../other comment.md",
        "echo other >comment.md",
        "(echo '<!-- proxy-service diff -->'; head -c 70000 /dev/zero) >comment.md",
        "true",
    ] {
        runner.repository.shell(&format!("cd ../temp && rm -f comment.md && {setup}"), &[]);
        assert!(!runner.comment().status.success(), "{setup}");
        assert_eq!(runner.comments(), before, "{setup}");
    }
}
