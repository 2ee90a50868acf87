"""The ssh fixture gives the form that ``--backend`` names."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.fixtures.ssh import fault_seed, ssh_fleet, ssh_host, ssh_server_thread

from .conftest import FORMS

__all__ = ["fault_seed", "ssh_fleet", "ssh_host", "ssh_server_thread"]


@pytest.fixture(params=FORMS)
def back_end(request: pytest.FixtureRequest) -> str:
    if request.param == "container":
        request.getfixturevalue("broker_here")
    return str(request.param)


def test_the_form_that_was_asked_for(back_end: str, ssh_host: Any, ssh_fleet: Any) -> None:
    """Both fixtures give hosts of the wanted form; only simulated ones take faults."""
    fleet = ssh_fleet(names=["db-1"], user="dba")
    assert ("faults" in fleet.abilities) is (back_end == "embedded")
    assert fleet["db-1"].machine.run("whoami", "dba").stdout == b"dba\n"
    assert ssh_host.machine.run("hostname").stdout == b"web-1\n"
