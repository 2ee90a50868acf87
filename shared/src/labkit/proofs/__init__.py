"""The proofs that every lab must pass, and what authors need to get there."""

from __future__ import annotations

from labkit.proofs.freeze import freeze
from labkit.proofs.model import PROOFS, Finding, Interrupted, Outcome, Report
from labkit.proofs.page import render_page
from labkit.proofs.scaffold import new_lab
from labkit.proofs.table import render_interrupted, render_table
from labkit.proofs.verify import Progress, Step, verify

__all__ = [
    "PROOFS",
    "Finding",
    "Interrupted",
    "Outcome",
    "Progress",
    "Report",
    "Step",
    "freeze",
    "new_lab",
    "render_interrupted",
    "render_page",
    "render_table",
    "verify",
]
