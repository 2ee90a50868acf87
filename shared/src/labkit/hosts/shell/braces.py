"""Brace expansion: ``a{b,c}`` and ``{1..5}``, on the raw text and before everything else."""

from __future__ import annotations

import re

from labkit.hosts.shell import scanner

_RANGE = re.compile(r"(?:(-?\d+)\.\.(-?\d+)|([A-Za-z])\.\.([A-Za-z]))(?:\.\.(-?\d+))?")


def expand_braces(raw: str) -> list[str]:
    """The raw words that a raw word stands for, in order."""
    at = 0
    while at < len(raw):
        if raw[at] == "{" and (found := _brace(raw, at)):
            end, choices = found
            tails = expand_braces(raw[end:])
            return [
                raw[:at] + choice + tail
                for piece in choices
                for choice in expand_braces(piece)
                for tail in tails
            ]
        at = scanner._skip_quoted(raw, at)
    return [raw]


def _brace(raw: str, start: int) -> tuple[int, list[str]] | None:
    """The end of the brace expression at ``start`` and what it offers; None when it is none."""
    depth = 0
    pieces: list[str] = []
    piece = start + 1
    at = start + 1
    while at < len(raw):
        char = raw[at]
        if char == "{":
            depth += 1
        elif char == "}" and depth:
            depth -= 1
        elif char == "}":
            if pieces:
                return at + 1, [*pieces, raw[piece:at]]
            sequence = _sequence(raw[start + 1 : at])
            return None if sequence is None else (at + 1, sequence)
        elif char == "," and not depth:
            pieces.append(raw[piece:at])
            piece = at + 1
        at = scanner._skip_quoted(raw, at) if char not in "{}," else at + 1
    return None


def _sequence(text: str) -> list[str] | None:
    match = _RANGE.fullmatch(text)
    if not match:
        return None
    step = abs(int(match[5] or 1)) or 1
    if match[1] is not None:
        first, last = int(match[1]), int(match[2])
        padded = any(re.match(r"-?0\d", end) for end in (match[1], match[2]))
        width = max(len(match[1]), len(match[2])) if padded else 0
        numbers = range(first, last + 1, step) if first <= last else range(first, last - 1, -step)
        return [f"{number:0{width}d}" for number in numbers]
    low, high = ord(match[3]), ord(match[4])
    codes = range(low, high + 1, step) if low <= high else range(low, high - 1, -step)
    return [chr(code) for code in codes]
