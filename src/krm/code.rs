//! The code of a finding.

use std::fmt;

/// The number by which a finding is explained: `PS012`. What the numbers mean is for who finds something to say; those
/// of the wire's own reader are here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u16);

impl Code {
    /// The input is not UTF-8 or not YAML.
    pub const MALFORMED_YAML: Code = Code(1);
    /// The input of the function is not a ResourceList.
    pub const NOT_A_RESOURCE_LIST: Code = Code(2);
    /// An item is not a Kubernetes object.
    pub const NOT_AN_OBJECT: Code = Code(3);

    /// A code by its number.
    #[must_use]
    pub const fn new(number: u16) -> Self {
        Code(number)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PS{:03}", self.0)
    }
}
