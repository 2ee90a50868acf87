"""What the runner and the plugin in its worker say to each other. Light: the runner never imports pytest."""

from __future__ import annotations

from labkit.protocol.events import EVENTS_VARIABLE, Events
from labkit.protocol.plan import Plan

#: Names the file in which the worker writes its stack when a test exceeds its deadline.
STACK_VARIABLE = "LABKIT_STACK"
#: Names the file descriptor of the socket of a worker that forks for each variant.
FORKS_VARIABLE = "LABKIT_FORKS"
#: Holds the run's folder when the session is to report what it leaves behind and writes elsewhere.
LEFTOVERS_VARIABLE = "LABKIT_LEFTOVERS"

#: Names the file descriptor on which a worker that has done its imports waits for the word to begin.
GO_VARIABLE = "LABKIT_GO"

#: Holds, as JSON, the file and the functions in which a test stops in the debugger.
DEBUG_VARIABLE = "LABKIT_DEBUG"

__all__ = [
    "DEBUG_VARIABLE",
    "EVENTS_VARIABLE",
    "FORKS_VARIABLE",
    "GO_VARIABLE",
    "LEFTOVERS_VARIABLE",
    "STACK_VARIABLE",
    "Events",
    "Plan",
]
