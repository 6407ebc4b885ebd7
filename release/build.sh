#!/usr/bin/env bash
# build.sh [DIST]: everything that a release consists of, in the folder DIST (default: dist/), which is
# replaced as a whole or not at all. Needs no network; docs/release.md says what must be there.
#
#   proxy-service-VERSION-linux-ARCH.tar.gz    the program, man pages, completions, licences
#   proxy-service-VERSION-linux-ARCH.cdx.json  its bill of materials (CycloneDX)
#   proxy-service-VERSION-image.tar            the image for both architectures, an OCI archive
#   proxy-service-VERSION-image.txt            its name with its digest
#   proxy-service-VERSION-functions.tar.gz     functions/: what hosts load; names the image by its digest
#   SHA256SUMS                                 of all of them
#
# The same sources and Rust give the same bytes, wherever they lie. CARGO_TARGET_DIR keeps what Cargo
# has built. SOURCE_DATE_EPOCH is the date of everything (default: that of the last commit).
set -euo pipefail

source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
dist=$(realpath -m "${1:-$source/dist}")
say() { echo "release: $*" >&2; }
fail() { say "$*"; exit 1; }

for tool in cargo rustc python3 tar gzip sha256sum cargo-cyclonedx; do
    command -v "$tool" >/dev/null || fail "\`$tool\` is missing; docs/release.md says how to get it"
done
if [[ -e $dist && ! -e $dist/SHA256SUMS ]] && [[ ! -d $dist || -n $(ls -A "$dist") ]]; then
    fail "\"$dist\" is there and no release; remove it, or name another folder"
fi
[[ -n ${SOURCE_DATE_EPOCH-} ]] || SOURCE_DATE_EPOCH=$(git -C "$source" log -1 --format=%ct 2>/dev/null) ||
    fail "this is no git checkout; set SOURCE_DATE_EPOCH to the seconds of the release's date"
export SOURCE_DATE_EPOCH CARGO_NET_OFFLINE=true LC_ALL=C TZ=UTC
umask 022
unset GZIP TAR_OPTIONS

version=$("$source/release/version.sh")
mkdir -p "$(dirname "$dist")"
work=$(mktemp -d "$(dirname "$dist")/.release-XXXXXX")
trap 'rm -rf "$work"' EXIT
out=$work/dist
mkdir "$out"

# pack NAME FOLDER: the folder as NAME.tar.gz, with nothing in it that differs between machines.
pack() {
    tar --create --format=ustar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
        --directory="$(dirname "$2")" "$(basename "$2")" | gzip -9n >"$out/$1.tar.gz"
}

# documentation PROGRAM FOLDER: what the program prints about itself.
documentation() {
    mkdir -p "$2"
    mkdir -p "$2/man/man1" "$2/completions"
    "$1" man -o "$2/man/man1" || fail "\`man\` failed"
    "$1" completions bash >"$2/completions/proxy-service.bash"
    "$1" completions zsh >"$2/completions/_proxy-service"
    "$1" completions fish >"$2/completions/proxy-service.fish"
}

# bill TARGET NAME: the bill of materials. The tool writes beside Cargo.toml, so it gets one of its own;
# what is left of that one's path in the result is taken out.
bill() {
    local copy=$work/bill
    if [[ ! -d $copy ]]; then
        mkdir "$copy"
        ln -s "$source"/* "$copy/"
        rm "$copy/Cargo.toml" "$copy/Cargo.lock" "$copy/src"
        cp -R "$source/Cargo.toml" "$source/Cargo.lock" "$source/src" "$copy/"
    fi
    (cd "$copy" && cargo cyclonedx --quiet --format json --spec-version 1.5 --describe crate --no-build-deps \
        --target "$1" >&2) || fail "cargo-cyclonedx failed"
    sed -E -e "s|path\+file://${copy}[^#]*#|pkg:cargo/|" -e 's|\?download_url=file://[^"#]*||' \
        "$copy/proxy-service.cdx.json" >"$out/$2.cdx.json"
}

targets=(x86_64-unknown-linux-musl aarch64-unknown-linux-musl)
programs=()
for target in "${targets[@]}"; do
    say "building for $target"
    binary=$("$source/release/binary.sh" "$target")
    # The pages are those of the program, and no other program runs here.
    [[ $target != "$(uname -m)"-* ]] || documentation "$binary" "$work/documentation"
    case $target in x86_64-*) architecture=amd64 ;; aarch64-*) architecture=arm64 ;; esac
    programs+=("$architecture=$binary")
    name=proxy-service-$version-linux-$architecture
    mkdir "$work/$name"
    install -m 0755 "$binary" "$work/$name/proxy-service"
    (cd "$source" && cargo metadata --format-version 1 --locked --filter-platform "$target") >"$work/metadata.json"
    python3 "$source/release/notices.py" "$work/metadata.json" >"$work/$name/THIRD-PARTY-LICENSES.txt"
    install -m 0644 "$source/LICENSE" "$source/README.md" "$work/$name/"
    bill "$target" "$name"
done
[[ -d $work/documentation ]] || fail "neither binary runs on this machine ($(uname -m))"
for folder in "$work/proxy-service-$version"-linux-*; do
    cp -R "$work/documentation/." "$folder/"
    pack "$(basename "$folder")" "$folder"
done

image=ghcr.io/proxy-service/proxy-service:$version
digest=$(python3 "$source/release/image.py" "$out/proxy-service-$version-image.tar" "$image" "$SOURCE_DATE_EPOCH" "${programs[@]}")
echo "$image@$digest" >"$out/proxy-service-$version-image.txt"

functions=$work/proxy-service-$version-functions
cp -R "$source/functions" "$functions"
"$source/release/pin.sh" "$functions" "$digest" "$(sha256sum "$out/proxy-service-$version-linux-amd64.tar.gz" | cut -d' ' -f1)"
install -m 0644 "$source/LICENSE" "$functions/"
pack "proxy-service-$version-functions" "$functions"

(cd "$out" && sha256sum -- * >"$work/sums" && mv "$work/sums" SHA256SUMS)
rm -rf "$dist"
mv "$out" "$dist"
say "$dist"
