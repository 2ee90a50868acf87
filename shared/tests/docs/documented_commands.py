"""The commands that the documentation names, and what becomes of each here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]

#: Run for real, in this order, in a copy of the repository: command and exit status.
#: make turns each failure into its own 2.
RUN: tuple[tuple[str, int], ...] = (
    ("make help", 0),
    ("make list", 0),
    ("make docs", 0),
    ("make doctor", 0),
    ("make lab LAB=08", 2),
    ("make lab LAB=08 TASK=3", 2),
    ("make lab LAB=08 ALL=1", 2),
    ("./lab run 08", 1),
    ("./lab run 08 --task 3", 1),
    ("make solution LAB=08", 0),
    ("./lab solution 08", 0),
    ("make hint LAB=08 TASK=3", 0),
    ("make diff LAB=08", 0),
    ("make quiz LAB=08 INTERVIEW=1", 0),
    ("make quiz LAB=08", 2),
    ("make progress", 0),
    ("make reset LAB=08", 0),
    ("make reset ALL=1", 0),
    ("make backups", 0),
    ("make start LAB=08 DEST=folder", 0),
    ("make starters DEST=zips", 0),
    ("make upgrade", 2),
    ("make freeze LAB=08", 0),
    ("make verify LAB=08", 0),
    ("make new-lab ID=r19 TITLE='Read a journal'", 0),
    ("make grade SUBMISSIONS=handed-in", 0),
)

#: Not run here, and why: make target or command of ./lab. Each must be documented.
NOT_RUN: dict[str, str] = {
    "test": "it is what runs this test",
    "bench": "takes minutes, and measures nothing on a busy machine",
    "tox": "runs all tests once more for each Python",
    "lint": "CI runs it after the tests",
    "types": "CI runs it after the tests",
    "format": "would write to the files of the checkout; lint asks whether it had something to do",
    "mutants": "CI runs it after the tests",
    "flakes": "takes minutes; shared/tests/proofs runs it on a small lab",
    "serve": "runs until it is stopped; shared/tests/cli/test_serve.py starts each fixture",
    "constraints": "resolves against today's packages",
    "update": "would bring today's packages; shared/tests/cli/test_upkeep.py goes through its steps",
    "release": "commits and tags; shared/tests/cli/test_upkeep.py makes one of a small repository",
    "clean": "removes the environment that the other commands need",
    "setup": "every command above has done it",
    "bundle": "downloads; shared/tests/bootstrap/test_bundle.py makes one for lab 08 and sets up from it",
}


@dataclass(frozen=True)
class Named:
    """A command in a document.

    Attributes:
        words: the command, split as a shell does.
        file, line: where it stands.
    """

    words: tuple[str, ...]
    file: Path
    line: int

    @property
    def name(self) -> str:
        """The make target or the command of ./lab."""
        return self.words[1]

    def __str__(self) -> str:
        return f"{self.file.relative_to(REPOSITORY)}:{self.line}: {shlex.join(self.words)}"


def documents() -> list[Path]:
    """What people read: the guides, the READMEs of labs, and the notes for instructors."""
    patterns = ("README.md", "CONTRIBUTING.md", "docs/*.md", "labs/*/README.md", "solutions/*/NOTES.md")
    return sorted(file for pattern in patterns for file in REPOSITORY.glob(pattern))


def named_commands() -> Iterator[Named]:
    """All commands in the documents: whole lines of code blocks, and code within a line."""
    for file in documents():
        fence = ""
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if line.lstrip().startswith("```"):
                fence = "" if fence else (line.strip("` ") or "sh")
                continue
            texts = (
                [line] if fence in ("sh", "console") else re.findall(r"`([^`]+)`", line) if not fence else []
            )
            texts += re.findall(r"# or: (\./lab .*?)(?:   .*)?$", line)
            for text in texts:
                yield from _commands(text, file, number)


def _commands(text: str, file: Path, line: int) -> Iterator[Named]:
    for part in re.split(r" && | \| |; ", text.strip().removeprefix("$ ")):
        if not re.match(r"(make|\./lab|lab) [a-z]", part) or re.match(r"make (sure|it) ", part):
            continue
        words = shlex.split(part, comments=True)
        # Several targets in one call of make are several commands.
        targets = [word for word in words[1:] if words[0] == "make" and "=" not in word]
        rest = [word for word in words[1:] if "=" in word]
        for group in [[words[0], target, *rest] for target in targets] or [words]:
            yield Named(tuple(group), file, line)
