"""References to images: ``registry.example.org:5000/team/app:1.2``, digests and ids.

Source: github.com/distribution/reference, the grammar at its top.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_PART: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_DOMAIN: Final = (
    r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]+)?"
)
_NAME: Final = re.compile(rf"(?:(?P<domain>{_DOMAIN})/)?(?P<path>{_PART}(?:/{_PART})*)")
_TAG: Final = re.compile(r"[\w][\w.-]{0,127}", re.ASCII)
_DIGEST: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}")
_ID: Final = re.compile(r"[0-9a-f]{64}")


class InvalidReference(ValueError):
    """The text names no image; its words are the engine's."""


@dataclass(frozen=True)
class Reference:
    """A parsed reference in its short (familiar) form.

    Args:
        name: without tag and digest, without ``docker.io/library/``.
        tag: empty when none was given.
        digest: likewise.
    """

    name: str
    tag: str = ""
    digest: str = ""

    @property
    def full(self) -> str:
        """Name and tag (``latest`` when none was given) or digest."""
        return f"{self.name}@{self.digest}" if self.digest else f"{self.name}:{self.tag or 'latest'}"

    @property
    def canonical(self) -> str:
        """The name with its registry, as messages about pushing show it."""
        first, slash, _ = self.name.partition("/")
        if slash and ("." in first or ":" in first or first == "localhost"):
            return self.name
        return f"docker.io/{self.name if slash else 'library/' + self.name}"


def parse(text: str) -> Reference:
    """Read a reference.

    Raises:
        InvalidReference: it is none.
    """
    if _ID.fullmatch(text):
        raise InvalidReference(
            f"invalid repository name ({text}), cannot specify 64-byte hexadecimal strings"
        )
    rest, at, digest = text.partition("@")
    if at and not _DIGEST.fullmatch(digest):
        raise InvalidReference("invalid reference format")
    slash = rest.rfind("/")
    colon = rest.find(":", slash + 1)
    name, tag = (rest[:colon], rest[colon + 1 :]) if colon >= 0 else (rest, "")
    if colon >= 0 and not _TAG.fullmatch(tag):
        raise InvalidReference("invalid reference format")
    return Reference(_familiar(name), tag, digest)


def _familiar(name: str) -> str:
    first, slash, path = name.partition("/")
    domained = slash and ("." in first or ":" in first or first == "localhost")
    remote = path if domained else name
    if remote.lower() != remote:
        raise InvalidReference("invalid reference format: repository name must be lowercase")
    if not _NAME.fullmatch(name) or len(name) > 255:
        raise InvalidReference("invalid reference format")
    if domained and first in ("docker.io", "index.docker.io"):
        return path.removeprefix("library/")
    return name if domained else name.removeprefix("library/")


def is_tag(text: str) -> bool:
    """Whether a text may be a tag."""
    return _TAG.fullmatch(text) is not None
