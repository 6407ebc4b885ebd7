# What users' continuous integration runs: pre-commit, and what reads workflows and jobs: actionlint,
# and check-jsonschema with the schemas of GitHub and GitLab.

install_ci() {
    local key
    debian ci jq jq
    debian ci shellcheck shellcheck # actionlint asks it about the steps
    key=ci-$(hash tools/ci tools/install.d/ci.sh)
    provide ci "$key" build_ci
    link pre-commit "$key/pre-commit"
    link check-jsonschema "$key/check-jsonschema"
    key=actionlint-$(hash tools/actionlint)
    provide ci "$key" build_actionlint
    link actionlint "$key/actionlint"
}

# A virtual environment knows where it was made, and this one moves; so the programs are found by
# their modules.
build_ci() {
    run ci python3 -m pip install --disable-pip-version-check --quiet --no-warn-script-location \
        --target "$1/lib" --requirement "$here/ci/requirements.txt"
    local program
    for program in pre-commit check-jsonschema; do
        cat >"$1/$program" <<EOF2
#!/usr/bin/env bash
# Made by tests/tools/install.sh.
here=\$(cd "\$(dirname "\$(readlink -f "\${BASH_SOURCE[0]}")")" && pwd)
PYTHONPATH=\$here/lib exec $(command -v python3) -m ${program//-/_} "\$@"
EOF2
        chmod +x "$1/$program"
        run ci "$1/$program" --version
    done
}

build_actionlint() {
    run ci go -C "$here/actionlint" build -trimpath -ldflags '-s -w' -o "$1/actionlint" github.com/rhysd/actionlint/cmd/actionlint
}
