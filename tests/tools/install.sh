#!/usr/bin/env bash
# install.sh [TOOL...]: the real programs that the tests use; without arguments all of them.
#
#   kustomize       the reference host
#   kustomize-4.5.4 the oldest host that is supported, on PATH by that name
#   kyaml-read      tests/evidence/kyaml-read: what kustomize reads in a text
#   podman          runs function images; bin/docker is what kustomize calls
#   istioctl        validate and analyze
#   istio-config    tests/evidence/istio-config: what istiod sends to a proxy
#   mesh-judge      tests/evidence/mesh-judge: what becomes of requests, by istiod's code
#   kube-apiserver  with Istio's custom resource definitions
#   etcd            for kube-apiserver
#   api-server      tests/evidence/api-server: manifests against the above
#   argo-cd-sync    tests/evidence/argo-cd-sync: the above, by Argo CD's own sync engine
#   envoy           the data plane itself
#   envoy-run       tests/evidence/envoy-run: requests through the above
#   shells          zsh, fish, elvish, mandoc and groff: completions and manual pages
#   ci              pre-commit, check-jsonschema and actionlint: what users' CI runs
#   report-schemas  SARIF's schema and Jenkins' for JUnit, as bin/report-schemas/
#   helm, helm-3    post-renderers; both major versions
#   kpt             where it is on PATH or Debian's apt-get knows google-cloud-cli-kpt
#   rust-targets    Rust's libraries for static programs, by rustup
#   cargo-cyclonedx cargo-deny cyclonedx-schema
#                   the release's bill of materials and licences
#   qemu-aarch64    runs the arm64 binary
#   browser         Chromium, mermaid and axe-core for tests/browser
#   graphviz        dot
#   argocd          tests/evidence/argocd: plugin server, health checks and types of Argo CD
#   flux            tests/evidence/flux: what Flux applies and deletes, step by step
#   valgrind        counts instructions, for tests/budget.sh
#   hyperfine, time for bench/run.sh; not among all of them
#
# Everything lands in $PROXY_SERVICE_TOOLS (default ~/.cache/proxy-service-tools),
# one folder for each version; bin/ links to the current ones. A version that is
# there is not built again; removing the folder removes everything but Debian's
# packages. Pinned versions: versions.sh and the go.mod files here.
#
# Needs bash, Go (the go.mod files say which), Rust with rustup, Python with pip, npm, and Debian's
# apt-get for what is missing of Debian's. bin/ belongs first on PATH: a `docker` without daemon
# elsewhere would win otherwise.
set -eEuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/lib.sh"
source "$here/versions.sh"
# The links in bin/ must not be found as what they lead to.
PATH=:$PATH:
PATH=${PATH//:"$tools/bin":/:}
PATH=${PATH#:}
PATH=${PATH%:}
# Nothing of the caller's Go settings; the modules here say all that there is to say.
export GOFLAGS=-buildvcs=false GOWORK=off
for piece in "$here"/install.d/*.sh; do source "$piece"; done

all=(
    kustomize kustomize-4.5.4 kyaml-read podman istioctl istio-config mesh-judge kube-apiserver etcd api-server
    envoy envoy-run shells ci report-schemas helm helm-3 kpt rust-targets cargo-cyclonedx
    cargo-deny cyclonedx-schema qemu-aarch64 browser graphviz
    argocd argo-cd-sync flux valgrind
)

trap 'say "${tool-}: this command failed: $BASH_COMMAND"' ERR

mkdir -p "$tools/bin"
known=("${all[@]}" hyperfine time)
for tool in "${@:-${all[@]}}"; do
    [[ " ${known[*]} " == *" $tool "* ]] || fail "$tool" "no such tool; there are: ${known[*]}"
    exec {lock}>"$tools/.lock-$tool"
    flock "$lock" # a second install.sh waits for the first and finds its work done
    "install_${tool//[-.]/_}"
    exec {lock}>&-
done
