"""The fixtures of labs, as they are."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit import capabilities
from labkit.containers.services.client import ContainerServices
from labkit.containers.services.names import KINDS
from labkit.containers.session import broker
from labkit.fixtures.azure import azure, azure_server
from labkit.fixtures.github import github, github_server
from labkit.fixtures.gitlab import gitlab, gitlab_server
from labkit.fixtures.helpdesk import helpdesk, helpdesk_server
from labkit.fixtures.inventory import inventory, inventory_server
from labkit.fixtures.itsm import itsm, itsm_server
from labkit.fixtures.jira import jira, jira_server
from labkit.fixtures.portal import portal, portal_server
from labkit.fixtures.pushgateway import (
    pushgateway,
    pushgateway_server,
    scrape_target,
    scrape_target_server,
)
from labkit.fixtures.services import either_service, fault_seed, http_pauses, http_service
from labkit.fixtures.slack import slack, slack_server
from labkit.fixtures.smtp import smtp, smtp_server
from labkit.fixtures.vault import vault, vault_server

__all__ = [
    "azure",
    "azure_server",
    "either_service",
    "fault_seed",
    "github",
    "github_server",
    "gitlab",
    "gitlab_server",
    "helpdesk",
    "helpdesk_server",
    "http_pauses",
    "http_service",
    "inventory",
    "inventory_server",
    "itsm",
    "itsm_server",
    "jira",
    "jira_server",
    "portal",
    "portal_server",
    "pushgateway",
    "pushgateway_server",
    "scrape_target",
    "scrape_target_server",
    "slack",
    "slack_server",
    "smtp",
    "smtp_server",
    "vault",
    "vault_server",
]

ENGINE = capabilities.find(capabilities.named(["docker"])[0])
#: Both forms of a service. CI requires docker, so there both run.
FORMS = [
    "embedded",
    pytest.param("container", marks=pytest.mark.skipif(not ENGINE.present, reason=f"docker: {ENGINE.why}")),
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask each test of a service on both forms, but for those that look into the service's own process."""
    if KINDS.keys().isdisjoint(metafunc.fixturenames):
        return
    embedded_only = metafunc.definition.get_closest_marker("embedded_only") is not None
    metafunc.parametrize("back_end", FORMS[:1] if embedded_only else FORMS, indirect=True)


@pytest.fixture
def back_end(request: pytest.FixtureRequest) -> str:
    """The form that a test is run on."""
    return str(getattr(request, "param", "embedded"))


@pytest.fixture(scope="session")
def container_services() -> Iterator[ContainerServices]:
    """As labkit's own, with a broker for these tests."""
    with broker("container") as variables, pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        with ContainerServices() as found:
            yield found


# Test files of --import-mode=importlib cannot import their neighbours by name.
_HELPERS = {"services_real_prometheus": "real_prometheus.py"}
for _name, _file in _HELPERS.items():
    if _name not in sys.modules:
        _spec = importlib.util.spec_from_file_location(_name, Path(__file__).with_name(_file))
        assert _spec is not None
        assert _spec.loader is not None
        _module = importlib.util.module_from_spec(_spec)
        sys.modules[_name] = _module
        _spec.loader.exec_module(_module)
