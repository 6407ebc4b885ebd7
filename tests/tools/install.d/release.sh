# What makes and checks a release: Rust's targets, cargo-cyclonedx, cargo-deny, the schema of the bill of materials, and
# an arm64 processor.

# Into the Rust that is there; nothing happens where they are.
install_rust_targets() {
    local target missing=()
    for target in x86_64-unknown-linux-musl aarch64-unknown-linux-musl; do
        [[ -d $(rustc --print target-libdir --target "$target") ]] || missing+=("$target")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    command -v rustup >/dev/null || fail rust-targets "Rust has no libraries for ${missing[*]}, and there is no rustup to install them with"
    say "rust-targets: installing ${missing[*]}"
    run rust-targets rustup target add "${missing[@]}"
}

install_cargo_cyclonedx() { crate cargo-cyclonedx "$cargo_cyclonedx_version"; }
install_cargo_deny() { crate cargo-deny "$cargo_deny_version"; }

# crate NAME VERSION: a program that Cargo installs, with the versions of its own lock file. Without
# optimisation, which takes minutes: it runs for seconds.
crate() {
    provide "$1" "$1-$2" build_crate "$1" "$2"
    link "$1" "$1-$2/bin/$1"
}

build_crate() { # NAME VERSION FOLDER
    run "$1" env CARGO_TARGET_DIR="$3/target" cargo install --quiet --debug --locked --root "$3" --version "=$2" "$1"
    rm -rf "$3/target"
}

# The schemas come with CycloneDX's own Python library.
install_cyclonedx_schema() {
    provide cyclonedx-schema "cyclonedx-schema-$cyclonedx_wheel_version" fetch_cyclonedx_schema
    ln -sfn "cyclonedx-schema-$cyclonedx_wheel_version" "$tools/cyclonedx-schema"
}

fetch_cyclonedx_schema() {
    echo "cyclonedx-python-lib==$cyclonedx_wheel_version --hash=sha256:$cyclonedx_wheel_sha256" >"$1/requirements.txt"
    run cyclonedx-schema python3 -m pip download --disable-pip-version-check --no-deps --require-hashes \
        --only-binary :all: --dest "$1" --requirement "$1/requirements.txt"
    run cyclonedx-schema python3 -m zipfile -e "$1"/cyclonedx_python_lib-*.whl "$1/wheel"
    mv "$1"/wheel/cyclonedx/schema/_res/*.json "$1/"
    rm -rf "$1/wheel" "$1"/cyclonedx_python_lib-*.whl
}

install_qemu_aarch64() {
    [[ $(uname -m) != aarch64 ]] || fail qemu-aarch64 "this machine is an arm64 one: its binary runs as it is, the amd64 one does not"
    debian qemu-aarch64 qemu-aarch64-static qemu-user-static
    ln -sfn "$(command -v qemu-aarch64-static)" "$tools/bin/qemu-aarch64"
}
