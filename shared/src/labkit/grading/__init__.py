"""Batch grading in isolation: many learners, many labs, none of them trusted."""

from __future__ import annotations

from labkit.grading.judge import judge
from labkit.grading.judgement import Judgement, Note
from labkit.grading.unit import Unit

__all__ = ["Judgement", "Note", "Unit", "judge"]
