#!/usr/bin/env bash
# istioctl.sh FILE...: `istioctl validate` and `istioctl analyze` find nothing
# in rendered manifests, except what `expected` explains.
set -euo pipefail
tools=${PROXY_SERVICE_TOOLS:-$HOME/.cache/proxy-service-tools}/bin

# One extended regular expression for each line that may be printed.
expected=(
    # validate names a Deployment whose template has no canonical name and revision.
    # The injector adds both to the pods, of applications and of proxies alike
    # (injection-template.yaml, gateway-injection-template.yaml).
    'may not provide Istio metrics and telemetry labels'
    # Only an EnvoyFilter can say how many pods least request compares, and validate and analyze
    # warn of every EnvoyFilter as such.
    'EnvoyFilter exposes internal implementation details'
    '^".*" has warnings: ?$'
    # What validate and analyze say when all is well.
    '^".*" is valid$'
    'No validation issues found when analyzing'
    '^(validation succeed)?$'
)
known=$(IFS='|' && echo "${expected[*]}")

passed=0 failed=0
# check FILE COMMAND...: the command succeeds and prints nothing unexpected.
check() {
    local file=$1 output code=0 findings
    shift
    output=$("$@" 2>&1) || code=$?
    findings=$(grep -vE "$known" <<<"$output" || true)
    if [[ $code -eq 0 && -z $findings ]]; then
        passed=$((passed + 1))
        echo "ok   $file istioctl $2"
    else
        failed=$((failed + 1))
        echo "FAIL $file istioctl $2 (exit $code)"
        echo "     ${findings//$'\n'/$'\n'     }"
    fi
}

for file in "$@"; do
    check "$file" "$tools/istioctl" validate -f "$file"
    # Without --all-namespaces it reports on the namespace `default` only.
    check "$file" "$tools/istioctl" analyze --use-kube=false --all-namespaces --color=false "$file"
done
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
