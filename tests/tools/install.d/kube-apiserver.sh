# kube-apiserver with the custom resource definitions of Istio and Gateway API,
# and api-server from tests/evidence, which drives it.

install_kube_apiserver() {
    local key=kube-apiserver-$kubernetes_version
    provide kube-apiserver "$key" build_kube_apiserver
    link kube-apiserver "$key/kube-apiserver"

    key=crds-istio-$istio_api_version-gateway-api-$gateway_api_version
    provide kube-apiserver "$key" build_crds
    ln -sfn "$key" "$tools/crds"
}

install_api_server() {
    local key
    key=api-server-$(hash tools/kube-apiserver evidence/api-server)
    provide api-server "$key" build_api_server
    link api-server "$key/api-server"
}

build_kube_apiserver() {
    run kube-apiserver go -C "$here/kube-apiserver" build -trimpath \
        -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=v$kubernetes_version -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36" \
        -o "$1/kube-apiserver" k8s.io/kubernetes/cmd/kube-apiserver
}

build_crds() {
    cp "$(sources kube-apiserver "istio.io/api@v$istio_api_version")/kubernetes/customresourcedefinitions.gen.yaml" "$1/istio.yaml"
    local file
    for file in "$(sources kube-apiserver "sigs.k8s.io/gateway-api@v$gateway_api_version")"/config/crd/standard/gateway.networking*.yaml; do
        cp "$file" "$1/"
    done
    chmod u+w "$1"/*
}

build_api_server() {
    cp -R "$here/kube-apiserver/." "$here/../evidence/api-server" "$1/"
    run api-server go -C "$1" build -trimpath -ldflags '-s -w' -o "$1/program" ./api-server
    rm -r "$1/api-server" "$1"/go.*
    mv "$1/program" "$1/api-server"
}
