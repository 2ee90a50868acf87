"""Starts the guard as an interpreter starts; called by labkit-guard.pth when ``LABKIT_GUARD`` is set."""

from __future__ import annotations

from labkit.guard.hook import install


def start() -> None:
    """Guard this interpreter by the variable.

    Raises:
        ValueError: the variable is malformed. The .pth file then ends the interpreter with status 3:
            whoever set the variable relies on the guard, and a program that runs without it would look the
            same.
    """
    install()
