//! A workflow that keeps the rules, and changes that each break one.

pub const GOOD: &str = r#"name: good
on:
  push:
    branches: [main]
permissions: {}
env:
  A: b
jobs:
  build:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      contents: read
    container: example/build@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    steps:
    - uses: actions/checkout@0123456789abcdef0123456789abcdef01234567 # v1.2.3
      with:
        persist-credentials: false
    - name: Build
      run: make
  publish:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      contents: write
    steps:
    - uses: actions/download-artifact@0123456789abcdef0123456789abcdef01234567 # v1.2.3
    - name: Publish
      env:
        GH_TOKEN: ${{ github.token }}
      run: gh release create
"#;

/// The rule, what is replaced, and by what.
pub const BROKEN: &[(&str, &str, &str)] = &[
    (PINNED, "checkout@0123456789abcdef0123456789abcdef01234567 # v1.2.3", "checkout@v1"),
    (PINNED, "artifact@0123456789abcdef0123456789abcdef01234567 # v1.2.3", "artifact@0123456 # v1.2.3"),
    (PINNED, "01234567 # v1.2.3", "01234567"),
    (PINNED, "01234567 # v1.2.3", "01234567 # v1"),
    (PINNED, "- name: Build\n", "- {name: Lint, uses: a/b@v1}\n    - name: Build\n"),
    ("a checkout keeps no credentials", "\n      with:\n        persist-credentials: false", ""),
    ("a checkout keeps no credentials", "persist-credentials: false", "persist-credentials: true"),
    (PERMISSIONS, "permissions: {}", "permissions: read-all"),
    (PERMISSIONS, "permissions: {}\n", ""),
    (PERMISSIONS, "    permissions:\n      contents: read\n", ""),
    (PERMISSIONS, "contents: write\n", "contents: write\n      packages: write\n"),
    (PERMISSIONS, "contents: read\n", "actions: read\n"),
    (REPOSITORY, "run: gh release", "run: git clone example && gh release"),
    (REPOSITORY, "run: gh release", "run: chmod +x program && gh release"),
    (REPOSITORY, "    - uses: actions/download-artifact@", "    - uses: actions/checkout@"),
    (REPOSITORY, "actions/download-artifact@", "actions/cache/restore@"),
    ("a job that builds has no token", "run: make", "run: make\n      env: {TOKEN: \"${{ secrets.TOKEN }}\"}"),
    ("a job that builds has no token", "  A: b", "  A: ${{ github.token }}"),
    ("nothing of an event becomes part of a program", "run: make", "run: make ${{ github.event.pull_request.title }}"),
    ("no event runs foreign code with a token that writes", "push:\n    branches: [main]", "pull_request_target:"),
    ("an image is named by its digest", "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", ":1.0"),
    ("every job ends", "    timeout-minutes: 5\n", ""),
];

const PINNED: &str = "an action is pinned by its commit, with its version beside";
const PERMISSIONS: &str = "every job has its own permissions, and no more than are listed";
const REPOSITORY: &str = "a job that may write has nothing of the repository";
