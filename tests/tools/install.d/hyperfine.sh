# What bench/run.sh and tests/budget.sh measure with, from Debian.

install_hyperfine() {
    debian hyperfine hyperfine hyperfine
}

install_time() {
    debian time /usr/bin/time time
}

install_valgrind() {
    debian valgrind valgrind valgrind
}
