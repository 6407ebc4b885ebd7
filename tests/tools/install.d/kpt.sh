# kpt: Google packages it for Debian. Its Go module cannot be verified, so it is not built here, and where
# there is no kpt, its tests are left out, which install.sh and the tests say.

install_kpt() {
    if ! command -v kpt >/dev/null && apt-cache show google-cloud-cli-kpt >/dev/null 2>&1; then
        debian kpt kpt google-cloud-cli-kpt
    fi
    if command -v kpt >/dev/null; then
        ln -sfn "$(command -v kpt)" "$tools/bin/kpt"
    else
        say "!!!!!! kpt is not on PATH and no package has it: what the tests do with the real kpt does NOT run"
    fi
}
