#!/usr/bin/env bash
# pin.sh FUNCTIONS DIGEST CHECKSUM: names in a copy of functions/ what a version stands for by its content,
# so that nobody can exchange it: the image by DIGEST (sha256:…), the archive for linux-amd64 by its
# CHECKSUM. release/build.sh does it in the kit of a release; in a checkout both are unknown, because the
# program carries files of functions/. docs/release.md says where a user finds the two.
set -euo pipefail

if [[ $# -ne 3 || ! -d $1 || ! $2 =~ ^sha256:[0-9a-f]{64}$ || ! $3 =~ ^[0-9a-f]{64}$ ]]; then
    echo "usage: pin.sh FUNCTIONS DIGEST CHECKSUM: a folder, sha256: and 64 hexadecimal digits, 64 hexadecimal digits" >&2
    exit 2
fi
image='ghcr.io/proxy-service/proxy-service:[0-9]+[.][0-9]+[.][0-9]+(-[0-9A-Za-z.]+)?'

# pins PATTERN EXPRESSION: in every file that has the pattern, of which there must be one.
pins() {
    local file named
    mapfile -t named < <(grep -rIlE -e "$1" "$functions")
    [[ ${#named[@]} -gt 0 ]] || { echo "pin.sh: no file in \"$functions\" has $1" >&2; exit 1; }
    for file in "${named[@]}"; do
        sed -E "$2" "$file" >"$file.new"
        chmod --reference="$file" "$file.new"
        mv "$file.new" "$file"
    done
}

functions=$1
pins "$image" "s#($image)(@sha256:[0-9a-f]{64})?#\\1@$2#g"
pins '^ *PROXY_SERVICE_SHA256: "' "s#^( *PROXY_SERVICE_SHA256: )\"[^\"]*\"#\\1\"$3\"#"
