"""POSIX regular expressions, basic and extended with GNU's additions, as those of :mod:`re`.

Alternatives match first instead of longest; nothing else differs for what commands use.
"""

from __future__ import annotations

import re
from functools import lru_cache

from labkit.hosts.shell.patterns import _CLASSES

_GNU = {
    "w": r"\w",
    "W": r"\W",
    "s": r"\s",
    "S": r"\S",
    "b": r"\b",
    "B": r"\B",
    "<": r"\b(?=\w)",
    ">": r"\b(?<=\w)",
    "`": r"\A",
    "'": r"\Z",
}
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}


class RegexProblem(ValueError):
    """The expression is malformed; the text is that of the C library."""


@lru_cache(maxsize=512)
def translate(pattern: str, *, extended: bool) -> str:
    """The source for :func:`re.compile`. RegexProblem for what the C library refuses."""
    return _Translator(pattern, extended=extended).run()


@lru_cache(maxsize=512)
def compile_posix(pattern: str, *, extended: bool, ignore_case: bool = False) -> re.Pattern[str]:
    """A compiled POSIX expression."""
    try:
        return re.compile(translate(pattern, extended=extended), re.IGNORECASE if ignore_case else 0)
    except re.error as problem:
        raise RegexProblem(_c_words(problem)) from None


def _c_words(problem: re.error) -> str:
    text = problem.msg
    if "group reference" in text:
        return "Invalid back reference"
    if "repeat" in text:
        return "Invalid preceding regular expression"
    return "Invalid regular expression"


class _Translator:
    def __init__(self, pattern: str, *, extended: bool) -> None:
        self.pattern = pattern
        self.extended = extended
        self.at = 0
        self.out: list[str] = []
        self.depth = 0
        # Whether a repetition may follow, or stands for itself.
        self.atom = False

    def run(self) -> str:
        pattern = self.pattern
        while self.at < len(pattern):
            char = pattern[self.at]
            if char == "\\":
                self._backslash()
            elif char == "[":
                self._bracket()
            elif char == "*":
                self._repeat("*", literal=not self.atom)
            elif char == "^":
                self._emit("^" if self._begins() else r"\^", atom=not self._begins())
            elif char == "$":
                self._emit(r"\Z" if self._ends() else r"\$", atom=not self._ends())
            elif self.extended and char in "(){}|+?":
                self._special(char)
            else:
                self._emit("." if char == "." else re.escape(char))
        if self.depth:
            raise RegexProblem("Unmatched ( or \\(")
        return "".join(self.out)

    def _emit(self, source: str, *, atom: bool = True, width: int = 1) -> None:
        self.out.append(source)
        self.at += width
        self.atom = atom

    def _repeat(self, source: str, *, literal: bool, width: int = 1) -> None:
        if literal:
            self._emit(re.escape(source), width=width)
        elif self.out and self.out[-1][-1:] in "*+?}" and self.out[-1] in ("*", "+", "?"):
            # a** means a*; re would refuse it.
            self.out[-1] = "*" if source != self.out[-1] else source
            self.at += width
        else:
            self._emit(source, width=width)

    def _begins(self) -> bool:
        if self.extended:
            return True
        return self.at == 0 or self.pattern[: self.at].endswith(("\\(", "\\|", "\n"))

    def _ends(self) -> bool:
        rest = self.pattern[self.at + 1 :]
        return self.extended or not rest or rest.startswith(("\\)", "\\|", "\n"))

    def _special(self, char: str, width: int = 1) -> None:
        if char == "(":
            self.depth += 1
            self._emit("(", atom=False, width=width)
        elif char == ")":
            if not self.depth:
                if not self.extended:
                    raise RegexProblem("Unmatched ) or \\)")
                self._emit(r"\)", width=width)
                return
            self.depth -= 1
            self._emit(")", width=width)
        elif char == "|":
            self._emit("|", atom=False, width=width)
        elif char == "{":
            self._interval(width)
        elif char == "}":
            self._emit(r"\}", width=width)
        else:
            self._repeat(char, literal=not self.atom, width=width)

    def _interval(self, width: int) -> None:
        closing = "}" if self.extended else r"\\\}"
        match = re.compile(r"(\d*)(,?)(\d*)" + closing).match(self.pattern, self.at + width)
        if not match or not self.atom or not (match[1] or match[2]):
            if not self.extended:
                raise RegexProblem("Unmatched \\{" if not match else "Invalid preceding regular expression")
            self._emit(r"\{", width=width)
            return
        if match[3] and match[1] and int(match[3]) < int(match[1]):
            raise RegexProblem("Invalid content of \\{\\}")
        self.out.append(f"{{{match[1] or 0}{match[2]}{match[3]}}}")
        self.at = match.end()

    def _backslash(self) -> None:
        following = self.pattern[self.at + 1 : self.at + 2]
        if not following:
            raise RegexProblem("Trailing backslash")
        if not self.extended and following in "(){}|+?":
            self._special(following, width=2)
        elif following in _GNU:
            self._emit(_GNU[following], width=2, atom=following in "wWsS")
        elif following in "123456789":
            self._emit(f"(?:\\{following})", width=2)
        elif following in ("n", "t"):
            self._emit(re.escape(_CONTROL[following]), width=2)
        else:
            self._emit(re.escape(following), width=2)

    def _bracket(self) -> None:
        pattern = self.pattern
        at = self.at + 1
        out = "["
        if pattern[at : at + 1] == "^":
            out += "^"
            at += 1
        start = at
        while at < len(pattern) and (pattern[at] != "]" or at == start):
            if pattern.startswith("[:", at):
                close = pattern.find(":]", at)
                name = pattern[at + 2 : close] if close > 0 else ""
                if name not in _CLASSES:
                    raise RegexProblem("Invalid character class name")
                out += _CLASSES[name]
                at = close + 2
                continue
            char = pattern[at]
            if char == "\\" and pattern[at + 1 : at + 2] in ("n", "t"):
                out += "\\" + pattern[at + 1]
                at += 1
            elif char == "-" and at != start and pattern[at + 1 : at + 2] != "]":
                out += "-"
            else:
                out += re.escape(char)
            at += 1
        if at >= len(pattern):
            raise RegexProblem(
                "Invalid regular expression" if at == self.at + 1 else "Unmatched [, [^, [:, [., or [="
            )
        self.out.append(out + "]")
        self.at = at + 1
        self.atom = True
