"""Tasks 2, 3 and 5: three functions that give something back."""

from __future__ import annotations

import re


def profile_card(name: str, role: str, machine: str, years: int) -> str:
    """Give back a card of four lines, without a line end after the last one.

    >>> print(profile_card("Ana Petrova", "SRE", "ops-7", 3))
    Name:    Ana Petrova
    Role:    SRE
    Machine: ops-7
    Years:   3
    """
    return f"Name:    {name}\nRole:    {role}\nMachine: {machine}\nYears:   {years}"


def triangle(height: int) -> str:
    """Give back a right triangle of stars with so many lines, the first one with one star.

    >>> print(triangle(3))
    *
    **
    ***
    """
    return "\n".join("*" * length for length in range(1, height + 1))


def parse_version(output: str) -> tuple[int, int, int, str]:
    """Read what `python --version` wrote: three numbers, and what stands behind them, such as "rc1".

    Raises ValueError, with the given text in its message, when that is not such an output.

    >>> parse_version("Python 3.14.0rc1")
    (3, 14, 0, 'rc1')
    """
    found = re.match(r"Python ([0-9]+)\.([0-9]+)\.([0-9]+)([A-Za-z+]\S*)?(?=\s|$)", output)
    if found is None:
        raise ValueError(f"not the output of python --version: {output}")
    major, minor, micro, suffix = found.groups()
    return int(major), int(minor), int(micro), suffix or ""
