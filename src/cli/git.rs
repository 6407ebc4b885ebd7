//! What every git that this program starts has in common: it asks nobody, speaks English, and runs no
//! program of a repository's configuration.

use std::process::Command;

/// Settings of the command line, which count before those of every file.
///
/// `safe.bareRepository` is known from git 2.38 on, and ignored before.
const QUIET: [&str; 12] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.splitIndex=false",
    "core.sparseCheckout=false",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "advice.detachedHead=false",
    "protocol.ext.allow=never",
    "safe.bareRepository=explicit",
    "diff.external=",
];

/// Variables with which git tells its hooks where they run (`git rev-parse --local-env-vars`): they would
/// mean another repository, or the user's index.
const OF_A_REPOSITORY: [&str; 12] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
    "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE",
    "GIT_REPLACE_REF_BASE",
];

/// Adds the settings, before the sub-command.
pub fn quiet(command: &mut Command) -> &mut Command {
    command.args(["--no-pager", "--no-optional-locks", "--no-replace-objects"]);
    for setting in QUIET {
        command.args(["-c", setting]);
    }
    command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0")
}

/// Takes the variables of a repository away.
pub fn in_no_repository(command: &mut Command) -> &mut Command {
    for variable in OF_A_REPOSITORY {
        command.env_remove(variable);
    }
    command
}
