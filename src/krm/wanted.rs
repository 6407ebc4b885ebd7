//! Paths of fields that are looked for together, so that one look at an object finds all of them.

use std::collections::HashMap;

/// Steps beyond which a path is followed no further; no field that a finding names is as deep.
const DEEPEST: usize = 64;

/// The root of a [`Wanted`].
pub const ROOT: usize = 0;

/// A tree of paths: `spec.ports[1].name` and `spec.ports[2].name` share their first two steps.
#[derive(Debug)]
pub struct Wanted<'f> {
    places: Vec<Place<'f>>,
    /// The places below [`ROOT`] that are not found yet.
    left: usize,
}

/// A step of a path, reached from the step before it.
#[derive(Debug, Default)]
struct Place<'f> {
    parent: usize,
    keys: HashMap<&'f str, usize>,
    indices: HashMap<usize, usize>,
    /// The places directly below that are not found yet.
    left: usize,
    line: Option<usize>,
}

impl<'f> Wanted<'f> {
    /// The tree of these paths; with it for each path the place at which it ends.
    pub fn new(fields: &[&'f str]) -> (Self, Vec<usize>) {
        let mut wanted = Wanted { places: vec![Place::default()], left: 0 };
        let ends = fields.iter().map(|field| wanted.add(field)).collect();
        (wanted, ends)
    }

    fn add(&mut self, mut rest: &'f str) -> usize {
        let mut place = ROOT;
        for _ in 0..DEEPEST {
            if rest.is_empty() {
                break;
            }
            if let Some((inside, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
                place = self.below(place, inside, inside.parse().ok());
                rest = after;
            } else {
                rest = rest.strip_prefix('.').unwrap_or(rest);
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                place = self.below(place, &rest[..end], None);
                rest = &rest[end.max(usize::from(end == 0 && rest.starts_with(']')))..];
            }
        }
        place
    }

    /// The place below another one, made where no path has led there.
    fn below(&mut self, parent: usize, key: &'f str, index: Option<usize>) -> usize {
        let next = self.places.len();
        let of_parent = &mut self.places[parent];
        let place = match index {
            Some(index) => *of_parent.indices.entry(index).or_insert(next),
            None => *of_parent.keys.entry(key).or_insert(next),
        };
        if place == next {
            of_parent.left += 1;
            self.left += 1;
            self.places.push(Place { parent, ..Place::default() });
        }
        place
    }

    /// Notes that the entry with this key, in the mapping at a place, begins on a line; gives its
    /// place, where somebody wants it. Of repeated keys the first one counts.
    pub fn key(&mut self, parent: usize, key: &str, line: usize) -> Option<usize> {
        self.found(*self.places[parent].keys.get(key)?, line)
    }

    /// The same for the item with this index, in the sequence at a place.
    pub fn index(&mut self, parent: usize, index: usize, line: usize) -> Option<usize> {
        self.found(*self.places[parent].indices.get(&index)?, line)
    }

    fn found(&mut self, place: usize, line: usize) -> Option<usize> {
        if self.places[place].line.replace(line).is_some() {
            return None;
        }
        let parent = self.places[place].parent;
        self.places[parent].left -= 1;
        self.left -= 1;
        Some(place)
    }

    /// Whether nothing more is wanted directly below a place.
    pub fn is_done(&self, place: usize) -> bool {
        self.places[place].left == 0
    }

    /// Whether nothing more is wanted at all.
    pub fn is_complete(&self) -> bool {
        self.left == 0
    }

    /// The line of the last step of the way to a place that was found.
    pub fn line(&self, mut place: usize) -> Option<usize> {
        while place != ROOT {
            if let Some(line) = self.places[place].line {
                return Some(line);
            }
            place = self.places[place].parent;
        }
        None
    }
}
