# istioctl, and istio-config from tests/evidence: one module, one Istio.

install_istioctl() {
    local key
    key=istioctl-$istio_version-$(hash tools/istio)
    provide istioctl "$key" build_istioctl
    link istioctl "$key/istioctl"
}

install_istio_config() {
    local key
    key=istio-config-$(hash tools/istio evidence/istio-config)
    provide istio-config "$key" build_istio_config
    link istio-config "$key/istio-config"
}

# istio_module FOLDER: the module, complete: with contrib and with our program.
istio_module() {
    mkdir -p "$1"
    cp -R "$here/istio/." "$here/../evidence/istio-config" "$1/"
    run istio "$here/istio/contrib.sh" "$1"
}

build_istioctl() {
    istio_module "$1/module"
    run istioctl go -C "$1/module" build -trimpath -ldflags '-s -w' \
        -o "$1/istioctl" istio.io/istio/istioctl/cmd/istioctl
    rm -rf "$1/module"
}

build_istio_config() {
    istio_module "$1/module"
    run istio-config go -C "$1/module" build -trimpath -ldflags '-s -w' -o "$1/istio-config" ./istio-config
    rm -rf "$1/module"
}
