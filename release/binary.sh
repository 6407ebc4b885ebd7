#!/bin/sh
# binary.sh TARGET [FOLDER]: the program as a static binary, reproducible and without any network;
# prints its path. TARGET is x86_64-unknown-linux-musl or aarch64-unknown-linux-musl; FOLDER is
# Cargo's target folder (default: CARGO_TARGET_DIR, else target/). The crates must be there already,
# by `cargo fetch --locked` or vendored.
#
# The Dockerfile, release/build.sh and the tests all build the program with this script, so that
# what is tested is what is released. POSIX sh, because the Dockerfile's builder has nothing else.
set -eu

case ${1-} in
    x86_64-unknown-linux-musl | aarch64-unknown-linux-musl) target=$1 ;;
    *) echo "usage: binary.sh x86_64-unknown-linux-musl|aarch64-unknown-linux-musl [FOLDER]" >&2; exit 2 ;;
esac
source=$(cd "$(dirname "$0")/.." && pwd)
folder=${2:-${CARGO_TARGET_DIR:-$source/target}}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
cargo_home=${CARGO_HOME:-${HOME:?}/.cargo}
libraries=$(rustc --print target-libdir --target "$target")
if [ ! -d "$libraries" ]; then
    echo "binary.sh: Rust's libraries for $target are missing; \`rustup target add $target\` installs them" >&2
    exit 1
fi

# Rust's own linker with musl's objects out of the Rust target: no C compiler of whatever version has
# a part in it, and one machine links for both architectures.
flag() { flags=${flags:+$flags$separator}$1; }
separator=$(printf '\037') flags=
flag -Clinker=rust-lld
flag -Clink-self-contained=yes
flag -Ctarget-feature=+crt-static
# Smaller by a sixth, at the same speed: functions of the same code once, relocations in their compact
# form, which musl applies itself, and no tables for unwinding.
flag -Clink-arg=--icf=all
flag -Clink-arg=--pack-dyn-relocs=relr
flag -Clink-arg=-Trelease/no-unwind.ld
flag -Clink-arg=--no-eh-frame-hdr
# Paths of this machine would make other bytes on another.
flag "--remap-path-prefix=$source=/proxy-service"
flag "--remap-path-prefix=$cargo_home=/cargo"
flag "--remap-path-prefix=$folder=/target"

cd "$source"
# Settings of the caller's that would change the bytes.
unset RUSTFLAGS CARGO_BUILD_RUSTFLAGS RUSTC_WRAPPER CARGO_INCREMENTAL
CARGO_ENCODED_RUSTFLAGS=$flags CARGO_TARGET_DIR=$folder \
    cargo build --quiet --release --locked --offline --bin proxy-service --target "$target" >&2
echo "$folder/$target/release/proxy-service"
