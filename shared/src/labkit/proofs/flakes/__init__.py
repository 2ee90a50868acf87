"""Flake hunting: the reference runs many times under conditions that differ, and must pass each time."""

from __future__ import annotations

from labkit.proofs.flakes.conditions import PLAIN, Conditions, Machine, conditions_of, drawn
from labkit.proofs.flakes.hunting import Step, hunt
from labkit.proofs.flakes.report import Flake, LabReport, Report, render

__all__ = [
    "PLAIN",
    "Conditions",
    "Flake",
    "LabReport",
    "Machine",
    "Report",
    "Step",
    "conditions_of",
    "drawn",
    "hunt",
    "render",
]
