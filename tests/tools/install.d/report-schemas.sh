# The schemas that CI systems have for reports: SARIF's, out of the crate that carries it, and that
# of Jenkins for JUnit, out of pytest's sources; with what checks XML against the latter.

install_report_schemas() {
    provide report-schemas "report-schemas-$report_schemas_version" fetch_report_schemas
    link report-schemas "report-schemas-$report_schemas_version"
}

fetch_report_schemas() {
    local tool=report-schemas
    mkdir "$1/crate" "$1/crate/src"
    touch "$1/crate/src/lib.rs"
    printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\nserde-sarif = { version = "=%s", default-features = false }\n' \
        "$serde_sarif_version" >"$1/crate/Cargo.toml"
    run "$tool" env CARGO_HOME="$1/cargo" cargo fetch --manifest-path "$1/crate/Cargo.toml"
    cp "$1"/cargo/registry/src/*/serde-sarif-"$serde_sarif_version"/src/schema.json "$1/sarif-2.1.0.json"
    run "$tool" sha256sum --check --quiet <<<"$sarif_schema_sha256  $1/sarif-2.1.0.json"
    run "$tool" python3 -m pip download --quiet --no-deps --no-binary :all: --dest "$1" "pytest==$pytest_version"
    run "$tool" tar -xzf "$1/pytest-$pytest_version.tar.gz" -C "$1" --strip-components 3 "pytest-$pytest_version/testing/example_scripts/junit-10.xsd"
    run "$tool" sha256sum --check --quiet <<<"$junit_schema_sha256  $1/junit-10.xsd"
    run "$tool" python3 -m pip install --quiet --target "$1/python" "xmlschema==$xmlschema_version"
    rm -rf "$1/crate" "$1/cargo" "$1"/pytest-*.tar.gz
}
