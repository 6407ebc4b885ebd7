//! Which programs an input may start: none but this one.
