#!/usr/bin/env bash
# golden.sh [--only istio,istioctl,api,envoy] [CASE...]: the proofs of run.sh on golden cases of
# testdata/ that render interceptions; without --only istio, istioctl and api.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cases=$here/../../testdata
only=istio,istioctl,api
if [[ ${1-} == --only ]]; then
    only=$2
    shift 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

export PATH=${PROXY_SERVICE_TOOLS:-${HOME:?}/.cache/proxy-service-tools}/bin:$PATH
pairs=() unclean=()
for case in "${@:-}"; do
    for folder in "$cases"/${case:-*}/; do
        name=$(basename "$folder")
        input=$folder/input.yaml after=$folder/expected.yaml
        # Lists are the wire of hosts; the same objects come as plain manifests in other cases.
        if [[ ! -f $input || ! -f $after ]] || ! grep -q '^kind: VirtualService' "$after" || grep -q '^kind: List' "$input"; then continue; fi
        # What a warning is about can be what a proof would find.
        if reason=$(grep -m1 -oP '^# Left out of the evidence: \K.*' "$input"); then
            echo "-- $name is left out: $reason"
            continue
        fi
        # An API server with strict field validation rightly refuses what it does not know.
        if grep -q futureField "$input"; then continue; fi
        awk 'BEGIN { RS = "---\n"; ORS = "" } !/msvcbench.io\/v1alpha1/ { print separator $0; separator = RS }' "$input" >"$work/$name-before.yaml"
        cp "$after" "$work/$name.yaml"
        # The output of an earlier run is no application without interceptions.
        if grep -q 'msvcbench.io/front:' "$input"; then
            pairs+=(- "$work/$name.yaml")
            continue
        fi
        # istioctl has something to say of the input itself: then its proof would say it again.
        if [[ $only == *istioctl* ]] && ! istioctl validate -f "$work/$name-before.yaml" >/dev/null 2>&1; then
            echo "-- istioctl is left out for $name: it refuses the Services of the input as they came"
            unclean+=("$work/$name-before.yaml" "$work/$name.yaml")
            continue
        fi
        pairs+=("$work/$name-before.yaml" "$work/$name.yaml")
    done
done
[[ ${#pairs[@]} -gt 0 || ${#unclean[@]} -gt 0 ]] || { echo "golden.sh: no such case renders interceptions" >&2; exit 2; }
worst=0
[[ ${#pairs[@]} -eq 0 ]] || "$here/run.sh" --only "$only" "${pairs[@]}" || worst=$?
[[ ${#unclean[@]} -eq 0 ]] || "$here/run.sh" --only "${only//istioctl/}" "${unclean[@]}" || worst=$?
exit "$worst"
