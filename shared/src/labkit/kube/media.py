"""Which form of an object the client wants: the ``Accept`` header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from labkit.kube.status import NotAcceptable
from labkit.kube.wire import Request

Form = Literal["object", "Table", "PartialObjectMetadata", "PartialObjectMetadataList"]

SENT: Final = ("application/json",)
_FORMS: Final = ("Table", "PartialObjectMetadata", "PartialObjectMetadataList")


@dataclass(frozen=True)
class Wanted:
    """One entry of an ``Accept`` header."""

    media: str
    parameters: dict[str, str]

    @property
    def form(self) -> Form | None:
        """The form that this entry asks for, None when it is not served."""
        if self.media not in ("application/json", "application/*", "*/*", "*"):
            return None
        shape = self.parameters.get("as")
        if shape is None:
            return "object"
        if shape not in _FORMS or self.parameters.get("g") != "meta.k8s.io":
            return None
        if self.parameters.get("v") not in ("v1", "v1beta1"):
            return None
        return shape  # type: ignore[return-value]


def _entries(header: str) -> list[Wanted]:
    entries = []
    for part in header.split(","):
        media, *pairs = (piece.strip() for piece in part.split(";"))
        parameters = dict(pair.partition("=")[::2] for pair in pairs)
        entries.append(Wanted(media.lower(), parameters))
    return entries


def form_of(request: Request) -> Form:
    """Return the first form in the ``Accept`` header that can be served.

    Raises:
        NotAcceptable: 406, there is none (protobuf or YAML alone).
    """
    header = request.headers.get("accept", "").strip()
    if not header:
        return "object"
    for entry in _entries(header):
        if form := entry.form:
            return form
    raise NotAcceptable(SENT)
