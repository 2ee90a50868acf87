"""The fixtures of labs, as they are."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

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
from labkit.fixtures.services import back_end, fault_seed, http_pauses, http_service
from labkit.fixtures.slack import slack, slack_server
from labkit.fixtures.smtp import smtp, smtp_server
from labkit.fixtures.vault import vault, vault_server

__all__ = [
    "azure",
    "azure_server",
    "back_end",
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
