"""moto's server in a container, found as :class:`labkit.aws.AwsServer` is."""

from __future__ import annotations

import urllib.request
from types import TracebackType
from typing import Any, Self

from labkit.aws.environment import REGION, client_arguments, variables
from labkit.containers.aws.account import ContainerAccount
from labkit.containers.client import ask
from labkit.containers.forms import ContainerForm

#: What a test may ask of this form; the embedded one has faults, a log, hooks, pages and more.
ABILITIES = frozenset({"account", "client"})


class MotoServer(ContainerForm):
    """A simulated AWS account in a container; a context manager.

    Attributes:
        url: the endpoint.
        account: helpers that fill the account, by requests.
        broken: always empty: what moto broke on is in the container's log.
    """

    named = "moto's server has"
    abilities = ABILITIES

    region: str
    url: str
    broken: list[str]
    account: ContainerAccount

    def __init__(self, region: str = REGION) -> None:
        self.region = region
        self.url = self._container = ""
        self.broken: list[str] = []
        self._clients: dict[tuple[str, str], Any] = {}
        self.account = ContainerAccount(self.client, region)

    def __enter__(self) -> Self:
        [told] = ask("start", image="moto", environments=[{}], names=["moto"])
        self._container, self.url = told["id"], f"http://{told['host']}:{told['port']}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clients.clear()
        ask("stop", ids=[self._container])

    def reset(self) -> None:
        """An empty account."""
        request = urllib.request.Request(f"{self.url}/moto-api/reset", method="POST")  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=60):  # noqa: S310 - loopback
            pass

    def variables(self) -> dict[str, str]:
        """The environment by which clients find this server, in this process and in children."""
        return variables(self.url, self.region)

    def client_arguments(self, region: str | None = None) -> dict[str, Any]:
        """For ``boto3.client(service, **aws.client_arguments())`` where the environment is not its own."""
        return client_arguments(self.url, region or self.region)

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client for tests to arrange and to look with."""
        import boto3

        key = (service, region or self.region)
        if key not in self._clients:
            session = boto3.session.Session()
            self._clients[key] = session.client(service, **self.client_arguments(region))
        return self._clients[key]
