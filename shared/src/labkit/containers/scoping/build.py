"""The context of a build, checked: what its Dockerfile stands on must be there for the scope.

The Dockerfile is written anew: each stage begins with the labels of the scope, so that everything a build
leaves behind, also one that fails, can be found. Source: Dockerfile reference (classic builder).
"""

from __future__ import annotations

import io
import json
import posixpath
import re
import secrets
import tarfile
from collections.abc import Callable, Mapping
from typing import Any

from labkit.containers.scoping.refusals import Refused, not_allowed

#: Parameters of a build that are passed on; each other one is refused unless it says nothing.
_PASSED = frozenset(
    [
        "q",
        "rm",
        "forcerm",
        "nocache",
        "target",
        "shmsize",
        "memory",
        "memswap",
        "cpushares",
        "cpusetcpus",
        "cpuperiod",
        "cpuquota",
    ]
)
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]*")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_SAYS_NOTHING = ("", "0", "false", "null", "[]", "{}", "default")


def parameters(query: Mapping[str, list[str]]) -> dict[str, Any]:
    """The query of a build, as it is passed on. Raises :class:`Refused`."""
    made: dict[str, Any] = {}
    for name, values in query.items():
        value = values[0] if values else ""
        if name in _PASSED:
            made[name] = value
        elif name == "networkmode":
            if value not in ("", "default", "bridge", "none"):
                raise not_allowed(f"a build with network mode {value!r}")
            made[name] = value
        elif name == "version" and value not in ("", "1"):
            raise not_allowed("BuildKit (set DOCKER_BUILDKIT=0)")
        elif (
            name not in ("t", "dockerfile", "buildargs", "labels", "version")
            and value.lower() not in _SAYS_NOTHING
        ):
            raise not_allowed(f"a build with {name}")
    # With the cache of others, removing this build's images could remove theirs.
    return {**made, "rm": "1", "forcerm": "1", "nocache": "1"}


def context(
    body: bytes,
    dockerfile: str,
    arguments: Mapping[str, str],
    labels: Mapping[str, str],
    see: Callable[[str], Any],
) -> tuple[bytes, str]:
    """Check and rewrite the context.

    Args:
        body: the archive, compressed or not.
        dockerfile: the path of the Dockerfile in it.
        arguments: the build arguments.
        labels: those of the scope.
        see: raises :class:`Refused` for an image that is not there for the scope.

    Returns:
        The archive to send, and the path of the Dockerfile in it.

    Raises:
        Refused: no archive, no Dockerfile, or one that asks for more than it may.
    """
    wanted, name = (
        posixpath.normpath(dockerfile or "Dockerfile"),
        f".labkit-{secrets.token_hex(8)}.Dockerfile",
    )
    recipe: bytes | None = None
    ignored = b""
    packed = io.BytesIO()
    try:
        with (
            tarfile.open(fileobj=io.BytesIO(body), mode="r:*") as given,
            tarfile.open(fileobj=packed, mode="w") as made,
        ):
            for entry in given:
                content = given.extractfile(entry) if entry.isfile() else None
                if posixpath.normpath(entry.name) == wanted and content is not None:
                    recipe = content.read()
                    content = io.BytesIO(recipe)
                if posixpath.normpath(entry.name) == ".dockerignore" and content is not None:
                    ignored = content.read() + b"\n"
                    continue
                made.addfile(entry, content)
            if recipe is None:
                raise Refused(f"Cannot locate specified Dockerfile: {wanted}", 500)
            ignored = ignored or b".dockerignore\n"
            _add(made, ".dockerignore", ignored + name.encode() + b"\n")
            _add(made, name, rewritten(recipe.decode("utf-8", "replace"), arguments, labels, see).encode())
    except tarfile.TarError:
        raise Refused("the build context is no archive", 400) from None
    return packed.getvalue(), name


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def rewritten(
    text: str, arguments: Mapping[str, str], labels: Mapping[str, str], see: Callable[[str], Any]
) -> str:
    """A Dockerfile whose images are checked and whose stages are labelled. Raises :class:`Refused`."""
    if re.search(r"(?im)^\s*#\s*(escape|syntax)\s*=", text):
        raise not_allowed("parser directives in a Dockerfile")
    known, stages, lines, place = dict[str, str](), set[str](), list[str](), 0
    label = "LABEL " + " ".join(f"{json.dumps(name)}={json.dumps(value)}" for name, value in labels.items())
    for line in _instructions(text):
        words = line.split()
        verb = words[0].upper() if words else ""
        if verb == "ARG" and not stages and place == 0 and len(words) > 1:
            name, _, default = words[1].partition("=")
            known[name] = arguments.get(name, default.strip("\"'"))
        if verb == "FROM":
            platform = [word for word in words[1:] if word.startswith("--")]
            rest = [word for word in words[1:] if not word.startswith("--")]
            if platform or len(rest) not in (1, 3):
                raise not_allowed(f"this line of a Dockerfile: {line}")
            image = _VARIABLE.sub(lambda found: known.get(found[1] or found[2], ""), rest[0])
            _see(image, stages, see)
            lines += [" ".join(["FROM", image, *rest[1:]]), label]
            stages.add(str(place))
            place += 1
            if len(rest) == 3:
                stages.add(rest[2].lower())
            continue
        if verb == "ONBUILD" and len(words) > 1 and words[1].upper() in ("COPY", "ADD"):
            words = words[1:]
        if words[0].upper() in ("COPY", "ADD"):
            _flags(words[1:], stages, see)
        lines.append(line)
    return "\n".join(lines) + "\n"


def _flags(words: list[str], stages: set[str], see: Callable[[str], Any]) -> None:
    for word in words:
        if not word.startswith("-"):
            return
        # The engine takes quotes and backslashes in a flag, so only what is plain is let through.
        found = re.fullmatch(r"--(from|chown)=([A-Za-z0-9._/:@-]+)", word)
        if found is None:
            raise not_allowed(f"{word} in a Dockerfile")
        if found[1] == "from":
            _see(found[2], stages, see)


def _see(image: str, stages: set[str], see: Callable[[str], Any]) -> None:
    if image.lower() in stages or image == "scratch":
        return
    if not _REFERENCE.fullmatch(image):
        raise not_allowed(f"an image called {image!r} in a Dockerfile")
    see(image)


def _instructions(text: str) -> list[str]:
    """Instructions with their continued lines joined, and without comments and empty lines."""
    found, open_line = list[str](), ""
    for raw in text.splitlines():
        line = raw.strip() if not open_line else raw.rstrip()
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line.endswith("\\"):
            open_line += line[:-1]
            continue
        found.append(open_line + line)
        open_line = ""
    return [*found, open_line] if open_line else found
