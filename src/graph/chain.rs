//! The way of a request to the pods of one Service, as one set of manifests has it.

use indexmap::IndexMap;
use std::collections::HashSet;

/// Of what stands beside each other in one column of a path, so many are drawn: nobody looks at more, and as many
/// Services can have as many pods each.
pub const MOST_DRAWN: usize = 20;

/// Where a node stands on the way from the left to the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Column {
    /// What sends requests.
    Clients,
    /// The Service that clients call.
    Front,
    /// The pool of proxies.
    Proxies,
    /// The Service over the application's pods.
    Target,
    /// What runs the application's pods.
    Pods,
}

impl Column {
    /// All of them, from the left to the right.
    pub const ALL: [Column; 5] = [Column::Clients, Column::Front, Column::Proxies, Column::Target, Column::Pods];

    /// What stands above it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Column::Clients => "Clients",
            Column::Front => "Service",
            Column::Proxies => "Proxies",
            Column::Target => "Target",
            Column::Pods => "Pods",
        }
    }
}

/// What makes a node the same before and after.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NodeKey {
    /// Its column: a Service can be a front in one chain and a target in another.
    pub column: Column,
    /// Its kind; empty for what is no object.
    pub kind: String,
    /// Namespace; empty where the manifests set none.
    pub namespace: String,
    /// Name.
    pub name: String,
}

/// What a node says under its name, a line each.
pub type Node = Vec<String>;

/// What an edge says, a line each.
pub type Edge = Vec<String>;

/// The way to one front Service's pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Namespace of the front; empty where the manifests set none.
    pub namespace: String,
    /// Name of the front.
    pub name: String,
    /// Whether proxies stand on the way, or beside it (in the phase Prepare).
    pub proxied: bool,
    /// The nodes, in the order of the manifests.
    pub nodes: IndexMap<NodeKey, Node>,
    /// The edges between them.
    pub edges: IndexMap<(NodeKey, NodeKey), Edge>,
}

impl Chain {
    /// A chain without nodes.
    #[must_use]
    pub fn new(namespace: &str, name: &str) -> Self {
        let (nodes, edges) = (IndexMap::new(), IndexMap::new());
        Chain { namespace: namespace.into(), name: name.into(), proxied: false, nodes, edges }
    }

    /// Adds a node, or says more about one that is there; gives its key back.
    pub fn node(&mut self, column: Column, kind: &str, namespace: &str, name: &str, says: Vec<String>) -> NodeKey {
        let key = NodeKey { column, kind: kind.into(), namespace: namespace.into(), name: name.into() };
        add_lines(self.nodes.entry(key.clone()).or_default(), says);
        key
    }

    /// Adds an edge, or says more about one that is there.
    pub fn edge(&mut self, from: &NodeKey, to: &NodeKey, says: Vec<String>) {
        add_lines(self.edges.entry((from.clone(), to.clone())).or_default(), says);
    }
}

fn add_lines(lines: &mut Vec<String>, more: Vec<String>) {
    let mut known: HashSet<String> = lines.iter().cloned().collect();
    lines.extend(more.into_iter().filter(|line| !line.is_empty() && known.insert(line.clone())));
}
