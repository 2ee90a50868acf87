"""A few well-known images by their public names, simulated: what ``lab serve docker`` can pull."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from labkit.engine.programs import Runs, Serves

if TYPE_CHECKING:
    from labkit.engine.server import DockerEngine

_MIB: Final = 1 << 20
_DAY: Final = 86_400.0
_WELCOME: Final = "<!DOCTYPE html>\n<html><body><h1>Welcome to nginx!</h1></body></html>\n"
_NGINX: Final[dict[str, Any]] = {
    "entrypoint": ["/docker-entrypoint.sh"],
    "cmd": ["nginx", "-g", "daemon off;"],
    "ports": [80],
    "stop_signal": "SIGQUIT",
    "program": Serves(_WELCOME, output="start worker processes\n"),
    "size": 192 * _MIB,
    "age": 40 * _DAY,
}
_REDIS: Final[dict[str, Any]] = {
    "entrypoint": ["docker-entrypoint.sh"],
    "cmd": ["redis-server"],
    "ports": [6379],
    "volumes": ["/data"],
    "program": Runs("Ready to accept connections tcp\n", cpu=0.01, memory=10 * _MIB),
    "size": 117 * _MIB,
    "age": 25 * _DAY,
}
_POSTGRES: Final[dict[str, Any]] = {
    "entrypoint": ["docker-entrypoint.sh"],
    "cmd": ["postgres"],
    "ports": [5432],
    "volumes": ["/var/lib/postgresql/data"],
    "stop_signal": "SIGINT",
    "program": Runs("database system is ready to accept connections\n", cpu=0.02, memory=48 * _MIB),
    "size": 438 * _MIB,
    "age": 30 * _DAY,
}
_PYTHON: Final[dict[str, Any]] = {
    "cmd": ["python3"],
    "programs": {name: Runs(memory=12 * _MIB) for name in ("python", "python3", "gunicorn", "uvicorn")},
    "size": 125 * _MIB,
    "age": 12 * _DAY,
}

IMAGES: Final[dict[str, dict[str, Any]]] = {
    "alpine:3.20": {"cmd": ["/bin/sh"], "size": 8 * _MIB, "age": 90 * _DAY},
    "alpine:latest": {"cmd": ["/bin/sh"], "size": 8 * _MIB, "age": 90 * _DAY},
    "busybox:latest": {"cmd": ["sh"], "size": 4 * _MIB, "age": 200 * _DAY},
    "debian:bookworm-slim": {"cmd": ["bash"], "size": 75 * _MIB, "age": 20 * _DAY},
    "debian:latest": {"cmd": ["bash"], "size": 117 * _MIB, "age": 20 * _DAY},
    "nginx:1.27": _NGINX,
    "nginx:latest": _NGINX,
    "postgres:16": _POSTGRES,
    "python:3.12-slim": _PYTHON,
    "redis:7": _REDIS,
    "redis:latest": _REDIS,
}


def offer_all(engine: DockerEngine) -> None:
    """Have an engine offer all images of this module."""
    for tag, options in IMAGES.items():
        engine.offer(tag, **options)
