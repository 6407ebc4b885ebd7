#!/usr/bin/env bash
# pre-commit.sh [OPTION...] PATH...: renders each PATH, a folder with a kustomization or files, and
# validates what comes out, with the options of `proxy-service validate`. Says what is wrong with all
# of them.
set -uo pipefail

command -v proxy-service >/dev/null || {
    echo "proxy-service is not on PATH: install it first (cargo install, or the archive of a release)" >&2
    exit 2
}
options=() failed=0
for argument; do
    case $argument in
    -*) options+=("$argument") && continue ;;
    esac
    if [[ -e $argument/kustomization.yaml || -e $argument/kustomization.yml || -e $argument/Kustomization ]]; then
        render=(proxy-service --quiet render -k "$argument")
    else
        render=(proxy-service --quiet render "$argument")
    fi
    # What fails to render has said why, and an empty stdin would only say it less well.
    if manifests=$("${render[@]}" && echo .); then
        printf %s "${manifests%.}" | proxy-service validate ${options[@]+"${options[@]}"} - || failed=1
    else
        failed=1
    fi
    ((failed == 0)) || echo "in $argument" >&2
done
exit $failed
