//! What a run may replace, and what an interrupted run leaves behind.

#[path = "destroys/checkouts.rs"]
mod checkouts;
#[path = "destroys/descriptors.rs"]
mod descriptors;
#[path = "destroys/folders.rs"]
mod folders;
#[path = "destroys/outputs.rs"]
mod outputs;
