"""The pytest plugin: which code is tested, in what order, under the guard, with verdicts for the runner.

Loaded in every pytest run of the environment, so it imports nothing heavy and does nothing until a test
of a lab is collected.
"""

from __future__ import annotations

import os

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("labs", "lab exercises")
    group.addoption("--code", metavar="DIR", help="where the code under test is: a folder, or 'solutions'")
    group.addoption("--task", type=int, metavar="N", help="only the tests of task N")
    group.addoption("--shuffle", type=int, metavar="SEED", help="run the tests in a random order")
    group.addoption("--seed", type=int, default=0, metavar="N", help="seed of all that is random in a lab")
    group.addoption("--backend", default="embedded", help="embedded (default) or container")
    group.addoption("--lab-plan", metavar="FILE", help="used by `lab run`: which tests, in which order")


def pytest_configure(config: pytest.Config) -> None:
    from labkit.plugin.session import LabSession

    session = LabSession(config)
    config.pluginmanager.register(session, "labkit-session")
    if "LABKIT_FORKS" in os.environ:
        from labkit.plugin.forks import ForkServer

        config.pluginmanager.register(ForkServer(config, session), "labkit-forks")
    if "LABKIT_DEBUG" in os.environ:
        from labkit.plugin.debugger import Debugging

        config.pluginmanager.register(Debugging.from_environment(), "labkit-debugger")
