# etcd, from Debian: kube-apiserver's storage.

install_etcd() {
    debian etcd etcd etcd-server
    ln -sfn "$(command -v etcd)" "$tools/bin/etcd"
}
