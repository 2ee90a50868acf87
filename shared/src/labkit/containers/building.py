"""How an image of the table gets onto the engine: it is there, is pulled, or is built."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labkit.containers.images import Image, images, variable
from labkit.errors import EnvironmentMissing

_PREFIX = "ops-labs"
#: Variables of this machine's ways to the network that a build has to know.
_PASSED_ON = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "PIP_INDEX_URL",
)
#: Variables that name this machine's own bundle of certificates, in the order in which pip's own would win.
_BUNDLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


def provide(client: Any, name: str) -> str:
    """Have the image ``name`` on the engine: built, pulled, or there already.

    Args:
        client: the docker SDK's client.
        name: a row of the table.

    Returns:
        The reference to start containers from.

    Raises:
        EnvironmentMissing: it can be neither pulled nor built.
    """
    image = images()[name]
    if not image.build:
        _pull(client, image)
        return image.reference
    base = images()["base"]
    with _context(image) as context:
        tag = f"{_PREFIX}-{name}:{_digest(context, base.reference)}"
        with _one_at_a_time(tag):
            if not _there(client, tag):
                _pull(client, base)
                _add_certificates(context)
                _build(client, context, tag, base.reference)
    return tag


def is_there(client: Any, name: str) -> bool:
    """Whether the image ``name`` is on the engine already.

    Args:
        client: the docker SDK's client.
        name: a row of the table.
    """
    image = images()[name]
    if not image.build:
        return _there(client, image.reference)
    with _context(image) as context:
        return _there(client, f"{_PREFIX}-{name}:{_digest(context, images()['base'].reference)}")


def sources() -> Path:
    """The folder ``shared/images`` of the repository.

    Raises:
        EnvironmentMissing: this labkit was installed without it, as in an exported starter.
    """
    folder = Path(__file__).resolve().parents[3] / "images"
    if not folder.is_dir():
        raise EnvironmentMissing(
            "container",
            "the images of the container forms are in the repository only",
            "work in a clone of it",
        )
    return folder


def _digest(folder: Path, base: str) -> str:
    digest = hashlib.sha256(f"{base}\0".encode())
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            digest.update(f"{file.relative_to(folder).as_posix()}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _there(client: Any, reference: str) -> bool:
    from docker.errors import ImageNotFound

    try:
        client.images.get(reference)
    except ImageNotFound:
        return False
    return True


def _pull(client: Any, image: Image) -> None:
    from docker.errors import APIError

    if _there(client, image.reference):
        return
    try:
        client.images.pull(image.reference)
    except APIError as problem:
        raise EnvironmentMissing(
            "container",
            f"the image {image.reference} is not on the engine and cannot be pulled: "
            f"{problem.explanation or problem}",
            f"set {variable(image.name)} to a mirror that has it",
        ) from None


def _build(client: Any, context: Path, tag: str, base: str) -> None:
    from docker.errors import APIError, BuildError

    arguments = {name: os.environ[name] for name in _PASSED_ON if os.environ.get(name)}
    try:
        client.images.build(
            path=str(context),
            tag=tag,
            rm=True,
            forcerm=True,
            buildargs={**arguments, "BASE": base},
            labels={f"{_PREFIX}.image": tag.partition(":")[0]},
        )
    except BuildError as problem:
        told = "".join(str(entry.get("stream", entry.get("error", ""))) for entry in problem.build_log)
        last = "\n".join(told.strip().splitlines()[-15:])
        raise EnvironmentMissing(
            "container",
            f"the image {tag} could not be built:\n{last}",
            "see the last lines above; a build needs the package registries or a proxy's variables",
        ) from None
    except APIError as problem:
        raise EnvironmentMissing(
            "container", f"the image {tag} could not be built: {problem.explanation or problem}"
        ) from None


@contextlib.contextmanager
def _context(image: Image) -> Iterator[Path]:
    """The folder that an image is built from, with all that its name depends on."""
    with tempfile.TemporaryDirectory(prefix="ops-labs-image-") as place:
        context = Path(place) / image.build
        shutil.copytree(sources() / image.build, context)
        if image.pinned:
            shutil.copyfile(sources().parents[1] / "constraints.txt", context / "constraints.txt")
        if image.labkit:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(Path(__file__).resolve().parents[1], context / "labkit", ignore=ignored)
        yield context


def _add_certificates(context: Path) -> None:
    """This machine's own bundle, or an empty file; it is not part of the image's name."""
    bundle = next((Path(os.environ[key]) for key in _BUNDLES if os.environ.get(key)), None)
    content = bundle.read_bytes() if bundle is not None and bundle.is_file() else b""
    (context / "certificates.pem").write_bytes(content)


@contextlib.contextmanager
def _one_at_a_time(tag: str) -> Iterator[None]:
    """Workers on all cores want the same image: one of them builds, the others wait."""
    path = Path(tempfile.gettempdir()) / f"{tag.replace(':', '-')}-{os.getuid()}.lock"
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
