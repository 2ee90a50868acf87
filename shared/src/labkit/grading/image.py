"""The image that submissions run in with ``SANDBOX=container``. It is made when it is not there.

Its name tells what is in it: the recipe, the requirements and labkit itself. So a change makes a new one.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from labkit import capabilities
from labkit.bootstrap.requirements import Project
from labkit.catalog import load
from labkit.errors import EnvironmentMissing

_NAME = "ops-labs-grader"
_SOURCES = "shared/images/grader"
#: Variables of this machine's ways to the network that a build has to know.
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "PIP_INDEX_URL")
#: Variables that name this machine's own bundle of certificates, in the order in which pip's own would win.
_BUNDLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


def engine() -> str:
    """The docker command, when an engine answers it.

    Raises:
        EnvironmentMissing: no command, or no engine.
    """
    [docker] = capabilities.named(["docker"])
    finding = capabilities.find(docker)
    if not finding.present:
        raise EnvironmentMissing("docker", finding.why, docker.install_line())
    program = shutil.which("docker")
    if program is None:
        raise EnvironmentMissing("docker", "there is no docker command on the PATH", docker.install_line())
    return program


def prepare(root: Path, say: Callable[[str], None] = lambda text: None) -> str:
    """Make the image unless it is there.

    Args:
        root: the repository.
        say: told what happens, since the first time takes a minute or two.

    Returns:
        The image's name.

    Raises:
        EnvironmentMissing: no engine, or the build failed.
    """
    docker = engine()
    with _context(root) as folder:
        name = f"{_NAME}:{_digest(folder)}"
        with _one_at_a_time(root):
            if _there(docker, name):
                return name
            say(f"Building the image {name}; only the first time takes long ...")
            _build(docker, folder, name)
    return name


@functools.cache
def prepared(root: Path) -> str:
    """As :func:`prepare`, once per process: a grader asks for each submission.

    Raises:
        EnvironmentMissing: no engine, or the build failed.
    """
    return prepare(root)


@contextlib.contextmanager
def _context(root: Path) -> Iterator[Path]:
    """A folder with all that the build needs, and nothing else."""
    with tempfile.TemporaryDirectory(prefix="ops-labs-image-") as place:
        folder = Path(place)
        shutil.copyfile(root / _SOURCES / "Dockerfile", folder / "Dockerfile")
        shutil.copyfile(root / "constraints.txt", folder / "constraints.txt")
        (folder / "requirements.txt").write_text("\n".join(_requirements(root)) + "\n", encoding="utf-8")
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(root / "shared" / "src" / "labkit", folder / "src" / "labkit", ignore=ignored)
        shutil.copyfile(root / "shared" / "labkit-guard.pth", folder / "src" / "labkit-guard.pth")
        yield folder


def _requirements(root: Path) -> list[str]:
    """What labkit and all labs need, as their pyproject.toml files word it, without the command line."""
    project = Project(root)
    lines: set[str] = set()
    for lab in load(root).labs:
        wanted = project.wanted(f"lab:{lab.id}")
        lines |= wanted.lines | set(project.lines_of_extras(wanted.extras - {"cli"}))
    return sorted(lines | set(project.lines_of_extras(())))


def _digest(folder: Path) -> str:
    """A short name for the content of a build's folder."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            digest.update(f"{file.relative_to(folder).as_posix()}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _there(docker: str, name: str) -> bool:
    asked = subprocess.run(
        [docker, "image", "inspect", "--format", "{{.Id}}", name], capture_output=True, check=False
    )
    return asked.returncode == 0


def _build(docker: str, folder: Path, name: str) -> None:
    bundle = next((Path(os.environ[key]) for key in _BUNDLES if os.environ.get(key)), None)
    # Not part of the name: which certificates a build trusted does not change what is in the image.
    certificates = bundle.read_bytes() if bundle is not None and bundle.is_file() else b""
    (folder / "certificates.pem").write_bytes(certificates)
    proxies = [word for key in _PROXIES if os.environ.get(key) for word in ("--build-arg", key)]
    built = subprocess.run(
        [docker, "build", "--tag", name, "--label", _NAME, *proxies, str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if built.returncode:
        told = built.stdout.decode("utf-8", "replace").strip().splitlines()
        raise EnvironmentMissing(
            "docker",
            f"the image {name} could not be built:\n" + "\n".join(told[-15:]),
            "see the last lines above; a build needs the package registries or a proxy's variables",
        )


@contextlib.contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    """Graders on all cores want the same image: one of them builds, the others wait."""
    folder = root / ".lab" / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "grader-image.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
