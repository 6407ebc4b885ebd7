# What the installers in install.d/ share. Read by install.sh.

tools=${PROXY_SERVICE_TOOLS:-${HOME:?}/.cache/proxy-service-tools}

# Never take what an earlier installation linked for what the machine has.
PATH=:$PATH:
PATH=${PATH//:"$tools/bin":/:}
PATH=${PATH#:}
PATH=${PATH%:}

say() { echo "tools: $*" >&2; }

# fail TOOL REASON: ends the installation, naming the tool.
fail() {
    echo "tools: $1 cannot be had: $2" >&2
    exit 1
}

# run TOOL COMMAND...: a step whose failure names the tool and the command.
# Its output is shown only if it fails.
run() {
    local tool=$1 log
    shift
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        rm -f "$log"
        fail "$tool" "this command failed: $*"
    fi
    rm -f "$log"
}

# provide TOOL KEY BUILD...: makes $tools/KEY by calling `BUILD... TEMPORARY_FOLDER`,
# unless it is there. The folder gets its name only when it is complete.
provide() {
    local tool=$1 key=$2 temporary started=$SECONDS
    shift 2
    [[ ! -d $tools/$key ]] || return 0
    say "$tool: building $key"
    rm -rf "$tools/.building-$key"-* # of an interrupted build; the lock says that nobody else builds it
    temporary=$(mktemp -d "$tools/.building-$key-XXXXXX")
    chmod 755 "$temporary"
    "$@" "$temporary"
    mv -T "$temporary" "$tools/$key"
    say "$tool: $key took $((SECONDS - started)) s"
}

# link NAME TARGET: bin/NAME, pointing into the tools folder.
link() {
    ln -sfn "../$2" "$tools/bin/.$1.new"
    mv -T "$tools/bin/.$1.new" "$tools/bin/$1"
}

# hash PATH...: twelve digits that change with any file under the paths.
hash() {
    (cd "$here/.." && find "$@" -type f -print0 |
        sort -z | xargs -0 sha256sum | sha256sum | cut -c1-12)
}

# sources TOOL MODULE@VERSION: prints the folder of a Go module's sources.
# Called from outside of any module, so that go looks at nothing else.
sources() {
    local answer
    answer=$(cd / && go mod download -json "$2" 2>&1) || fail "$1" "this command failed: go mod download $2: $answer"
    sed -n 's/^\t"Dir": "\(.*\)",$/\1/p' <<<"$answer"
}

# debian TOOL PROGRAM PACKAGE...: installs the packages where the program is missing.
debian() {
    local tool=$1 program=$2 started=$SECONDS root=()
    shift 2
    ! command -v "$program" >/dev/null 2>&1 || return 0
    command -v apt-get >/dev/null || fail "$tool" "\`$program\` is not on PATH, and there is no apt-get to install it with"
    [[ $(id -u) -eq 0 ]] || root=(sudo)
    say "$tool: installing the Debian packages $*"
    run "$tool" "${root[@]}" apt-get update
    run "$tool" "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$@"
    say "$tool: packages took $((SECONDS - started)) s"
}
