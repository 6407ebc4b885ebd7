# kustomize, the reference host.

install_kustomize() {
    provide kustomize "kustomize-$kustomize_version" build_kustomize
    link kustomize "kustomize-$kustomize_version/kustomize"
}

build_kustomize() {
    run kustomize go -C "$here/kustomize" build -trimpath \
        -ldflags "-s -w -X sigs.k8s.io/kustomize/api/provenance.version=v$kustomize_version" \
        -o "$1/kustomize" sigs.k8s.io/kustomize/kustomize/v5
}
