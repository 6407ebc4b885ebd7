#!/usr/bin/env python3
"""notices.py METADATA: the licences of all crates in the binary, for `THIRD-PARTY-LICENSES.txt`.

METADATA is what `cargo metadata` prints with --filter-platform. Crates of the build alone (derive
macros, build scripts) leave nothing of themselves in the binary and are left out. Same input, same bytes.
"""

import json
import pathlib
import re
import sys

NAMES = re.compile(r"(LICEN[CS]E|COPYING|COPYRIGHT|NOTICE|UNLICENSE)", re.IGNORECASE)


def linked(metadata):
    """The packages that are linked into the program, by name; not the program itself."""
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    seen, open_ends = set(), [root]
    while open_ends:
        identity = open_ends.pop()
        macro = any("proc-macro" in target["kind"] for target in packages[identity]["targets"])
        if identity in seen or macro:
            continue
        seen.add(identity)
        for dependency in nodes[identity]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                open_ends.append(dependency["pkg"])
    return sorted((packages[identity] for identity in seen - {root}), key=lambda p: (p["name"], p["version"]))


def texts(package):
    """The licence files of a package, by name, without differences that only an editor sees."""
    folder = pathlib.Path(package["manifest_path"]).parent
    files = sorted(path for path in folder.iterdir() if path.is_file() and NAMES.match(path.name))
    if package["license_file"]:
        files.append(folder / package["license_file"])
    for path in files:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        yield "\n".join(line.rstrip() for line in lines).strip()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        packages = linked(json.load(file))
    if not packages:
        sys.exit("notices.py: no crates in the metadata; it must be that of a whole build")
    print("proxy-service is made of the crates below, Rust's standard library (MIT OR Apache-2.0,")
    print("copyright The Rust Project Contributors) and musl (MIT, copyright 2005-2020 Rich Felker and others).\n")
    users = {}
    for package in packages:
        name = f"{package['name']} {package['version']}"
        print(f"{name}: {package['license']}; {', '.join(package['authors']) or package['repository']}")
        for text in texts(package):
            users.setdefault(text, []).append(name)
    for text, names in sorted(users.items(), key=lambda entry: entry[1]):
        print(f"\n{'=' * 100}\nLicence of {', '.join(sorted(set(names)))}\n{'=' * 100}\n\n{text}")


main()
