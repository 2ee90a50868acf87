"""The cluster that "the user" names: the project's own API server, in place of a real one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit.containers.clusters import providers
from labkit.containers.session import KIND, broker
from labkit.kube.cluster import Cluster
from labkit.kube.kubeconfig import write_kubeconfig

TOKEN = "of-the-user"


@pytest.fixture(scope="session")
def users_cluster() -> Iterator[Cluster]:
    """A cluster with a namespace of somebody else's, which lets in who knows the token."""
    with Cluster(token=TOKEN) as cluster:
        cluster.seed(
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: production}\n---\n"
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: production}\n"
        )
        yield cluster


@pytest.fixture(scope="session")
def users_kubeconfig(users_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its kubeconfig: the context ``lab``, and a current one that leads nowhere."""
    path = tmp_path_factory.mktemp("user") / "config"
    write_kubeconfig(path, users_cluster.url, token=TOKEN)
    text = path.read_text().replace("current-context: lab", "current-context: elsewhere")
    text = text.replace(
        "contexts:\n", "contexts:\n- name: elsewhere\n  context: {cluster: elsewhere, user: student}\n"
    ).replace("clusters:\n", "clusters:\n- name: elsewhere\n  cluster: {server: 'http://127.0.0.1:9'}\n")
    path.write_text(text)
    return path


@contextlib.contextmanager
def named(kubeconfig: Path, context: str = "lab") -> Iterator[pytest.MonkeyPatch]:
    """The environment of a user who named a cluster, with a broker beside."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(kubeconfig))
        patch.setenv(KIND, "kubeconfig")
        patch.setenv(providers.CONTEXT, context)
        with broker("embedded") as variables:
            # A test process knows the broker, and nothing of the user's.
            patch.delenv("KUBECONFIG")
            for name, value in variables.items():
                patch.setenv(name, value)
            yield patch


@pytest.fixture(scope="module")
def named_cluster(users_kubeconfig: Path) -> Iterator[None]:
    """What leads to the broker that the tests of a module share."""
    with named(users_kubeconfig):
        yield
