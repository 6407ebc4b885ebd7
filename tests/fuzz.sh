#!/usr/bin/env bash
# fuzz.sh [SECONDS [TARGET...]]: runs each fuzz target of fuzz/ for so long (60 s), on a corpus that stays.
# fuzz.sh briefly [SEED [TARGET...]]: what was found before, a few thousand inputs that are the same each time,
#   and as many others each day; with SEED those of that seed, to see again what a day has found.
#
#   wire      the two readers of lists agree
#   function  the function on any text: no panic, its output is a list, a second run changes nothing
#   render    the same for `render`
#   diff      nothing differs from itself, both directions tell the same, no text acts, no Secret is shown
#   validate  every format of the report is what its readers take, with every finding
#   graph     every format of the picture is what its readers take, and nothing of the input acts
#
# cargo-fuzz is installed under $PROXY_SERVICE_TOOLS, where the corpus stays for the next run; it
# starts from the golden cases. What was found lies in fuzz/artifacts/TARGET; to see it again, and smaller:
#   RUSTC_BOOTSTRAP=1 cargo fuzz run -s none TARGET fuzz/artifacts/TARGET/FILE
#   RUSTC_BOOTSTRAP=1 cargo fuzz tmin -s none TARGET fuzz/artifacts/TARGET/FILE
# Once it is mended, it becomes a golden case (testdata/), or a file of fuzz/found/TARGET/ where a golden
# case says less than the target.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools=${PROXY_SERVICE_TOOLS:-${HOME:?}/.cache/proxy-service-tools}
cargo_fuzz_version=0.13.2
all=(wire function render diff validate graph)
# Inputs of a brief run, for about ten seconds of each target; the limit is for a machine that is busy.
declare -A runs=([wire]=8000 [function]=6000 [render]=6000 [diff]=1500 [validate]=3000 [graph]=1500)
brief_limit=60

mode=${1:-60}
if [[ $mode == briefly ]]; then
    seeds_of_libfuzzer=(1 "$(date -u +%Y%m%d)")
    [[ $# -lt 2 ]] || seeds_of_libfuzzer=("$2")
    targets=("${@:3}")
else
    targets=("${@:2}")
fi
((${#targets[@]})) || targets=("${all[@]}")

fuzz=$tools/cargo-fuzz-$cargo_fuzz_version
[[ -x $fuzz/bin/cargo-fuzz ]] ||
    cargo install --quiet --debug --locked --root "$fuzz" --target-dir "$fuzz/target" "cargo-fuzz@$cargo_fuzz_version"
export PATH=$fuzz/bin:$PATH
# Coverage without a sanitizer needs no nightly compiler, only permission.
export RUSTC_BOOTSTRAP=1 RUST_LIB_BACKTRACE=0 CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$tools/fuzz-target}

# The same inputs for the same seed: libFuzzer mixes values that are compared into inputs, and some are addresses.
fixed=()
! setarch --addr-no-randomize true 2>/dev/null || fixed=(setarch --addr-no-randomize)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# lists FOLDER: the golden cases, as they are.
lists() {
    local file
    for file in testdata/*/{input,expected}.yaml; do
        [[ ! -f $file ]] || cp "$file" "$1/${file//\//-}"
    done
}

# manifests FOLDER: what a build gives.
manifests() {
    local file
    for file in testdata/*/{input,expected}.yaml tests/graph/*/input.yaml tests/validate/formats/*.yaml \
        kustomization-examples/{*,*/*,*/*/*}/expected/build.yaml; do
        [[ ! -f $file ]] || grep -q 'kind: ResourceList' "$file" || cp "$file" "$1/${file//\//-}"
    done
}

# pair BEFORE AFTER FOLDER: both sides as one input (fuzz/src/lib.rs, BETWEEN).
pair() {
    [[ -f $1 && -f $2 ]] || return 0
    { cat "$1"; printf '\n%%%%%%\n'; cat "$2"; } >"$3/${2//\//-}"
}

# sides FOLDER: manifests before and after.
sides() {
    local case
    for case in tests/diff/cases/*/; do pair "${case}before.yaml" "${case}after.yaml" "$1"; done
    for case in tests/graph/*/; do pair "${case}before.yaml" "${case}input.yaml" "$1"; done
    for case in testdata/*/; do
        grep -qs 'kind: ResourceList' "${case}input.yaml" || pair "${case}input.yaml" "${case}expected.yaml" "$1"
    done
}

# run TARGET NAME ARGUMENT...: libFuzzer's own options come last; the log is shown if it finds something.
run() {
    local target=$1 log=$work/$1-$2.log
    shift 2
    if ! "${fixed[@]}" cargo fuzz run -s none "$target" "$@" >"$log" 2>&1; then
        cat "$log"
        return 1
    fi
    grep -E 'stat::number_of_executed_units|stat::peak_rss_mb|^Done' "$log" | tr '\n' ' '
}

# fuzzing TARGET: all of it for one target; fails where something is found.
fuzzing() {
    local target=$1 seeds=$work/seeds-$1 found=fuzz/found/$1 corpus seed options said failed=0
    options=(-dict=fuzz/yaml.dict -max_len=16384 -timeout=20 -rss_limit_mb=1024 -print_final_stats=1)
    mkdir -p "$seeds"
    case $target in
        wire | function | render) lists "$seeds" ;;
        validate) manifests "$seeds" ;;
        *) sides "$seeds" ;;
    esac
    if [[ $mode != briefly ]]; then
        corpus=$tools/fuzz-corpus/$target
        mkdir -p "$corpus"
        cargo fuzz run -s none "$target" "$corpus" "$seeds" -- -max_total_time="$mode" "${options[@]}"
        return
    fi
    if [[ -d $found ]]; then
        said=$(run "$target" found "$found"/* -- "${options[@]}") || failed=1
        ((failed == 0)) || echo "$said"
    fi
    for seed in "${seeds_of_libfuzzer[@]}"; do
        corpus=$work/corpus-$target-$seed
        mkdir -p "$corpus"
        if said=$(run "$target" "$seed" "$corpus" "$seeds" -- -seed="$seed" -runs="${runs[$target]}" \
            -reload=0 -max_total_time="$brief_limit" "${options[@]}"); then
            echo "$target: seed $seed: $said"
        else
            printf '%s\n=== found by: tests/fuzz.sh briefly %s %s\n' "$said" "$seed" "$target"
            failed=1
        fi
    done
    return $failed
}

# cargo fuzz changes an outdated lock file in silence.
cargo metadata --locked --format-version 1 --manifest-path fuzz/Cargo.toml >/dev/null
cargo fuzz build -s none
for target in "${targets[@]}"; do
    if [[ $mode == briefly ]]; then
        while (($(jobs -rp | wc -l) >= $(nproc))); do wait -n || true; done
        { fuzzing "$target" || touch "$work/failed-$target"; } &
    else
        echo "=== $target: $mode s"
        fuzzing "$target" || touch "$work/failed-$target"
    fi
done
wait
failed=$(cd "$work" && compgen -G 'failed-*' | sed 's/^failed-//' | tr '\n' ' ') || true
[[ -z $failed ]] || { echo "found something: $failed; see fuzz/artifacts" >&2; exit 1; }
