"""The commands that the documentation names, and what becomes of each here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
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
    ("./lab serve --help", 0),
    ("make lab LAB=08", 2),
    ("make lab LAB=08 TASK=3", 2),
    ("make lab LAB=08 ALL=1", 2),
    ("./lab run 08", 1),
    ("./lab run 08 --task 3", 1),
    ("./lab run 08 --code handed-in/Ada --all --json", 0),
    ("./lab run labs/08-comprehensions/README.md --task 1", 1),
    ("make solution LAB=08", 0),
    ("./lab solution 08", 0),
    ("make hint LAB=08 TASK=3", 0),
    ("make diff LAB=08", 0),
    ("./lab diff 08 --code handed-in/Ada", 0),
    ("make quiz LAB=08 INTERVIEW=1", 0),
    ("make quiz LAB=08", 2),
    ("./lab quiz 08 --answers answers --json", 1),
    ("make progress", 0),
    ("make reset LAB=08", 0),
    ("make reset ALL=1", 0),
    ("make backups", 0),
    ("make start LAB=08 DEST=folder", 0),
    ("make starters DEST=zips", 0),
    ("make starters DEST=whole REPO=1", 0),
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

#: Documented settings of commands that are run, but not with these, and why. Written as ./lab has them,
#: without dashes: ``selftest`` is SELFTEST=1 and --self-test.
NOT_RUN_WITH: dict[tuple[str, str], str] = {
    ("backups", "restore"): "needs the name of a copy; shared/tests/learner/test_backups.py brings one back",
    ("doctor", "selftest"): "shared/tests/cli/test_doctor.py does it with everything installed",
    ("grade", "engine"): "needs a Dask cluster; shared/tests/grading_batch/test_dask.py makes one",
    ("grade", "scheduler"): "needs a Dask cluster; shared/tests/grading_batch/test_dask.py makes one",
    ("run", "backend"): "needs a Docker Engine; shared/tests/containers/test_ssh_fixture.py uses one",
    ("run", "debug"): "pdb asks for words; shared/tests/learner/test_debug.py gives them",
    ("run", "kube"): "needs a cluster; shared/tests/clusters/test_providers.py names one",
    ("run", "kube_context"): "needs a cluster; shared/tests/clusters/test_providers.py names one",
    ("run", "watch"): "runs until it is left; shared/tests/learner/test_watch.py leaves it",
    ("run", "wheels"): "needs a bundle; shared/tests/bootstrap/test_bundle.py sets up from one",
    ("verify", "html"): "takes minutes for all labs; shared/tests/cli/test_authors.py writes a page of one",
    (
        "verify",
        "json",
    ): "takes minutes for all labs; shared/tests/cli/test_authors.py reads the report of one",
    ("verify", "receipts"): "writes what is committed; shared/tests/proofs/test_receipts.py does so",
    ("verify", "recheck"): "needs receipts of before; shared/tests/proofs/test_receipts.py has some",
    ("verify", "record"): "takes what is printed now for right; shared/tests/proofs/test_messages.py records",
    ("upgrade", "undo"): "needs an upgrade before; shared/tests/learner/test_upgrade.py makes some",
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
    """All commands in the documents: whole lines of code blocks, and code within the text."""
    for file in documents():
        fence, text = "", []
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if line.lstrip().startswith("```"):
                fence = "" if fence else (line.strip("` ") or "sh")
                text.append("")
                continue
            text.append("" if fence else line)
            if fence in ("sh", "console"):
                yield from _commands(line, file, number)
            for said in re.findall(r"# or: (\./lab .*?)(?:   .*)?$", line):
                yield from _commands(said, file, number)
        # Code within a paragraph may go on in its next line; it never goes on beyond an empty one.
        whole = "\n".join(text)
        for code in re.finditer(r"`((?:[^`\n]|\n(?!\s*\n))+)`", whole):
            yield from _commands(" ".join(code[1].split()), file, 1 + whole.count("\n", 0, code.start()))


def _commands(text: str, file: Path, line: int) -> Iterator[Named]:
    for part in re.split(r" && | \| |; ", text.strip().removeprefix("$ ")):
        part = re.sub(r"^(?:[A-Z_]+=\S+ )+", "", part)  # the environment that the command is given
        if not re.match(r"(make|\./lab|lab) [a-z]", part) or re.match(r"make (sure|it) ", part):
            continue
        words = shlex.split(part, comments=True)
        # Several targets in one call of make are several commands.
        targets = [word for word in words[1:] if words[0] == "make" and "=" not in word]
        rest = [word for word in words[1:] if "=" in word]
        for group in [[words[0], target, *rest] for target in targets] or [words]:
            yield Named(tuple(group), file, line)


def settings_of(words: Sequence[str]) -> tuple[str, set[str]]:
    """The command as ./lab has it, and the names of its settings, whether it is given to make or to ./lab."""
    name = "run" if tuple(words[:2]) == ("make", "lab") else words[1]
    if words[0] == "make":
        found = [word.partition("=")[0] for word in words[2:]]
    else:
        found = [word.partition("=")[0] for word in words[2:] if word.startswith("--")]
    return name, {word.replace("-", "").lower() for word in found}
