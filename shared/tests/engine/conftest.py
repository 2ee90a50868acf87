"""An engine for each test; the modules beside it are importable under names of their own."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.engine.server import DockerEngine

for _file in ("probes", "asking"):
    _name = f"engine_{_file}"
    if _name not in sys.modules:
        _spec = importlib.util.spec_from_file_location(_name, Path(__file__).with_name(f"{_file}.py"))
        assert _spec is not None
        assert _spec.loader is not None
        _module = importlib.util.module_from_spec(_spec)
        sys.modules[_name] = _module
        _spec.loader.exec_module(_module)


@pytest.fixture(scope="session")
def shared_engine() -> Iterator[DockerEngine]:
    with DockerEngine() as running:
        yield running


@pytest.fixture
def engine(shared_engine: DockerEngine) -> Iterator[DockerEngine]:
    """An engine with one image, ``busybox``, whose own errors fail the test."""
    shared_engine.reset()
    shared_engine.image("busybox:latest", cmd=["sh"], size=1_985_512)
    yield shared_engine
    assert shared_engine.failures == []


@pytest.fixture
def client(engine: DockerEngine) -> Iterator[Any]:
    """The docker SDK, as learners use it."""
    found = engine.client(timeout=20)
    yield found
    found.close()
