"""For a bare pytest: the options that the labs' fixtures read, without labkit's plugin."""

from __future__ import annotations

import pytest

pytest_plugins = ["labkit.fixtures.common", "labkit.fixtures.ssh", "labkit.fixtures.netdev"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, default=0)
