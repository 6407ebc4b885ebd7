//! What keeps a comparison from an answer.

use crate::cli::report;
use crate::krm::{Finding, Findings};

/// Why there is no answer.
#[derive(Debug)]
pub enum Trouble {
    /// About both sides, or about the repository.
    Findings(Findings),
    /// A side cannot be read or built.
    Side {
        /// What the side is.
        side: String,
        /// What is wrong with it.
        findings: Findings,
        /// Where a temporary checkout stands, and what to call it.
        called: Option<(String, String)>,
    },
}

impl From<Finding> for Trouble {
    fn from(finding: Finding) -> Self {
        Trouble::Findings(finding.into())
    }
}

impl Trouble {
    /// To stderr. The paths of a temporary checkout are named as git names them: `main:app/cart.yaml`.
    pub fn print(&self) {
        match self {
            Trouble::Findings(findings) => report::findings(findings),
            Trouble::Side { side, findings, called } => {
                let mut said = findings.to_string();
                if let Some((folder, name)) = called {
                    said = said.replace(&format!("{folder}/"), &format!("{name}:")).replace(folder, name);
                }
                report::wrong_usage(&format!("{side} cannot be compared:"));
                report::text(&said);
            }
        }
    }
}
