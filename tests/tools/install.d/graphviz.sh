# Graphviz, which reads DOT.

install_graphviz() {
    debian graphviz dot graphviz
}
