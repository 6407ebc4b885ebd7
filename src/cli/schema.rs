//! `schema` and `crd`: what editors and API servers read.

use super::{Exit, stdout};
use crate::api::{crd, json_schema};
use crate::krm::to_yaml;
use anyhow::Result;

/// Print the JSON Schema of a resource, for editors and validators.
#[derive(Debug, clap::Args)]
pub struct Schema {
    /// The resource.
    #[arg(value_name = "KIND", default_value = "ProxyService", value_parser = ["ProxyService", "ProxyServiceConfig"])]
    kind: String,
}

/// Print the CustomResourceDefinition of ProxyService.
#[derive(Debug, clap::Args)]
pub struct Crd {}

impl Schema {
    /// Runs the command.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn run(self) -> Result<Exit> {
        let schema = json_schema(&self.kind).expect("clap allows the two kinds only");
        stdout::output(&format!("{schema:#}\n"))?;
        Ok(Exit::Success)
    }
}

impl Crd {
    /// Runs the command.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn run(self) -> Result<Exit> {
        stdout::output(&to_yaml(&serde_yaml::to_value(crd())?, 0))?;
        Ok(Exit::Success)
    }
}
