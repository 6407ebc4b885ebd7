#!/usr/bin/env bash
# rollout.sh [EXAMPLE...]: an interception is rolled out and taken away by Argo CD's own sync engine on
# a real API server, and after each wave istiod's own code says where requests would arrive.
#
# For each example: prepared, switched on, prepared again, taken away; then both in one sync each. At
# no wave may a Service select pods that are not there, or a route lead where nobody is; requests
# arrive at the pods at which they arrived before, by the user's routes. Between the user's rule and the
# front, and in one sync, a subset may be all pods (docs/gitops.md); everything else holds there too. And
# a new cluster takes all of it at once, its Namespace included.
#
# rollout.sh --self-test: the proof finds what goes wrong without the order.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
tools=${PROXY_SERVICE_TOOLS:-${HOME:?}/.cache/proxy-service-tools}/bin
for tool in kustomize argo-cd-sync istio-config; do
    [[ -x $tools/$tool ]] || { echo "rollout.sh: there is no $tools/$tool; tests/tools/install.sh $tool installs it" >&2; exit 2; }
done
cargo build --quiet --locked --manifest-path "$root/Cargo.toml"
proxy_service=${CARGO_TARGET_DIR:-$root/target}/debug/proxy-service
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# manifests EXAMPLE NAME: the states of the repository, NAME-{app,prepare,intercept}.yaml.
manifests() {
    local phase config
    # Without --enable-exec kustomize skips the function, and the ProxyServices are left.
    "$tools/kustomize" build --enable-alpha-plugins "$root/kustomization-examples/$1" >"$work/$2-asked.yaml"
    awk 'BEGIN { RS = "---\n"; ORS = "" }
         !/(^|\n)apiVersion: msvcbench\.io\// { print separator $0; separator = "---\n" }' \
        "$work/$2-asked.yaml" >"$work/$2-app.yaml"
    for phase in Prepare Intercept; do
        config="{apiVersion: msvcbench.io/v1alpha1, kind: ProxyServiceConfig, metadata: {name: rollout},
            spec: {defaults: {phase: $phase, gitops: {argocd: true}}}}"
        printf -- '---\n%s\n' "$config" | cat "$work/$2-asked.yaml" - |
            "$proxy_service" render - >"$work/$2-${phase,,}.yaml" 2>"$work/findings" || { cat "$work/findings"; return 1; }
    done
}

# sync FOLDER NAME=FILE...: the states of the cluster, in FOLDER.
sync() {
    mkdir -p "$1"
    "$tools/argo-cd-sync" --states "$1" "${@:2}"
}

# rollout EXAMPLE
rollout() {
    local name=${1//\//-} states rest=() strictly between code=0
    manifests "$1" "$name" || return
    states=$work/$name
    sync "$states" "app=$work/$name-app.yaml" "prepare=$work/$name-prepare.yaml" "intercept=$work/$name-intercept.yaml" \
        "back=$work/$name-prepare.yaml" "gone=$work/$name-app.yaml" \
        "at-once=$work/$name-intercept.yaml" "gone-at-once=$work/$name-app.yaml" || return
    rm "$states"/*-app-wave-* # nothing runs yet
    ! grep -q '^kind: VirtualService' "$work/$name-app.yaml" || rest=(--subsets-may-rest)
    follow() { "$tools/istio-config" --follow --before "$work/$name-app.yaml" "$@" || code=1; }
    # What follows the rule's wave on the way there, and the front's on the way back.
    between='-(intercept-wave--1|back-wave--2)|-at-once-'
    mapfile -t strictly < <(find "$states" -name '*.yaml' | grep -vE -e "$between" | sort)
    follow "${strictly[@]}"
    mapfile -t between < <(find "$states" -name '*.yaml' | grep -E -e "$between" | sort)
    follow "${rest[@]}" "${between[@]}"
    follow "${rest[@]}" --proxies "$states"/*-prepare-done* "$states"/*-intercept-* "$states"/*-back-*
    return "$code"
}

# fresh EXAMPLE: everything at once, where there is nothing, not even the Namespace.
fresh() {
    local name=${1//\//-} namespace
    namespace=$(sed -n 's/^  namespace: //p' "$work/$name-app.yaml" | head -n 1)
    printf 'apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}\n---\n' "$namespace" |
        cat - "$work/$name-intercept.yaml" >"$work/$name-fresh.yaml"
    sync "$work/$name-fresh" "fresh=$work/$name-fresh.yaml" || return
    "$tools/istio-config" --follow --proxies --before "$work/$name-app.yaml" "$work/$name-fresh"/*-done.yaml
}

# finds FAULT EXPECTED NAME=FILE...: syncing this, the proof prints a FAIL line that matches.
finds() {
    local fault=$1 expected=$2 folder output
    folder=$(mktemp -d "$work/XXXXXX")
    output=$(sync "$folder" "app=$work/grown-namespace-app.yaml" "${@:3}" 2>&1) || true
    rm -f "$folder"/*-app-wave-*
    output+=$'\n'$("$tools/istio-config" --follow --before "$work/grown-namespace-app.yaml" "$folder"/* 2>&1) || true
    if grep -qE "^FAIL .*$expected" <<<"$output"; then
        echo "ok   rollout finds $fault"
    else
        echo "FAIL rollout does not find $fault"
        problems=$((problems + 1))
    fi
}

# broken FILE SED: an edit of it that changes something.
broken() {
    sed -E "$2" "$work/$1.yaml" >"$work/broken.yaml"
    ! cmp -s "$work/$1.yaml" "$work/broken.yaml" || { echo "rollout.sh: the edit $2 changes nothing" >&2; exit 2; }
}

self_test() {
    local base=grown-namespace
    problems=0
    manifests grown-namespace $base
    broken $base-intercept '/argocd.argoproj.io\/sync-wave/d'
    finds "a front that changes with its proxies" "selects pods that are there" "broken=$work/broken.yaml"
    broken $base-intercept '/^kind: HorizontalPodAutoscaler/,/^---/s/sync-wave: "0"/sync-wave: "-2"/'
    finds "an autoscaler before the front" "Argo CD's sync: .*no metrics" "broken=$work/broken.yaml"
    broken $base-intercept 's/sync-wave: "-1"/sync-wave: "1"/'
    finds "a rule that loses its labels after the front" "503: no endpoints in outbound.80.v1.orders.store" "broken=$work/broken.yaml"
    broken $base-intercept '/^kind: VirtualService/,/^---/{/^  name: orders$/,/^---/s/sync-wave: "-2"/sync-wave: "1"/}'
    finds "routes that choose their subset after the front" "[0-9]+-broken-wave-0: store/orders:9000 .* requests arrive at" "broken=$work/broken.yaml"
    broken $base-intercept '/argocd.argoproj.io\/sync-options/d'
    finds "proxies that are pruned before the front is back" "selects pods that are there" "broken=$work/broken.yaml" "gone=$work/$base-app.yaml"
    broken $base-prepare '/^kind: Service$/,/^---/s/sync-wave: "-2"/sync-wave: "0"/'
    finds "a rule that goes back before the front" "503: no endpoints in outbound.80.v1.orders.store" \
        "on=$work/$base-intercept.yaml" "broken=$work/broken.yaml"
    [[ $problems -eq 0 ]]
}

if [[ ${1-} == --self-test ]]; then
    self_test
    exit
fi
worst=0
for example in "${@:-}"; do
    for each in ${example:-sock-shop/overlays/prod grown-namespace}; do
        echo "-- $each"
        rollout "$each" || worst=1
        echo "-- $each in a new cluster"
        fresh "$each" || worst=1
    done
done
exit "$worst"
