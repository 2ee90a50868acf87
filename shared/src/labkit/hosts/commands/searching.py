"""grep."""

from __future__ import annotations

import posixpath
import re
from collections import deque
from collections.abc import Callable, Iterator

from labkit.hosts.commands import program
from labkit.hosts.regex import RegexProblem, translate
from labkit.hosts.shell import patterns
from labkit.hosts.shell.expansion import decode
from labkit.hosts.shell.options import Options
from labkit.hosts.shell.process import CommandProblem, Process, reason
from labkit.hosts.streams import Reader

_LONG = {
    "extended-regexp": "E", "fixed-strings": "F", "basic-regexp": "G", "perl-regexp": "P", "regexp": "e",
    "file": "f",
    "ignore-case": "i", "invert-match": "v", "word-regexp": "w", "line-regexp": "x", "count": "c",
    "line-number": "n",
    "files-with-matches": "l", "files-without-match": "L", "max-count": "m", "only-matching": "o",
    "quiet": "q",
    "silent": "q", "no-messages": "s", "recursive": "r", "dereference-recursive": "R", "with-filename": "H",
    "no-filename": "h", "after-context": "A", "before-context": "B", "context": "C", "text": "a",
    "color=?": "color", "colour=?": "color", "include=": "include", "exclude=": "exclude",
    "exclude-dir=": "exclude-dir", "line-buffered": "buffered",
}  # fmt: skip


class _Search:
    """What is looked for and how it is shown."""

    def __init__(
        self, found: Options, matcher: Callable[[str], Iterator[tuple[int, int]]], *, named: bool
    ) -> None:
        self.found = found
        self.matcher = matcher
        self.named = named
        self.limit = int(found.get("m")) if "m" in found else -1
        context = int(found.get("C") or 0)
        self.before = int(found.get("B") or context)
        self.after = int(found.get("A") or context)
        self.grouped = False


@program("grep", "egrep", "fgrep", usage_status=2)
def grep(process: Process) -> int:  # noqa: C901 - one branch per case
    """0 when something matched, 1 when nothing did, 2 for trouble."""
    found = process.options("EFGPe:f:ivwxcnlLm:oqsrRHhA:B:C:abI", _LONG, numbers="C")
    if "b" in found:
        raise CommandProblem("simulated host: -b is not supported", 2)
    operands = list(found.operands)
    texts = [line for text in found.all("e") for line in text.split("\n")]
    for name in found.all("f"):
        texts += decode(process.open(name).read()).splitlines()
    if "e" not in found and "f" not in found:
        if not operands:
            process.say(
                "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n"
            )
            return 2
        texts = operands.pop(0).split("\n")
    recursive = bool(found.last("rR"))
    if recursive and not operands:
        operands = ["."]
    named = "h" not in found and ("H" in found or len(operands) > 1 or recursive)
    if len(operands) == 1 and recursive and "H" not in found:
        path = process.path(operands[0])
        named = (
            "h" not in found
            and process.files.exists(path, by=process.by)
            and process.files.stat(path, by=process.by).is_dir
        )
    search = _Search(found, _matcher(process, texts, found), named=named)
    matched, trouble = False, False
    for name, reader in _inputs(process, operands or ["-"], found, recursive=recursive):
        if reader is None:
            trouble = True
            continue
        if _one_file(process, search, name, reader):
            matched = True
            if "q" in found:
                return 0
    return 2 if trouble else int(not matched)


def _matcher(
    process: Process, texts: list[str], found: Options
) -> Callable[[str], Iterator[tuple[int, int]]]:
    kind = found.last("EFGP") or {"egrep": "E", "fgrep": "F"}.get(process.name, "G")
    sources = []
    for text in texts:
        try:
            if kind == "F":
                sources.append(re.escape(text))
            else:
                sources.append(text if kind == "P" else translate(text, extended=kind == "E"))
        except RegexProblem as problem:
            raise CommandProblem(str(problem), 2) from None
    joined = "|".join(f"(?:{source})" for source in sources) if len(sources) > 1 else (sources or ["(?!)"])[0]
    if "x" in found:
        joined = rf"\A(?:{joined})\Z"
    elif "w" in found:
        joined = rf"(?<!\w)(?:{joined})(?!\w)"
    try:
        pattern = re.compile(joined, re.IGNORECASE if "i" in found else 0)
    except re.error:
        raise CommandProblem("Invalid regular expression", 2) from None

    def find(line: str) -> Iterator[tuple[int, int]]:
        return (match.span() for match in pattern.finditer(line))

    return find


def _inputs(
    process: Process, names: list[str], found: Options, *, recursive: bool
) -> Iterator[tuple[str, Reader | None]]:
    for name in names:
        if recursive and name != "-":
            yield from _below(process, name, found)
            continue
        if name != "-" and not _included(posixpath.basename(name), found):
            continue
        try:
            if name != "-" and process.files.stat(process.path(name), by=process.by).is_dir:
                process.flush()
                process.error(f"{name}: Is a directory")
                yield name, None
                continue
            yield ("(standard input)" if name == "-" else name), process.open(name)
        except OSError as problem:
            process.flush()
            if "s" not in found:
                process.error(f"{name}: {reason(problem)}")
            yield name, None


def _below(process: Process, name: str, found: Options) -> Iterator[tuple[str, Reader | None]]:
    path = process.path(name)
    try:
        stat = process.files.stat(path, by=process.by)
        if stat.is_dir:
            for child in sorted(process.files.listdir(path, by=process.by)):
                inner = process.files.lstat(posixpath.join(path, child), by=process.by)
                if inner.kind in ("link", "device") and "R" not in found:
                    continue
                if inner.is_dir and any(patterns.matches(text, child) for text in found.all("exclude-dir")):
                    continue
                if not inner.is_dir and not _included(child, found):
                    continue
                yield from _below(process, posixpath.join(name, child), found)
        else:
            yield name, process.open(name)
    except OSError as problem:
        process.flush()
        if "s" not in found:
            process.error(f"{name}: {reason(problem)}")
        yield name, None


def _included(name: str, found: Options) -> bool:
    wanted = found.all("include")
    if wanted and not any(patterns.matches(text, name) for text in wanted):
        return False
    return not any(patterns.matches(text, name) for text in found.all("exclude"))


def _one_file(process: Process, search: _Search, name: str, reader: Reader) -> bool:  # noqa: C901 - one branch per case
    found = search.found
    silent = any(letter in found for letter in "clLq")
    count = 0
    binary = False
    held: deque[tuple[int, str]] = deque(maxlen=search.before)
    trailing = 0
    last_shown = 0
    if search.limit == 0:
        return False
    for number, raw in enumerate(process.lines(reader), 1):
        binary = binary or (b"\0" in raw and "a" not in found)
        line = decode(raw).rstrip("\n")
        spans = list(search.matcher(line)) if "o" in found else next(search.matcher(line), None)
        hit = bool(spans) if "o" in found else spans is not None
        if hit == ("v" in found):
            if trailing and not silent:
                _show(process, search, name, number, line, "-")
                trailing -= 1
                last_shown = number
            elif search.before:
                held.append((number, line))
            continue
        count += 1
        if "q" in found or "l" in found:
            break
        if not silent and not binary:
            if ((search.before or search.after) and last_shown and number - len(held) > last_shown + 1) or (
                (search.before or search.after) and not last_shown and search.grouped
            ):
                process.out("--\n")
            for earlier, text in held:
                _show(process, search, name, earlier, text, "-")
            held.clear()
            if "o" in found:
                for start, end in spans if isinstance(spans, list) else ():
                    if end > start:
                        _show(process, search, name, number, line[start:end], ":")
            else:
                _show(process, search, name, number, line, ":")
            last_shown, trailing = number, search.after
        if count == search.limit:
            break
    search.grouped = search.grouped or bool(last_shown)
    if binary and count and not silent:
        process.out(f"grep: {name}: binary file matches\n")
    _summary(process, search, name, count)
    return (count == 0) if "L" in found else count > 0


def _show(process: Process, search: _Search, name: str, number: int, text: str, mark: str) -> None:
    head = f"{name}{mark}" if search.named else ""
    head += f"{number}{mark}" if "n" in search.found else ""
    process.out(f"{head}{text}\n")


def _summary(process: Process, search: _Search, name: str, count: int) -> None:
    found = search.found
    if "q" in found:
        return
    if "l" in found or "L" in found:
        if (count > 0) == ("l" in found):
            process.out(name + "\n")
    elif "c" in found:
        process.out(f"{name}:{count}\n" if search.named else f"{count}\n")
