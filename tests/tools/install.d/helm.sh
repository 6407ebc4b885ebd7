# Helm 4 and Helm 3: their post-renderers are two different things.

install_helm() { helm helm "$helm_version" v4; }
install_helm_3() { helm helm-3 "$helm3_version" v3; }

# helm NAME VERSION MAJOR
helm() {
    provide "$1" "$1-$2" build_helm "$1" "$3" "$2"
    link "$1" "$1-$2/helm"
}

build_helm() { # NAME MAJOR VERSION FOLDER
    run "$1" go -C "$here/$1" build -trimpath \
        -ldflags "-s -w -X helm.sh/helm/$2/internal/version.version=v$3" -o "$4/helm" "helm.sh/helm/$2/cmd/helm"
}
