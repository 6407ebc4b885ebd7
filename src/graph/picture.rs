//! Chains before and after in one picture.

use super::chain::{Chain, Column, Edge, Node, NodeKey};
use indexmap::{IndexMap, IndexSet};
use std::collections::HashSet;

/// Something as it was and as it is.
#[derive(Debug, Clone)]
pub struct Versions<T> {
    /// `None` where it was not there.
    pub before: Option<T>,
    /// `None` where it is not there any more.
    pub after: Option<T>,
    /// Whether the object is on both sides, and only on this path new or gone.
    pub stays: bool,
}

/// What has become of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing.
    Same,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It says something else.
    Changed,
}

impl State {
    /// The sign beside it, so that colour alone means nothing.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            State::Same => "",
            State::Added => "+",
            State::Removed => "−",
            State::Changed => "~",
        }
    }

    /// The word for it, a class name too.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            State::Same => "same",
            State::Added => "added",
            State::Removed => "removed",
            State::Changed => "changed",
        }
    }
}

/// Which side of a picture is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// As it was.
    Before,
    /// As it is.
    After,
    /// Both, with what has become of each part.
    Change,
}

impl<T: PartialEq> Versions<T> {
    /// What has become of it.
    #[must_use]
    pub fn state(&self) -> State {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) if before == after => State::Same,
            (Some(_), Some(_)) => State::Changed,
            _ if self.stays => State::Same,
            (None, _) => State::Added,
            (Some(_), None) => State::Removed,
        }
    }
}

impl Versions<Vec<String>> {
    /// What it says in a view: `None` where it is not in it. In the view of the change a line that
    /// was and one that is both stand there, with their signs.
    #[must_use]
    pub fn says(&self, view: View) -> Option<(State, Vec<String>)> {
        match view {
            View::Before => Some((State::Same, self.before.clone()?)),
            View::After => Some((State::Same, self.after.clone()?)),
            View::Change => {
                let state = self.state();
                let lines = match (&self.before, &self.after) {
                    (Some(before), Some(after)) if before != after => changed(before, after),
                    (before, after) => after.as_ref().or(before.as_ref())?.clone(),
                };
                Some((state, lines))
            }
        }
    }
}

fn changed(before: &[String], after: &[String]) -> Vec<String> {
    let (was, is): (HashSet<&String>, HashSet<&String>) = (before.iter().collect(), after.iter().collect());
    let same = before.iter().filter(|line| is.contains(line)).cloned();
    let gone = before.iter().filter(|line| !is.contains(line)).map(|line| format!("− {line}"));
    let new = after.iter().filter(|line| !was.contains(line)).map(|line| format!("+ {line}"));
    same.chain(gone).chain(new).collect()
}

/// The chain of one front, before and after.
#[derive(Debug, Clone)]
pub struct Path {
    /// Namespace of the front.
    pub namespace: String,
    /// Name of the front.
    pub name: String,
    /// Whether proxies stand on the way, before or after.
    pub proxied: bool,
    /// The nodes by column.
    pub nodes: IndexMap<NodeKey, Versions<Node>>,
    /// The edges between them.
    pub edges: IndexMap<(NodeKey, NodeKey), Versions<Edge>>,
}

/// Which paths are drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Those with proxies.
    Proxied,
    /// Those with proxies that change.
    Changed,
    /// All.
    All,
    /// That of one Service, with or without proxies: its namespace and name.
    One(String, String),
}

/// Everything that is drawn.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The paths.
    pub paths: Vec<Path>,
    /// Whether there is a before and an after to compare.
    pub compares: bool,
    /// How many Services the manifests have, targets not counted.
    pub services: usize,
    /// How many of them have proxies on their way, before or after.
    pub proxied: usize,
}

impl Picture {
    /// Puts what was and what is together. Without a before, what is has not changed.
    #[must_use]
    pub fn of(before: Option<&[Chain]>, after: &[Chain], selection: &Selection) -> Self {
        let compares = before.is_some();
        let before = before.unwrap_or(after);
        let mut ends: IndexMap<(&str, &str), Ends<'_>> = IndexMap::new();
        // What is gone stands where it stood: behind all that is.
        for chain in after {
            ends.entry((&chain.namespace, &chain.name)).or_default().1 = Some(chain);
        }
        for chain in before {
            ends.entry((&chain.namespace, &chain.name)).or_default().0 = Some(chain);
        }
        let mut all: Vec<Path> = ends.into_iter().map(|((namespace, name), (b, a))| path(namespace, name, b, a)).collect();
        let (was, is) = (objects(before), objects(after));
        for (key, node) in all.iter_mut().flat_map(|path| path.nodes.iter_mut()) {
            let object = (key.kind.as_str(), key.namespace.as_str(), key.name.as_str());
            node.stays = was.contains(&object) && is.contains(&object);
        }
        // A target of before or after is no Service of its own on the other side.
        let targets: HashSet<(String, String)> = all.iter().flat_map(targets).collect();
        let is_target = |path: &Path| targets.contains(&(path.namespace.clone(), path.name.clone()));
        all.retain(|path| path.proxied || is_on_both_sides(path) || !is_target(path));
        let (services, proxied) = (all.len(), all.iter().filter(|path| path.proxied).count());
        all.retain(|path| match selection {
            Selection::All => true,
            Selection::Proxied => path.proxied,
            Selection::Changed => path.proxied && changes(path),
            Selection::One(namespace, name) => path.namespace == *namespace && path.name == *name,
        });
        // By namespace, each where its first path is.
        let namespaces: IndexSet<String> = all.iter().map(|path| path.namespace.clone()).collect();
        all.sort_by_key(|path| namespaces.get_index_of(&path.namespace));
        Picture { paths: all, compares, services, proxied }
    }

    /// How the picture is called.
    #[must_use]
    pub fn title(&self) -> &'static str {
        if self.compares { "Paths of requests, before and after" } else { "Paths of requests" }
    }

    /// One sentence about what is drawn and what is not.
    #[must_use]
    pub fn summary(&self) -> String {
        let noun = if self.services == 1 { "Service" } else { "Services" };
        let verb = if self.proxied == 1 { "goes" } else { "go" };
        let mut text = format!("{} of {} {noun} {verb} through proxies", self.proxied, self.services);
        let left_out = self.services - self.paths.len();
        if left_out > 0 {
            text.push_str(&format!("; {left_out} not drawn"));
        }
        text
    }

    /// The paths by namespace, in their order.
    #[must_use]
    pub fn by_namespace(&self) -> Vec<(&str, &[Path])> {
        self.paths.chunk_by(|a, b| a.namespace == b.namespace).map(|paths| (paths[0].namespace.as_str(), paths)).collect()
    }
}

/// A chain before and after.
type Ends<'c> = (Option<&'c Chain>, Option<&'c Chain>);

/// Every object on one side: kind, namespace, name.
fn objects(chains: &[Chain]) -> HashSet<(&str, &str, &str)> {
    let nodes = chains.iter().flat_map(|chain| chain.nodes.keys());
    nodes.map(|key| (key.kind.as_str(), key.namespace.as_str(), key.name.as_str())).collect()
}

fn is_on_both_sides(path: &Path) -> bool {
    path.nodes.iter().any(|(key, versions)| key.column == Column::Front && versions.before.is_some() && versions.after.is_some())
}

fn targets(path: &Path) -> Vec<(String, String)> {
    let targets = path.nodes.keys().filter(|key| key.column == Column::Target);
    targets.map(|key| (key.namespace.clone(), key.name.clone())).collect()
}

fn changes(path: &Path) -> bool {
    path.nodes.values().map(Versions::state).chain(path.edges.values().map(Versions::state)).any(|state| state != State::Same)
}

fn path(namespace: &str, name: &str, before: Option<&Chain>, after: Option<&Chain>) -> Path {
    let proxied = [before, after].into_iter().flatten().any(|chain| chain.proxied);
    let mut nodes: IndexMap<NodeKey, Versions<Node>> = IndexMap::new();
    let mut edges: IndexMap<(NodeKey, NodeKey), Versions<Edge>> = IndexMap::new();
    for (chain, is_after) in [(after, true), (before, false)] {
        let Some(chain) = chain else { continue };
        for (key, node) in &chain.nodes {
            put(nodes.entry(key.clone()).or_insert(Versions { before: None, after: None, stays: false }), node, is_after);
        }
        for (key, edge) in &chain.edges {
            put(edges.entry(key.clone()).or_insert(Versions { before: None, after: None, stays: false }), edge, is_after);
        }
    }
    nodes.sort_by(|a, _, b, _| a.column.cmp(&b.column));
    Path { namespace: namespace.into(), name: name.into(), proxied, nodes, edges }
}

fn put(versions: &mut Versions<Vec<String>>, lines: &[String], is_after: bool) {
    let place = if is_after { &mut versions.after } else { &mut versions.before };
    *place = Some(lines.to_vec());
}
