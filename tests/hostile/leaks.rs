//! What reaches a terminal, a log or a comment, and which files are read.
