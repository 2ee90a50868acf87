"""The table of images, and how one gets onto the engine."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import os
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

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


@dataclass(frozen=True)
class Image:
    """One row of ``images.toml``.

    Attributes:
        name: the row's name.
        reference: what is pulled, with its digest; empty for an image that is built.
        build: the folder in ``shared/images`` that it is built from; empty for one that is pulled.
        port: the TCP port of its service; 0 for none.
        command: what it is started with; empty for its own.
        capabilities: of Linux that it gets besides the usual ones; with any, no filter of system calls.
        pinned: whether the build needs the repository's constraints.txt.
    """

    name: str
    reference: str
    build: str
    port: int
    pinned: bool = False
    command: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()


def images(environment: Mapping[str, str] | None = None) -> dict[str, Image]:
    """All rows by name, with what the environment (this process's by default) puts in their place."""
    environment = os.environ if environment is None else environment
    found = {}
    for name, row in _rows().items():
        other = environment.get(variable(name), "")
        reference = other or row.get("reference", "") + (f"@{row['digest']}" if row.get("digest") else "")
        build = "" if other else row.get("build", "")
        found[name] = Image(
            name,
            reference,
            build,
            row.get("port", 0),
            row.get("pinned", False),
            tuple(row.get("command", ())),
            tuple(row.get("capabilities", ())),
        )
    return found


def variable(name: str) -> str:
    """The environment variable that names another reference for the image ``name``."""
    return f"LABKIT_IMAGE_{name.upper()}"


@functools.cache
def _rows() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("labkit.containers").joinpath("images.toml").read_text(encoding="utf-8"))


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
    folder = sources() / image.build
    base = images()["base"]
    pins = _constraints() if image.pinned else b""
    tag = f"{_PREFIX}-{name}:{_digest(folder, base.reference, pins)}"
    with _one_at_a_time(tag):
        if not _there(client, tag):
            _pull(client, base)
            _build(client, folder, tag, base.reference, pins)
    return tag


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


def _constraints() -> bytes:
    return (sources().parents[1] / "constraints.txt").read_bytes()


def _digest(folder: Path, base: str, pins: bytes) -> str:
    digest = hashlib.sha256(f"{base}\0".encode() + pins)
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


def _build(client: Any, folder: Path, tag: str, base: str, pins: bytes) -> None:
    from docker.errors import APIError, BuildError

    arguments = {name: os.environ[name] for name in _PASSED_ON if os.environ.get(name)}
    try:
        with _context(folder, pins) as context:
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
def _context(folder: Path, pins: bytes) -> Iterator[Path]:
    """The build's folder, the versions to install, and this machine's own certificates, which are not part of
    the image's name.
    """
    import shutil

    with tempfile.TemporaryDirectory(prefix="ops-labs-image-") as place:
        context = Path(place) / folder.name
        shutil.copytree(folder, context)
        bundle = next((Path(os.environ[key]) for key in _BUNDLES if os.environ.get(key)), None)
        content = bundle.read_bytes() if bundle is not None and bundle.is_file() else b""
        (context / "certificates.pem").write_bytes(content)
        (context / "constraints.txt").write_bytes(pins)
        yield context


@contextlib.contextmanager
def _one_at_a_time(tag: str) -> Iterator[None]:
    """Workers on all cores want the same image: one of them builds, the others wait."""
    path = Path(tempfile.gettempdir()) / f"{tag.replace(':', '-')}-{os.getuid()}.lock"
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
