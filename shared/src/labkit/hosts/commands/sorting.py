"""sort and shuf."""

# ruff: noqa: RUF001 - the typographic marks are those of the real programs

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cmp_to_key
from typing import Any

from labkit.hosts.commands import program
from labkit.hosts.shell.expansion import decode
from labkit.hosts.shell.process import CommandProblem, Process, reason

_SUFFIX = {"": 0, "K": 1, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
_MONTHS = {
    name: number
    for number, name in enumerate(
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1
    )
}


class _Key:
    """One ``-k``: where it begins and ends, and how it compares."""

    def __init__(self, text: str, defaults: str) -> None:
        match = re.fullmatch(r"(\d+)(?:\.(\d+))?([bdfhiMnrV]*)(?:,(\d+)(?:\.(\d+))?([bdfhiMnrV]*))?", text)
        if not match or match[1] == "0":
            raise CommandProblem(f"invalid number at field start: invalid count at start of ‘{text}’", 2)
        self.first, self.start = int(match[1]), int(match[2] or 1)
        self.last = int(match[4]) if match[4] else 0
        self.stop = int(match[5] or 0)
        self.flags = (match[3] + (match[6] or "")) or defaults

    def cut(self, line: str, delimiter: str | None) -> str:
        spans = _spans(line, delimiter)
        if self.first > len(spans):
            return ""
        begin, end = spans[self.first - 1]
        if "b" in self.flags:
            begin += len(line[begin:end]) - len(line[begin:end].lstrip())
        begin = min(begin + self.start - 1, end)
        if not self.last:
            return line[begin:]
        if self.last > len(spans):
            return line[begin:]
        last_begin, last_end = spans[self.last - 1]
        return line[begin : last_begin + self.stop if self.stop else last_end]


def _spans(line: str, delimiter: str | None) -> list[tuple[int, int]]:
    if delimiter is None:
        return [match.span() for match in re.finditer(r"[ \t]*[^ \t]+", line)] or [(0, len(line))]
    spans, at = [], 0
    for piece in line.split(delimiter):
        spans.append((at, at + len(piece)))
        at += len(piece) + 1
    return spans


def _value(text: str, flags: str) -> Any:
    if "b" in flags:
        text = text.lstrip(" \t")
    if "n" in flags:
        match = re.match(r"\s*(-?\d*\.?\d+|-?\d+)", text)
        return float(match[1]) if match else 0.0
    if "h" in flags:
        match = re.match(r"\s*(-?\d+\.?\d*)([KkMGTPE]?)", text)
        if not match:
            return (0, 0.0)
        number = float(match[1])
        rank = _SUFFIX[match[2]] if number else 0
        return (-rank if number < 0 else rank, number)
    if "M" in flags:
        return _MONTHS.get(text.strip()[:3].upper(), 0)
    if "V" in flags:
        return [
            (part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", text)
        ]
    if "f" in flags:
        text = text.upper()
    if "d" in flags:
        text = "".join(char for char in text if char.isalnum() or char in " \t")
    return text.encode("utf-8", "surrogateescape")


def _order(keys: list[_Key], delimiter: str | None, flags: str, *, stable: bool) -> Callable[[str, str], int]:
    def compare(a: str, b: str) -> int:
        for key in keys:
            left, right = (_value(key.cut(line, delimiter), key.flags) for line in (a, b))
            if left != right:
                return (-1 if left < right else 1) * (-1 if "r" in key.flags else 1)
        if not keys:
            left, right = _value(a, flags), _value(b, flags)
            if left != right:
                return (-1 if left < right else 1) * (-1 if "r" in flags else 1)
        if stable or a == b:
            return 0
        left, right = (line.encode("utf-8", "surrogateescape") for line in (a, b))
        return (-1 if left < right else 1) * (-1 if "r" in flags else 1)

    return compare


@program("sort", usage_status=2)
def sort(process: Process) -> int:
    """``sort [-bcdfhMnrsuVz] [-k key] [-t separator] [-o file] [file ...]``."""
    found = process.options(
        "bcCdfhiMnrsuVk:t:o:zmS:T:",
        {
            "numeric-sort": "n",
            "reverse": "r",
            "unique": "u",
            "key": "k",
            "field-separator": "t",
            "output": "o",
            "human-numeric-sort": "h",
            "version-sort": "V",
            "ignore-case": "f",
            "stable": "s",
            "check=?": "c",
        },
    )
    flags = "".join(letter for letter in "bdfhiMnrV" if letter in found)
    delimiter = found.get("t") if "t" in found else None
    if delimiter is not None and len(delimiter) != 1:
        delimiter = {"\\0": "\0", "\\t": "\t"}.get(delimiter)
        if delimiter is None:
            raise CommandProblem(f"multi-character tab ‘{found.get('t')}’", 2)
    keys = [_Key(text, flags) for text in found.all("k")]
    lines: list[str] = []
    for name in found.operands or ["-"]:
        try:
            lines += [decode(line).rstrip("\n") for line in process.lines(process.open(name))]
        except OSError as problem:
            raise CommandProblem(f"cannot read: {name}: {reason(problem)}", 2) from None
    unique = "u" in found
    compare = _order(keys, delimiter, flags, stable=unique or "s" in found)
    if found.last("cC"):
        return _check(process, lines, compare, found.operands, unique=unique, quiet="C" in found)
    if not keys and not flags:
        lines.sort(key=lambda line: line.encode("utf-8", "surrogateescape"))
    elif not keys and flags == "r":
        lines.sort(key=lambda line: line.encode("utf-8", "surrogateescape"), reverse=True)
    else:
        lines.sort(key=cmp_to_key(compare))
    if unique:
        lines = [line for at, line in enumerate(lines) if not at or compare(lines[at - 1], line) != 0]
    text = "".join(line + "\n" for line in lines)
    if "o" in found:
        process.files.write(
            process.path(found.get("o")), text, mode=0o666 & ~process.shell.state.umask, by=process.by
        )
    else:
        process.out(text)
    return 0


def _check(
    process: Process,
    lines: list[str],
    compare: Callable[[str, str], int],
    names: list[str],
    *,
    unique: bool,
    quiet: bool,
) -> int:
    for at in range(1, len(lines)):
        order = compare(lines[at - 1], lines[at])
        if order > 0 or (unique and order == 0):
            if not quiet:
                process.error(f"{names[0] if names else '-'}:{at + 1}: disorder: {lines[at]}")
            return 1
    return 0
