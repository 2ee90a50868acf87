"""New sessions and clients of boto3 without parsing and building the same things each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock


@contextmanager
def shared_models() -> Iterator[None]:
    """Let all botocore sessions made in between share what is the same in all of them.

    A session parses the description of a service at its first client (9 MB of JSON for EC2, 0.1 s), and each
    client builds one method per operation (700 for EC2, 10 ms). Tests make a session each and many clients.
    What is shared is read-only data of the package and functions without state; a session with a
    ``data_path`` of its own still gets a loader of its own.
    """
    import botocore.client
    import botocore.session

    make_loader = botocore.session.create_loader
    loaders: dict[Any, Any] = {}

    def create_loader(search_path_string: str | None = None) -> Any:
        if search_path_string not in loaders:
            loaders[search_path_string] = make_loader(search_path_string)
        return loaders[search_path_string]

    creator = botocore.client.ClientCreator
    with (
        mock.patch.object(botocore.session, "create_loader", create_loader),
        mock.patch.object(creator, "_create_methods", _once_per_service(creator._create_methods)),
        mock.patch.object(creator, "_create_name_mapping", _once_per_service(creator._create_name_mapping)),
    ):
        yield


def _once_per_service(build: Callable[[Any, Any], dict[str, Any]]) -> Callable[[Any, Any], dict[str, Any]]:
    built: dict[tuple[str, str], dict[str, Any]] = {}

    def cached(creator: Any, service_model: Any) -> dict[str, Any]:
        key = (service_model.service_name, service_model.api_version)
        if key not in built:
            built[key] = build(creator, service_model)
        return dict(built[key])  # the caller adds to it

    return cached
