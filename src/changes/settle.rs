//! Where planned objects stand.

use super::{Changes, Claim, Planned, annotations_mut};
use crate::krm::{Finding, Findings, HOST_ANNOTATION_DOMAINS, Item};
use serde_yaml::{Mapping, Value};

/// Makes the planned objects: in the place of those of an earlier run, else after the item that `anchor` gives for
/// their interception.
///
/// # Errors
/// An item that an object is made from cannot be parsed.
pub fn settle(
    planned: Vec<Planned<'_>>,
    anchor: impl Fn(usize) -> usize,
    items: &[Item<'_>],
    changes: &mut Changes,
    findings: &mut Findings,
) -> Result<(), Finding> {
    for planned in planned {
        let claim = Claim::own(planned.interception, planned.role);
        let existing = planned.existing;
        let object = planned.make(findings)?;
        match existing {
            Some(item) => {
                changes.rewrite(item, with_host_annotations(object.into_value(), items[item].value()?));
                changes.claim(item, claim);
            }
            None => changes.add(anchor(claim.interception), object, claim),
        }
    }
    Ok(())
}

/// The object of an earlier run keeps the annotations in which its host keeps books.
fn with_host_annotations(mut object: Value, old: &Value) -> Value {
    let kept: Mapping = old
        .get("metadata")
        .and_then(|metadata| metadata.get("annotations")?.as_mapping())
        .into_iter()
        .flatten()
        .filter(|(key, _)| key.as_str().is_some_and(|key| HOST_ANNOTATION_DOMAINS.iter().any(|domain| key.starts_with(domain))))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if !kept.is_empty()
        && let Some(annotations) = annotations_mut(&mut object)
    {
        annotations.extend(kept);
    }
    object
}
