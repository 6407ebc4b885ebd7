//! Requests mean the same with proxies before a Service as without: the same pods, allowed or not,
//! the same path and headers, timeouts, faults, mirrors and limits; or a finding says what does not.
//!
//! `cases/NAME/` has `before.yaml` (laid over `base.yaml`), `requests.yaml` and `expected`;
//! `constructs/` are tables of which combinations are made, by seed, beside those in `found.yaml`, which
//! differed once; `requests.yaml` is asked of each.
//! What becomes of requests is answered by `tests/evidence/mesh-judge`, by istiod's own code.
//!
//! `known.yaml` lists what is not as it should be yet: nothing else may differ, and nothing in it
//! may be right. `PROXY_SERVICE_UPDATE=1` takes away from it what has become right; it adds nothing.
//!
//! `PROXY_SERVICE_MEANING=100000 PROXY_SERVICE_SEED=7 cargo test --release --test meaning combinations`
//! tries more. Without mesh-judge (tests/tools/install.sh mesh-judge) nothing is tried, and the test
//! says so loudly; with `PROXY_SERVICE_HOSTS=required` that is a failure.

mod cases;
mod combinations;
mod compose;
mod documents;
mod examine;
mod judge;
mod known;
mod minimise;
mod mutations;
#[path = "../hostile/lies/random.rs"]
#[allow(dead_code)]
mod random;
mod render;
mod tables;

use std::path::PathBuf;

/// The folder of the data.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/meaning")
}

/// Whether the judge can be asked. Without it nothing is proven.
fn judge_is_missing() -> bool {
    if judge::program().is_some() {
        return false;
    }
    let missing = "mesh-judge is missing, so that nothing is tried here; tests/tools/install.sh mesh-judge, and PATH";
    let required = std::env::var_os("PROXY_SERVICE_HOSTS").is_some_and(|value| value == "required");
    assert!(!required, "{missing}");
    eprintln!("LEFT OUT: {missing}");
    true
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |value| value.parse().unwrap_or_else(|_| panic!("{name}: {value} is no number")))
}
