#!/usr/bin/env bash
# self-test.sh: each proof holds for good manifests and fails for the fault that
# it is there to find. A proof that cannot fail proves nothing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
before=$here/self-test/before.yaml good=$here/self-test/after.yaml

problems=0
# finds PROOF FACT FAULT SED: with the fault, PROOF prints a FAIL line that matches FACT.
finds() {
    local proof=$1 fact=$2 fault=$3 edit=$4 output
    sed -E "$edit" "$good" >"$scratch/after.yaml"
    if cmp -s "$good" "$scratch/after.yaml"; then
        echo "FAIL $fault: the edit changes nothing"
        problems=$((problems + 1))
        return
    fi
    # An Envoy that does not come up says nothing about the fault: what it said is shown, and it gets a second run.
    for attempt in 1 2; do
        output=$("$here/run.sh" --only "$proof" "$before" "$scratch/after.yaml" 2>&1) || true
        if grep -qE "^FAIL .*$fact" <<<"$output"; then
            echo "ok   $proof finds $fault"
            return
        fi
        echo "note: $proof, run $attempt, does not find $fault:"
        tail -n 20 <<<"$output"
    done
    echo "FAIL $proof does not find $fault"
    problems=$((problems + 1))
}

"$here/run.sh" "$before" "$good" >"$scratch/good" 2>&1 || { cat "$scratch/good"; exit 1; }
echo "ok   every proof holds for good manifests"

# The short name would get 404: the virtual host has one domain, the full name.
finds istio 'Host sn0/: .*404' 'a VirtualService for the front host' 's/hosts: \["\*"\]/hosts: [sn0]/'
finds envoy 'Host sn0: status 404' 'a VirtualService for the front host' 's/hosts: \["\*"\]/hosts: [sn0]/'
finds istio 'speaks: expected mutual TLS, got plaintext' 'proxies without the tlsMode label' 's/, security.istio.io\/tlsMode: istio//'
finds envoy 'Host sn0: status 503' 'proxies without the tlsMode label' 's/, security.istio.io\/tlsMode: istio//'
finds envoy 'external address "127' 'proxies that take clients for strangers' '/internal_address_config/d'
finds envoy 'saw proto "https", for ""' 'proxies that trust no proxies' '/numTrustedProxies/d'
finds envoy 'saw proto "http", for "[^"]' 'proxies that add addresses' '/skip_xff_append/d'
finds istio 'Gateway server of this port' 'a port without a server' '/number: 9090, name: grpc/d'
finds istio 'SNI asked for' 'a server that asks for a name' 's/(name: http, protocol: HTTPS\}, hosts: )\["\.\/\*"\]/\1["sn0.shop.svc.cluster.local"]/'
finds istio 'locality weights' 'outlier detection with locality failover' 's/^      localityLbSetting: .*//; s/^    loadBalancer:$/    outlierDetection: {consecutive5xxErrors: 3}\n    loadBalancer:/'
finds istio 'endpoints as before' 'a target of other pods' '/^  name: sn0-ep$/,/^---/s/selector: \{app: sn0\}/selector: {app: other}/'
finds istio 'choices of least request' 'an EnvoyFilter that never meets the proxies' 's/context: GATEWAY/context: SIDECAR_OUTBOUND/'
finds istioctl 'validate' 'TLS settings on a plaintext server' 's/protocol: HTTPS/protocol: HTTP/'
finds istioctl 'analyze' 'a VirtualService for a Gateway that is not there' 's/gateways: \[sn0-proxy\]/gateways: [nowhere]/'
finds api 'is accepted: .*immutable' 'a change of what cannot change' 's/matchLabels: \{app: sn0\}/matchLabels: {app: sn1}/; s/labels: \{app: sn0\}\}$/labels: {app: sn1}}/'
finds api 'is accepted: .*not declared in schema' 'a field that is not in the schema' 's/maxUnavailable: 1/maxUnavailable: 1\n  nonsense: 1/'
finds api 'restricted standard' 'pods that may become root' 's/allowPrivilegeEscalation: false/allowPrivilegeEscalation: true/'
finds api 'stored as it was written' 'a quantity that the server writes differently' 's/cpu: "2"/cpu: 2000m/'
finds api 'keeps its addresses' 'a front of another type' '1,/^spec:/s/^spec:/spec:\n  type: NodePort/'

# Routes of the user's, which stay with the clients and choose subsets at the proxies: a golden case.
case=$here/../../testdata/routes-of-the-user-stay
before=$scratch/before.yaml good=$case/expected.yaml
awk 'BEGIN { RS = "---\n"; ORS = "" } !/msvcbench.io\/v1alpha1/ { print separator $0; separator = RS }' "$case/input.yaml" >"$before"
"$here/run.sh" --only istio "$before" "$good" >"$scratch/good" 2>&1 || { cat "$scratch/good"; exit 1; }
echo "ok   istio holds for routes that stay"
finds istio 'route 4 as before' 'another weight' 's/weight: 90/weight: 80/; s/weight: 10$/weight: 20/'
finds istio 'route 0 as before' 'a timeout that was lost' '/timeout: "3s"/d'
finds istio '9000 .* route 0 as before' 'another weight of connections' 's/weight: 75/weight: 70/; s/weight: 25/weight: 30/'
finds istio 'routes as many as before' 'a route that was lost' '/^  - name: admin/,/^      status: 403/d'
finds istio 'pods behind .*v2' 'a subset of other pods' 's/^      version: v2$/      version: v1/'
finds istio 'pods behind .*v2' 'a header that no route of the proxies matches' 's/^( *)exact: v2$/\1exact: v3/'
finds istio 'tells the proxies the subset of .*v2' 'a destination that names another subset' 's/x-msvcbench-subset: v2/x-msvcbench-subset: v1/'
finds istio 'tells the proxies the subset of .*v2' 'a destination that names no subset' 's/x-msvcbench-subset: v2/x-other: v2/'
finds istio 'limits of .*v2' 'a limit that was lost' 's/http2MaxRequests: 10$/http2MaxRequests: 11/'

[[ $problems -eq 0 ]]
