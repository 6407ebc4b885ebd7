# What bench/run.sh and tests/budget.sh measure with. Debian's hyperfine cannot feed stdin yet.

install_hyperfine() {
    provide hyperfine "hyperfine-$hyperfine_version" build_hyperfine
    link hyperfine "hyperfine-$hyperfine_version/bin/hyperfine"
}

build_hyperfine() {
    run hyperfine env -u CARGO_TARGET_DIR cargo install --quiet --locked --root "$1" "hyperfine@$hyperfine_version"
}

install_time() {
    debian time /usr/bin/time time
}

install_valgrind() {
    debian valgrind valgrind valgrind
}
