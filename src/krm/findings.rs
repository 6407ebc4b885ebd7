//! Every finding of one run; of those that are too many the number.

use super::{Code, Finding, Severity};
use std::collections::{BTreeMap, HashSet};
use std::fmt;

/// Findings of one code and severity beyond which the rest is counted only: nobody reads more, and a
/// small input can have millions.
const MOST_OF_A_KIND: usize = 1000;

/// Every finding of one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Findings {
    all: Vec<Finding>,
    /// In a box: findings stand in many results, and most have none.
    counts: Option<Box<Counts>>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Counts {
    kinds: BTreeMap<(Severity, Code), OfAKind>,
    /// Fingerprints of what is counted only.
    left_out: HashSet<u64>,
}

/// The findings of one code and severity.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct OfAKind {
    kept: usize,
    /// How many are left out, and the position of the finding that says so.
    left_out: Option<(usize, usize)>,
}

impl Findings {
    /// Adds one. From a number on those of the same code and severity are counted only, and the last of
    /// them says how many there are.
    pub fn push(&mut self, finding: Finding) {
        let counts = self.counts.get_or_insert_default();
        let of_a_kind = counts.kinds.entry((finding.severity(), finding.code())).or_default();
        if finding.more().is_none() && of_a_kind.kept < MOST_OF_A_KIND {
            of_a_kind.kept += 1;
            return self.all.push(finding);
        }
        if finding.more().is_none() {
            counts.left_out.insert(finding.fingerprint());
        }
        let (before, position) = of_a_kind.left_out.unwrap_or((0, self.all.len()));
        let count = before + finding.more().unwrap_or(1);
        of_a_kind.left_out = Some((count, position));
        let left_out = finding.left_out(count);
        match self.all.get_mut(position) {
            Some(earlier) => *earlier = left_out,
            None => self.all.push(left_out),
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
            all.extend(found(Code::NoSuchPort, part));
            all.push(Finding::warning(Code::NoSuchPort, "else", "mend it"));
        }
        all.extend(found(Code::NoSuchSubset, 2));
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
    fn findings_that_are_there_come_once_though_they_were_left_out() {
        let mut all = found(Code::MalformedYaml, 3 * MOST_OF_A_KIND);
        let others: Vec<Finding> = (0..3 * MOST_OF_A_KIND + 2)
            .map(|number| Finding::error(Code::MalformedYaml, format!("{number}"), "mend it"))
            .collect();
        all.extend_once(&others);
        all.extend_once(&others);
        assert_eq!(all.sorted().last().map(|finding| finding.count()), Some(2 * MOST_OF_A_KIND + 2));
        let mut few = found(Code::MalformedYaml, 2);
        few.extend_once(&others[..3]);
        assert_eq!(few.sorted().len(), 3);
    }
}
