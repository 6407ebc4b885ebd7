#!/usr/bin/env bash
# pre-commit.sh [OPTION...] PATH...: renders each PATH, a folder with a kustomization or files, and
# validates what comes out, with the options of `proxy-service validate`. Says what is wrong with all
# of them.
set -uo pipefail

command -v proxy-service >/dev/null || {
    echo "proxy-service is not on PATH: install it first (cargo install, or the archive of a release)" >&2
    exit 2
}
# rendered PATH: its manifests, with the function where the deployment has it. No other program of a
# kustomization runs.
rendered() {
    if [[ -e $1/kustomization.yaml || -e $1/kustomization.yml || -e $1/Kustomization ]]; then
        proxy-service --quiet render --kustomize="$1" --enable-exec
    else
        proxy-service --quiet render -- "$1"
    fi
}

options=() failed=0
for argument; do
    case $argument in
    -*) options+=("$argument") && continue ;;
    esac
    # What fails to build or to render has said why, and an empty stdin would only say it less well.
    if manifests=$(rendered "$argument"); then
        proxy-service validate ${options[@]+"${options[@]}"} - <<<"$manifests" || failed=1
    else
        failed=1
    fi
    ((failed == 0)) || echo "in $argument" >&2
done
exit $failed
