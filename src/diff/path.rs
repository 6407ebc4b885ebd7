//! Where in an object something changes.

use super::safe::visible;
use std::fmt::{self, Write};

/// The steps from an object down to a value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Path(pub Vec<Step>);

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// To a field of a mapping.
    Field(String),
    /// To the item of a list whose keys have these values.
    Item(Vec<(String, String)>),
    /// To the item of a list at an index: before the change, after it, or both.
    At {
        /// The index before; `None` for a new item.
        before: Option<usize>,
        /// The index after; `None` for an item that goes.
        after: Option<usize>,
    },
}

impl Path {
    /// One step further down.
    #[must_use]
    pub fn then(&self, step: Step) -> Path {
        Path(self.0.iter().cloned().chain([step]).collect())
    }

    /// Whether it leads through these fields first.
    #[must_use]
    pub fn starts_with(&self, fields: &[&str]) -> bool {
        let mut steps = self.0.iter();
        fields.iter().all(|field| matches!(steps.next(), Some(Step::Field(name)) if name == field))
    }
}

impl fmt::Display for Path {
    /// `spec.ports[port=80,protocol=TCP].targetPort`, `metadata.labels["app.kubernetes.io/name"]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            if at > 0 && matches!(step, Step::Field(name) if is_plain(name)) {
                f.write_char('.')?;
            }
            step.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Field(name) if is_plain(name) => f.write_str(name),
            Step::Field(name) => write!(f, "[{}]", quoted(name)),
            Step::Item(keys) => {
                f.write_char('[')?;
                for (at, (key, value)) in keys.iter().enumerate() {
                    f.write_str(if at > 0 { "," } else { "" })?;
                    if !key.is_empty() {
                        write!(f, "{key}=")?;
                    }
                    if is_word(value) { f.write_str(value)? } else { f.write_str(&quoted(value))? }
                }
                f.write_char(']')
            }
            Step::At { before, after } => match after.or(*before) {
                Some(index) => write!(f, "[{index}]"),
                None => Ok(()),
            },
        }
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-$".contains(&byte))
}

fn is_word(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./:".contains(&byte))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", visible(&text.replace('\\', "\\\\").replace('"', "\\\"")).replace('\t', "\\t"))
}
