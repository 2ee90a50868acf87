"""Run one lab in a watched worker process. Light to import: pytest is only loaded in the worker."""

from __future__ import annotations

from labkit.runner.result import Result, TaskResult, TestResult
from labkit.runner.run import Standby, run

__all__ = ["Result", "Standby", "TaskResult", "TestResult", "run"]
