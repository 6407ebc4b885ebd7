#!/usr/bin/env bash
# contrib.sh DIR: writes into DIR/contrib a stand-in for the module
# github.com/envoyproxy/go-control-plane/contrib, which cannot be had.
#
# Istio imports its packages so that their message types are registered, and
# names three of the types. DIR/go.mod says which Istio; its sources say which
# packages. Nothing of it is used for proxies without those extensions.
set -euo pipefail
cd "$1"

module=github.com/envoyproxy/go-control-plane/contrib
rm -rf contrib
mkdir contrib
cat >contrib/go.mod <<EOF
module $module

go 1.26
EOF

# From outside of the module: inside, go would ask for contrib, which is not there yet.
version=$(awk '$1 == "istio.io/istio" {print $2} $2 == "istio.io/istio" {print $3}' go.mod)
sources=$(cd / && go mod download -json "istio.io/istio@$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
[[ -d $sources ]] || { echo "contrib.sh: no sources of istio.io/istio@$version" >&2; exit 1; }

grep -rhoE --include='*.go' "\"$module/[^\"]+\"" "$sources" | tr -d '"' | sort -u |
while read -r package; do
    dir=contrib/${package#"$module/"}
    mkdir -p "$dir"
    # A package is named after its folder; Istio gives each import its own name.
    echo "package ${dir##*/}" >"$dir/stub.go"
done

# message FOLDER NAME FIELDS IMPORT: a message type that Istio names.
message() {
    cat >"contrib/envoy/extensions/$1/stub.go" <<EOF
package ${1##*/}

import (
	"google.golang.org/protobuf/types/known/emptypb"
$4
)

type $2 struct {
	emptypb.Empty
$3
}
EOF
}

message filters/network/mysql_proxy/v3 MySQLProxy \
    "	StatPrefix string" ""
for provider in cryptomb:CryptoMb qat:Qat; do
    message "private_key_providers/${provider%:*}/v3alpha" "${provider#*:}PrivateKeyMethodConfig" \
        "	PollDelay  *durationpb.Duration
	PrivateKey *core.DataSource" \
        '	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"google.golang.org/protobuf/types/known/durationpb"'
done
