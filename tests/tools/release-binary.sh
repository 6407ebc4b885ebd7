#!/usr/bin/env bash
# release-binary.sh: builds the program as it is in the image (static, release profile) and prints its
# path. The target folder is that of tests/hosts/image.rs: nothing is built twice.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
tools=${PROXY_SERVICE_TOOLS:-${HOME:?}/.cache/proxy-service-tools}
target=$(uname -m)-unknown-linux-musl
[[ -d $(rustc --print target-libdir --target "$target") ]] || target=$(uname -m)-unknown-linux-gnu
CARGO_TARGET_DIR=$tools/cargo-static RUSTFLAGS="-C target-feature=+crt-static" \
    cargo build --release --locked --quiet --bin proxy-service --target "$target" >&2
echo "$tools/cargo-static/$target/release/proxy-service"
