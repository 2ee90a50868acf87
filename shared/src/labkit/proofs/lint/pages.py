"""NOTES, links and commands: what a page points to is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from labkit.proofs.lint.context import Context
from labkit.proofs.lint.markdown import anchor, code_lines, links, sections
from labkit.proofs.model import Finding

#: Commands of ./lab that have another name as a make target.
_ONLY_LAB = {"run"}


def check(context: Context) -> Iterator[Finding]:
    notes = context.lab.solution / "NOTES.md"
    text = context.text(notes)
    if not (text or "").strip():
        yield context.at(
            notes, "is missing or empty: it tells instructors what to stress and what goes wrong"
        )
    for file in (context.readme, notes):
        page = context.text(file)
        if page:
            yield from _links(context, file, page)
            yield from _commands(context, file, page)


def _links(context: Context, file: Path, text: str) -> Iterator[Finding]:
    for line, target in links(text):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        name, _, fragment = target.partition("#")
        place = file.parent / unquote(name) if name else file
        if not place.exists():
            yield context.at(file, f"the link to {target} leads nowhere", line)
        elif fragment and place.suffix == ".md":
            titles = {anchor(section.title) for section in sections(context.text(place) or "")}
            if fragment not in titles:
                yield context.at(file, f"the link to {target}: there is no such heading", line)


def _commands(context: Context, file: Path, text: str) -> Iterator[Finding]:
    makefile = context.text(context.lab.root / "Makefile")
    if makefile is None:
        return
    targets = set(re.findall(r"^([a-z][\w-]*):(?!=)", makefile, re.MULTILINE))
    for line, code in code_lines(text):
        for kind, name, rest in re.findall(r"(?:^|[\s;&(])(make|\./lab|lab)\s+([a-z][\w-]*)([^;&|]*)", code):
            if kind == "lab" and not code.strip().removeprefix("$").strip().startswith("lab "):
                continue
            known = targets if kind == "make" else targets | _ONLY_LAB
            if name not in known:
                yield context.at(file, f"`{kind} {name}`: there is no such command", line)
            wrong = re.search(r"LAB=(\S+)", rest)
            if wrong and kind == "make" and wrong[1].strip("\"'") != context.lab.id:
                yield context.at(file, f"`{code.strip()}`: this is lab {context.lab.id}", line)
