"""HTTP services in a container: found by a lab, arranged from outside, closed to strangers.

Their contract, by their own clients, is asked on both forms in ``shared/tests/services``.
"""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from labkit.backends import CONTAINER_FORMS
from labkit.catalog import read_lab
from labkit.containers.images import images
from labkit.containers.services.client import ContainerServices
from labkit.containers.services.names import CONTROL, GREETING, KINDS, PORTS
from labkit.containers.services.objects import dump, is_live, load, receive, send
from labkit.errors import EnvironmentMissing
from labkit.faults import Refuse, Throttle
from labkit.runner.run import run
from labkit.services.github.service import GitHub

from ..conftest import Checkout
from .conftest import found, needs_engine

TEST = '''
import disk_figures


def test_tickets(itsm):
    """Incidents of the ITSM are counted over its API."""
    itsm.create(short_description="Disk full")
    itsm.create(short_description="Disk slow")
    assert disk_figures.mark() == 2
    assert itsm.requests.count("GET .*/incident") == 1


def test_each_test_begins_with_nothing(itsm):
    """Nothing of the test before is left."""
    assert disk_figures.mark() == 0
'''
SOLVED = """
import os
import requests


def mark():
    credentials = os.environ["ITSM_USER"], os.environ["ITSM_PASSWORD"]
    url = os.environ["ITSM_URL"] + "/api/now/table/incident"
    return len(requests.get(url, auth=credentials, timeout=20).json()["result"])
"""


@pytest.fixture(scope="module")
def services(broker_variables: dict[str, str]) -> Iterator[ContainerServices]:
    """The container that the tests of this file share."""
    with found(broker_variables), ContainerServices() as made:
        yield made


@needs_engine
def test_a_lab_runs_on_it(checkout: Checkout) -> None:
    """In a run of its own, under the guard, a lab finds the service in the container and arranges it."""
    made = checkout.lab(
        tests={1: TEST}, code=SOLVED, solution=SOLVED, names=("mark",), settings="time_limit = 90"
    )
    toml = made.path / "lab.toml"
    toml.write_text(toml.read_text().replace("needs = []", 'needs = ["itsm"]'))
    result = run(read_lab(made.path), every=True, backend="container")
    verdicts = [(test.verdict, test.message) for task in result.tasks for test in task.tests]
    assert (result.problem, verdicts) == ("", [("passed", ""), ("passed", "")])


@needs_engine
def test_objects_stay_where_they_are(services: ContainerServices) -> None:
    """What is arranged happens in the container: by reference, in place, with errors as they are."""
    github = services["github"]
    github.reset(0)
    repo = github.world.repo("acme/infrastructure", files={"main.tf": "x\n"})
    assert repr(repo) == "<Repo in a container>"
    github.world.pull(repo, "Change", files=["main.tf"])
    headers = {"Authorization": f"Bearer {github.token}"}
    url = f"{github.url}/repos/acme/infrastructure/pulls"
    assert [each["title"] for each in requests.get(url, headers=headers, timeout=20).json()] == ["Change"]
    assert github.requests.count("GET .*/pulls") == 1
    assert len(github.requests) == 1
    with github.faults.during(Throttle(times=1)):
        assert requests.get(url, headers=headers, timeout=20).status_code == 429
    github.faults.inject(Refuse())
    assert requests.get(url, headers=headers, timeout=20).status_code == 403
    with pytest.raises(ValueError, match="backwards"):
        github.clock.advance(-1)
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        _ = github.nothing_of_this_name


@needs_engine
def test_functions_of_the_test_are_lacking(services: ContainerServices) -> None:
    """A hook would have to run in the test's process: the environment's fault, with words."""
    with pytest.raises(EnvironmentMissing, match="no function of the test to call"):
        services["jira"].before("GET /", lambda request: None)


@needs_engine
def test_a_stranger_arranges_nothing(services: ContainerServices) -> None:
    """Whoever does not know the token is not heard."""
    place = services._host, services._ports[CONTROL]
    with socket.create_connection(place, timeout=20) as sock, sock.makefile("rwb") as pipe:
        assert pipe.read(len(GREETING)) == GREETING
        pipe.write(b"wrong\n")
        pipe.flush()
        assert pipe.read() == b""


def test_the_table_knows_the_ports() -> None:
    """The image publishes the control port and one for each service, each of which a lab may need."""
    row = images({})["services"]
    assert (row.port, list(row.ports)) == (CONTROL, list(PORTS.values()))
    assert set(KINDS) <= CONTAINER_FORMS


def test_what_is_copied() -> None:
    """Values, faults and snapshots go as they are; what lives goes as a number."""
    assert not any(
        is_live(thing) for thing in (None, 1, "x", [1], {"a": 1}, Throttle(), ValueError("x"), GitHub)
    )
    service = GitHub()
    assert all(is_live(thing) for thing in (service, service.world, service.clock, service.faults))
    known: dict[int, Any] = {7: service}

    def number_of(thing: Any) -> int | None:
        return 7 if thing is service else None

    assert load(dump([service, {"fault": Throttle(times=2)}], number_of), known.get) == [
        service,
        {"fault": Throttle(times=2)},
    ]


def test_messages() -> None:
    """A message comes whole; a connection that ends in one is an error, not half a message."""
    pipe = io.BytesIO()
    send(pipe, b"x" * 100_000)
    pipe.seek(0)
    assert receive(pipe) == b"x" * 100_000
    for cut in (3, 50):
        with pytest.raises(EOFError):
            receive(io.BytesIO(pipe.getvalue()[:cut]))
