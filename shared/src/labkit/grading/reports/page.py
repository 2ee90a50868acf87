"""A batch as one page of HTML that needs nothing but itself: no network, no server, no other file."""

from __future__ import annotations

import base64
import copy
import hashlib
from importlib.resources import files
from typing import Any

from labkit.errors import EnvironmentMissing
from labkit.grading.reports.results import STATUSES
from labkit.runner.result import BLOCKED, ENVIRONMENT, FAILED, PASSED, TODO


def page(results: dict[str, Any]) -> str:
    """The page of ``results``. Every text is escaped, and the page may run no script but its own.

    Raises:
        EnvironmentMissing: Jinja is not installed.
    """
    try:
        from jinja2 import Environment, StrictUndefined
        from markupsafe import Markup
    except ImportError:
        raise EnvironmentMissing("jinja2", "it is not installed", "pip install 'labkit[grade]'") from None
    parts = files(__package__)
    style, script = (parts.joinpath(name).read_text("utf-8") for name in ("page.css", "page.js"))
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["duration"] = duration
    environment.filters["tone"] = _tone
    shown = _with_sums(results)
    return environment.from_string(parts.joinpath("page.html.j2").read_text("utf-8")).render(
        shown,
        statuses=[status for status in STATUSES if any(lab["counts"][status] for lab in results["labs"])],
        index={learner["name"]: learner["row"] for learner in shown["learners"]},
        # Our own files, not a learner's words.
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def duration(seconds: float) -> str:
    """Seconds in words: ``0.4 s``, ``12 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _with_sums(results: dict[str, Any]) -> dict[str, Any]:
    """A copy with what the page sorts by."""
    shown = copy.deepcopy(results)
    for row, learner in enumerate(shown["learners"], 1):
        entries = learner["labs"].values()
        learner["row"] = row
        learner["tasks_passed"] = sum(entry["tasks_passed"] for entry in entries)
        learner["tasks_total"] = sum(entry["tasks_total"] for entry in entries)
        learner["seconds"] = round(sum(entry["seconds"] for entry in entries), 3)
        for entry in entries:
            started = 0.5 if entry["tasks"] else 0.0  # before what was never begun
            entry["rank"] = entry["tasks_passed"] + started
    return shown


def _tone(verdict: str) -> str:
    words = {PASSED: "passed", FAILED: "failed", TODO: "todo", BLOCKED: "todo", ENVIRONMENT: "none"}
    return words.get(verdict, "trouble")


def _hash(text: str) -> str:
    """What a Content Security Policy calls a script or style by (CSP 3, section 2.3.1)."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
