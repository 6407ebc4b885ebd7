# argocd from tests/evidence: Argo CD's own plugin server, health checks and types; and its manifests.

install_argocd() {
    local key
    key=argocd-$(hash tools/argocd evidence/argocd)
    provide argocd "$key" build_argocd
    link argocd "$key/argocd"
    ln -sfn "$key/manifests" "$tools/argocd-manifests"
}

build_argocd() {
    local module
    cp -R "$here/argocd/." "$1/"
    cp -R "$here/../evidence/argocd" "$1/program"
    run argocd go -C "$1" build -trimpath -ldflags '-s -w' -o "$1/argocd" ./program
    module=$(cd "$1" && go list -m -f '{{.Dir}}' github.com/argoproj/argo-cd/v3)
    mkdir "$1/manifests"
    cp "$module/manifests/install.yaml" "$module/manifests/crds/application-crd.yaml" "$1/manifests/"
    chmod u+w "$1"/manifests/*
    rm -r "$1/program" "$1"/go.*
}
