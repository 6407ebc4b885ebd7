//! What is read is what kyaml reads, or it is an error.
