"""Proof 8: a run of the reference leaves nothing behind and writes nowhere but in its own folder."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labkit.catalog import Lab
from labkit.proofs.cases import briefly, missing, relative, unusable
from labkit.proofs.model import Finding
from labkit.protocol import LEFTOVERS_VARIABLE, Plan
from labkit.runner import TestResult
from labkit.runner.run import Verdicts, worker_environment
from labkit.runner.worker import END_LIMIT, Worker
from labkit.runs import guarded_folder
from labkit.runs.processes import naming

#: Seconds that a process gets to end by itself after the tests.
_PATIENCE = 1.0
_IGNORED = {"__pycache__", ".pytest_cache"}
_MOST = 5

Listing = dict[Path, tuple[int, int]]


def prove(lab: Lab, started: Callable[[Worker], None]) -> tuple[list[Finding], TestResult | None]:
    """Run the reference once, watched.

    Args:
        lab: the lab.
        started: told the worker, to end it from another thread.

    Returns:
        The findings, and a test that lacked a capability of this machine (then there are no findings).
    """
    before = _listing(lab)
    with guarded_folder() as (folder, tell):
        verdicts = Verdicts(lab, lab.solution, False, None)
        plan = folder / "plan.json"
        Plan(stop_at_open=False).write(plan)
        environment = worker_environment(folder) | {LEFTOVERS_VARIABLE: str(folder)}
        worker = Worker(lab, [f"--code={lab.solution}", f"--lab-plan={plan}"], environment, folder)
        tell(worker.pid)
        started(worker)
        said: dict[str, Any] = {}

        def note(event: dict[str, Any]) -> None:
            if event["event"] == "finished":
                said.update(event)
            verdicts.note(event)

        try:
            worker.watch(note, time.monotonic() + lab.run_limit)
            worker.wait(END_LIMIT)
            processes = _left_running(folder, worker.pid)
            files = _left_files(folder)
        finally:
            status = worker.end()
        verdicts.ended(worker, status, folder, 0.0)
    result = verdicts.result(None)
    lacking = missing(result)
    if lacking:
        return [], lacking
    findings = unusable(lab, result)
    if not said and not findings:
        open_test = next((test for test in result.tests() if test.verdict != "passed"), None)
        why = f": {open_test.id} ends in {briefly(open_test)}" if open_test else ""
        findings.append(Finding(f"the run did not come to its end{why}", relative(lab, lab.tests)))
    findings += _findings(lab, said, processes, files)
    findings += [
        _changed(lab, path, before, after) for after in [_listing(lab)] for path in _differing(before, after)
    ]
    return findings, None


def _findings(lab: Lab, said: dict[str, Any], processes: dict[int, str], files: list[str]) -> list[Finding]:
    place = relative(lab, lab.tests)
    findings = [
        Finding(f"a thread still runs after the last test: {name}. Join it, or close what started it", place)
        for name in said.get("threads", [])[:_MOST]
    ]
    findings += [
        Finding(f"port {port} is still listened on after the last test: close the server", place)
        for port in said.get("ports", [])[:_MOST]
    ]
    findings += [
        Finding(f"writes outside the run's folder: {path}. Write into tmp_path", place)
        for path in said.get("writes", [])[:_MOST]
    ]
    findings += [
        Finding(
            f"a process still runs after the tests: {words} (process {pid}). End it and wait for it", place
        )
        for pid, words in list(processes.items())[:_MOST]
    ]
    findings += [
        Finding(f"{name} is left behind. Write into tmp_path, or remove it at the end", place)
        for name in files[:_MOST]
    ]
    return findings


def _left_running(folder: Path, worker: int) -> dict[int, str]:
    """Processes of the run besides its worker, with their command lines; one that is ending may do so."""
    end = time.monotonic() + _PATIENCE
    while True:
        left = [pid for pid in naming(folder.name) if pid != worker]
        if not left or time.monotonic() > end:
            return {pid: _command(pid) for pid in left}
        time.sleep(0.02)


def _command(process: int) -> str:
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return "gone by now"
    return " ".join(word.decode("utf-8", "replace") for word in words if word)[:120] or "unnamed"


def _left_files(folder: Path) -> list[str]:
    """Files in the run's TMPDIR and current folder; what pytest keeps for tmp_path is its own affair."""
    found = []
    for name, words in (("tmp", "TMPDIR"), ("work", "the current folder")):
        place = folder / name
        if place.is_dir():
            found += [
                f"{entry.name} in {words}" for entry in sorted(place.iterdir()) if not _of_pytest(entry)
            ]
    return found


def _of_pytest(entry: Path) -> bool:
    return entry.name.startswith("pytest-of-") or entry.name in _IGNORED


def _listing(lab: Lab) -> Listing:
    """Time and size of every file of the lab and its solution."""
    found: Listing = {}
    for top in (lab.path, lab.solution):
        for place, folders, files in os.walk(top):
            folders[:] = [name for name in folders if name not in _IGNORED]
            for name in files:
                file = Path(place, name)
                try:
                    status = file.lstat()
                except OSError:
                    continue
                found[file] = (status.st_mtime_ns, status.st_size)
    return found


def _differing(before: Listing, after: Listing) -> list[Path]:
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))[
        :_MOST
    ]


def _changed(lab: Lab, path: Path, before: Listing, after: Listing) -> Finding:
    what = "was written" if path not in before else "was removed" if path not in after else "was changed"
    return Finding(f"{what} by the run. Tests write into tmp_path only", relative(lab, path))
