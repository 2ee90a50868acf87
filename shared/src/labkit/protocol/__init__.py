"""What the runner and the plugin in its worker say to each other. Light: the runner never imports pytest."""

from __future__ import annotations

from labkit.protocol.events import EVENTS_VARIABLE, Events
from labkit.protocol.plan import Plan

#: Names the file in which the worker writes its stack when a test exceeds its deadline.
STACK_VARIABLE = "LABKIT_STACK"

__all__ = ["EVENTS_VARIABLE", "STACK_VARIABLE", "Events", "Plan"]
