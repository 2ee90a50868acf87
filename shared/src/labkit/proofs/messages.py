"""Golden messages: what a learner reads of each wrong solution, recorded beside them and compared.

``solutions/<lab>/wrong/messages.txt`` has a section for each wrong solution. Figures that differ from run to
run are written as a word (``ADDRESS``, ``PORT``, ``SECONDS``, ``ID``). Texts of Python's own exceptions
change with its version, so only the version that recorded them compares; the other checks are made always.
"""

from __future__ import annotations

import difflib
import re
import sys
import tempfile
from pathlib import Path

from labkit.bootstrap.files import write_whole
from labkit.catalog import Lab
from labkit.proofs.cases import relative
from labkit.proofs.model import Finding
from labkit.runner import TestResult

FILE = "messages.txt"
#: So many characters of a message are read; more are a wall of text.
LONGEST = 4000
_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
_HEAD = re.compile(r"^# .*with Python (?P<version>\d+\.\d+)\.")
_SECTION = re.compile(r"^== (?P<name>\S+)")
_VOLATILE = (
    (re.compile(r"\b0x[0-9a-f]{6,}\b"), "ADDRESS"),
    (
        re.compile(
            r"(?<=127\.0\.0\.1:)\d{4,5}\b|(?<=127\.0\.0\.1\]:)\d{4,5}\b|(?<=localhost:)\d{4,5}\b|(?<=port=)\d{5}\b"
            r"|(?<= port )\d{5}\b"
        ),
        "PORT",
    ),
    (re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"), "DATE"),
    (re.compile(r"\bAAAA[A-Za-z0-9+/]{20,}={0,2}"), "KEY"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "ID"),
    (re.compile(r"\b\d+(\.\d+)? (?=s\b|seconds?\b)"), "SECONDS "),
    (re.compile(r"(?<=[a-z]-)[0-9a-f]{17}\b"), "ID"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "UUID"),
)
#: What scanners look for: https://docs.github.com/code-security/secret-scanning and the like.
_SECRETS = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|glpat-[\w-]{20}|xox[abprs]-[\w-]{10,}|"
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\beyJ[\w-]{10,}\.[\w-]{10,}\.|hvs\.[\w-]{20,}"
)


class Golden:
    """The recorded messages of a lab's wrong solutions, and those of this run.

    Args:
        lab: the lab.
        record: keep the messages of this run instead of comparing them.
    """

    def __init__(self, lab: Lab, *, record: bool = False) -> None:
        self._lab, self._record = lab, record
        self.file = lab.solution / "wrong" / FILE
        self._known, self._version = _read(self.file)
        self._seen: dict[str, str] = {}

    def findings(self, name: str, test: TestResult, *, varies: str = "") -> list[Finding]:
        """What is wrong with the message of one wrong solution.

        Args:
            name: the wrong solution.
            test: the failure whose message ``expect.toml`` asks for.
            varies: why the message differs from run to run; it is not compared then.
        """
        text = rendered(test)
        place = relative(self._lab, self._lab.solution / "wrong" / name)
        found = [Finding(f"its message {problem}", place) for problem in problems(self._lab, test)]
        if varies:
            return found
        self._seen[name] = text
        if not self._record and self._known and self._version == _PYTHON and self._known.get(name) != text:
            found.append(Finding(self._changed(name, text), relative(self._lab, self.file)))
        return found

    def write(self) -> bool:
        """Write what this run has seen, sorted by name; tells whether that changed the file."""
        head = (
            f"# What a learner reads of each wrong solution, with Python {_PYTHON}. "
            f"Written by: ./lab verify {self._lab.id} --record\n"
        )
        text = head + "".join(f"== {name}\n{self._seen[name]}\n" for name in sorted(self._seen))
        if self.file.is_file() and self.file.read_text(encoding="utf-8") == text:
            return False
        write_whole(self.file, text)
        return True

    def _changed(self, name: str, text: str) -> str:
        how = f"when it is meant so, record it: ./lab verify {self._lab.id} --record"
        known = self._known.get(name)
        if known is None:
            return f"{name}: its message is not recorded; {how}"
        lines = difflib.unified_diff(
            known.splitlines(), text.splitlines(), "recorded", "now", n=0, lineterm=""
        )
        shown = " | ".join(line for line in lines if not line.startswith(("---", "+++", "@@")))
        return f"{name}: the learner reads something else than is recorded: {shown}; {how}"


def rendered(test: TestResult) -> str:
    """The message in lines, without what differs from run to run."""
    parts = {
        "task": f"{test.task}: {test.requirement}",
        "message": test.message,
        "called": test.called,
        "expected": test.expected,
        "came": test.came,
        "look": test.look,
    }
    lines = []
    for name, text in parts.items():
        for pattern, word in _VOLATILE:
            text = pattern.sub(word, text)
        for number, line in enumerate(text.splitlines()):
            lines.append(f"   {'' if number else name:<9} {line}".rstrip())
    return "\n".join(lines)


def problems(lab: Lab, test: TestResult) -> list[str]:
    """What no message may be or hold: too long, a path of this machine, a secret."""
    whole = "\n".join((test.message, test.called, test.expected, test.came, test.look))
    found = []
    if len(whole) > LONGEST:
        found.append(f"has {len(whole)} characters, at most {LONGEST} are read: cut it with a visible mark")
    places = {str(lab.root), str(Path(sys.prefix)), str(Path(tempfile.gettempdir(), "pytest-of-"))}
    found += [
        f"holds a path of this machine ({place}): say the file's name alone"
        for place in sorted(places)
        if place in whole
    ]
    if secret := _SECRETS.search(whole):
        found.append(f"holds what looks like a secret ({secret[0][:8]}...)")
    return found


def _read(file: Path) -> tuple[dict[str, str], str]:
    """Messages by wrong solution, and the version of Python that recorded them."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}, ""
    head = _HEAD.match(lines[0]) if lines else None
    known: dict[str, list[str]] = {}
    for line in lines[1:]:
        if section := _SECTION.match(line):
            current = known.setdefault(section["name"], [])
        else:
            current.append(line)
    return {name: "\n".join(text) for name, text in known.items()}, head["version"] if head else ""
