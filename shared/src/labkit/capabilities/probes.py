"""Capabilities that are more than a program on the PATH. Each probe returns (version, what is wrong)."""

from __future__ import annotations

import http.client
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_OLDEST = (3, 11)
_DOCKER_SOCKET = "/var/run/docker.sock"
#: Seconds for the engine to answer.
_PATIENCE = 5.0


def python(root: Path | None) -> tuple[str, str]:
    """The interpreter that runs now."""
    version = platform.python_version()
    if sys.version_info < _OLDEST:
        return version, f"this is Python {version}; {_OLDEST[0]}.{_OLDEST[1]} or later is needed"
    return version, ""


def uv(root: Path | None) -> tuple[str, str]:
    """The project's own uv, or one on the PATH."""
    own = [root / ".lab" / "tools" / "uv" / folder / "uv" for folder in ("bin", "Scripts")] if root else []
    path = next((str(file) for file in own if file.is_file()), None) or shutil.which("uv")
    if path is None:
        return "", "not set up yet"
    try:
        told = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as problem:
        return "", f"does not start: {problem}"
    found = re.search(r"\d+(\.\d+)+", told)
    return (found[0], "") if found else ("", "does not tell its version")


def ansible(root: Path | None) -> tuple[str, str]:
    """``ansible-playbook`` of the project's environment or on the PATH, and user namespaces for its hosts."""
    own = [root / ".lab" / "envs" / "main" / "bin" / "ansible-playbook"] if root else []
    beside = Path(sys.executable).with_name("ansible-playbook")
    path = next((str(file) for file in (beside, *own) if file.is_file()), None) or shutil.which(beside.name)
    if path is None:
        return "", "no ansible-playbook beside this Python or on the PATH"
    try:
        told = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return "", f"{path} does not start: {problem}"
    found = re.search(r"\d+(\.\d+)+", told.stdout)
    if found is None:
        return "", f"{path} does not tell its version: {told.stderr.strip()[-200:]}"
    refused = _no_namespaces()
    return (found[0], "") if not refused else (found[0], f"{refused}: its embedded hosts cannot be had")


def _no_namespaces() -> str:
    """Why this machine has no user namespaces for a throwaway host; empty where it has."""
    if not sys.platform.startswith("linux"):
        return f"{sys.platform} has no namespaces"
    ask = "from labkit.linux import unshare; unshare(0x10000000 | 0x20000 | 0x20000000)"
    source = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {source!r}); {ask}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.strip().rpartition("\n")[2] if done.returncode else ""


def docker(root: Path | None) -> tuple[str, str]:
    """A Docker Engine that answers ``GET /version``, where DOCKER_HOST says or at the usual socket."""
    address = _docker_address()
    try:
        return str(ask_docker("/version")["Version"]), ""
    except PermissionError:
        return "", f"{address} may not be used by you; is your account in the group docker?"
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        return "", f"no engine answers at {address}"


def ask_docker(path: str) -> dict[str, Any]:
    """What the Docker Engine answers to a GET of ``path``.

    Raises:
        OSError, http.client.HTTPException: it is not there, or breaks off.
        ValueError: it refuses, or its answer is no JSON object.
    """
    connection = _connection(_docker_address())
    try:
        connection.request("GET", path, headers={"Host": "docker"})
        response = connection.getresponse()
        answer = json.loads(response.read())
    finally:
        connection.close()
    if response.status != 200 or not isinstance(answer, dict):
        raise ValueError(f"GET {path} is answered with {response.status}: {str(answer)[:200]}")
    return answer


def _docker_address() -> str:
    """DOCKER_HOST, or the usual socket; on macOS also where Docker Desktop and colima put theirs."""
    told = os.environ.get("DOCKER_HOST")
    if told:
        return told
    home = Path.home() if os.environ.get("HOME") else Path("/nonexistent")
    places = (Path(_DOCKER_SOCKET), home / ".docker/run/docker.sock", home / ".colima/default/docker.sock")
    return f"unix://{next((place for place in places if place.exists()), places[0])}"


def _connection(address: str) -> http.client.HTTPConnection:
    parts = urlsplit(address)
    if parts.scheme == "unix":
        return _UnixConnection(parts.path)
    return http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 2375, timeout=_PATIENCE)


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("docker", timeout=_PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
