"""echo, printf, pwd."""

from __future__ import annotations

import re
import time

from labkit.hosts.shell.process import CommandProblem, Process
from labkit.hosts.shell.quoting import backslash_quote

_ESCAPE = re.compile(
    r"\\(?:([abcefnrtv\\'\"])|0([0-7]{0,3})|([1-7][0-7]{0,2})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8}))"
)
_SIMPLE = {"a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_SPEC = re.compile(r"%([-+ #0']*)(\*|\d+)?(?:\.(\*|-?\d+)?)?(\(.*?\))?([A-Za-z%])?")


class Stop(Exception):
    """``\\c``: no output after this; carries what came before."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def unescape(text: str, *, echo: bool = True) -> str:
    """Decode backslash escapes as ``echo -e`` (or the format of printf) does."""
    out: list[str] = []
    at = 0
    for match in _ESCAPE.finditer(text):
        out.append(text[at : match.start()])
        at = match.end()
        simple, zero, octal, short, *codes = match.groups()
        if simple == "c" and echo:
            raise Stop("".join(out))
        if simple:
            keep = simple == "c" or (echo and simple in "'\"")
            out.append("\\" + simple if keep else _SIMPLE.get(simple, simple))
        elif zero is not None:
            out.append(_byte(int(zero or "0", 8)))
        elif octal is not None:
            out.append(match[0] if echo else _byte(int(octal, 8)))
        elif short is not None:
            out.append(_byte(int(short, 16)))
        else:
            out.append(chr(int(codes[0] or codes[1], 16)))
    out.append(text[at:])
    joined = "".join(out)
    # Bytes written one by one may form a character together.
    return joined.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


def _byte(value: int) -> str:
    return bytes([value & 255]).decode("utf-8", "surrogateescape")


def echo(process: Process) -> int:
    """``echo [-neE] words``; in dash escapes are always on."""
    words = process.args
    newline, escapes = "\n", process.shell.state.dash
    while (
        words and re.fullmatch(r"-[neE]+", words[0]) and not (process.shell.state.dash and words[0] != "-n")
    ):
        for letter in words[0][1:]:
            if letter == "n":
                newline = ""
            else:
                escapes = letter == "e"
        words = words[1:]
    text = " ".join(words)
    if escapes:
        try:
            text = unescape(text)
        except Stop as stop:
            process.out(stop.text)
            return 0
    process.out(text + newline)
    return 0


def pwd(process: Process) -> int:
    process.out(process.shell.state.cwd + "\n")
    return 0


class _Format:
    """One run of printf over its arguments."""

    def __init__(self, process: Process, arguments: list[str]) -> None:
        self.process = process
        self.arguments = arguments
        self.status = 0
        self.used = False

    def next(self) -> str | None:
        self.used = True
        return self.arguments.pop(0) if self.arguments else None

    def complain(self, text: str) -> None:
        self.process.error(text)
        self.status = 1

    def integer(self, text: str | None) -> int:
        if not text:
            return 0
        if text[0] in "'\"":
            return ord(text[1]) if len(text) > 1 else 0
        match = re.match(r"\s*([-+]?)(0[xX][0-9a-fA-F]+|\d+)", text)
        if not match:
            self.complain(f"{text}: invalid number")
            return 0
        if match.end() != len(text):
            self.complain(f"{text}: invalid number")
        digits = match[2]
        base = 16 if digits[:2].lower() == "0x" else 8 if len(digits) > 1 and digits[0] == "0" else 10
        try:
            value = int(digits, base)
        except ValueError:
            self.complain(f"{text}: invalid number")
            return 0
        return -value if match[1] == "-" else value

    def real(self, text: str | None) -> float:
        if not text:
            return 0.0
        try:
            return float(text)
        except ValueError:
            self.complain(f"{text}: invalid number")
            match = re.match(r"\s*[-+]?\d*\.?\d+", text)
            return float(match[0]) if match else 0.0

    def convert(self, match: re.Match[str]) -> str:
        flags, width, precision, date, letter = match.groups()
        if letter == "%":
            return "%"
        if letter is None or letter not in "diouxXeEfFgGaAcsbqT":
            raise CommandProblem(f"`{match[0]}': missing format character")
        if width == "*":
            size = self.integer(self.next())
            width = str(abs(size))
            flags += "-" if size < 0 else ""
        if precision == "*":
            precision = str(self.integer(self.next()))
        places = f".{precision}" if precision is not None else "." if "." in match[0] and not date else ""
        spec = f"%{flags.replace(chr(39), '')}{width or ''}{places}"
        return self._one(letter, spec, date)

    def _one(self, letter: str, spec: str, date: str | None) -> str:
        if letter == "T":
            number = self.next()
            moment = self.process.time if number in (None, "-1", "-2") else self.integer(number)
            return time.strftime((date or "(%X)")[1:-1], time.gmtime(moment))
        if letter in "di":
            return (spec + "d") % self.integer(self.next())
        if letter in "ouxX":
            return (spec + letter.replace("u", "d")) % (self.integer(self.next()) & ((1 << 64) - 1))
        if letter in "eEfFgG":
            return (spec + letter) % self.real(self.next())
        if letter in "aA":
            raise CommandProblem(f"simulated host: format %{letter} is not supported", 2)
        text = self.next() or ""
        if letter == "c":
            return (spec + "s") % text[:1]
        if letter == "b":
            text = unescape(text)
        elif letter == "q":
            text = backslash_quote(text)
        return (spec + "s") % text


def render(process: Process, template: str, arguments: list[str]) -> tuple[str, int]:
    """The output of printf and its status; the template is used again while arguments are left."""
    form = _Format(process, list(arguments))
    out: list[str] = []
    try:
        while True:
            form.used = False
            at = 0
            for match in _SPEC.finditer(template):
                out.append(unescape(template[at : match.start()], echo=False))
                out.append(form.convert(match))
                at = match.end()
            out.append(unescape(template[at:], echo=False))
            if not form.arguments or not form.used:
                break
    except Stop as stop:
        out.append(stop.text)
    except CommandProblem:
        process.out("".join(out))
        raise
    return "".join(out), form.status


def printf(process: Process) -> int:
    """``printf [-v name] format arguments``."""
    arguments = process.args
    variable = None
    if arguments[:1] == ["-v"] and len(arguments) > 1:
        variable, arguments = arguments[1], arguments[2:]
    if arguments[:1] == ["--"]:
        arguments = arguments[1:]
    if not arguments:
        process.say("printf: usage: printf [-v var] format [arguments]\n")
        return 2
    if re.match(r"-[^-]", arguments[0]) and arguments[0] != "-":
        raise CommandProblem(f"{arguments[0][:2]}: invalid option", 2)
    text, status = render(process, arguments[0], arguments[1:])
    if variable is not None:
        process.shell.expander.parameters.assign_text(variable, text)
    else:
        process.out(text)
    return status
