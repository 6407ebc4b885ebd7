//! `git`, as kustomize starts it: it fetches a remote base into a temporary folder.
//!
//! kustomize writes five command lines (api/internal/git/cloner.go, `ClonerUsingGitExec`). Two of their
//! words are of the kustomization: the URL, and the ref of its query. kustomize hands both on as they are,
//! so `?ref=--upload-pack=PROGRAM` makes git run the program.

use super::policy::Refusal;
use crate::cli::git::{in_no_repository, quiet};
use crate::findings::Code;
use std::ffi::OsString;
use std::process::Command;

/// What git may speak when it fetches a remote base. `file` runs git itself in a folder of this machine,
/// which may be one of the pull request's with a configuration of its own; `ext` and what else git has a
/// `git-remote-…` for run programs.
const PROTOCOLS: &str = "https:http:ssh:git";

/// Whether the command line is one of kustomize's.
///
/// # Errors
/// It is not, or a word of the kustomization's is an option.
pub fn read(arguments: &[OsString]) -> Result<Vec<OsString>, Refusal> {
    let words: Vec<&str> = arguments.iter().map(|word| word.to_str().unwrap_or("-")).collect();
    let plain = |word: &str, what: &str| {
        if word.is_empty() || word.starts_with('-') || word.contains(char::is_control) { Err(option(word, what)) } else { Ok(()) }
    };
    let line = match words[..] {
        // Without the user's templates: their hooks are switched off, other files are of no use.
        ["init"] => vec!["init", "--quiet", "--template="],
        ["remote", "add", "origin", url] => {
            plain(url, "URL")?;
            vec!["remote", "add", "origin", url]
        }
        // kustomize 5 names the URL again, kustomize 4 `origin`.
        ["fetch", "--depth=1", remote, reference] => {
            plain(remote, "URL")?;
            plain(reference, "ref")?;
            vec!["fetch", "--depth=1", "--no-recurse-submodules", "--", remote, reference]
        }
        ["checkout", "FETCH_HEAD"] => vec!["checkout", "--quiet", "FETCH_HEAD"],
        // `--checkout`: no command that a .gitmodules names takes its place.
        ["submodule", "update", "--init", "--recursive"] => vec!["submodule", "update", "--init", "--recursive", "--checkout"],
        _ => {
            let message = format!("git was started with \"{}\", which kustomize does not write", words.join(" "));
            return Err(Refusal::new(Code::RefusedCommand, message, REMEDY));
        }
    };
    Ok(line.into_iter().map(OsString::from).collect())
}

const REMEDY: &str = "write the remote base as https://HOST/PATH?ref=REF, with a branch, tag or commit as REF";

fn option(word: &str, what: &str) -> Refusal {
    let message = format!("the {what} of a remote base is \"{word}\", which git would take for an option");
    Refusal::new(Code::RefusedCommand, message, REMEDY)
}

/// The refusal that an entry of a kustomization would meet with, before anything is fetched: kustomize
/// takes the ref from the query of a URL (api/internal/git/repospec.go, `parseQuery`).
#[must_use]
pub fn option_in(entry: &str) -> Option<Refusal> {
    let (_, query) = entry.split_once('?')?;
    let values =
        query.split('&').filter_map(|field| field.split_once('=')).filter(|(name, _)| matches!(*name, "ref" | "version"));
    let encoded = |value: &str| value.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("%2d"));
    values.map(|(_, value)| value).find(|value| value.starts_with('-') || encoded(value)).map(|value| option(value, "ref"))
}

/// The command, with the user's own configuration (a private base needs the user's credentials) but
/// without hooks, and outside of every other repository.
pub fn of_the_user(mut command: Command) -> Command {
    quiet(in_no_repository(&mut command));
    if std::env::var_os("GIT_ALLOW_PROTOCOL").is_none() {
        command.env("GIT_ALLOW_PROTOCOL", PROTOCOLS);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn only_the_command_lines_of_kustomize_pass_and_no_word_of_a_kustomization_is_an_option() {
        let url = "https://example.com/a/b";
        for good in [
            &["init"][..],
            &["remote", "add", "origin", url],
            &["fetch", "--depth=1", url, "v1.0"],
            &["fetch", "--depth=1", "origin", "HEAD"],
            &["checkout", "FETCH_HEAD"],
            &["submodule", "update", "--init", "--recursive"],
        ] {
            assert!(read(&words(good)).is_ok(), "{good:?}");
        }
        for wrong in [
            &[][..],
            &["status"],
            &["init", "--template=/x"],
            &["remote", "add", "origin", "--upload-pack=x"],
            &["fetch", "--depth=1", url, "--upload-pack=x"],
            &["fetch", "--depth=1", "--upload-pack=x", "HEAD"],
            &["fetch", "--depth=1", url, "-c"],
            &["fetch", "--depth=1", url, ""],
            &["fetch", "--depth=1", url, "a\nb"],
            &["fetch", "--depth=1", url, "a", "b"],
            &["checkout", "--", "x"],
            &["-c", "alias.x=!x", "x"],
        ] {
            assert!(read(&words(wrong)).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_option_as_ref_is_seen_in_the_kustomization_too() {
        for wrong in
            ["https://a/b/c?ref=--upload-pack=x", "file:///x?version=-x", "a/b?timeout=1&ref=%2D-upload-pack=x", "x?ref=%2d"]
        {
            assert!(option_in(wrong).is_some(), "{wrong}");
        }
        for good in ["https://a/b/c?ref=v1", "--x", "a?b=-c", "https://a/b?ref=a-b", "https://a/b?ref=%"] {
            assert!(option_in(good).is_none(), "{good}");
        }
    }
}
