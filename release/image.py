#!/usr/bin/env python3
"""image.py OUT IMAGE:VERSION EPOCH ARCH=PROGRAM...: the image of the Dockerfile's last stage, for several
architectures, as an OCI archive (OCI image layout 1.0 in a tar); prints its digest.

No container engine and no network: the stage has only files, and the same files and EPOCH (seconds
since 1970) give the same digest everywhere, so anybody can compare a registry's image with the
sources. tests/hosts/image.rs compares this image with the one that an engine makes of the Dockerfile.
"""

import datetime
import hashlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tarfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent
OCI = "application/vnd.oci.image."


def last_stage():
    """The instructions of the Dockerfile's last stage: pairs of a keyword and its text."""
    text = (SOURCE / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    instructions = [tuple(line.split(None, 1)) for line in lines]
    start = max(at for at, (keyword, _) in enumerate(instructions) if keyword == "FROM")
    if instructions[start][1] != "scratch":
        sys.exit(f"image.py: the Dockerfile's last stage is FROM {instructions[start][1]}, not scratch")
    return instructions[start + 1 :]


def described(version):
    """The stage as the image's settings, and as files: pairs of a source and a path in the image."""
    config, files = {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]}, []
    for keyword, text in last_stage():
        if keyword == "LABEL":
            labels = re.findall(r'([\w.]+)="([^"]*)"', text)
            config["Labels"] = {name: value.replace("$VERSION", version) for name, value in labels}
        elif keyword == "COPY":
            source, target = text.removeprefix("--from=builder ").split()
            files.append((None if text.startswith("--from=") else SOURCE / source, target))
        elif keyword == "USER":
            config["User"] = text
        elif keyword == "ENTRYPOINT":
            config["Entrypoint"] = json.loads(text)
        elif keyword != "ARG":
            sys.exit(f"image.py: it does not know {keyword} in the Dockerfile's last stage")
    return config, files


def add(tar, name, content, mode, epoch):
    """A file of root's, or without content a folder, of that time."""
    entry = tarfile.TarInfo(name)
    entry.mode, entry.mtime = mode, epoch
    if content is None:
        entry.type = tarfile.DIRTYPE
        tar.addfile(entry)
    else:
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))


def archive(entries, epoch):
    """A tar of the entries: names, contents and modes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content, mode in entries:
            add(tar, name, content, mode, epoch)
    return out.getvalue()


class Layout:
    """The blobs of an image layout, by their digests."""

    def __init__(self):
        self.blobs = {}

    def put(self, content, media_type):
        """Adds one; its descriptor."""
        digest = hashlib.sha256(content).hexdigest()
        self.blobs[digest] = content
        return {"mediaType": OCI + media_type, "digest": f"sha256:{digest}", "size": len(content)}

    def put_json(self, value, media_type):
        """Adds a document; its descriptor."""
        return self.put(json.dumps(value, sort_keys=True, separators=(",", ":")).encode(), media_type)

    def entries(self, index):
        """As the entries of a tar; `index` is the descriptor of all."""
        top = json.dumps({"manifests": [index], "schemaVersion": 2}, sort_keys=True, separators=(",", ":"))
        yield "oci-layout", b'{"imageLayoutVersion":"1.0.0"}', 0o644
        yield "index.json", top.encode(), 0o644
        yield "blobs", None, 0o755
        yield "blobs/sha256", None, 0o755
        for digest in sorted(self.blobs):
            yield f"blobs/sha256/{digest}", self.blobs[digest], 0o644


def image(layout, architecture, program, config, files, created):
    """Adds the image for one architecture; its descriptor."""
    entries, folders = [], set()
    for source, target in files:
        for folder in reversed(pathlib.PurePosixPath(target[1:]).parents[:-1]):
            if folder not in folders:
                folders.add(folder)
                entries.append((str(folder), None, 0o755))
        content = (source or program).read_bytes()
        entries.append((target[1:], content, 0o644 if source else 0o755))
    tar = archive(entries, int(created.timestamp()))
    # Not Python's zlib, of which there are several.
    zipped = subprocess.run(["gzip", "-9nc"], input=tar, stdout=subprocess.PIPE, check=True).stdout
    settings = {
        "architecture": architecture,
        "config": config,
        "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(tar).hexdigest()}"]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI + "manifest.v1+json",
        "config": layout.put_json(settings, "config.v1+json"),
        "layers": [layout.put(zipped, "layer.v1.tar+gzip")],
    }
    return layout.put_json(manifest, "manifest.v1+json") | {"platform": {"architecture": architecture, "os": "linux"}}


def main():
    out, name, epoch, *programs = sys.argv[1:]
    created = datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc)
    config, files = described(name.rsplit(":", 1)[1])
    layout = Layout()
    manifests = []
    for named in programs:
        architecture, program = named.split("=", 1)
        manifests.append(image(layout, architecture, pathlib.Path(program), config, files, created))
    index = {"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": manifests}
    index = layout.put_json(index, "index.v1+json")
    # The name by which engines load it.
    index["annotations"] = {"org.opencontainers.image.ref.name": name}
    pathlib.Path(out).write_bytes(archive(layout.entries(index), int(epoch)))
    print(index["digest"])


main()
