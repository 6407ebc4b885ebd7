//! What users' continuous integration runs: the steps of `functions/ci/github.yaml` and
//! `gitlab.yaml`, taken out of the files and run as their hosts run them, in a git repository with
//! the real kustomize; and the hooks, by the real pre-commit. Every workflow, the release's too, is held
//! against rules (`ci/workflows.rs`).
//!
//! `gh` and GitLab's API are stand-ins that keep comments in a file (`tests/ci/`). What is missing on
//! the machine (`tests/tools/install.sh kustomize ci`) is said, and proves nothing; with
//! `PROXY_SERVICE_HOSTS=required` it is a failure.

#[path = "ci/files.rs"]
mod files;
#[path = "ci/github.rs"]
mod github;
#[path = "ci/gitlab.rs"]
mod gitlab;
#[path = "ci/hooks.rs"]
mod hooks;
#[path = "ci/images.rs"]
mod images;
#[path = "ci/release.rs"]
mod release;
#[path = "ci/repository.rs"]
mod repository;
#[path = "ci/workflows.rs"]
mod workflows;
