# flux from tests/evidence: the library that applies and deletes for Flux, against an API server.

install_flux() {
    local key
    key=flux-$(hash tools/flux evidence/flux evidence/api-server/server.go)
    provide flux "$key" build_flux
    link flux "$key/flux"
}

build_flux() {
    cp -R "$here/flux/." "$1/"
    cp -R "$here/../evidence/flux" "$1/program"
    cp "$here/../evidence/api-server/server.go" "$1/program/"
    run flux go -C "$1" build -trimpath -ldflags '-s -w' -o "$1/flux" ./program
    rm -r "$1/program" "$1"/go.*
}
