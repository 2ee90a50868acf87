"""An API server for each test; the modules beside it are importable under names of their own."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.kube.http import Server

for _file in ("requests_to_kube", "invalid_objects"):
    _name = f"kube_wire_{_file.removesuffix('_to_kube')}"
    if _name not in sys.modules:
        _spec = importlib.util.spec_from_file_location(_name, Path(__file__).with_name(f"{_file}.py"))
        assert _spec is not None
        assert _spec.loader is not None
        _module = importlib.util.module_from_spec(_spec)
        sys.modules[_name] = _module
        _spec.loader.exec_module(_module)


@pytest.fixture
def api() -> Any:
    return sys.modules["kube_wire_requests"].Api()


@pytest.fixture
def server(api: Any) -> Iterator[Server]:
    with Server(api.app) as running:
        yield running
        assert running.failures == []
