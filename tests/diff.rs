//! `diff`: what it says, what it must not say, and that what it says is the difference.

#[path = "diff/apply.rs"]
mod apply;
#[path = "diff/comment.rs"]
mod comment;
#[path = "diff/commits.rs"]
mod commits;
#[path = "diff/golden.rs"]
mod golden;
#[path = "diff/mutations.rs"]
mod mutations;
#[path = "diff/program.rs"]
mod program;
#[path = "diff/repository.rs"]
mod repository;
#[path = "diff/trouble.rs"]
mod trouble;
