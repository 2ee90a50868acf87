"""The fixtures of labs, as they are."""

from __future__ import annotations

from labkit.fixtures.github import github, github_server
from labkit.fixtures.gitlab import gitlab, gitlab_server
from labkit.fixtures.services import fault_seed, http_pauses, http_service
from labkit.fixtures.vault import vault, vault_server

__all__ = [
    "fault_seed",
    "github",
    "github_server",
    "gitlab",
    "gitlab_server",
    "http_pauses",
    "http_service",
    "vault",
    "vault_server",
]
