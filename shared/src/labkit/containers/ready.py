"""Waiting until the service in a container answers."""

from __future__ import annotations

import socket
import time
from typing import Any

from labkit.errors import EnvironmentMissing

#: Seconds. A busy machine with four containers starting at once took 4.
PATIENCE = 60.0
#: What a service says by itself, or nothing where it waits for the client's words.
_GREETINGS = {"sshd": b"SSH-2.0-", "services": b"LABKIT-1"}
#: Speaks TLS, and says so to whoever does not: it is up.
_TLS = ("k3s",)
#: It answers as soon as it listens, before it has keys.
_VAULT = "/v1/sys/health?uninitcode=200&sealedcode=200&standbyok=true"
#: What is asked of a service that speaks HTTP.
_PATHS = {
    "pushgateway": "/-/ready",
    "moto": "/moto-api/",
    "browser": "/status",
    "vault": _VAULT,
    "dind": "/_ping",
}


def await_service(container: Any, image: str, host: str, port: int, patience: float = PATIENCE) -> None:
    """Return when the service answers at ``host:port``.

    Raises:
        EnvironmentMissing: the container ended, or said nothing in time; the last lines of its log are told.
    """
    end = time.monotonic() + patience
    while not _answers(image, host, port):
        container.reload()
        if container.status not in ("created", "running"):
            raise _silent(container, image, f"ended with status {container.attrs['State']['ExitCode']}")
        if time.monotonic() > end:
            raise _silent(container, image, f"did not answer within {patience:g} s")
        time.sleep(0.02)


def _answers(image: str, host: str, port: int) -> bool:
    # docker-proxy accepts before the service does, so an open port alone says nothing.
    try:
        with socket.create_connection((host, port), timeout=2) as sock:
            if image in _GREETINGS:
                return sock.recv(8) == _GREETINGS[image]
            path = _PATHS.get(image, "/")
            # Not HTTP/1.0, which Chromium's driver refuses.
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
            words = sock.recv(64).split()
            if image in _TLS:
                return bool(words)
            return len(words) > 1 and words[1].startswith(b"2")
    except OSError:
        return False


def _silent(container: Any, image: str, what: str) -> EnvironmentMissing:
    said = container.logs(tail=15).decode("utf-8", "replace").strip()
    return EnvironmentMissing("container", f"the {image} container {what}" + (f":\n{said}" if said else ""))
