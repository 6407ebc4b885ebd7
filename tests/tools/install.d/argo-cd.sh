# argo-cd-sync from tests/evidence: Argo CD's sync engine against the API server.

install_argo_cd_sync() {
    local key
    key=argo-cd-sync-$(hash tools/argo-cd evidence/argo-cd-sync evidence/api-server/server.go evidence/api-server/client.go)
    provide argo-cd-sync "$key" build_argo_cd_sync
    link argo-cd-sync "$key/argo-cd-sync"
}

build_argo_cd_sync() {
    mkdir "$1/module"
    cp -R "$here/argo-cd/." "$here/../evidence/argo-cd-sync" "$1/module/"
    cp "$here/../evidence/api-server/server.go" "$here/../evidence/api-server/client.go" "$1/module/argo-cd-sync/"
    run argo-cd-sync go -C "$1/module" build -trimpath -ldflags '-s -w' -o "$1/argo-cd-sync" ./argo-cd-sync
    rm -rf "$1/module"
}
