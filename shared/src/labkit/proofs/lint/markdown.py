"""As much of Markdown as the rules need: headings, fenced code, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"\s{0,3}(```+|~~~+)")


@dataclass(frozen=True)
class Section:
    """A heading, its line, and the text up to the next heading of any level."""

    level: int
    title: str
    line: int
    body: str


def lines_outside_code(text: str) -> Iterator[tuple[int, str, bool]]:
    """Each line with its number and whether it is code (in a fence, or the fence itself)."""
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        found = _FENCE.match(line)
        if found and not fence:
            fence = found[1]
            yield number, line, True
        elif found and line.strip().startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""
            yield number, line, True
        else:
            yield number, line, bool(fence)


def sections(text: str) -> list[Section]:
    """All sections in their order."""
    found: list[Section] = []
    title: tuple[int, str, int] | None = None
    body: list[str] = []

    def close() -> None:
        if title is not None:
            found.append(Section(*title, "\n".join(body).strip()))

    for number, line, is_code in lines_outside_code(text):
        heading = None if is_code else re.match(r"(#{1,6})\s+(.*?)\s*#*\s*$", line)
        if heading:
            close()
            title, body = (len(heading[1]), heading[2], number), []
        else:
            body.append(line)
    close()
    return found


def code_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines inside fenced code, with their numbers."""
    for number, line, is_code in lines_outside_code(text):
        if is_code and not _FENCE.match(line):
            yield number, line


def links(text: str) -> Iterator[tuple[int, str]]:
    """The targets of links and pictures outside code, with their lines."""
    for number, line, is_code in lines_outside_code(text):
        if not is_code:
            bare = re.sub(r"`[^`]*`", "", line)
            for found in re.finditer(r"\]\(\s*<?([^)\s>]+)", bare):
                yield number, found[1]
            reference = re.match(r"\s*\[[^\]]+\]:\s*(\S+)", bare)
            if reference:
                yield number, reference[1]


def anchor(title: str) -> str:
    """The name a heading gets as the target of a link, as on GitHub."""
    plain = re.sub(r"[^\w\- ]", "", title.lower())
    return plain.replace(" ", "-")
