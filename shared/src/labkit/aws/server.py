"""The AWS endpoint: an HTTP server on loopback in a thread of this process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from labkit.aws import acts, backends
from labkit.aws.account import Account
from labkit.aws.application import OWN_CLIENT, Application
from labkit.aws.cloudwatch.alarms import Alarms
from labkit.aws.cloudwatch.metrics import Metrics
from labkit.aws.costs import Costs
from labkit.aws.environment import REGION, client_arguments, variables
from labkit.aws.requests import AwsRequest, RequestLog
from labkit.aws.ssm.commands import Commands
from labkit.faults import Faults

_POLL = 0.02


class AwsServer:
    """A simulated AWS account with an endpoint of its own.

    In this process and not in one of its own: a start costs the imports alone, tests reach the state of the
    account without HTTP, and a process that forks before its first test hands its imports on. moto's state is
    one per process, so one server at a time.

    Args:
        seed: of faults with a ``chance``.
        region: the region of clients and helpers that name none.

    Attributes:
        url: the endpoint, ``http://127.0.0.1:PORT``.
        faults: what goes wrong; ``match`` is searched in ``ec2.DescribeInstances eu-central-1 /``, for S3 in
            ``s3.GetObject eu-central-1 /bucket/key``.
        requests: what came, but for requests of :meth:`client`.
        account: helpers that fill the account.
        metrics: CloudWatch metrics that were measured before: ``metrics.cpu(ids, 3.5, days=7)``.
        alarms: CloudWatch alarms, looked at when a test says so: ``alarms.evaluate()``.
        costs: what Cost Explorer tells: ``costs.add("AWS Lambda", 1.5, start=day, days=30)``.
        commands: instances that SSM manages: ``commands.manage(id, Machine("web-1"))``.
    """

    #: What a test may ask of this form, and not of moto's server in a container but for the first two.
    abilities = frozenset(
        {"account", "alarms", "client", "commands", "costs", "faults", "hooks", "log", "metrics", "pages"}
    )

    def __init__(self, seed: int | str = 0, region: str = REGION) -> None:
        self.region = region
        self.faults = Faults(seed, stages=acts.STAGES, protocol="AWS")
        self._closers = ExitStack()
        self._application: Application | None = None
        self._clients: dict[tuple[str, str], Any] = {}
        self.account = Account(region)
        self.metrics = Metrics(lambda: self.largest_page, region)
        self.alarms = Alarms(self.metrics, region)
        self.costs = Costs(lambda: self.largest_page)
        self.commands = Commands(lambda: self.looks_until_settled)
        self.url = ""

    def start(self) -> AwsServer:
        """Answer from now on.

        Raises:
            RuntimeError: it runs already.
        """
        if self._application is not None:
            raise RuntimeError("this AWS server runs already")
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        from labkit.aws.http import Server

        self._closers.enter_context(backends.configured())
        backends.reset()
        own = {"ce": self.costs.answer, "ssm": self.commands.answer, "cloudwatch": self._cloudwatch}
        self._application = Application(DomainDispatcherApplication(create_backend_app), self.faults, own)
        server = Server(self._application)
        self.url = f"http://127.0.0.1:{server.port}"
        thread = threading.Thread(target=server.serve_forever, args=(_POLL,), name="labkit-aws", daemon=True)
        thread.start()
        self._closers.callback(thread.join)
        self._closers.callback(server.server_close)
        self._closers.callback(server.shutdown)
        self._closers.callback(self._application.release)
        return self

    def stop(self) -> None:
        """Close every connection, end every thread, forget the account."""
        self._clients.clear()
        self._closers.close()
        if self._application is not None:
            self._application.versions.stop()
            self._application.reservations.stop()
            self._application = None
            self.metrics.stop()
            self.alarms.stop()
            self._forget()
            backends.reset()
        self.url = ""

    def __enter__(self) -> AwsServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def reset(self) -> None:
        """An empty account, no faults, no requests: as after a start, in some milliseconds."""
        self._running.reset()
        self._forget()
        backends.reset()

    @property
    def requests(self) -> RequestLog:
        return self._running.requests

    @property
    def broken(self) -> list[str]:
        """Tracebacks of requests that moto broke on; such a request is answered with NotImplemented."""
        return self._running.broken

    @property
    def looks_until_settled(self) -> int:
        """How many looks at an instance show it ``stopping`` or ``pending`` before it is done; 0 for none."""
        return self._running.states.looks

    @looks_until_settled.setter
    def looks_until_settled(self, looks: int) -> None:
        self._running.states.looks = looks

    @property
    def largest_page(self) -> int | None:
        """The most items on one page of EC2's lists and S3's keys; None for what AWS gives (1,000 keys).

        With 2, five items make three pages, for code that is ready for pages at all.
        """
        return self._running.largest_page

    @largest_page.setter
    def largest_page(self, items: int | None) -> None:
        self._running.largest_page = items

    def before(self, pattern: str, hook: Callable[[AwsRequest], None]) -> None:
        """Call ``hook`` once, just before the next matching request is carried out.

        The world changes while a program works: ``aws.before("ec2.StopInstances", lambda request: ...)``.

        Args:
            pattern: searched in what the ``match`` of a fault is searched in.
            hook: may use :attr:`account`, but no HTTP (moto does one thing at a time).
        """
        self._running.before(pattern, hook)

    def variables(self) -> dict[str, str]:
        """The environment by which clients find this server, in this process and in children."""
        return variables(self.url, self.region)

    def client_arguments(self, region: str | None = None) -> dict[str, Any]:
        """For ``boto3.client(service, **aws.client_arguments())`` where the environment is not its own."""
        return client_arguments(self.url, region or self.region)

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client for tests to arrange and to look with: not in :attr:`requests`, without faults."""
        import boto3
        from botocore.config import Config

        key = (service, region or self.region)
        if key not in self._clients:
            config = Config(user_agent_extra=OWN_CLIENT, retries={"total_max_attempts": 1})
            self._clients[key] = _session(boto3).client(
                service, config=config, **self.client_arguments(region)
            )
        return self._clients[key]

    def backend(self, service: str, region: str | None = None) -> Any:
        """moto's own state, for what no helper offers."""
        return backends.backend(service, region or self.region)

    def _cloudwatch(self, request: AwsRequest) -> None:
        """Everything is left to moto, some of whose methods are replaced at the first request: importing
        them costs time that most labs need not spend.
        """
        self.metrics.start()
        self.alarms.start()

    def _forget(self) -> None:
        self.metrics.reset()
        self.costs.reset()
        self.commands.reset()

    @property
    def _running(self) -> Application:
        if self._application is None:
            raise RuntimeError("this AWS server does not run: call start(), or use it in a with statement")
        return self._application


_SESSIONS: list[Any] = []


def _session(boto3: Any) -> Any:
    """One session for all own clients of the process: it keeps the parsed models of the services."""
    if not _SESSIONS:
        _SESSIONS.append(boto3.session.Session())
    return _SESSIONS[0]
