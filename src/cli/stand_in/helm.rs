//! `helm`, as kustomize starts it with `--enable-helm`: it fetches and renders a chart.
//!
//! kustomize writes three command lines (api/internal/builtins/HelmChartInflationGenerator.go), most of
//! their words are of the kustomization, and a release's name is handed on as it is: one called
//! `--post-renderer=PROGRAM` makes helm 3 run the program. The folder of helm's configuration can be one of
//! the kustomization's (`helmGlobals.configHome`), and in it plugins and credential helpers, which are
//! programs too.

use super::policy::Refusal;
use crate::findings::Code;
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

/// The options that kustomize writes, and whether a value follows.
const OPTIONS: [(&str, &[(&str, bool)]); 3] = [
    ("version", &[("--short", false), ("-c", false)]),
    ("pull", &[("--untar", false), ("--untardir", true), ("--repo", true), ("--version", true), ("--devel", false)]),
    (
        "template",
        &[
            ("--generate-name", false),
            ("--namespace", true),
            ("--name-template", true),
            ("-f", true),
            ("--values", true),
            ("--api-versions", true),
            ("--kube-version", true),
            ("--include-crds", false),
            ("--skip-tests", false),
            ("--no-hooks", false),
            ("--debug", false),
            ("--devel", false),
        ],
    ),
];

/// Whether the command line is one of kustomize's, and the chart goes where charts may be written.
///
/// # Errors
/// It is not, or a word of the kustomization's is an option.
pub fn check(arguments: &[OsString], charts: Option<&Path>) -> Result<(), Refusal> {
    let Some(charts) = charts else {
        let remedy = "add `--enable-helm`; in Argo CD, ask for `enable-helm` in the parameter kustomize-flags, which the plugin's \
                      command must allow with `--allow=enable-helm`";
        return Err(refusal(
            "a kustomization has a Helm chart, and charts are not rendered unless that is asked for".into(),
            remedy,
        ));
    };
    let words: Vec<&str> = arguments.iter().map(|word| word.to_str().unwrap_or("-")).collect();
    let known = words.first().and_then(|name| OPTIONS.iter().find(|(known, _)| known == name));
    let Some((_, options)) = known else {
        return Err(refusal(format!("helm was started with \"{}\", which kustomize does not write", words.join(" ")), REMEDY));
    };
    let mut words = words[1..].iter();
    while let Some(word) = words.next() {
        let Some((name, has_value)) = options.iter().find(|(name, _)| name == word) else {
            if word.starts_with('-') {
                let message = format!("a name of a Helm chart or release is \"{word}\", which helm would take for an option");
                return Err(refusal(message, REMEDY));
            }
            continue;
        };
        let value = if *has_value { words.next() } else { None };
        if *name == "--untardir" && !value.is_some_and(|folder| is_below(Path::new(folder), charts)) {
            let message = format!("charts would be written to \"{}\"", value.unwrap_or(&""));
            return Err(refusal(message, "set helmGlobals.chartHome to a folder of the kustomization"));
        }
    }
    Ok(())
}

const REMEDY: &str = "correct `name` and `releaseName` in helmCharts";

fn refusal(message: String, remedy: &str) -> Refusal {
    Refusal::new(Code::RefusedCommand, message, remedy)
}

/// Whether a folder, which need not exist, is below another one, links followed.
fn is_below(folder: &Path, root: &Path) -> bool {
    let plain = !folder.components().any(|part| part == Component::ParentDir);
    let existing = folder.ancestors().find(|folder| folder.symlink_metadata().is_ok());
    let real = existing.and_then(|folder| folder.canonicalize().ok());
    plain && real.zip(root.canonicalize().ok()).is_some_and(|(real, root)| real.starts_with(root))
}

/// The command, with folders of its own in the place of those of the kustomization.
pub fn alone(mut command: Command, folder: &Path) -> io::Result<Command> {
    let home: PathBuf = folder.join("home-of-helm");
    let plugins = home.join("plugins");
    std::fs::create_dir_all(&plugins)?;
    command.current_dir(&home).env("HELM_PLUGINS", plugins);
    for (variable, inside) in [("HELM_CONFIG_HOME", "config"), ("HELM_CACHE_HOME", "cache"), ("HELM_DATA_HOME", "data")] {
        command.env(variable, home.join(inside));
    }
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_words(words: &[&str], charts: Option<&Path>) -> Result<(), Refusal> {
        check(&words.iter().map(OsString::from).collect::<Vec<_>>(), charts)
    }

    #[test]
    fn only_the_command_lines_of_kustomize_pass_and_no_word_of_a_kustomization_is_an_option() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("tree");
        std::fs::create_dir_all(root.join("charts")).unwrap();
        let inside = root.join("charts/new");
        let inside = inside.to_str().unwrap();
        let outside = folder.path().to_str().unwrap();
        let up = format!("{inside}/../../..");
        let allowed = Some(root.as_path());
        for good in [
            &["version", "--short"][..],
            &["template", "shop", "/c/chart", "--namespace", "-n", "-f", "v.yaml", "--include-crds"],
            &["template", "--generate-name", "/c/chart", "--api-versions", "v1", "--kube-version", "1.30"],
            &["pull", "--untar", "--untardir", inside, "--repo", "https://x", "chart", "--version", "1"],
        ] {
            assert!(check_words(good, allowed).is_ok(), "{good:?}");
            assert!(check_words(good, None).is_err(), "{good:?}");
        }
        for wrong in [
            &[][..],
            &["plugin", "install", "x"],
            &["install", "x"],
            &["template", "--post-renderer=/x", "/c/chart"],
            &["template", "--post-renderer", "/c/chart"],
            &["template", "shop", "/c/chart", "--set=a=b"],
            &["pull", "--untar", "--untardir", outside, "chart"],
            &["pull", "--untar", "--untardir", &up, "chart"],
            &["pull", "--untar", "--untardir"],
            &["pull", "--untar", "--untardir", inside, "--registry-config=x"],
        ] {
            assert!(check_words(wrong, allowed).is_err(), "{wrong:?}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_link_out_of_the_tree_is_no_folder_for_charts() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("tree");
        std::fs::create_dir(&root).unwrap();
        std::os::unix::fs::symlink("/", root.join("charts")).unwrap();
        std::os::unix::fs::symlink("/nowhere", root.join("dangling")).unwrap();
        for link in ["charts", "charts/x", "dangling", "dangling/x"] {
            assert!(!is_below(&root.join(link), &root), "{link}");
        }
        assert!(is_below(&root.join("new/deep"), &root));
    }
}
