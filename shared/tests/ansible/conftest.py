"""Ansible's hosts in both forms. CI requires the capability, and docker: there nothing of this is skipped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labkit import capabilities
from labkit.containers.session import broker
from labkit.hosts.ssh.loop import stop_shared_loop

ENGINE, ANSIBLE = (capabilities.find(each) for each in capabilities.named(["docker", "ansible"]))
needs_ansible = pytest.mark.skipif(not ANSIBLE.present, reason=f"ansible: {ANSIBLE.why}")
needs_engine = pytest.mark.skipif(not ENGINE.present, reason=f"docker: {ENGINE.why}")
FORMS = [
    pytest.param("embedded", marks=needs_ansible),
    pytest.param(
        "container", marks=[needs_engine, pytest.mark.skipif(not ANSIBLE.version, reason=ANSIBLE.why)]
    ),
]


@pytest.fixture(scope="session")
def broker_variables() -> Iterator[dict[str, str]]:
    """What leads to the broker that the tests of this session share."""
    with broker("container") as variables:
        yield variables


@pytest.fixture(scope="session", autouse=True)
def _server_thread() -> Iterator[None]:
    yield
    stop_shared_loop()
