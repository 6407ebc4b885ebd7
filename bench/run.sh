#!/usr/bin/env bash
# run.sh [--write]: the benchmarks: the program against its peers, whole processes, on this machine.
# Prints the tables of docs/performance.md; --write puts them there.
#
#   generate.py  the inputs, the same on every machine
#   measure.py   what is timed, and how
#   kyaml/       a function as people write it today: Go, kyaml's fn/framework
#   value/       everything through serde_yaml::Value, in Rust; and whether two lists hold the same objects
#
# Nothing else should run meanwhile. Some five minutes after the first time, which builds everything.
# BENCH_ROUNDS=N: so many rounds instead of 5.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools=${PROXY_SERVICE_TOOLS:-${HOME:?}/.cache/proxy-service-tools}
export PROXY_SERVICE_TOOLS=$tools
work=$tools/bench
write=
case ${1-} in
'') ;;
--write) write=yes ;;
*)
    echo "usage: bench/run.sh [--write]" >&2
    exit 2
    ;;
esac

say() { echo "bench: $*" >&2; }

tests/tools/install.sh kustomize hyperfine time
export PATH=$tools/bin:$PATH
mkdir -p "$work"

say "building the program, as in the image"
program=$(release/binary.sh "$(uname -m)-unknown-linux-musl" "${PROXY_SERVICE_TOOLS:-${HOME:?}/.cache/proxy-service-tools}/release-target")
say "building the peers"
CARGO_TARGET_DIR=$work/target cargo build --release --locked --quiet --manifest-path bench/value/Cargo.toml
install "$work"/target/release/{value-round-trip,same-objects} "$work/"
GOFLAGS=-buildvcs=false GOWORK=off go -C bench/kyaml build -trimpath -ldflags '-s -w' -o "$work/kyaml-function" .

say "generating the inputs"
rm -rf "$work/inputs" "$work/kustomize"
python3 bench/generate.py "$work/inputs" few large large-twice stream-100000 kustomize every-{50,100,200,400,800,1000,10000}

machine() {
    local cpu memory
    cpu=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)
    memory=$(awk '/^MemTotal/ {printf "%.0f GB", $2 / 1e6}' /proc/meminfo)
    echo "Measured by \`bench/run.sh --write\` on $(nproc) × ${cpu:-$(uname -m)}, $memory, Linux $(uname -r | cut -d- -f1);" \
        "$(rustc --version | cut -d' ' -f1,2), $(go version | cut -d' ' -f3), kyaml $(sed -n 's/^require.*kyaml //p' bench/kyaml/go.mod), kustomize $(kustomize version)."
    awk '{ if ($1 > 0.5) print "The machine was not quiet: load " $1 " before the first run." }' /proc/loadavg
}

say "measuring"
tables=$work/tables.md
{
    machine
    echo
    python3 bench/measure.py "$work" "$program"
} | tee "$tables"
if [[ $write ]]; then
    page=docs/performance.md
    {
        sed '/^<!-- bench\/run.sh writes/q' "$page"
        cat "$tables"
        sed -n '/^<!-- end of what/,$p' "$page"
    } >"$page.new"
    mv "$page.new" "$page"
    say "$page has the tables"
fi
