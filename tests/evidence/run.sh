#!/usr/bin/env bash
# run.sh [--only istio,istioctl,api,envoy] BEFORE AFTER [BEFORE AFTER]...: proofs on rendered
# manifests, with the programs that tests/tools/install.sh installs.
#
# BEFORE are the manifests of an application without interceptions, AFTER the
# same with them. A BEFORE of - means that there are none: the proofs that
# compare the two are left out.
#
#   istio     istio-config: what istiod sends to the proxies and to their clients
#   istioctl  validate and analyze
#   api       a real API server takes AFTER over BEFORE, and BEFORE back
#   envoy     requests through real Envoys with that configuration
#
# Prints a line for each proven fact; exit 1 if one does not hold, 2 if it
# could not be tried.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=${PROXY_SERVICE_TOOLS:-${HOME:?}/.cache/proxy-service-tools}/bin

only=istio,istioctl,api,envoy
if [[ ${1-} == --only ]]; then
    only=$2
    shift 2
fi
if [[ $# -eq 0 || $(($# % 2)) -ne 0 ]]; then
    sed -n '2s/^# //p' "$0" >&2
    exit 2
fi
before=() after=() pairs=()
while [[ $# -gt 0 ]]; do
    before+=("$1") after+=("$2")
    [[ $1 == - ]] || pairs+=("$1" "$2")
    shift 2
done

worst=0
# proof NAME COMMAND...: runs one, unless it is left out by --only.
proof() {
    local name=$1 code=0 started=$SECONDS
    shift
    [[ ,$only, == *,$name,* ]] || return 0
    echo "== $name"
    "$@" || code=$?
    echo "== $name: exit $code, $((SECONDS - started)) s"
    [[ $code -le $worst ]] || worst=$code
}

# Each file is a cluster of its own.
istio() {
    local i code=0 worst=0 arguments
    for i in "${!after[@]}"; do
        arguments=("${after[$i]}")
        [[ ${before[$i]} == - ]] || arguments=(--before "${before[$i]}" "${after[$i]}")
        echo "-- ${after[$i]}"
        code=0
        "$tools/istio-config" "${arguments[@]}" || code=$?
        [[ $code -le $worst ]] || worst=$code
    done
    return "$worst"
}

envoy() {
    local file code=0 worst=0
    for file in "${after[@]}"; do
        echo "-- $file"
        code=0
        "$tools/envoy-run" "$file" || code=$?
        [[ $code -le $worst ]] || worst=$code
    done
    return "$worst"
}

api() {
    [[ ${#pairs[@]} -gt 0 ]] || return 0
    "$tools/api-server" "${pairs[@]}"
}

proof istio istio
proof istioctl "$here/istioctl.sh" "${after[@]}"
proof api api
proof envoy envoy
exit "$worst"
