#!/usr/bin/env bash
# fuzz.sh [SECONDS|briefly [TARGET...]]: runs each fuzz target of fuzz/ for so long (60 s), or, for
# tests/run.sh, the same few thousand inputs each time.
#
#   wire      the two readers of lists agree
#   function  the function on any text: no panic, its output is a list, a second run changes nothing
#   render    the same for `render`
#
# cargo-fuzz is installed under $PROXY_SERVICE_TOOLS, where the corpus stays for the next run; it
# starts from the golden cases. What was found lies in fuzz/artifacts/TARGET; to see it again:
#   RUSTC_BOOTSTRAP=1 cargo fuzz run -s none TARGET fuzz/artifacts/TARGET/FILE
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools=${PROXY_SERVICE_TOOLS:-${HOME:?}/.cache/proxy-service-tools}
cargo_fuzz_version=0.13.2
seconds=${1:-60}
effort=(-max_total_time="$seconds")
[[ $seconds != briefly ]] || effort=(-runs=8000 -seed=1)
targets=("${@:2}")
((${#targets[@]})) || targets=(wire function render)

fuzz=$tools/cargo-fuzz-$cargo_fuzz_version
[[ -x $fuzz/bin/cargo-fuzz ]] ||
    cargo install --quiet --debug --locked --root "$fuzz" --target-dir "$fuzz/target" "cargo-fuzz@$cargo_fuzz_version"
export PATH=$fuzz/bin:$PATH
# Coverage without a sanitizer needs no nightly compiler, only permission.
export RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$tools/fuzz-target}

work=$(mktemp -d)
seeds=$work/seeds
mkdir "$seeds"
trap 'rm -rf "$work"' EXIT
for case in testdata/*/; do
    name=$(basename "$case")
    for file in input.yaml expected.yaml; do
        [[ ! -f $case/$file ]] || cp "$case/$file" "$seeds/$name-$file"
    done
done

failed=()
for target in "${targets[@]}"; do
    corpus=$tools/fuzz-corpus/$target
    [[ $seconds != briefly ]] || corpus=$work/corpus-$target
    mkdir -p "$corpus"
    echo "=== $target: ${effort[*]}"
    cargo fuzz run -s none "$target" "$corpus" "$seeds" -- -dict=fuzz/yaml.dict "${effort[@]}" \
        -max_len=8192 -timeout=20 -rss_limit_mb=1024 -print_final_stats=1 || failed+=("$target")
done
((${#failed[@]} == 0)) || { echo "found something: ${failed[*]}; see fuzz/artifacts" >&2; exit 1; }
