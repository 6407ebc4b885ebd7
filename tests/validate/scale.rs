//! Ten thousand objects, and shapes that would make a check look at all pairs.

use super::program::{text, validate};
use std::fmt::Write;
use std::time::{Duration, Instant};

/// A debug build takes seconds, on a machine that does much else half a minute; a check of all pairs
/// would take a quarter of an hour.
const PATIENCE: Duration = Duration::from_secs(180);

/// Ten objects for each interception: what `render` makes of a Service and its Deployment.
pub fn interceptions(count: usize) -> String {
    let one = include_str!("../../kustomization-examples/quickstart/expected/build.yaml");
    (0..count).fold(String::new(), |mut all, number| {
        write!(all, "---\n{}", one.replace("hello", &format!("svc{number}"))).unwrap();
        all
    })
}

fn timed(what: &str, input: &str, summary: &str) {
    let started = Instant::now();
    let output = validate(&["-"], input);
    assert!(started.elapsed() < PATIENCE, "{what} took {:?}", started.elapsed());
    let said = text(&output.stdout);
    assert!(said.ends_with(summary), "{what}: {}", said.lines().last().unwrap_or_default());
}

#[test]
fn ten_thousand_objects_are_no_matter() {
    timed("a thousand interceptions", &interceptions(1000), "11000 objects, 1000 interceptions: 0 errors, 1000 warnings\n");
}

#[test]
fn neither_are_equal_labels_and_one_host() {
    let mut same = String::new();
    for number in 0..2500 {
        write!(
            same,
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{number}}}\nspec: {{ports: [{{port: 80}}], selector: {{app: same}}}}\n\
             ---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d{number}}}\nspec: {{template: {{metadata: {{labels: {{app: same}}}}, spec: {{containers: []}}}}}}\n\
             ---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: r{number}}}\nspec: {{host: s0, subsets: [{{name: v{number}}}]}}\n\
             ---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: v{number}}}\nspec: {{hosts: [s0], http: [{{route: [{{destination: {{host: s0, subset: v{number}}}}}]}}]}}\n"
        )
        .unwrap();
    }
    timed("equal labels", &same, "10000 objects, 0 interceptions: 0 errors, 0 warnings\n");
}
