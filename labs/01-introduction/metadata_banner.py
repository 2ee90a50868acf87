"""Task 5: what a system says about itself when somebody logs in."""

from __future__ import annotations


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
    raise NotImplementedError("task 5")
