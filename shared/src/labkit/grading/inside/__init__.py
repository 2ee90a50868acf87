"""The plugin of a graded worker: watches over pytest and labkit, and signs what is told.

It runs in the same process as the learner's code, so it is no wall: it makes forging loud and laborious,
and what it cannot see is listed in ``docs/grading.md``. Loaded by ``-p labkit.grading.inside`` behind
labkit's own plugin.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Generator
from typing import Any

import pytest

from labkit.grading.inside.seal import Handles, take_over
from labkit.grading.inside.snapshot import Snapshot
from labkit.grading.inside.watch import Watch
from labkit.plugin.session import LabSession


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    session = config.pluginmanager.get_plugin("labkit-session")
    if not isinstance(session, LabSession):
        raise pytest.UsageError("labkit.grading.inside works behind labkit.plugin")
    config.pluginmanager.register(_Inside(config, session), "labkit-inside")


class _Inside:
    """The hooks; what matters is kept in closures of the sealed channel, not here."""

    def __init__(self, config: pytest.Config, session: LabSession) -> None:
        self._config, self._session = config, session
        self._watch = Watch(config.getoption("--code"))
        self._handles: Handles

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection(self) -> Generator[None, Any, Any]:
        """From here on all events are sealed; the learner's code runs only after collection."""
        self._handles = take_over(self._session.events, self._watch)
        self._session.events = self._handles.events
        return (yield)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        import_ahead()
        self._handles.begin(Snapshot(self._config, session, self._session))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Generator[None, Any, Any]:
        self._handles.starts()
        return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_pyfunc_call(self) -> Generator[None, Any, Any]:
        """Innermost around the test's own function: how it really ended, apart from pytest's report."""
        ended = self._handles.ended
        try:
            value = yield
        except BaseException:
            ended(False)
            raise
        ended(True)
        return value


#: Packages behind a capability's fixtures, where their names differ from the capability's.
_BEHIND = {"ssh": ("labkit.hosts", "labkit.hosts.ssh"), "offers": ()}


def import_ahead() -> None:
    """Import what fixtures will use: the snapshot has to hold it before the learner's code comes."""
    for need in [name.split(".")[2] for name in sys.modules if name.startswith("labkit.fixtures.")]:
        for package in _BEHIND.get(need, (f"labkit.{need}", f"labkit.services.{need}")):
            if importlib.util.find_spec(package) is not None:
                module = importlib.import_module(package)
                for found in pkgutil.iter_modules(getattr(module, "__path__", ())):
                    if not found.name.startswith("__"):
                        importlib.import_module(f"{package}.{found.name}")
