"""``lab help`` and ``lab`` without words."""

from __future__ import annotations

from itertools import groupby

from labkit.cli.commands import COMMANDS, OF_THE_SCRIPT

_EXAMPLES = (
    ("./lab list", "which labs are there?"),
    ("./lab run 22", "work on lab 22: edit, run, read, edit"),
    ("./lab run 22 --task 3", "only task 3"),
    ("./lab diff 22", "yours against the solution"),
    ("./lab help run", "all options of one command"),
)


def overview() -> str:
    """All commands by group, and examples; at most 80 columns wide."""
    lines = ["usage: ./lab COMMAND ...", ""]
    for group, commands in groupby(COMMANDS, key=lambda command: command.group):
        lines += [group, *(_line(command.name, command.summary) for command in commands), ""]
    lines += ["Set up and look after", *(_line(name, text) for name, text in OF_THE_SCRIPT.items()), ""]
    lines += ["Examples", *(f"  {command:<24} {what}" for command, what in _EXAMPLES)]
    return "\n".join(lines)


def _line(name: str, summary: str) -> str:
    return f"  {name:<12} {summary}"
