#!/usr/bin/env bash
# run.sh: every test of the project. Installs the real programs first (tests/tools); everything
# that is downloaded or built stays under ~/.cache/proxy-service-tools, for the next run.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools=${PROXY_SERVICE_TOOLS:-${HOME:?}/.cache/proxy-service-tools}
export PROXY_SERVICE_TOOLS=$tools PROXY_SERVICE_HOSTS=required
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$tools/target}
export PATH=$tools/bin:$PATH

# step NAME COMMAND...: runs one and says how long it took.
step() {
    local started=$SECONDS
    echo "=== $1"
    "${@:2}"
    echo "=== $1: $((SECONDS - started)) s"
}

step "tools" tests/tools/install.sh
# Also those of other systems: a release is made without a network.
step "crates" cargo fetch --locked --quiet
step "formatting" cargo fmt --all --check
step "lints" cargo clippy --locked --all-targets --quiet -- -D warnings
step "evidence of the examples" tests/hosts/evidence.sh
step "evidence of the golden cases" tests/evidence/golden.sh
step "self-test of the evidence" tests/evidence/self-test.sh
step "rollout and rollback by Argo CD's engine" tests/evidence/rollout.sh
step "self-test of the rollout" tests/evidence/rollout.sh --self-test
step "fuzzing, briefly" tests/fuzz.sh briefly
step "instructions" tests/budget.sh
step "growth" tests/growth.sh
step "self-test of the growth" tests/growth.sh --self-test
step "tests" cargo test --locked --no-fail-fast
