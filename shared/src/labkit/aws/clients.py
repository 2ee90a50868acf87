"""New sessions and clients of boto3 without parsing the same models each time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock


@contextmanager
def shared_models() -> Iterator[None]:
    """Let all botocore sessions made in between share one loader.

    A session parses the description of a service (9 MB of JSON for EC2) at its first client: 0.1 s. Tests
    make a new session each. What is shared is read-only data of the package; a session with a ``data_path``
    of its own still gets a loader of its own.
    """
    import botocore.session

    make = botocore.session.create_loader
    loaders: dict[Any, Any] = {}

    def create_loader(search_path_string: str | None = None) -> Any:
        if search_path_string not in loaders:
            loaders[search_path_string] = make(search_path_string)
        return loaders[search_path_string]

    with mock.patch.object(botocore.session, "create_loader", create_loader):
        yield
