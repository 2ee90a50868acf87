"""From the raw text of a word to its parts."""

from __future__ import annotations

import re

from labkit.hosts.shell import scanner
from labkit.hosts.shell.braces import expand_braces
from labkit.hosts.shell.syntax import (
    ArithmeticText,
    CommandText,
    Parameter,
    Part,
    ProcessText,
    Program,
    Text,
    Tilde,
    UnsupportedSyntax,
    Word,
)

_PLAIN = re.compile(r"[A-Za-z0-9_./:,@%^+=-]+")
_NAME = re.compile(r"[A-Za-z_]\w*|[0-9]+|[?#$!@*-]", re.ASCII)
_TILDE = re.compile(r"~([A-Za-z_][\w-]*)?(?=/|$|:)")
_OPERATOR = re.compile(r":[-=?+]|[-=?+]|##?|%%?|//|/#|/%|/|\^\^?|,,?|:")


class BadSubstitution(Exception):
    """``${...}`` with something in it that is not defined; reported when it is expanded."""


def parse_words(raw: str) -> list[Word]:
    """The words that one raw word stands for: several when it contains brace expansions."""
    if _PLAIN.fullmatch(raw):
        return [Word((Text(raw),), raw, raw)]
    if "{" in raw and not raw.startswith("<("):
        return [parse_word(piece) for piece in expand_braces(raw)]
    return [parse_word(raw)]


def parse_word(raw: str, *, assignment: bool = False) -> Word:
    """Parse one word; in an assignment tildes also count after a colon."""
    if _PLAIN.fullmatch(raw):
        return Word((Text(raw),), raw, raw)
    if raw.startswith("<("):
        return Word((ProcessText(_program(raw[2:-1])),), raw)
    parts: list[Part] = []
    at = 0
    if match := _TILDE.match(raw):
        parts.append(Tilde(match[1] or ""))
        at = match.end()
    _Reader(raw, parts).unquoted(at, assignment=assignment)
    return _finish(parts, raw)


def parse_quoted(raw: str, *, document: bool = False) -> Word:
    """Parse text that is as if in double quotes: a here-document's body, an arithmetic expression."""
    parts: list[Part] = []
    _Reader(raw, parts).double(0, len(raw), document=document)
    return _finish(parts, raw)


def literal(text: str) -> Word:
    return Word((Text(text, True),), text, text)


def _finish(parts: list[Part], raw: str) -> Word:
    plain = None
    if all(isinstance(part, Text) for part in parts):
        texts = [part for part in parts if isinstance(part, Text)]
        if not any(not part.quoted and re.search(r"[*?\[\\]", part.text) for part in texts):
            plain = "".join(part.text for part in texts)
    return Word(tuple(parts), raw, plain)


class _Reader:
    """Reads one raw word into ``parts``."""

    def __init__(self, raw: str, parts: list[Part]) -> None:
        self.raw = raw
        self.parts = parts

    def add(self, text: str, quoted: bool) -> None:
        if self.parts:
            last = self.parts[-1]
            if isinstance(last, Text) and last.quoted == quoted:
                self.parts[-1] = Text(last.text + text, quoted)
                return
        self.parts.append(Text(text, quoted))

    def unquoted(self, at: int, *, assignment: bool) -> None:
        raw = self.raw
        while at < len(raw):
            char = raw[at]
            if char == "\\":
                if raw[at + 1 : at + 2] != "\n":
                    self.add(raw[at + 1 : at + 2] or "\\", True)
                at += 2
            elif char == "'":
                end = scanner.skip_single(raw, at + 1)
                self.add(raw[at + 1 : end - 1], True)
                at = end
            elif char == '"':
                end = scanner.skip_double(raw, at + 1)
                self._double_quotes(at + 1, end - 1)
                at = end
            elif char in "$`":
                at = self.expansion(at, quoted=False)
            elif assignment and char == ":" and (match := _TILDE.match(raw, at + 1)):
                self.add(":", False)
                self.parts.append(Tilde(match[1] or ""))
                at = match.end()
            else:
                self.add(char, False)
                at += 1

    def _double_quotes(self, at: int, end: int) -> None:
        before = len(self.parts)
        if at == end:
            self.add("", True)
            return
        # An empty quoted text keeps the word alive when everything in the quotes expands to nothing.
        self.double(at, end)
        only = self.parts[before:]
        if not any(isinstance(part, Parameter) and part.name == "@" for part in only) and not _is_array_all(
            only
        ):
            self.parts.append(Text("", True))

    def double(self, at: int, end: int, *, document: bool = False) -> None:
        raw = self.raw
        escapes = "$`\\" if document else '$`"\\'
        plain = at
        while at < end:
            char = raw[at]
            if char not in "\\$`":
                at += 1
                continue
            if at > plain:
                self.add(raw[plain:at], True)
            if char == "\\":
                following = raw[at + 1 : at + 2]
                if following == "\n":
                    pass
                elif following and following in escapes and at + 1 < end:
                    self.add(following, True)
                else:
                    self.add("\\" + (following if at + 1 < end else ""), True)
                at += 2
            else:
                at = self.expansion(at, quoted=True)
            plain = at
        if end > plain:
            self.add(raw[plain:end], True)

    def expansion(self, at: int, *, quoted: bool) -> int:
        raw = self.raw
        if raw[at] == "`":
            end = scanner.skip_backtick(raw, at + 1)
            inner = re.sub(r"\\([$`\\" + ('"' if quoted else "") + "])", r"\1", raw[at + 1 : end - 1])
            self.parts.append(CommandText(_program(inner), quoted))
            return end
        following = raw[at + 1 : at + 2]
        if following == "(":
            return self._parenthesis(at, quoted)
        if following == "{":
            end = scanner.skip_braces(raw, at + 2)
            self.parts.append(parse_parameter(raw[at + 2 : end - 1], quoted))
            return end
        if following == "'" and not quoted:
            end = scanner.skip_ansi(raw, at + 2)
            self.add(ansi(raw[at + 2 : end - 1]), True)
            return end
        if following == '"' and not quoted:
            end = scanner.skip_double(raw, at + 2)
            self._double_quotes(at + 2, end - 1)
            return end
        if match := _NAME.match(raw, at + 1):
            name = match[0][0] if match[0][0].isdigit() else match[0]
            self.parts.append(Parameter(name, quoted))
            return at + 1 + len(name)
        self.add("$", quoted)
        return at + 1

    def _parenthesis(self, at: int, quoted: bool) -> int:
        raw = self.raw
        if raw.startswith("((", at + 1):
            end = scanner.try_arithmetic(raw, at + 3)
            if end is not None:
                self.parts.append(ArithmeticText(parse_quoted(raw[at + 3 : end - 2]), quoted))
                return end
        end = scanner.skip_parentheses(raw, at + 2)
        self.parts.append(CommandText(_program(raw[at + 2 : end - 1]), quoted))
        return end


def _is_array_all(parts: list[Part]) -> bool:
    return any(
        isinstance(part, Parameter) and part.index is not None and part.index.raw == "@" for part in parts
    )


def _program(text: str) -> Program:
    from labkit.hosts.shell.parser import parse

    program = parse(text)
    if program.problem is not None:
        raise program.problem
    return program


def parse_parameter(inner: str, quoted: bool) -> Parameter:  # noqa: C901 - one branch per case
    """Parse what stands between ``${`` and ``}``."""
    raw = "${" + inner + "}"
    at = 0
    operator = ""
    if inner.startswith("#") and len(inner) > 1 and (inner[1] not in "}:-=?+%/#" or inner == "#@"):
        operator, at = "length", 1
    elif inner.startswith("!") and len(inner) > 1:
        operator, at = "indirect", 1
    match = _NAME.match(inner, at)
    if not match:
        return Parameter("", quoted, "bad", raw=raw)
    name, at = match[0], match.end()
    index: Word | None = None
    if inner.startswith("[", at):
        close = inner.find("]", at)
        if close < 0:
            return Parameter(name, quoted, "bad", raw=raw)
        text = inner[at + 1 : close]
        index = literal(text) if text in ("@", "*") else parse_quoted(text)
        at = close + 1
    rest = inner[at:]
    if operator == "indirect":
        if rest in ("*", "@"):
            return Parameter(name, quoted, "prefix", raw=raw)
        if rest:
            raise UnsupportedSyntax(raw)
        operator = "keys" if index is not None and index.raw in ("@", "*") else "indirect"
        return Parameter(name, quoted, operator, index=index, raw=raw)
    if operator == "length" or not rest:
        return Parameter(name, quoted, "bad" if rest else operator, index=index, raw=raw)
    if rest.startswith("@"):
        raise UnsupportedSyntax(raw)
    found = _OPERATOR.match(rest)
    if not found:
        return Parameter(name, quoted, "bad", raw=raw)
    return _with_operator(name, quoted, index, found[0], rest[found.end() :], raw)


def _with_operator(
    name: str, quoted: bool, index: Word | None, operator: str, text: str, raw: str
) -> Parameter:
    if operator == ":":
        offset, length = _split_slice(text)
        second = None if length is None else parse_quoted(length)
        return Parameter(name, quoted, "slice", parse_quoted(offset), second, index, raw)
    if operator[0] == "/":
        pattern, replacement = _split_at(text, "/")
        second = None if replacement is None else _argument(replacement, quoted)
        return Parameter(name, quoted, operator, parse_word(pattern), second, index, raw)
    if operator[0] in "#%^,":
        return Parameter(name, quoted, operator, parse_word(text), None, index, raw)
    return Parameter(name, quoted, operator, _argument(text, quoted), None, index, raw)


def _argument(text: str, quoted: bool) -> Word:
    """The word behind ``:-`` and its like; inside double quotes single quotes are ordinary."""
    if not quoted:
        return parse_word(text)
    parts: list[Part] = []
    at = 0
    for match in re.finditer(r'"', text):
        _Reader(text, parts).double(at, match.start())
        at = match.end()
    _Reader(text, parts).double(at, len(text))
    return _finish(parts, text)


def _split_at(text: str, mark: str) -> tuple[str, str | None]:
    at = 0
    while at < len(text):
        if text[at] == mark and at > 0:
            return text[:at], text[at + 1 :]
        at = scanner._skip_quoted(text, at)
    return text, None


def _split_slice(text: str) -> tuple[str, str | None]:
    depth = 0
    for at, char in enumerate(text):
        depth += (char in "({?") - (char in ")}")
        if char == ":" and depth <= 0:
            return text[:at], text[at + 1 :]
    return text, None


_ESCAPES = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_ANSI = re.compile(
    r"\\(?:([abeEfnrtv\\'\"?])|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3}))"
)


def ansi(text: str) -> str:
    """Decode the escapes of ``$'...'``."""

    def decode(match: re.Match[str]) -> str:
        if match[1]:
            return _ESCAPES.get(match[1], match[1])
        if match[2] or match[5]:
            value = int(match[2], 16) if match[2] else int(match[5], 8) & 255
            return bytes([value]).decode("utf-8", "surrogateescape")
        return chr(int(match[3] or match[4], 16))

    decoded = _ANSI.sub(decode, text)
    return decoded.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
