"""`lab serve` of the HTTP services."""

from __future__ import annotations

import importlib
import os

import pytest
import requests

from labkit.catalog.model import CAPABILITIES
from labkit.fixtures import catalogue
from labkit.fixtures.services_offered import SERVICES


@pytest.mark.parametrize("name", [offer.name for offer in SERVICES])
def test_served_with_something_in_it(name: str) -> None:
    """A service starts on the machine's own time and answers; afterwards nothing listens."""
    assert name in CAPABILITIES
    with catalogue.serve(name, 2) as served:
        url = served.description["url"]
        assert served.description["name"] == name
        assert served.lines
        if url.startswith("http"):
            assert requests.get(url, timeout=5, allow_redirects=False).status_code < 500
    if url.startswith("http"):
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=5)


@pytest.mark.parametrize("name", [offer.name for offer in SERVICES])
def test_a_fixture_of_the_same_name(name: str) -> None:
    """Each capability has a module of fixtures with a fixture of its name."""
    module = importlib.import_module(f"labkit.fixtures.{name}")
    assert name in module.__all__


def test_nothing_of_the_environment_is_touched() -> None:
    """Serving changes no variable of the process."""
    before = dict(os.environ)
    with catalogue.serve("github"):
        assert dict(os.environ) == before
