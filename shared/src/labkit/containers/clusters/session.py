"""The cluster of one run: where it comes from, the proxy in front of it, and what goes with the run."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from labkit.containers.clusters import providers
from labkit.containers.clusters.namespaces import Namespaces, sweep
from labkit.containers.clusters.proxy import ScopingProxy
from labkit.containers.session import KIND
from labkit.errors import EnvironmentMissing
from labkit.http.server import Server


class Cluster:
    """A context manager; its namespaces go with it, and so does a cluster that was made for it.

    Args:
        broker: the run's broker.
        run: the run's name.

    Attributes:
        port: of the proxy, on loopback.
        namespaces: the run's.

    Raises:
        EnvironmentMissing: there is no cluster to be had.
    """

    def __init__(self, broker: Any, run: str) -> None:
        self._broker, self._run = broker, run
        self._parts = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as parts:
            if os.environ.get(KIND) == "kubeconfig":
                api = providers.named(os.environ)
            else:
                folder = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="ops-labs-kube-")))
                api = parts.enter_context(providers.own(self._broker, self._run, folder))
            sweep(api)
            self.namespaces = Namespaces(api, self._run)
            parts.callback(self._leave)
            server = parts.enter_context(Server(ScopingProxy(api, self.namespaces), name="scoped-cluster"))
            self.port = int(server.url.rpartition(":")[2])
            self._parts = parts.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parts.close()

    def _leave(self) -> None:
        with contextlib.suppress(OSError, KeyError, TypeError):  # the cluster may have gone before us
            self.namespaces.remove_all()


def sweep_clusters() -> None:
    """Remove what killed runs left: clusters that they made."""
    with contextlib.suppress(EnvironmentMissing):
        providers.sweep_kind()
