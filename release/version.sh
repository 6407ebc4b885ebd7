#!/usr/bin/env bash
# version.sh [NEW]: prints the version, which Cargo.toml has; with NEW, such as 0.2.0, sets it there
# and wherever else it must stand: Cargo.lock, the Dockerfile's label, the Helm plugin, and the image's tag in
# everything that a user reads or loads. tests/version.rs holds them together.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

old=$(sed -n '/^\[workspace.package\]/,/^\[/ s/^version = "\(.*\)"$/\1/p' Cargo.toml)
if [[ $# -eq 0 ]]; then
    echo "$old"
    exit
fi
new=$1
if [[ $# -gt 1 || ! $new =~ ^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.]+)?$ ]]; then
    echo "usage: version.sh [NEW]: NEW is a version such as 0.2.0 or 0.2.0-rc.1, not \"$*\"" >&2
    exit 2
fi

image=ghcr.io/proxy-service/proxy-service
# sets FILE EXPRESSION: as a whole, so that an interruption leaves nothing half.
sets() {
    sed -E "$2" "$1" >"$1.new"
    chmod --reference="$1" "$1.new"
    mv "$1.new" "$1"
}

sets Cargo.toml "/^\[workspace.package\]/,/^version/ s/^version = .*/version = \"$new\"/"
sets Cargo.toml "s#^(proxy-service-lib = .*version = )\"[^\"]*\"#\\1\"$new\"#"
sets src/Cargo.toml "s#^(proxy-service-krm = .*version = )\"[^\"]*\"#\\1\"$new\"#"
for lock in Cargo.lock fuzz/Cargo.lock; do
    sets "$lock" "/^name = \"proxy-service(-krm|-lib)?\"$/,/^version/ s/^version = .*/version = \"$new\"/"
done
sets Dockerfile "s/^ARG VERSION=.*/ARG VERSION=$new/"
sets functions/helm/plugin.yaml "s/^version: .*/version: $new/"
mapfile -t named < <(grep -rIlE "$image:[0-9]" README.md docs functions kustomization-examples)
for file in "${named[@]}"; do
    sets "$file" "s#$image:[0-9]+[.][0-9]+[.][0-9]+(-[0-9A-Za-z.]+)?#$image:$new#g"
done
echo "$old -> $new"
