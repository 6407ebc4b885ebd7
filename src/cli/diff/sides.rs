//! The two sides of a comparison, as they would be applied.

use super::checkout::Checkout;
use super::git::Repository;
use super::reading::Reading;
use super::trouble::Trouble;
use crate::cli::sources;
use crate::diff::Sides;
use crate::findings::Code;
use crate::krm::{Finding, Findings};
use crate::rendered::Inventory;
use std::path::Path;

/// What is to be compared.
#[derive(Debug)]
pub struct Comparison {
    /// What is there now.
    pub before: Inventory,
    /// What is to come.
    pub after: Inventory,
    /// What the sides are called.
    pub sides: Sides,
    /// What a reader of the comparison has to know.
    pub notes: Vec<String>,
    /// What the person who runs it has to know.
    pub warnings: Findings,
}

impl Comparison {
    fn new(before: Inventory, after: Inventory, sides: Sides) -> Self {
        let mut warnings = Findings::default();
        for (inventory, side) in [(&before, &sides.before), (&after, &sides.after)] {
            for object in inventory.repeated() {
                let message = format!("the object stands several times in {side}");
                let remedy = "remove all but one; they are compared in their order";
                let finding = Finding::warning(Code::DuplicateObject, message, remedy);
                warnings.push(finding.about_object(object.key.to_ref(&object.api_version)));
            }
        }
        Comparison { before, after, sides, notes: Vec::new(), warnings }
    }
}

/// Two paths.
pub fn of_paths(before: &Path, after: &Path, reading: Reading<'_>) -> Result<Comparison, Trouble> {
    let name = |path: &Path| if path == Path::new("-") { "stdin".into() } else { path.display().to_string() };
    let sides = Sides { before: name(before), after: name(after) };
    let read = |path: &Path, which: &str| {
        // `diff` and `git diff` take it for nothing, too.
        if path == Path::new("/dev/null") {
            return Ok(Inventory::default());
        }
        reading.applied(path).map_err(|findings| Trouble::Side {
            side: format!("\"{}\" ({which})", name(path)),
            findings,
            called: None,
        })
    };
    let mut comparison = Comparison::new(read(before, "A")?, read(after, "B")?, sides);
    comparison.notes = reading.notes(&[before, after]);
    Ok(comparison)
}

/// One path at two commits, or at a commit and in the working tree.
pub fn of_commits(range: &str, path: &Path, reading: Reading<'_>) -> Result<Comparison, Trouble> {
    let repository = Repository::of(path)?;
    let (base, head) = repository.range(range)?;
    let checkout = Checkout::new(&repository)?;
    let inside = repository.inside.display().to_string();
    let inside = if inside.is_empty() { ".".to_string() } else { inside };

    let old = checkout.of(&base)?;
    let before = old.applied(&repository.inside, &inside, reading)?;
    let (after, after_name, after_path, mut warnings) = match &head {
        Some(head) => {
            let new = checkout.of(head)?;
            let after = new.applied(&repository.inside, &inside, reading)?;
            (
                after,
                format!("{inside} at {}", head.called()),
                new.path(&repository.inside),
                repository.uncommitted(&[&base, head]),
            )
        }
        None => {
            let path = repository.top.join(&repository.inside);
            let name = format!("{inside} in the working tree");
            let side = |findings| Trouble::Side { side: name.clone(), findings, called: None };
            let read = || {
                sources::stays_inside(&path, &repository.top)?;
                reading.applied(&path)
            };
            let after = if path.symlink_metadata().is_ok() { Some(read().map_err(side)?) } else { None };
            (after, name, path, Findings::default())
        }
    };
    let sides = Sides { before: format!("{inside} at {}", base.called()), after: after_name };
    let mut notes = match (&before, &after) {
        (None, None) => {
            let message = format!("\"{inside}\" does not exist, neither before nor after");
            return Err(
                Finding::error(Code::UnreadableInput, message, "correct the path; it counts from the current folder").into()
            );
        }
        (None, Some(_)) => vec![format!("{inside} is new: {} does not have it", base.called())],
        (Some(_), None) => vec![format!("{inside} goes: only {} has it", base.called())],
        (Some(_), Some(_)) => Vec::new(),
    };
    let mut comparison = Comparison::new(before.unwrap_or_default(), after.unwrap_or_default(), sides);
    notes.extend(reading.notes(&[&old.path(&repository.inside), &after_path]));
    comparison.notes = notes;
    warnings.extend(checkout.warnings());
    warnings.extend(std::mem::take(&mut comparison.warnings));
    comparison.warnings = warnings;
    Ok(comparison)
}
