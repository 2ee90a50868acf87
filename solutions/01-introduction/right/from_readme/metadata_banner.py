"""Task 5: what a system says about itself when somebody logs in."""

from __future__ import annotations

import textwrap


def banner(name: str, role: str, motto: str, width: int = 44) -> str:
    """Give back a framed card, each of its lines exactly ``width`` characters wide.

    Raises ValueError for a width below 20.

    >>> print(banner("web-7", 'the "edge"', "nobody notices as long as it works", 30))
    +----------------------------+
    | Name:  web-7               |
    | Role:  the "edge"          |
    | Motto: nobody notices as   |
    |        long as it works    |
    +----------------------------+
    """
    if width < 20:
        raise ValueError(f"a width of {width} is less than 20")
    edge = "+" + "-" * (width - 2) + "+"
    room = width - len("| Motto:  |")
    lines = [edge]
    for label, value in (("Name:", name), ("Role:", role), ("Motto:", motto)):
        pieces = textwrap.wrap(" ".join(value.split()), room, break_on_hyphens=False) or [""]
        for piece in pieces:
            lines.append(f"| {label:<6} {piece:<{room}} |")
            label = ""
    return "\n".join([*lines, edge])
