"""Programs on lines: uniq, cut, tr, wc, rev, nl, paste, fold, column, comm, diff, cmp."""

# ruff: noqa: RUF001 - the typographic marks are those of the real programs

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterable

from labkit.hosts.commands import program
from labkit.hosts.commands.dates import clock_text
from labkit.hosts.shell.expansion import decode
from labkit.hosts.shell.process import CommandProblem, Process, reason


@program("wc")
def wc(process: Process) -> int:
    found = process.options(
        "lwcmL", {"lines": "l", "words": "w", "bytes": "c", "chars": "m", "max-line-length": "L"}
    )
    wanted = [letter for letter in "lwmcL" if letter in found] or ["l", "w", "c"]
    rows = []
    for name, reader in process.each_file(found.operands):
        counts = dict.fromkeys("lwcmL", 0)
        inside = False
        for piece in process.pieces(reader):
            counts["l"] += piece.count(b"\n")
            counts["c"] += len(piece)
            counts["m"] += len(piece.decode("utf-8", "ignore"))
            words = piece.split()
            counts["w"] += len(words) - (inside and not piece[:1].isspace() and bool(words))
            inside = not piece[-1:].isspace()
            counts["L"] = max(counts["L"], max(len(line) for line in piece.split(b"\n")))
        rows.append((counts, name))
    if len(found.operands) > 1:
        total = {letter: sum(counts[letter] for counts, _name in rows) for letter in "lwcm"}
        total["L"] = max((counts["L"] for counts, _name in rows), default=0)
        rows.append((total, "total"))
    width = 1
    if len(wanted) > 1 or len(rows) > 1:
        width = max((len(str(counts["c"])) for counts, _name in rows), default=1)
        if not found.operands or "-" in found.operands:
            width = max(width, 7)
    for counts, name in rows:
        text = " ".join(f"{counts[letter]:>{width}}" for letter in wanted)
        process.out(text + (f" {name}" if found.operands else "") + "\n")
    return int(process.failed)


@program("uniq")
def uniq(process: Process) -> int:
    found = process.options(
        "cdiuf:s:w:",
        {
            "count": "c",
            "repeated": "d",
            "ignore-case": "i",
            "unique": "u",
            "skip-fields": "f",
            "skip-chars": "s",
            "check-chars": "w",
        },
    )
    name = found.operands[0] if found.operands else "-"
    try:
        source = process.open(name)
    except OSError as problem:
        raise CommandProblem(f"{name}: {reason(problem)}") from None
    target = found.operands[1] if len(found.operands) > 1 else None
    kept: list[str] = []

    def key(line: str) -> str:
        text = line.rstrip("\n")
        for _ in range(int(found.get("f") or 0)):
            text = re.sub(r"^[ \t]*[^ \t]*", "", text)
        text = text[int(found.get("s") or 0) :]
        text = text[: int(found.get("w"))] if "w" in found else text
        return text.lower() if "i" in found else text

    for _key, group in itertools.groupby((decode(line) for line in process.lines(source)), key):
        lines = list(group)
        if ("d" in found and len(lines) < 2) or ("u" in found and len(lines) > 1):
            continue
        line = lines[0].rstrip("\n") + "\n"
        kept.append(f"{len(lines):>7} {line}" if "c" in found else line)
    if target:
        process.files.write(process.path(target), "".join(kept), by=process.by)
    else:
        process.out("".join(kept))
    return 0


def ranges(text: str, what: str) -> list[tuple[int, int]]:
    """A list like ``1,3-5,7-`` as pairs; the end is huge when open."""
    found = []
    for part in text.split(","):
        match = re.fullmatch(r"(\d*)(-?)(\d*)", part)
        if not match or not (match[1] or match[3]):
            raise CommandProblem(f"invalid {what} value ‘{part}’\nTry 'cut --help' for more information.")
        first = int(match[1] or 1)
        last = int(match[3]) if match[3] else (1 << 60 if match[2] else first)
        if first < 1:
            raise CommandProblem(f"{what}s are numbered from 1\nTry 'cut --help' for more information.")
        if last < first:
            raise CommandProblem("invalid decreasing range\nTry 'cut --help' for more information.")
        found.append((first, last))
    return found


@program("cut")
def cut(process: Process) -> int:
    found = process.options(
        "f:d:c:b:sn",
        {
            "fields": "f",
            "delimiter": "d",
            "characters": "c",
            "bytes": "b",
            "only-delimited": "s",
            "complement": "complement",
            "output-delimiter=": "output",
        },
    )
    kind = found.last("fcb")
    if not kind:
        raise CommandProblem(
            "you must specify a list of bytes, characters, or fields\nTry 'cut --help' for more information."
        )
    wanted = ranges(found.get(kind), "field" if kind == "f" else ["byte", "character position"][0])
    delimiter = found.get("d", "\t")
    if len(delimiter) != 1:
        raise CommandProblem(
            "the delimiter must be a single character\nTry 'cut --help' for more information."
        )
    glue = found.get("output", delimiter if kind == "f" else "")

    def chosen(position: int) -> bool:
        return any(first <= position <= last for first, last in wanted) != ("complement" in found)

    for _name, reader in process.each_file(found.operands):
        for raw in process.lines(reader):
            line = decode(raw).rstrip("\n")
            if kind == "f" and delimiter not in line:
                process.out("" if "s" in found else line + "\n")
                continue
            pieces: Iterable[str] = line.split(delimiter) if kind == "f" else line
            process.out(glue.join(piece for number, piece in enumerate(pieces, 1) if chosen(number)) + "\n")
    return int(process.failed)


_CLASSES = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "blank": " \t", "digit": "0-9", "lower": "a-z", "upper": "A-Z",
    "space": "\t\n\v\f\r ", "punct": "!-/:-@[-`{-~", "xdigit": "0-9A-Fa-f", "cntrl": "\0-\x1f\x7f",
    "print": " -~", "graph": "!-~",
}  # fmt: skip
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def character_set(text: str) -> list[str]:
    """A set of ``tr``: escapes, ranges, classes, repeats."""
    found: list[str] = []
    at = 0
    while at < len(text):
        if match := re.compile(r"\[:(\w+):\]").match(text, at):
            if match[1] not in _CLASSES:
                raise CommandProblem(f"invalid character class ‘{match[1]}’")
            found += character_set(_CLASSES[match[1]].replace("[-", "\\[-"))
            at = match.end()
            continue
        if match := re.compile(r"\[(.)\*(\d*)\]").match(text, at):
            found += match[1] * int(match[2] or 1)
            at = match.end()
            continue
        char, at = _character(text, at)
        if text[at : at + 1] == "-" and at + 1 < len(text):
            last, at = _character(text, at + 1)
            if ord(last) < ord(char):
                raise CommandProblem(
                    f"range-endpoints of '{char}-{last}' are in reverse collating sequence order"
                )
            found += [chr(code) for code in range(ord(char), ord(last) + 1)]
        else:
            found.append(char)
    return found


def _character(text: str, at: int) -> tuple[str, int]:
    if text[at] != "\\" or at + 1 >= len(text):
        return text[at], at + 1
    if match := re.compile(r"\\([0-7]{1,3})").match(text, at):
        return chr(int(match[1], 8)), match.end()
    return _ESCAPES.get(text[at + 1], text[at + 1]), at + 2


@program("tr")
def tr(process: Process) -> int:  # noqa: C901 - one branch per case
    found = process.options(
        "cCdst",
        {"complement": "c", "delete": "d", "squeeze-repeats": "s", "truncate-set1": "t"},
        permute=False,
    )
    if not found.operands:
        raise CommandProblem("missing operand\nTry 'tr --help' for more information.")
    first = character_set(found.operands[0])
    second = character_set(found.operands[1]) if len(found.operands) > 1 else []
    if not second and "d" not in found and "s" not in found:
        raise CommandProblem(
            f"missing operand after ‘{found.operands[0]}’\nTwo strings must be given when translating.\n"
            "Try 'tr --help' for more information."
        )
    complement = bool(found.last("cC"))
    members = set(first)
    table = {}
    if second and "d" not in found and not complement:
        padded = second + [second[-1]] * (len(first) - len(second))
        table = dict(zip(first, padded, strict=False))

    def translate(char: str) -> str:
        if complement and second and "d" not in found:
            return char if char in members else second[-1]
        return table.get(char, char)

    squeezed = set(second or first) if "s" in found else set()
    squeeze_all_but = complement and "s" in found and not second
    last = ""
    for piece in process.pieces(process.stdin):
        text = decode(piece)
        if "d" in found:
            text = "".join(char for char in text if (char in members) == complement)
        elif second:
            text = "".join(map(translate, text))
        if "s" in found:
            out = []
            for char in text:
                if char == last and (char in squeezed) != squeeze_all_but:
                    continue
                out.append(char)
                last = char
            text = "".join(out)
        process.out(text)
    return 0


@program("rev")
def rev(process: Process) -> int:
    found = process.options("")
    for _name, reader in process.each_file(found.operands, "cannot open "):
        for line in process.lines(reader):
            text = decode(line)
            process.out(text.rstrip("\n")[::-1] + text[len(text.rstrip("\n")) :])
    return int(process.failed)


@program("nl")
def nl(process: Process) -> int:
    found = process.options("b:w:s:v:n:")
    everything = found.get("b") == "a"
    width, number = int(found.get("w") or 6), int(found.get("v") or 1)
    for _name, reader in process.each_file(found.operands):
        for raw in process.lines(reader):
            line = decode(raw).rstrip("\n")
            if line or everything:
                process.out(f"{number:>{width}}{found.get('s', chr(9))}{line}\n")
                number += 1
            else:
                process.out(" " * width + " \n")
    return int(process.failed)


@program("paste")
def paste(process: Process) -> int:
    found = process.options("d:s", {"delimiters": "d", "serial": "s"})
    glue = "".join(character_set(found.get("d", "\t"))) or "\0"
    columns: list[Iterable[str]] = []
    standard = (decode(line).rstrip("\n") for line in process.lines(process.stdin))
    for name, reader in process.each_file(found.operands):
        if name == "-":
            columns.append(standard)
        else:
            columns.append([decode(line).rstrip("\n") for line in process.lines(reader)])
    rows = (
        [list(column) for column in columns]
        if "s" in found
        else itertools.zip_longest(*columns, fillvalue="")
    )
    for row in rows:
        text = row[0] if row else ""
        for position, cell in enumerate(row[1:]):
            text += glue[position % len(glue)].strip("\0") + cell
        process.out(text + "\n")
    return int(process.failed)


@program("fold")
def fold(process: Process) -> int:
    found = process.options("w:sb", {"width": "w", "spaces": "s"})
    width = int(found.get("w") or 80)
    for _name, reader in process.each_file(found.operands):
        for raw in process.lines(reader):
            line = decode(raw)
            text, end = line.rstrip("\n"), line[len(line.rstrip("\n")) :]
            while len(text) > width:
                cut_at = width
                if "s" in found and " " in text[:width]:
                    cut_at = text.rindex(" ", 0, width) + 1
                process.out(text[:cut_at] + "\n")
                text = text[cut_at:]
            process.out(text + end)
    return int(process.failed)


@program("column")
def column(process: Process) -> int:
    """Only ``column -t [-s separators]``."""
    found = process.options("ts:", {"table": "t", "separator": "s"})
    if "t" not in found:
        raise CommandProblem("simulated host: only -t is supported", 2)
    separators = found.get("s")
    rows = []
    for _name, reader in process.each_file(found.operands):
        for raw in process.lines(reader):
            line = decode(raw).rstrip("\n")
            if line.strip():
                rows.append(re.split(f"[{re.escape(separators)}]", line) if separators else line.split())
    widths = [
        max((len(row[at]) for row in rows if at < len(row)), default=0)
        for at in range(max(map(len, rows), default=0))
    ]
    for row in rows:
        cells = [f"{cell:<{widths[at]}}" for at, cell in enumerate(row)]
        cells[-1] = row[-1]
        process.out("  ".join(cells) + "\n")
    return int(process.failed)


def _two(process: Process, operands: list[str]) -> list[list[str]] | None:
    """The lines of two files; None when one cannot be read, which was said then."""
    if len(operands) != 2:
        own = "diff: " if process.name == "diff" else ""
        missing = f"missing operand after ‘{operands[0]}’" if operands else "missing operand"
        raise CommandProblem(f"{missing}\n{own}Try '{process.name} --help' for more information.", 2)
    found: list[list[str]] = []
    for name in operands:
        try:
            if (
                not name.startswith(("-", "/dev/fd/"))
                and process.files.stat(process.path(name), by=process.by).is_dir
            ):
                process.error(f"{name}: Is a directory")
            else:
                found.append(decode(process.open(name).read()).splitlines(keepends=True))
        except OSError as problem:
            process.error(f"{name}: {reason(problem)}")
    return found if len(found) == 2 else None


@program("comm")
def comm(process: Process) -> int:
    found = process.options("123")
    both = _two(process, found.operands)
    if both is None:
        return 1
    left, right = ([line.rstrip("\n") for line in side] for side in both)
    merged: list[tuple[int, str]] = []
    while left or right:
        if left and right and left[0] == right[0]:
            merged.append((3, left.pop(0)))
            right.pop(0)
        elif left and (not right or left[0] < right[0]):
            merged.append((1, left.pop(0)))
        else:
            merged.append((2, right.pop(0)))
    for number, line in merged:
        if str(number) not in found:
            tabs = sum(1 for other in "12"[: number - 1] if other not in found)
            process.out("\t" * tabs + line + "\n")
    return 0


@program("cmp", usage_status=2)
def cmp(process: Process) -> int:
    found = process.options("s", {"quiet": "s", "silent": "s"})
    if len(found.operands) != 2:
        last = found.operands[-1] if found.operands else "cmp"
        raise CommandProblem(
            f"missing operand after '{last}'\ncmp: Try 'cmp --help' for more information.", 2
        )
    try:
        left, right = (process.open(name).read() for name in found.operands)
    except OSError as problem:
        raise CommandProblem(f"{reason(problem)}", 2) from None
    if left == right:
        return 0
    if "s" not in found:
        common = next((at for at, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), None)
        if common is None:
            shorter = found.operands[0] if len(left) < len(right) else found.operands[1]
            size = min(len(left), len(right))
            process.error(f"EOF on {shorter} after byte {size}")
        else:
            line = left[:common].count(b"\n") + 1
            process.out(f"{found.operands[0]} {found.operands[1]} differ: byte {common + 1}, line {line}\n")
    return 1


@program("diff", usage_status=2)
def diff(process: Process) -> int:
    """``diff [-qsuBbw] [-U n] file file``; folders are refused."""
    found = process.options("qsuU:N", {"brief": "q", "report-identical-files": "s", "unified=?": "u"})
    both = _two(process, found.operands)
    if both is None:
        return 2
    left, right = both
    one, two = found.operands
    if left == right:
        if "s" in found:
            process.out(f"Files {one} and {two} are identical\n")
        return 0
    if "q" in found:
        process.out(f"Files {one} and {two} differ\n")
    elif found.last("uU"):
        _unified(process, found.operands, left, right, int(found.get("U") or found.get("u") or 3))
    else:
        _normal(process, left, right)
    return 1


def _with_end(mark: str, line: str) -> str:
    return f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"


def _unified(process: Process, names: list[str], left: list[str], right: list[str], context: int) -> None:
    stamps = []
    for name in names:
        time = process.time if name == "-" else process.files.stat(process.path(name), by=process.by).mtime
        stamps.append(clock_text(time, "%Y-%m-%d %H:%M:%S.%N %z"))
    for number, line in enumerate(
        difflib.unified_diff(left, right, names[0], names[1], stamps[0], stamps[1], n=context)
    ):
        process.out(line if number < 2 or line.startswith("@@") else _with_end(line[0], line[1:]))


def _normal(process: Process, left: list[str], right: list[str]) -> None:
    def span(first: int, last: int) -> str:
        return str(last) if last - first <= 1 else f"{first + 1},{last}"

    for tag, a, b, c, d in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        letter = {"replace": "c", "delete": "d", "insert": "a"}[tag]
        process.out(f"{span(a, b)}{letter}{span(c, d)}\n")
        process.out("".join(_with_end("< ", line) for line in left[a:b]))
        process.out("---\n" if tag == "replace" else "")
        process.out("".join(_with_end("> ", line) for line in right[c:d]))
