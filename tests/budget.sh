#!/usr/bin/env bash
# budget.sh: how many instructions the release binary takes for a few inputs, against tests/budget.txt.
# Seconds differ from run to run; these do not, on the same compiler. A case may take a tenth more.
# PROXY_SERVICE_UPDATE=1 writes the budget anew.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
budget=tests/budget.txt
cases=(few some every-100 policies-300)
command -v valgrind >/dev/null || {
    echo "budget: no valgrind; tests/tools/install.sh valgrind installs it" >&2
    exit 1
}
program=$(release/binary.sh "$(uname -m)-unknown-linux-musl" "${PROXY_SERVICE_TOOLS:-${HOME:?}/.cache/proxy-service-tools}/release-target")
built="$(rustc --version | cut -d' ' -f1,2) $(basename "${program%/release/*}")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 bench/generate.py "$work" "${cases[@]}"

# count CASE: instructions, in thousands.
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" <"$work/$1/list.yaml" 2>"$work/log" >"$work/out" ||
        { cat "$work/log" >&2; return 1; }
    grep -q 'kind: VirtualService' "$work/out" || { echo "budget: $1 has no interception" >&2; return 1; }
    awk '/Collected/ { printf "%d\n", $NF / 1000 }' "$work/log"
}

if [[ ${PROXY_SERVICE_UPDATE-} ]]; then
    {
        echo "# Thousands of instructions; tests/budget.sh compares, PROXY_SERVICE_UPDATE=1 tests/budget.sh renews."
        echo "built with: $built"
        for case in "${cases[@]}"; do echo "$case $(count "$case")"; done
    } >"$work/budget"
    mv "$work/budget" "$budget"
    cat "$budget"
    exit
fi

margin=10
if ! grep -qxF "built with: $built" "$budget"; then
    margin=40
    echo "budget: CAREFUL: this is $built, the budget is of another compiler ($(sed -n 's/^built with: //p' "$budget"));" \
        "$margin % more pass" >&2
fi
failed=0
for case in "${cases[@]}"; do
    allowed=$(awk -v name="$case" '$1 == name { print $2 }' "$budget")
    counted=$(count "$case")
    [[ $allowed ]] || { echo "budget: $case is not in $budget" >&2; failed=1; continue; }
    percent=$((counted * 100 / allowed - 100))
    if ((counted * 100 > allowed * (100 + margin))); then
        echo "budget: $case takes $counted thousand instructions, $percent % more than its budget of $allowed ($margin % are allowed)." \
            "Find out why (valgrind --tool=callgrind), or, if it is worth it: PROXY_SERVICE_UPDATE=1 tests/budget.sh" >&2
        failed=1
    else
        echo "budget: $case: $counted thousand instructions, budget $allowed ($percent %)"
        ((percent > -25)) || echo "budget: $case takes far less than its budget; renew it: PROXY_SERVICE_UPDATE=1 tests/budget.sh"
    fi
done
exit "$failed"
