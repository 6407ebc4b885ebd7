# Chromium from Debian, and what tests/browser needs from npm: mermaid, which is what GitHub draws
# with, axe-core and a client for Chromium. The modules' folder is node_modules of tests/browser.

install_browser() {
    debian browser chromium chromium fonts-dejavu-core
    local key
    key=browser-$(hash browser/package.json browser/package-lock.json browser/.npmrc tools/install.d/browser.sh)
    provide browser "$key" install_node_modules
    link browser "$key"
}

install_node_modules() {
    cp "$here"/../browser/{package.json,package-lock.json,.npmrc} "$1/"
    run browser npm --prefix "$1" ci --ignore-scripts --silent
}
