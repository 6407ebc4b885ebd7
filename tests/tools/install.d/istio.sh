# istioctl, and from tests/evidence istio-config and mesh-judge: one module, one Istio.

install_istioctl() {
    local key
    key=istioctl-$istio_version-$(hash tools/istio)
    provide istioctl "$key" build_istioctl
    link istioctl "$key/istioctl"
}

install_istio_config() {
    istio_program istio-config
}

install_mesh_judge() {
    istio_program mesh-judge
}

# istio_program NAME: tests/evidence/NAME, which uses tests/evidence/istiod.
istio_program() {
    local key
    key=$1-$(hash tools/istio evidence/istiod "evidence/$1")
    provide "$1" "$key" build_istio_program "$1"
    link "$1" "$key/$1"
}

# istio_module FOLDER PROGRAM...: the module, complete: with contrib and with programs of ours.
istio_module() {
    local folder=$1 program
    mkdir -p "$folder"
    cp -R "$here/istio/." "$folder/"
    for program in "${@:2}"; do cp -R "$here/../evidence/$program" "$folder/"; done
    run istio "$here/istio/contrib.sh" "$folder"
}

build_istioctl() {
    istio_module "$1/module"
    run istioctl go -C "$1/module" build -trimpath -ldflags '-s -w' \
        -o "$1/istioctl" istio.io/istio/istioctl/cmd/istioctl
    rm -rf "$1/module"
}

# build_istio_program PROGRAM FOLDER
build_istio_program() {
    istio_module "$2/module" istiod "$1"
    run "$1" go -C "$2/module" build -trimpath -ldflags '-s -w' -o "$2/$1" "./$1"
    rm -rf "$2/module"
}
