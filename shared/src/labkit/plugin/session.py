"""One pytest session over tests of labs."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from labkit import guard
from labkit.backends import check_backend, with_limits
from labkit.catalog import Lab, lab_of, read_lab
from labkit.containers.session import broker
from labkit.plugin import leftovers
from labkit.plugin.code import CODE
from labkit.plugin.coverage import LineCoverage
from labkit.plugin.deadline import Deadline
from labkit.plugin.verdicts import Left, Verdict, judge, passed_learner
from labkit.protocol import GO_VARIABLE, Events, Plan
from labkit.runs import guarded_folder

_LAB = pytest.StashKey[Lab]()
#: Fixtures that every lab may use, and those that come with a capability.
_COMMON_FIXTURES = "labkit.fixtures.common"


def task_of(file: Path) -> int:
    """The number of the task a test file belongs to, from ``test_<n>_<name>.py``; 0 for none."""
    found = re.match(r"test_(\d+)_", file.name)
    return int(found[1]) if found else 0


class LabSession:
    """The hooks of pytest that make a test of a lab more than a test. Other tests are left alone.

    Attributes:
        events: where verdicts are told.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.events = Events.from_environment()
        self._labs: dict[Path, Lab] = {}
        self._folder = contextlib.ExitStack()
        self._environment: dict[str, str] | None = None
        self._verdict = Verdict("passed")
        self._body_ended = False
        self._began = 0.0
        self._plan = Plan.read(config.getoption("--lab-plan"))
        self._open_task = self._plan.open_task
        self._deadline = Deadline()
        self._leftovers = leftovers.watch()
        self._coverage: LineCoverage | None = None

    def restart(self, items: list[pytest.Item], events: int, options: dict[str, Any]) -> None:
        """Judge other code with the tests that are collected already, in a process just forked for it.

        Args:
            items: the collected tests, in the order of collection; put into the order of this run.
            events: the file descriptor for events.
            options: values for the plugin's options, by their names without dashes at the start.
        """
        for name, value in options.items():
            setattr(self._config.option, name, value)
        self.events = Events(events)
        self._plan = Plan.read(options["lab_plan"])
        self._open_task = self._plan.open_task
        self._deadline = Deadline()
        for lab in self._labs.values():
            CODE.add(lab, self._code_folder(lab))
            self._coverage = LineCoverage(self._code_folder(lab)) if self._plan.coverage else None
        self.pytest_collection_modifyitems(items)

    def tell(self, event: str, **fields: Any) -> None:
        """Send an event to the runner, when there is one."""
        self.events.send(event, **fields)

    def silence(self) -> None:
        """Let go of the runner's pipe: nothing more is told in it."""
        self.events.close()

    # Collection

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makemodule(self, module_path: Path) -> None:
        """The first test file of a lab brings in the lab: its code folder, its fixtures, the guard."""
        folder = lab_of(module_path)
        if folder is None or folder in self._labs:
            return
        backend = self._config.getoption("--backend")
        lab = with_limits(read_lab(folder), backend)
        check_backend(lab, backend)
        self._labs[folder] = lab
        CODE.add(lab, self._code_folder(lab))
        self._guard()
        for name in (_COMMON_FIXTURES, *(f"labkit.fixtures.{need}" for need in lab.needs)):
            if not self._config.pluginmanager.has_plugin(name):
                self._config.pluginmanager.import_plugin(name)

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        folder = lab_of(item.path)
        if folder in self._labs:
            item.stash[_LAB] = self._labs[folder]

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self._await_word()
        task = self._config.getoption("--task")
        if task is not None:
            kept = [item for item in items if _LAB not in item.stash or task_of(item.path) == task]
            self._config.hook.pytest_deselected(items=[item for item in items if item not in kept])
            items[:] = kept
        seed = self._config.getoption("--shuffle")
        if seed is not None:
            random.Random(seed).shuffle(items)  # noqa: S311 - an order to repeat, not a secret
        if self.events.wanted:
            # The runner shows verdicts, and nobody sees pytest's picture of a failure: a third of its time.
            self._config.option.tbstyle = "no"
            if seed is None:
                items.sort(key=lambda item: task_of(item.path))
            self.events.send(
                "collected", tests=[_describe(item) for item in items], pytest=pytest.__version__
            )
            items[:] = [item for item in items if _name(item) not in self._plan.done]
            if self._plan.only is not None:
                place = {name: number for number, name in enumerate(self._plan.only)}
                items[:] = sorted(
                    (item for item in items if _name(item) in place), key=lambda item: place[_name(item)]
                )

    def _await_word(self) -> None:
        """In a worker that was started ahead: wait, all imports done, until there is something to judge."""
        descriptor = os.environ.pop(GO_VARIABLE, "")
        if not descriptor:
            return
        for need in {need for lab in self._labs.values() for need in lab.needs}:
            warm = getattr(sys.modules.get(f"labkit.fixtures.{need}"), "warm", None)
            if warm is not None:
                warm()
        self.events.send("ready")
        with os.fdopen(int(descriptor), encoding="utf-8") as channel:
            word = channel.readline()
        if not word:
            os._exit(0)  # nobody needs it any more, and there is nothing to tidy up
        for name, value in json.loads(word).items():
            setattr(self._config.option, name, value)
        self._plan = Plan.read(self._config.getoption("--lab-plan"))
        self._open_task = self._plan.open_task

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.events.send("collection-failed", file=report.nodeid, message=str(report.longrepr)[-4000:])

    # Running

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        lab = item.stash.get(_LAB, None)
        if lab is None:
            return (yield)
        self._verdict = Verdict("passed")
        self._body_ended = False
        self._began = time.perf_counter()
        if self.events.wanted:
            # Before the runner's own clock starts: on a busy machine the stack has to be there when it looks.
            self._deadline.arm(lab.time_limit)
        self.events.send("started", id=_name(item))
        CODE.begin(lab)
        if self._coverage:
            self._coverage.begin()
        try:
            return (yield)
        finally:
            if self._coverage:
                self.events.send("covered", id=_name(item), **self._coverage.end())
            self._deadline.disarm()
            CODE.end()
            self._finished(item)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if self._blocked(item):
            pytest.skip(f"task {self._open_task} first")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Under `lab run` what would end the session, or skip the test, is judged when code raises it.

        The runner's worker has a session of its own, so Ctrl-C never arrives here as an exception.
        """
        lab = item.stash.get(_LAB, None)
        try:
            return (yield)
        except (KeyboardInterrupt, pytest.exit.Exception) as error:
            if lab is None or not self.events.wanted:
                raise
            raise Left(error).with_traceback(error.__traceback__) from error
        except (pytest.skip.Exception, pytest.xfail.Exception) as error:
            if lab is None or not passed_learner(error, CODE.folder(lab)):
                raise
            raise Left(error).with_traceback(error.__traceback__) from error

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        lab = item.stash.get(_LAB, None)
        if call.when == "call" and call.excinfo is None:
            self._body_ended = True
        if lab is None or call.excinfo is None or self._verdict.verdict != "passed":
            return report
        if report.skipped:
            self._verdict = Verdict("blocked") if self._blocked(item) else _skipped(str(call.excinfo.value))
        else:
            error = call.excinfo.value
            self._verdict = judge(error, call.when, CODE.folder(lab), lab.files)
            if self._verdict.verdict == "todo":
                # A skeleton is no crash: one line instead of a traceback, for plain pytest too.
                report.longrepr = f"todo: {self._verdict.message} ({error})"
        return report

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        left = self._leftovers.found() if self._leftovers else {}
        self.events.send("finished", status=int(exitstatus), **left)

    def pytest_unconfigure(self) -> None:
        CODE.end()
        if self._environment is not None:
            os.environ.clear()
            os.environ.update(self._environment)
            tempfile.tempdir = None
        self._folder.close()

    # Parts

    def _code_folder(self, lab: Lab) -> Path:
        chosen = self._config.getoption("--code")
        if not chosen:
            return lab.path
        if chosen == "solutions":
            return lab.solution
        folder = Path(self._config.invocation_params.dir, chosen).resolve()
        if not folder.is_dir():
            raise pytest.UsageError(f"--code {chosen}: there is no folder {folder}")
        return folder / lab.name if (folder / lab.name).is_dir() else folder

    def _guard(self) -> None:
        """Under `lab run` the process is guarded already; under plain pytest from here on."""
        if "LABKIT_GUARD" in os.environ:
            return
        self._environment = dict(os.environ)
        # Before the guard stands: the broker needs the engine that the user's environment names.
        needs = [need for lab in self._labs.values() for need in lab.needs]
        variables = self._folder.enter_context(broker(self._config.getoption("--backend"), needs))
        folder, _ = self._folder.enter_context(guarded_folder())
        guard.protect_this_process(folder)
        os.environ.update(variables)
        worker = getattr(self._config, "workerinput", None)
        if worker and not any(word.startswith("--basetemp") for word in worker["mainargv"]):
            # xdist hands its workers a folder outside of the run's; without, pytest makes one in TMPDIR.
            factory: Any = self._config._tmp_path_factory  # type: ignore[attr-defined] # there is no public way
            factory._given_basetemp = factory._basetemp = None

    def _blocked(self, item: pytest.Item) -> bool:
        task = task_of(item.path)
        return task in self._plan.given_up or (self._plan.stop_at_open and 0 < self._open_task < task)

    def _finished(self, item: pytest.Item) -> None:
        if self._verdict.verdict == "passed" and not self._body_ended:
            self._verdict = Verdict("failed", "exception", "the test was left before it came to its end")
        if self._verdict.verdict != "passed" and not self._open_task:
            self._open_task = task_of(item.path)
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        seconds = round(time.perf_counter() - self._began, 4)
        self.events.send("verdict", id=_name(item), seconds=seconds, **asdict(self._verdict))


def _name(item: pytest.Item) -> str:
    """The test's name within its lab: ``tests/test_1_x.py::test_y``."""
    return f"tests/{item.path.name}::{item.nodeid.partition('::')[2]}"


def _describe(item: pytest.Item) -> dict[str, Any]:
    function = getattr(item, "function", None)
    requirement = ((getattr(function, "__doc__", None) or "").strip().splitlines() or [""])[0]
    return {"id": _name(item), "task": task_of(item.path), "requirement": requirement}


def _skipped(why: str) -> Verdict:
    return Verdict("environment", "skipped", why)
