#!/usr/bin/env bash
# evidence.sh [--only PROOF,...] [EXAMPLE...]: tests/evidence/run.sh on the examples.
#
# AFTER is the example's expected/build.yaml, which tests/hosts.rs compares with the build; BEFORE is the
# same build without the function and without its resources. EXAMPLE is a folder under
# kustomization-examples/, such as sock-shop/overlays/prod; without one it is all of them.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
examples=$(cd "$here/../../kustomization-examples" && pwd)
tools=${PROXY_SERVICE_TOOLS:-${HOME:?}/.cache/proxy-service-tools}/bin
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# before EXAMPLE: where --enable-exec is missing, kustomize skips the function.
before() {
    "$tools/kustomize" build --enable-alpha-plugins "$examples/$1" |
        awk 'BEGIN { RS = "---\n"; ORS = "" }
             !/(^|\n)apiVersion: msvcbench\.io\// { print separator $0; separator = "---\n" }'
}

# applied FILE: an example without namespace becomes what `kubectl apply -n shop` makes of it.
# "./*" in a Gateway's hosts has a meaning only then.
applied() {
    ! grep -q '^  namespace:' "$1" || return 0
    local folder
    folder=$(mktemp -d "$temporary/XXXXXX")
    cp "$1" "$folder/example.yaml"
    printf '%s\n' 'namespace: shop' 'resources: [example.yaml]' >"$folder/kustomization.yaml"
    "$tools/kustomize" build "$folder" >"$1"
}

proofs=istio,istioctl,api,envoy
if [[ ${1-} == --only ]]; then
    proofs=$2
    shift 2
fi
folders=("$@")
if [[ $# -eq 0 ]]; then
    mapfile -t folders < <(cd "$examples" && find . -name expected -printf '%h\n' | sed 's|^[.]/||' | sort)
fi

pairs=() odd=() subsets=()
for folder in "${folders[@]}"; do
    name=${folder//\//-}
    before "$folder" >"$temporary/$name.before.yaml"
    cp "$examples/$folder/expected/build.yaml" "$temporary/$name.after.yaml"
    applied "$temporary/$name.before.yaml"
    applied "$temporary/$name.after.yaml"
    pair=("$temporary/$name.before.yaml" "$temporary/$name.after.yaml")
    if grep -q '^ *subset:' "${pair[1]}"; then
        echo "note: envoy-run has no backends for subsets, and no proof for $folder"
        subsets+=("${pair[@]}")
    elif "$tools/istioctl" validate -f "${pair[0]}" >/dev/null 2>&1; then
        pairs+=("${pair[@]}")
    else
        echo "note: istioctl refuses the application of $folder as it is: no proof by it"
        odd+=("${pair[@]}")
    fi
done

worst=0
# prove PROOFS PAIR...
prove() {
    local code=0
    [[ $# -gt 1 && -n $1 ]] || return 0
    "$here/../evidence/run.sh" --only "$@" || code=$?
    [[ $code -le $worst ]] || worst=$code
}
# without PROOF: the others.
without() { tr , '\n' <<<"$proofs" | { grep -vx "$1" || true; } | paste -sd,; }
prove "$proofs" "${pairs[@]}"
prove "$(without istioctl)" "${odd[@]}"
prove "$(without envoy)" "${subsets[@]}"
exit "$worst"
