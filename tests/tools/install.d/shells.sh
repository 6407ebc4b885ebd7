# zsh, fish and elvish, which complete, and mandoc, which reads manual pages, from Debian.

install_shells() {
    debian shells zsh zsh
    debian shells fish fish
    debian shells elvish elvish
    debian shells mandoc mandoc
    debian shells groff groff
}
