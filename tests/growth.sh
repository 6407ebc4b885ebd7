#!/usr/bin/env bash
# growth.sh [OPTION...]: what one document may cost the release binary, construct by construct and command by
# command: time below n^1.3, memory in proportion (tests/growth/measure.py; --help tells the options).
# `--self-test` shows that it finds what grows too fast.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v valgrind >/dev/null || {
    echo "growth: no valgrind; tests/tools/install.sh valgrind installs it" >&2
    exit 1
}
if [[ ${1-} == --self-test ]]; then
    exec python3 tests/growth/self_test.py
fi
program=$(release/binary.sh "$(uname -m)-unknown-linux-musl" "${PROXY_SERVICE_TOOLS:-${HOME:?}/.cache/proxy-service-tools}/release-target")
exec python3 tests/growth/measure.py "$program" "$@"
