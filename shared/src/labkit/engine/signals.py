"""Signals by name and number. Source: signal(7) for x86-64; moby, pkg/signal."""

from __future__ import annotations

from typing import Final

from labkit.engine.lists import listed
from labkit.engine.problems import bad

_NAMES: Final = listed(
    "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP "
    "TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"
)
NUMBERS: Final = {name: number for number, name in enumerate(_NAMES, 1)}
#: What a process that has not asked for them does not notice.
HARMLESS: Final = frozenset({"CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "WINCH"})


def named(text: str) -> str:
    """Return a signal given by name (``SIGTERM``, ``term``) or number without its ``SIG``.

    Raises:
        EngineError: there is no such signal.
    """
    if text.isdigit():
        number = int(text)
        if 0 < number <= len(_NAMES):
            return _NAMES[number - 1]
    name = text.upper().removeprefix("SIG")
    if name not in NUMBERS:
        raise bad(f"Invalid signal: {text}")
    return name
