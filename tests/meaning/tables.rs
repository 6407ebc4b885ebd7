//! The tables of constructs, `constructs/*.yaml`: each entry is one way to write something.
//!
//! A key with a capital is an object, `Kind`, `Kind/NAME` or `Kind/NAMESPACE/NAME`; its value is the
//! spec, or a body with spec, data or metadata. `$host` and `$orders` are the front and another
//! Service as the table's place has it (`routes_at.yaml` for `routes.yaml`). `requests` are asked
//! beside those of every combination; `needs: subsets` gives the rule for the front its subsets.

use crate::documents;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs;

/// An entry of a table.
pub type Construct = Map<String, Value>;

/// All tables by their names.
pub struct Tables(BTreeMap<String, BTreeMap<String, Construct>>);

/// The choice of constructs, `table/entry` each, in the order of the tables.
pub type Combination = Vec<String>;

impl Tables {
    pub fn read() -> Tables {
        let folder = crate::folder().join("constructs");
        let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let table = |path: std::path::PathBuf| {
            let name = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
            (name, documents::typed(&path))
        };
        Tables(files.map(|entry| table(entry.expect("a folder can be read").path())).collect())
    }

    /// The entry that `table/entry` names.
    pub fn construct(&self, name: &str) -> &Construct {
        let (table, entry) = name.split_once('/').unwrap_or_else(|| panic!("{name} is no table/entry"));
        self.0.get(table).and_then(|table| table.get(entry)).unwrap_or_else(|| panic!("no table has {name}"))
    }

    /// Each entry by itself.
    pub fn singles(&self) -> Vec<Combination> {
        let all = self.0.iter().flat_map(|(table, entries)| entries.keys().map(move |entry| vec![format!("{table}/{entry}")]));
        all.collect()
    }

    /// The combination; one for each entry of the table where it has `table/*`.
    pub fn meant(&self, combination: &Combination) -> Vec<Combination> {
        let Some((at, table)) = combination.iter().enumerate().find_map(|(at, name)| Some((at, name.strip_suffix("/*")?))) else {
            return vec![combination.clone()];
        };
        let with = |entry: &String| {
            let mut one = combination.clone();
            one[at] = format!("{table}/{entry}");
            one
        };
        self.0[table].keys().map(with).collect()
    }

    /// Names and entries of the tables.
    pub fn iter(&self) -> impl Iterator<Item = (&String, Vec<&String>)> {
        self.0.iter().map(|(table, entries)| (table, entries.keys().collect()))
    }
}
