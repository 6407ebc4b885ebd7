//! Hostile input: nothing that an input says runs a program, leaks, lies, destroys or takes for ever.
//! docs/security.md says what is promised; each promise is tried here.

mod destroys;
mod growth;
mod kit;
mod leaks;
mod lies;
mod promises;
mod runs;
mod shell;
mod texts;
