"""Images as archives: what ``docker save`` writes and ``docker load`` reads."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from labkit.engine import archives
from labkit.engine.image import CONFIG, Image, Step
from labkit.engine.layers import Entry, Layer, size
from labkit.engine.problems import internal
from labkit.engine.times import stamp

if TYPE_CHECKING:
    from labkit.engine.daemon import Daemon

_WHITEOUT: Final = ".wh."


def save(images: Iterable[Image], daemon: Daemon) -> bytes:
    """Return images as an archive with a manifest."""
    found = io.BytesIO()
    manifest: list[dict[str, Any]] = []
    with tarfile.open(fileobj=found, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for image in {image.id: image for image in images}.values():
            names = []
            for number, layer in enumerate(image.layers):
                name = f"{image.layer_ids[-len(image.layers) + number][7:]}/layer.tar"
                _add(tar, name, pack_layer(layer, image.created))
                names.append(name)
            config = f"{image.id[7:]}.json"
            _add(tar, config, json.dumps(_described(image)).encode())
            manifest.append({"Config": config, "RepoTags": list(image.tags) or None, "Layers": names})
            daemon.saved[image.id] = image
        _add(tar, "manifest.json", json.dumps(manifest).encode())
    return found.getvalue()


def pack_layer(layer: Layer, moment: float) -> bytes:
    """Return a layer as an archive; what it takes away has a name with ``.wh.``."""
    entries = []
    for path, entry in sorted(layer.items()):
        folder, _, name = path.lstrip("/").rpartition("/")
        if entry is None:
            entries.append((f"{folder}/{_WHITEOUT}{name}".lstrip("/"), Entry("file")))
        else:
            entries.append((path.lstrip("/"), entry))
    return archives.pack(entries, moment)


def unpack_layer(data: bytes) -> dict[str, Entry | None]:
    """Return an archive as a layer."""
    layer: dict[str, Entry | None] = {}
    for path, entry in archives.unpack(data):
        folder, _, name = path.rpartition("/")
        if name.startswith(_WHITEOUT):
            layer[f"/{folder}/{name.removeprefix(_WHITEOUT)}".replace("//", "/")] = None
        elif path:
            layer[f"/{path}"] = entry
    return layer


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


def _described(image: Image) -> dict[str, Any]:
    return {
        "architecture": "amd64",
        "os": "linux",
        "config": image.config,
        "created": stamp(image.created),
        "history": [
            {"created": stamp(step.created), "created_by": step.by, "empty_layer": step.empty}
            for step in image.history
        ],
        "rootfs": {"type": "layers", "diff_ids": image.layer_ids},
        "simulated": {
            "id": image.id,
            "created": image.created,
            "base_size": image.base_size,
            "has_shell": image.has_shell,
            "accounts": list(image.accounts),
        },
    }


def load(data: bytes, daemon: Daemon) -> list[Image]:
    """Return the images of an archive, with their names.

    Raises:
        EngineError: it is no such archive.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            files = {info.name: member.read() for info in tar if (member := tar.extractfile(info))}
        manifest = json.loads(files["manifest.json"])
        return [_loaded(one, files, daemon) for one in manifest]
    except (tarfile.TarError, KeyError, ValueError, EOFError):
        raise internal("Error processing tar file(exit status 1): unexpected EOF") from None


def _loaded(found: dict[str, Any], files: dict[str, bytes], daemon: Daemon) -> Image:
    tags = list(found.get("RepoTags") or ())
    described = json.loads(files[found["Config"]])
    own = described.get("simulated", {})
    known = daemon.saved.get(own.get("id", ""))
    if known is not None:
        return replace(known, tags=tags)
    layers = tuple(unpack_layer(files[name]) for name in found["Layers"])
    steps = [
        Step(daemon.timeline.now, str(step.get("created_by", "")), empty=bool(step.get("empty_layer")))
        for step in described.get("history", ())
    ]
    return Image(
        {**CONFIG, **described["config"]},
        own.get("created", daemon.timeline.now),
        layers,
        own.get("base_size", 0),
        own.get("has_shell", any("/bin/sh" in layer for layer in layers)),
        tags=tags,
        history=steps,
        accounts=tuple(own.get("accounts", ())),
        id=own.get("id", ""),
    )


def imported(data: bytes, daemon: Daemon, message: str) -> Image:
    """Return the image that a plain archive of files makes."""
    try:
        layer = unpack_layer(data)
    except (tarfile.TarError, EOFError):
        raise internal("Error processing tar file(exit status 1): unexpected EOF") from None
    now = daemon.timeline.now
    shell = any(path in layer for path in ("/bin/sh", "/bin", "/usr/bin/sh"))
    step = Step(now, "", size(layer), comment=message or "Imported from -")
    return Image(dict(CONFIG), now, (layer,), has_shell=shell, history=[step], comment=step.comment)
