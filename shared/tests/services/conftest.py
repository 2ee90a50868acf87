"""The fixtures of labs, as they are."""

from __future__ import annotations

from labkit.fixtures.github import fault_seed, github, github_server, http_pauses, http_service

__all__ = ["fault_seed", "github", "github_server", "http_pauses", "http_service"]
