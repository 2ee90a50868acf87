"""The file by which clients find the cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Final

CLUSTER: Final = "lab"
USER: Final = "student"


def kubeconfig(url: str, *, namespace: str = "default", token: str | None = None) -> str:
    """Return a kubeconfig with one cluster, one user and one context.

    Args:
        url: address of the API server.
        namespace: the context's namespace.
        token: the user's bearer token; a word that nobody checks when None.
    """
    return f"""\
apiVersion: v1
kind: Config
clusters:
- name: {CLUSTER}
  cluster:
    server: {url}
users:
- name: {USER}
  user:
    token: {token or "not-checked"}
contexts:
- name: {CLUSTER}
  context:
    cluster: {CLUSTER}
    user: {USER}
    namespace: {namespace}
current-context: {CLUSTER}
preferences: {{}}
"""


def write_kubeconfig(path: Path, url: str, *, namespace: str = "default", token: str | None = None) -> Path:
    """Write a kubeconfig that only its owner can read, as kubectl and helm want it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(kubeconfig(url, namespace=namespace, token=token))
    return path
