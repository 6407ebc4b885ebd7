//! What reaches a terminal, a log or a comment, and which files are read.

#[path = "leaks/comments.rs"]
mod comments;
#[path = "leaks/displays.rs"]
mod displays;
#[path = "leaks/files.rs"]
mod files;
#[path = "leaks/hostile.rs"]
mod hostile;
#[path = "leaks/secrets.rs"]
mod secrets;
