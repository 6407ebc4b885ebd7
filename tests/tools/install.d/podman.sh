# podman with runc from Debian, and a `docker` that is podman: kustomize runs
# `docker run --rm -i ... --network none --user nobody --security-opt=no-new-privileges IMAGE`.

install_podman() {
    debian podman podman podman runc uidmap
    debian podman runc runc
    local key
    key=podman-$(hash tools/podman tools/install.d/podman.sh)
    provide podman "$key" build_podman
    link docker "$key/docker"
}

# The wrapper has its own settings, and a storage of its own: images of the tests
# stay out of the user's.
build_podman() {
    cp "$here/podman/containers.conf" "$1/"
    cat >"$1/docker" <<'EOF'
#!/usr/bin/env bash
# Made by tests/tools/install.sh.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
export CONTAINERS_CONF=$here/containers.conf
storage=$(dirname "$here")/podman-storage
# vfs needs nothing of the kernel, so it works inside of containers too.
# podman wants a short path for what it keeps while containers run.
exec /usr/bin/podman --storage-driver vfs --root "$storage" --runroot "/tmp/proxy-service-podman-$(id -u)" "$@"
EOF
    chmod +x "$1/docker"
}
