"""read, mapfile and getopts."""

from __future__ import annotations

from labkit.hosts.shell.expansion import decode, split_fields
from labkit.hosts.shell.parser import is_name
from labkit.hosts.shell.process import CommandProblem, Process
from labkit.hosts.streams import Reader


def read(process: Process) -> int:
    """``read [-rs] [-p prompt] [-a array] [-d delimiter] [-n count] [-t seconds] [-u fd] names``.

    Ends with 1 at the end of the input. A time limit never strikes: input is waited for.
    """
    found = process.options("rsep:a:d:n:N:t:u:i:", permute=False)
    if "i" in found or "e" in found:
        raise CommandProblem("simulated host: -e and -i are not supported", 2)
    for name in found.operands:
        if not is_name(name):
            raise CommandProblem(f"`{name}': not a valid identifier")
    if "p" in found and process.shell.session.prompts(process):
        process.say(found.get("p"))
    descriptor = int(found.get("u") or 0)
    reader = process.stdin if descriptor == 0 else process.shell.fds.get(descriptor)
    if reader is None or not hasattr(reader, "readline"):
        raise CommandProblem(f"{descriptor}: invalid file descriptor: Bad file descriptor")
    delimiter = (found.get("d") or "\0")[:1] if "d" in found else "\n"
    limit = int(found.get("n") or found.get("N") or 0)
    raw, ended = _take(reader, delimiter, limit, raw="r" in found)  # type: ignore[arg-type]
    _store(process, raw, found.operands, found.get("a"), escapes="r" not in found, whole="N" in found)
    return int(ended)


def _take(reader: Reader, delimiter: str, limit: int, *, raw: bool) -> tuple[str, bool]:
    """A line without its end, and whether the input ended first. Never reads more than it needs."""
    if delimiter == "\n" and not limit:
        line = reader.readline()
        while not raw and line.endswith(b"\\\n"):
            more = reader.readline()
            line = line[:-2] + more
            if not more:
                break
        text = decode(line)
        return (text[:-1], False) if text.endswith("\n") else (text, True)
    data = b""
    while True:
        byte = reader.read(1)
        if not byte:
            return decode(data), True
        if byte == delimiter.encode():
            return decode(data), False
        data += byte
        if limit and len(decode(data)) >= limit:
            return decode(data), False


def _store(process: Process, text: str, names: list[str], array: str, *, escapes: bool, whole: bool) -> None:
    shell = process.shell
    put = shell.expander.parameters.assign_text
    text = text.replace("\0", "")
    ifs = shell.expander.ifs()
    if array:
        pieces = split_fields(_unescape(text) if escapes else text, ifs)[0]
        shell.state.variables[array] = dict(enumerate(pieces))
        return
    if not names or whole:
        put(names[0] if names else "REPLY", _unescape(text) if escapes else text)
        return
    white = "".join(char for char in ifs if char in " \t\n")
    rest = text.strip(white) if not escapes else text.lstrip(white)
    for name in names[:-1]:
        piece, rest = _first(rest, ifs, escapes=escapes)
        put(name, piece)
    rest = _last(rest, ifs, white, escapes=escapes)
    put(names[-1], _unescape(rest) if escapes else rest)


def _unescape(text: str) -> str:
    out, at = [], 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
        out.append(text[at : at + 1])
        at += 1
    return "".join(out)


def _first(text: str, ifs: str, *, escapes: bool) -> tuple[str, str]:
    """The first field and what follows its delimiter."""
    at = 0
    out = []
    while at < len(text) and text[at] not in ifs:
        if escapes and text[at] == "\\":
            at += 1
        out.append(text[at : at + 1])
        at += 1
    hard = False
    while at < len(text) and text[at] in ifs:
        if text[at] not in " \t\n":
            if hard:
                break
            hard = True
        at += 1
    return "".join(out), text[at:]


def _last(text: str, ifs: str, white: str, *, escapes: bool) -> str:
    """The last variable gets the rest, without trailing blanks and a single trailing delimiter."""
    stripped = text.rstrip(white)
    if escapes and stripped.endswith("\\") and stripped != text:
        stripped = text[: len(stripped) + 1]
    hard = "".join(char for char in ifs if char not in " \t\n")
    if stripped and stripped[-1] in hard and not any(char in ifs for char in stripped[:-1]):
        return stripped[:-1]
    return stripped


def mapfile(process: Process) -> int:
    """``mapfile [-t] [array]``: all lines of stdin."""
    found = process.options("tn:s:d:", permute=False)
    if "d" in found:
        raise CommandProblem("simulated host: -d is not supported", 2)
    lines = decode(process.stdin.read()).splitlines(keepends="t" not in found)
    lines = lines[int(found.get("s") or 0) :]
    if int(found.get("n") or 0):
        lines = lines[: int(found.get("n"))]
    name = found.operands[0] if found.operands else "MAPFILE"
    process.shell.state.variables[name] = dict(enumerate(lines))
    return 0


def getopts(process: Process) -> int:
    """``getopts letters name [arguments]``; OPTIND counts arguments, a cluster's place is kept apart."""
    if len(process.args) < 2:
        process.say("getopts: usage: getopts optstring name [arg ...]\n")
        return 2
    shell = process.shell
    letters, name, *rest = process.args
    arguments = rest or shell.state.arguments
    put = shell.expander.parameters.assign_text
    index = int(shell.state.get("OPTIND") or 1)
    place = shell.session.option_place if index > 0 else 1
    word = arguments[index - 1] if index <= len(arguments) else ""
    if place <= 1 and (len(word) < 2 or word[0] != "-" or word == "--"):
        put(name, "?")
        put("OPTIND", str(index + (word == "--")))
        shell.session.option_place = 1
        return 1
    letter = word[place]
    place += 1
    if place >= len(word):
        index, place = index + 1, 1
    silent = letters.startswith(":")
    known = letters.find(letter) if letter != ":" else -1
    shell.state.variables.pop("OPTARG", None)
    if known < 0:
        _wrong(process, name, letter, silent, "illegal option")
    elif letters[known + 1 : known + 2] == ":":
        if place > 1:
            put("OPTARG", word[place:])
            index, place = index + 1, 1
        elif index <= len(arguments):
            put("OPTARG", arguments[index - 1])
            index += 1
        else:
            _wrong(process, name, letter, silent, "option requires an argument", missing=True)
            put("OPTIND", str(index))
            return 0
        put(name, letter)
    else:
        put(name, letter)
    shell.session.option_place = place
    put("OPTIND", str(index))
    return 0


def _wrong(
    process: Process, name: str, letter: str, silent: bool, message: str, *, missing: bool = False
) -> None:
    put = process.shell.expander.parameters.assign_text
    put(name, ":" if silent and missing else "?")
    if silent:
        put("OPTARG", letter)
    else:
        process.say(f"{process.shell.argument_zero}: {message} -- {letter}\n")
