"""The script language of sed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from labkit.hosts.regex import RegexProblem, compile_posix


class SedProblem(Exception):
    """The script is wrong; ``at`` is the position sed reports."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


@dataclass
class Address:
    """A line number, ``$`` (number -1), a pattern, ``first~step``, or ``+n`` as an end."""

    number: int | None = None
    pattern: re.Pattern[str] | None = None
    last_used: bool = False
    step: int = 0
    relative: bool = False


@dataclass
class Step:
    """One command."""

    name: str
    first: Address | None = None
    second: Address | None = None
    negated: bool = False
    text: str = ""
    pattern: re.Pattern[str] | None = None
    replacement: list[tuple[str, str]] = field(default_factory=list)
    every: bool = False
    nth: int = 1
    prints: bool = False
    target: str = ""
    body: list[Step] = field(default_factory=list)
    table: dict[int, int] = field(default_factory=dict)
    # While a range is open: the line it ends at (0: by its pattern).
    open: bool = False
    until: int = 0


class Script:
    """A parsed script."""

    def __init__(self, text: str, *, extended: bool) -> None:
        self.text = text
        self.extended = extended
        self.at = 0
        self.quiet = False
        if text.startswith("#n\n") or text == "#n":
            self.quiet = True
        self.last_pattern: re.Pattern[str] | None = None
        self.steps = self._block(nested=False)
        self.labels = {step.text for step in self._all(self.steps) if step.name == ":"}
        for step in self._all(self.steps):
            if step.name in "bt" and step.text and step.text not in self.labels:
                raise SedProblem(f"can't find label for jump to `{step.text}'", self.at)

    def _all(self, steps: list[Step]) -> list[Step]:
        return [inner for step in steps for inner in [step, *self._all(step.body)]]

    def fail(self, message: str) -> SedProblem:
        return SedProblem(message, min(self.at, len(self.text)))

    def _char(self) -> str:
        return self.text[self.at : self.at + 1]

    def _skip(self, extra: str = "") -> None:
        while self._char() and self._char() in " \t" + extra:
            self.at += 1

    def _block(self, *, nested: bool) -> list[Step]:
        steps: list[Step] = []
        while True:
            self._skip("\n;")
            char = self._char()
            if not char:
                if nested:
                    raise SedProblem("unmatched `{'", 0)
                return steps
            if char == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
                continue
            if char == "}":
                self.at += 1
                if not nested:
                    raise self.fail("unexpected `}'")
                self._end()
                return steps
            steps.append(self._step())

    def _address(self, *, second: bool = False) -> Address | None:
        char = self._char()
        if match := re.compile(r"(\d+)(?:~(\d+))?").match(self.text, self.at):
            self.at = match.end()
            return Address(int(match[1]), step=int(match[2] or 0))
        if second and (match := re.compile(r"\+(\d+)").match(self.text, self.at)):
            self.at = match.end()
            return Address(int(match[1]), relative=True)
        if char == "$":
            self.at += 1
            return Address(-1)
        if char == "/" or char == "\\":
            self.at += 1
            if char == "\\":
                char = self._char()
                self.at += 1
            source = self._until(char, "unterminated address regex")
            ignore = self._char() == "I"
            self.at += ignore
            return Address(pattern=self._compile(source, ignore))
        return None

    def _until(self, mark: str, complaint: str, *, keep: bool = True) -> str:
        """Text up to an unescaped delimiter; an escaped one is freed of its backslash."""
        out = []
        inside = False
        while (char := self._char()) != mark or inside:
            if not char:
                raise self.fail(complaint)
            if char == "\\":
                following = self.text[self.at + 1 : self.at + 2]
                self.at += 2
                out.append(
                    following if following == mark and mark not in "|(){}+?^$.*[" else "\\" + following
                )
                continue
            if keep:
                inside = (char == "[" and not inside) or (inside and char != "]")
                if char == "[" and self.text[self.at + 1 : self.at + 2] == "]":
                    out.append(char)
                    self.at += 1
                    char = "]"
            out.append(char)
            self.at += 1
        self.at += 1
        return "".join(out)

    def _compile(self, source: str, ignore: bool) -> re.Pattern[str] | None:
        """An empty pattern is the last one used, decided while running: None."""
        if not source:
            return None
        try:
            return compile_posix(source, extended=self.extended, ignore_case=ignore)
        except RegexProblem as problem:
            raise self.fail(str(problem)) from None

    def _step(self) -> Step:
        first = self._address()
        second = None
        if first is not None:
            self._skip()
            if self._char() == ",":
                self.at += 1
                self._skip()
                second = self._address(second=True)
                if second is None:
                    raise self.fail("unexpected `,'")
        self._skip()
        negated = False
        while self._char() == "!":
            negated = True
            self.at += 1
            self._skip()
        name = self._char()
        self.at += 1
        if not name:
            raise self.fail("missing command")
        step = Step(name, first, second, negated)
        self._arguments(step)
        return step

    def _arguments(self, step: Step) -> None:  # noqa: C901 - one branch per case
        name = step.name
        if name == "{":
            step.body = self._block(nested=True)
        elif name == "s":
            self._substitute(step)
        elif name == "y":
            self._transliterate(step)
        elif name in "aic":
            self._text(step)
        elif name in ":btrw":
            end = min(
                (
                    at
                    for at in (
                        self.text.find(mark, self.at)
                        for mark in (("\n",) if name in "rw" else ("\n", ";", "}"))
                    )
                    if at >= 0
                ),
                default=len(self.text),
            )
            step.text = self.text[self.at : end].strip()
            self.at = end
            if name in ":rw" and not step.text:
                raise self.fail(
                    '":" lacks a label' if name == ":" else "missing filename in r/R/w/W commands"
                )
        elif name in "qQ":
            if match := re.compile(r"\s*(\d+)").match(self.text, self.at):
                step.text = match[1]
                self.at = match.end()
            self._end()
        elif name in "pdDPnNgGhHx=":
            self._end()
        elif name in "lLeFzTRWv":
            raise SedProblem(f"simulated host: the command {name} is not supported", self.at)
        else:
            raise self.fail(f"unknown command: `{name}'")

    def _end(self) -> None:
        self._skip()
        if self._char() and self._char() not in ";\n}#":
            self.at += 1
            raise self.fail("extra characters after command")

    def _text(self, step: Step) -> None:
        self._skip()
        if self._char() == "\\":
            self.at += 1
            self._skip()
            if self._char() == "\n":
                self.at += 1
        lines = []
        while self._char() and self._char() != "\n":
            if self._char() == "\\":
                self.at += 1
            lines.append(self._char())
            self.at += 1
        if not lines:
            raise self.fail("expected \\ after `a', `c' or `i'")
        step.text = "".join(lines)

    def _transliterate(self, step: Step) -> None:
        mark = self._char()
        self.at += 1
        left = (
            self._until(mark, "unterminated `y' command", keep=False)
            .replace("\\n", "\n")
            .replace("\\\\", "\\")
        )
        right = (
            self._until(mark, "unterminated `y' command", keep=False)
            .replace("\\n", "\n")
            .replace("\\\\", "\\")
        )
        if len(left) != len(right):
            raise self.fail("strings for `y' command are different lengths")
        step.table = str.maketrans(left, right)
        self._end()

    def _substitute(self, step: Step) -> None:
        mark = self._char()
        self.at += 1
        source = self._until(mark, "unterminated `s' command")
        raw = self._until(mark, "unterminated `s' command", keep=False)
        ignore = False
        while (char := self._char()) and char not in ";\n}# \t":
            self.at += 1
            if char == "g":
                step.every = True
            elif char == "p":
                step.prints = True
            elif char in "iI":
                ignore = True
            elif char.isdigit():
                digits = char
                while self._char().isdigit():
                    digits += self._char()
                    self.at += 1
                step.nth = int(digits)
                if not step.nth:
                    raise self.fail("number option to `s' command may not be zero")
            elif char == "w":
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                step.target = self.text[self.at : end].strip()
                self.at = end
            elif char in "eMm":
                raise SedProblem(f"simulated host: the flag {char} of s is not supported", self.at)
            else:
                raise self.fail("unknown option to `s'")
        step.pattern = self._compile(source, ignore)
        step.replacement = self._replacement(raw, step.pattern)
        self._end()

    def _replacement(self, raw: str, pattern: re.Pattern[str] | None) -> list[tuple[str, str]]:
        """Pieces: ("text", ...), ("group", number) and ("case", U L u l E)."""
        pieces: list[tuple[str, str]] = []
        at = 0
        while at < len(raw):
            char = raw[at]
            if char == "&":
                pieces.append(("group", "0"))
            elif char == "\\":
                at += 1
                char = raw[at : at + 1]
                if char.isdigit():
                    if pattern is not None and int(char) > pattern.groups:
                        raise self.fail(f"invalid reference \\{char} on `s' command's RHS")
                    pieces.append(("group", char))
                elif char in ("U", "L", "u", "l", "E"):
                    pieces.append(("case", char))
                else:
                    pieces.append(("text", {"n": "\n", "t": "\t", "r": "\r"}.get(char, char)))
            else:
                pieces.append(("text", char))
            at += 1
        return pieces
