//! The user's DestinationRules: what stays with the clients on the front, and what goes to the target.

pub(crate) mod choices;
pub(crate) mod destination_rule;
pub(crate) mod division;
pub(crate) mod exported;
pub(crate) mod front_tls;
pub(crate) mod hidden_target;
pub(crate) mod host;
pub(crate) mod limits;
pub(crate) mod locality;
pub(crate) mod other_domain;
pub(crate) mod passthrough;
pub(crate) mod passthrough_elsewhere;
pub(crate) mod policy_fields;
pub(crate) mod tls_by_rule;
pub(crate) mod tls_elsewhere;
pub(crate) mod user_rules;
pub(crate) mod wildcard_rule;
pub(crate) mod without_auto_mtls;
pub(crate) mod written_labels;

pub use tls_by_rule::TlsByRule;
pub use user_rules::{Ruled, UserRules};
