"""How a lab's tests judge a learner's code, and say what is wrong with it.

A test calls the learner's function through :func:`call`, or looks at anything else with
:func:`expect`. Both fail with a :class:`CheckFailed` that holds what was called, what was expected,
what came and where to look, so that the runner can show them one by one. Plain ``assert`` works too.
:class:`Stream` is an input that can be read once and counts, :func:`call_within` limits memory,
:func:`call_with_answers` types at the keyboard, :func:`run_script` runs a file as a program.
"""

from __future__ import annotations

from labkit.checks.calls import Returned, call, call_raises
from labkit.checks.failure import CheckFailed
from labkit.checks.memory import call_within
from labkit.checks.script import Ran, run_script
from labkit.checks.stream import Stream
from labkit.checks.talk import Talked, call_with_answers
from labkit.checks.values import Expectation, expect

__all__ = [
    "CheckFailed",
    "Expectation",
    "Ran",
    "Returned",
    "Stream",
    "Talked",
    "call",
    "call_raises",
    "call_with_answers",
    "call_within",
    "expect",
    "run_script",
]
