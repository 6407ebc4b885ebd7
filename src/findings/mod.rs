//! What the documentation says of the checks, as data beside each check ([`fact`]).

pub mod fact;
