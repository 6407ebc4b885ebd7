//! The hooks, by the real pre-commit: it clones this checkout's hook files as a user's would.

use super::repository::{PROXY_SERVICE, ROOT, Repository, have, said};
use std::fs;
use std::process::Output;

/// A repository that uses one hook with these arguments.
fn using(hook: &str, arguments: &str) -> Repository {
    let repository = Repository::new();
    let hooks = repository.beside("hooks");
    fs::create_dir_all(hooks.join("functions/ci")).unwrap();
    for file in [".pre-commit-hooks.yaml", "functions/ci/pre-commit.sh"] {
        fs::copy(format!("{ROOT}/{file}"), hooks.join(file)).unwrap();
    }
    let commit = "cd ../hooks && git init --quiet && git add -A && git commit --quiet -m hooks && git rev-parse HEAD";
    let revision = repository.shell(commit, &[]);
    let config = format!("repos:\n- repo: ../hooks\n  rev: {revision}  hooks:\n  - {{id: {hook}, args: {arguments}}}\n");
    repository.write(".pre-commit-config.yaml", &config);
    repository.shell("git add -A", &[]);
    repository
}

/// Without a network: a proxy that nobody listens on.
fn pre_commit(repository: &Repository) -> Output {
    let home = repository.beside("pre-commit-home");
    let set = [("PRE_COMMIT_HOME", home.to_str().unwrap()), ("https_proxy", "http://127.0.0.1:9"), ("PRE_COMMIT_COLOR", "never")];
    repository.run("pre-commit", &["run", "--all-files", "--verbose"], &set)
}

#[test]
fn the_manifest_is_what_pre_commit_expects() {
    if have(&["pre-commit"], &[]) {
        let output = Repository::new().run("pre-commit", &["validate-manifest", &format!("{ROOT}/.pre-commit-hooks.yaml")], &[]);
        assert!(output.status.success(), "{}", said(&output));
    }
}

#[test]
fn render_passes_and_fails_with_the_finding() {
    if !have(&["pre-commit", "kustomize"], &[]) {
        return;
    }
    let repository = using("proxy-service-render", "[-k, overlays/prod]");
    let output = pre_commit(&repository);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("Passed") && !said(&output).contains("[WARNING]"), "{}", said(&output));
    repository.write("overlays/prod/proxyservice.yaml", &PROXY_SERVICE.replace("serviceName: cart", "serviceName: card"));
    let output = pre_commit(&repository);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("error PS010") && said(&output).contains("did you mean \"cart\"?"), "{}", said(&output));
}

#[test]
fn a_rendered_file_in_the_repository_is_kept_up_to_date() {
    if !have(&["pre-commit", "kustomize"], &[]) {
        return;
    }
    let repository = using("proxy-service-render", "[-k, overlays/prod, -o, rendered.yaml]");
    repository.write("rendered.yaml", "# old\n");
    repository.shell("git add -A", &[]);
    let output = pre_commit(&repository);
    assert!(!output.status.success() && said(&output).contains("files were modified by this hook"), "{}", said(&output));
    repository.shell("git add -A", &[]);
    assert!(pre_commit(&repository).status.success(), "the second time nothing changes");
}

#[test]
fn validate_looks_at_every_kustomization() {
    if !have(&["pre-commit", "kustomize"], &["validate"]) {
        return;
    }
    let repository = using("proxy-service-validate", "[overlays/dev, overlays/prod]");
    let output = pre_commit(&repository);
    assert!(output.status.success(), "{}", said(&output));
    let route = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: cart}\nspec: {hosts: [cart], http: [{route: [{destination: {host: cart, port: {number: 81}}}]}]}\n";
    repository.write("overlays/dev/route.yaml", route);
    let dev = fs::read_to_string(repository.path("overlays/dev/kustomization.yaml")).unwrap();
    repository.write("overlays/dev/kustomization.yaml", &dev.replace("[../../base]", "[../../base, route.yaml]"));
    repository.write("overlays/prod/proxyservice.yaml", &PROXY_SERVICE.replace("serviceName: cart", "serviceName: card"));
    repository.shell("git add -A", &[]);
    let output = pre_commit(&repository);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("PS102") && said(&output).contains("error PS010"), "both are told: {}", said(&output));
}
