"""The namespaces of a run: made with its label, found by it, removed with it."""

from __future__ import annotations

import contextlib
import secrets
import time
from typing import Any, Final
from urllib.parse import quote

from labkit.containers.clusters.upstream import ClusterApi
from labkit.containers.labels import is_dead, lock_path, owner
from labkit.errors import EnvironmentMissing

LABEL: Final = "ops-labs/run"
#: Not labels, whose values may not have slashes.
OWNER: Final = "ops-labs/owner"
LOCK: Final = "ops-labs/lock"
_CREATED: Final = 201
_NOT_FOUND: Final = 404
_PATIENCE: Final = 30.0


class Namespaces:
    """What a run has on a cluster.

    Args:
        api: the cluster.
        run: the run's name.
    """

    def __init__(self, api: ClusterApi, run: str) -> None:
        self._api, self.run = api, run

    def own(self) -> list[str]:
        """Their names; those that are going away count until they are gone."""
        _, told = self._api.data("GET", f"/api/v1/namespaces?labelSelector={quote(f'{LABEL}={self.run}')}")
        return [each["metadata"]["name"] for each in told["items"]]

    def is_own(self, name: str) -> bool | None:
        """Whether the namespace of this name has the run's label; None when there is no such namespace."""
        status, told = self._api.data("GET", f"/api/v1/namespaces/{name}")
        if status == _NOT_FOUND:
            return None
        return status == 200 and (told["metadata"].get("labels") or {}).get(LABEL) == self.run

    def marked(self, body: Any) -> Any:
        """A namespace to be made, with the run's label."""
        metadata = dict(body.get("metadata") or {})
        # No pod in it may reach for its node ("Pod Security Standards").
        own = {LABEL: self.run, "pod-security.kubernetes.io/enforce": "baseline"}
        metadata["labels"] = {**(metadata.get("labels") or {}), **own}
        marks = {OWNER: owner(), LOCK: str(lock_path(self.run))}
        metadata["annotations"] = {**(metadata.get("annotations") or {}), **marks}
        return {**body, "metadata": metadata}

    def make(self) -> str:
        """A namespace of a random name, in which pods can be made.

        Raises:
            EnvironmentMissing: the cluster did not make it.
        """
        name = f"lab-{secrets.token_hex(5)}"
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        status, told = self._api.data("POST", "/api/v1/namespaces", self.marked(body))
        if status != _CREATED:
            reason = told.get("message", "") if isinstance(told, dict) else told
            raise EnvironmentMissing("kube", f"the cluster makes no namespace: {status} {reason}")
        # Until its service account is there, pods are refused.
        end = time.monotonic() + _PATIENCE
        while self._api.data("GET", f"/api/v1/namespaces/{name}/serviceaccounts/default")[0] != 200:
            if time.monotonic() > end:
                raise EnvironmentMissing(
                    "kube", f"the namespace {name} got no service account in {_PATIENCE:g} s"
                )
            time.sleep(0.02)
        return name

    def remove_all(self, patience: float = 0.0) -> None:
        """Remove the run's namespaces, with what is in them.

        Args:
            patience: seconds to wait until they are gone, so that their names can be used again.

        Raises:
            EnvironmentMissing: they were still there after that.
        """
        for name in self.own():
            self._api.data("DELETE", f"/api/v1/namespaces/{name}")
        end = time.monotonic() + patience
        while patience and (left := self.own()):
            if time.monotonic() > end:
                raise EnvironmentMissing(
                    "kube", f"the namespaces {', '.join(left)} are still going away after {patience:g} s"
                )
            time.sleep(0.02)


def sweep(api: ClusterApi) -> list[str]:
    """Remove the namespaces of dead runs of this user on this machine.

    Returns:
        Their names.
    """
    _, told = api.data("GET", f"/api/v1/namespaces?labelSelector={quote(LABEL)}")
    found = []
    for each in told["items"]:
        marks = each["metadata"].get("annotations") or {}
        if marks.get(OWNER) == owner() and is_dead(marks.get(LOCK, "")):
            name = each["metadata"]["name"]
            found.append(name)
            with contextlib.suppress(OSError):
                api.data("DELETE", f"/api/v1/namespaces/{name}")
    return found
