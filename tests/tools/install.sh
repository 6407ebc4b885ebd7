#!/usr/bin/env bash
# install.sh [TOOL...]: the real programs that the tests use; without arguments all of them.
#
#   kustomize       the reference host
#   kustomize-4.5.4 the oldest host that is supported, on PATH by that name
#   podman          runs function images; bin/docker is what kustomize calls
#   istioctl        validate and analyze
#   istio-config    tests/evidence/istio-config: what istiod sends to a proxy
#   kube-apiserver  with Istio's custom resource definitions
#   etcd            for kube-apiserver
#   api-server      tests/evidence/api-server: manifests against the above
#   argo-cd-sync    tests/evidence/argo-cd-sync: the above, by Argo CD's own sync engine
#   envoy           the data plane itself
#   envoy-run       tests/evidence/envoy-run: requests through the above
#   argocd          tests/evidence/argocd: plugin server, health checks and types of Argo CD
#   flux            tests/evidence/flux: what Flux applies and deletes, step by step
#
# Everything lands in $PROXY_SERVICE_TOOLS (default ~/.cache/proxy-service-tools),
# one folder for each version; bin/ links to the current ones. A version that is
# there is not built again; removing the folder removes everything but Debian's
# packages. Pinned versions: versions.sh and the go.mod files here.
#
# Needs bash, Go (the go.mod files say which), Python with pip, npm, and Debian's apt-get
# where podman or etcd is missing. bin/ belongs first on PATH: a `docker` without
# daemon elsewhere would win otherwise.
set -eEuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/lib.sh"
source "$here/versions.sh"
# Nothing of the caller's Go settings; the modules here say all that there is to say.
export GOFLAGS=-buildvcs=false GOWORK=off
for piece in "$here"/install.d/*.sh; do source "$piece"; done

all=(kustomize kustomize-4.5.4 podman istioctl istio-config kube-apiserver etcd api-server argo-cd-sync envoy envoy-run argocd flux)

trap 'say "${tool-}: this command failed: $BASH_COMMAND"' ERR

mkdir -p "$tools/bin"
for tool in "${@:-${all[@]}}"; do
    [[ " ${all[*]} " == *" $tool "* ]] || fail "$tool" "no such tool; there are: ${all[*]}"
    exec {lock}>"$tools/.lock-$tool"
    flock "$lock" # a second install.sh waits for the first and finds its work done
    "install_${tool//[-.]/_}"
    exec {lock}>&-
done
