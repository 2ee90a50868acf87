"""Tables, join and partition."""

from __future__ import annotations

import itertools


def profile_card(name: str, role: str, machine: str, years: int) -> str:
    rows = {"Name": name, "Role": role, "Machine": machine, "Years": years}
    return "\n".join(f"{label + ':':<9}{value}" for label, value in rows.items())


def triangle(height: int) -> str:
    return "\n".join(itertools.accumulate("*" * max(height, 0)))


def parse_version(output: str) -> tuple[int, int, int, str]:
    try:
        word, version = output.split(maxsplit=2)[:2]
        major, minor, rest = version.split(".", 2)
        micro = "".join(itertools.takewhile(str.isdigit, rest))
        suffix = rest[len(micro) :]
        if word != "Python" or not (major + minor).isdigit() or suffix[:1] not in ("", "+", *_LETTERS):
            raise ValueError("not the word Python, three numbers and a suffix")
        return int(major), int(minor), int(micro), suffix
    except ValueError as error:
        raise ValueError(f"{output!r} is no version: {error}") from None


_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
