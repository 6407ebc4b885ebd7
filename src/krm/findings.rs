//! Every finding of one run; of those that are too many the number.

use super::{Code, Finding, Severity};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::fmt;

/// Findings of one code and severity beyond which the rest is counted only: nobody reads more, and a
/// small input can have millions.
const MOST_OF_A_KIND: usize = 1000;

/// The same for a field of one object that has a finding with each of many others: a selector that finds them all.
const MOST_OF_A_FIELD: usize = 10;

/// Every finding of one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Findings {
    all: Vec<Finding>,
    /// In a box: findings stand in many results, and most have none.
    counts: Option<Box<Counts>>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Counts {
    kinds: BTreeMap<(Severity, Code), Told>,
    /// Fingerprints of what is counted only.
    left_out: HashSet<u64>,
}

/// The findings of one code and severity.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Told {
    kept: usize,
    /// The position of the finding that says how many are left out.
    left_out: Option<usize>,
}

impl Findings {
    /// Adds one. From a number on those of the same code and severity are counted only, and the last of
    /// them says how many there are.
    pub fn push(&mut self, finding: Finding) {
        let counts = self.counts.get_or_insert_default();
        let of_kind = counts.kinds.entry((finding.severity(), finding.code())).or_default();
        if !finding.is_rest_of_kind() && of_kind.kept < MOST_OF_A_KIND {
            of_kind.kept += 1;
            return self.all.push(finding);
        }
        if finding.count() == 1 {
            counts.left_out.insert(finding.fingerprint());
        }
        match of_kind.left_out {
            Some(position) => self.all[position].stand_for_more(finding.count()),
            None => {
                of_kind.left_out = Some(self.all.len());
                self.all.push(finding.rest_of_kind());
            }
        }
    }

    /// Adds the findings that a field of an object has with each of many others. The first are made and told, the rest is
    /// counted: one more about the field says how many.
    pub fn push_of_each<T>(&mut self, others: impl IntoIterator<Item = T>, make: impl Fn(T) -> Finding) {
        let mut others = others.into_iter();
        others.by_ref().take(MOST_OF_A_FIELD).for_each(|other| self.push(make(other)));
        if let Some(next) = others.next() {
            self.push(make(next).rest_of_field(1 + others.count()));
        }
    }

    /// Adds all of another run's part.
    pub fn extend(&mut self, other: Findings) {
        if let Some(counts) = other.counts.filter(|counts| !counts.left_out.is_empty()) {
            self.counts.get_or_insert_default().left_out.extend(counts.left_out);
        }
        other.all.into_iter().for_each(|finding| self.push(finding));
    }

    /// Adds those that are not there yet.
    pub fn extend_once<'f>(&mut self, others: impl IntoIterator<Item = &'f Finding>) {
        let mut others = others.into_iter().peekable();
        // Next to no input has any.
        if others.peek().is_none() {
            return;
        }
        let left_out = self.counts.iter().flat_map(|counts| &counts.left_out).copied();
        let mut known: HashSet<u64> = self.all.iter().map(Finding::fingerprint).chain(left_out).collect();
        for finding in others {
            if known.insert(finding.fingerprint()) {
                self.push(finding.clone());
            }
        }
    }

    /// Whether any of them keeps the output back.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.all.iter().any(|finding| finding.severity() == Severity::Error)
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The findings, errors first, otherwise in the order in which they were found.
    #[must_use]
    pub fn sorted(&self) -> Vec<&Finding> {
        let mut all: Vec<_> = self.all.iter().collect();
        all.sort_by_key(|finding| finding.severity());
        all
    }
}

/// What a field tells of many others that come one at a time: as much as [`Findings::push_of_each`].
#[derive(Debug, Default)]
pub struct Telling {
    told: Cell<usize>,
    next: RefCell<Option<Finding>>,
}

impl Telling {
    /// Makes a finding and adds it to the others, as long as they are few.
    pub fn tell(&self, findings: &mut Findings, make: impl FnOnce() -> Finding) {
        let told = self.told.replace(self.told.get() + 1);
        if told < MOST_OF_A_FIELD {
            findings.push(make());
        } else if told == MOST_OF_A_FIELD {
            self.next.replace(Some(make()));
        }
    }

    /// Says how many more there were.
    pub fn end(&self, findings: &mut Findings) {
        if let Some(next) = self.next.take() {
            findings.push(next.rest_of_field(self.told.get() - MOST_OF_A_FIELD));
        }
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.into_iter()
    }
}

impl FromIterator<Finding> for Findings {
    fn from_iter<I: IntoIterator<Item = Finding>>(findings: I) -> Self {
        let mut all = Findings::default();
        findings.into_iter().for_each(|finding| all.push(finding));
        all
    }
}

impl From<Finding> for Findings {
    fn from(finding: Finding) -> Self {
        Findings::from_iter([finding])
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in self.sorted() {
            writeln!(f, "{finding}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(code: Code, count: usize) -> Findings {
        (0..count).map(|number| Finding::error(code, format!("{number}"), "mend it")).collect()
    }

    #[test]
    fn what_is_left_out_is_counted_however_findings_come_together() {
        let mut all = Findings::default();
        for part in [700, 5_000, 1, 0, 2_000] {
            all.extend(found(Code::new(102), part));
            all.push(Finding::warning(Code::new(102), "else", "mend it"));
        }
        all.extend(found(Code::new(103), 2));
        let again: Findings = all.clone().into_iter().collect();
        for findings in [all, again] {
            let count = |severity| {
                let sorted = findings.sorted();
                sorted.into_iter().filter(|finding| finding.severity() == severity).map(Finding::count).sum::<usize>()
            };
            assert_eq!((count(Severity::Error), count(Severity::Warning)), (7_703, 5));
            assert_eq!(findings.sorted().len(), MOST_OF_A_KIND + 1 + 5 + 2);
            assert_eq!(
                findings.sorted().iter().filter(|finding| finding.message() == "6701 more of this code are left out").count(),
                1
            );
        }
    }

    #[test]
    fn a_field_tells_of_the_first_and_counts_the_rest() {
        let mut documents = crate::Documents::default();
        let text = "{apiVersion: v1, kind: A, metadata: {name: a}}\n---\n{apiVersion: v1, kind: A, metadata: {name: b}}";
        documents.read("stdin", text).unwrap();
        let items = documents.items();
        let mut all = Findings::default();
        for item in items {
            let make = |number| Finding::warning(Code::new(102), format!("{number}"), "mend it").about(item).at("spec");
            all.push_of_each(0..300, make);
        }
        assert_eq!(all.sorted().len(), 2 * (MOST_OF_A_FIELD + 1));
        assert_eq!(all.sorted().into_iter().map(Finding::count).sum::<usize>(), 600);
        let rest = all.sorted().into_iter().rfind(|finding| finding.count() > 1).map(ToString::to_string);
        assert!(rest.is_some_and(|rest| rest.contains("b A spec: 290 more of this code")), "{all}");
    }

    #[test]
    fn a_field_tells_as_much_where_the_others_come_one_at_a_time() {
        for count in [0, 1, MOST_OF_A_FIELD, MOST_OF_A_FIELD + 1, 3 * MOST_OF_A_KIND] {
            let (telling, mut all) = (Telling::default(), Findings::default());
            for number in 0..count {
                telling.tell(&mut all, || Finding::warning(Code::new(102), format!("{number}"), "mend it"));
            }
            telling.end(&mut all);
            assert_eq!(all.sorted().len(), count.min(MOST_OF_A_FIELD + 1));
            assert_eq!(all.sorted().into_iter().map(Finding::count).sum::<usize>(), count);
        }
    }

    #[test]
    fn findings_that_are_there_come_once_though_they_were_left_out() {
        let mut all = found(Code::MALFORMED_YAML, 3 * MOST_OF_A_KIND);
        let others: Vec<Finding> = (0..3 * MOST_OF_A_KIND + 2)
            .map(|number| Finding::error(Code::MALFORMED_YAML, format!("{number}"), "mend it"))
            .collect();
        all.extend_once(&others);
        all.extend_once(&others);
        assert_eq!(all.sorted().last().map(|finding| finding.count()), Some(2 * MOST_OF_A_KIND + 2));
        let mut few = found(Code::MALFORMED_YAML, 2);
        few.extend_once(&others[..3]);
        assert_eq!(few.sorted().len(), 3);
    }
}
