"""Pages of DescribeInstances that stay right while instances change.

moto goes on behind the last reservation of the page before, and breaks when that one does not match the
filter any more. So a program that stops the running instances as it lists them would fail at its second page.
EC2 goes on where it was. Here a token stands for the reservations that were still to come.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest import mock

from labkit.aws.paging import by_id
from labkit.aws.requests import AwsRequest

#: Reservations on a page, unless a request says otherwise.
_USUAL = 100
_ALL = 1_000_000


class ReservationPages:
    """In place of moto's pages, from the first use until :meth:`stop`."""

    def __init__(self) -> None:
        self._patches = ExitStack()
        self._started = False
        self._rest: dict[str, frozenset[str]] = {}
        self._token: str | None = None
        self._size: int | None = None

    def prepare(self, request: AwsRequest) -> dict[str, str | None]:
        """Take over the pages of a request that is about to be carried out.

        Returns:
            What to change in its form for moto: new values by name, None to take one away.
        """
        if request.operation != "ec2.DescribeInstances" or by_id(request):
            self._size = None
            return {}
        self._start()
        self._token = request.parameters.get("NextToken")
        self._size = int(request.parameters.get("MaxResults") or _USUAL)
        return {"NextToken": None, "MaxResults": str(_ALL)}

    def stop(self) -> None:
        self._patches.close()
        self._rest.clear()
        self._started = False

    def _start(self) -> None:
        if self._started:
            return
        from moto.core.responses import ActionResult
        from moto.ec2.responses.instances import InstanceResponse

        everything: Callable[[Any], Any] = InstanceResponse.describe_instances

        def describe_instances(response: Any) -> Any:
            answer = everything(response)
            if self._size is None:
                return answer
            return ActionResult(self._page(answer.result["Reservations"], self._size))

        self._patches.enter_context(
            mock.patch.object(InstanceResponse, "describe_instances", describe_instances)
        )
        self._started = True

    def _page(self, reservations: list[Any], size: int) -> dict[str, Any]:
        if self._token:
            rest = self._rest.get(self._token, frozenset())
            reservations = [reservation for reservation in reservations if reservation.id in rest]
        token = None
        if len(reservations) > size:
            token = secrets.token_urlsafe(24)
            self._rest[token] = frozenset(reservation.id for reservation in reservations[size:])
        return {"Reservations": reservations[:size], "NextToken": token}
