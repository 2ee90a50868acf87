"""The service: who asks, what there is, and what time does to it."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final
from urllib.parse import unquote

from labkit.faults import Refuse, Throttle
from labkit.http.wire import Request, Response
from labkit.services.azure import errors, machines
from labkit.services.azure.models import POWER_STATES, Machine, Operation
from labkit.services.base import Call, Problem, Routes, Service
from labkit.services.base.moments import Moment, seconds

#: Deliberately no real token: those are signed and begin with eyJ.
TOKEN: Final = "labkit-azure-token"  # noqa: S105 - made for a simulated service
SUBSCRIPTION: Final = "00000000-0000-4000-8000-000000000001"
_HOST: Final = "management.azure.com"


class Azure(Service):
    """A Resource Manager on loopback; ``ComputeManagementClient(**azure.client_arguments())`` talks to it.

    Attributes:
        subscription_id: the only one.
        token: the bearer token that lets in.
        groups: names of resource groups, by their lower case.
        machines: virtual machines by group and name, in lower case; :meth:`machine` makes them.
        page_size: machines on a page of a list.
        operation_seconds: how long an operation takes.
        retry_after: seconds that a client is told to wait before it asks again.
        refusals: code and message with which the next operation of a kind (``deallocate``) will fail.
    """

    name = "azure"
    routes: ClassVar[Routes] = machines.routes
    unwanted = ("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID", "AZURE_CLIENT_CERTIFICATE_PATH")

    def begin(self) -> None:
        """No groups, no machines."""
        self._random = random.Random(self.seed)  # noqa: S311 - ids that come again with the seed
        self.subscription_id, self.token = SUBSCRIPTION, TOKEN
        self.groups: dict[str, str] = {}
        self.machines: dict[tuple[str, str], Machine] = {}
        self.operations: dict[str, Operation] = {}
        self.page_size = 50
        self.operation_seconds = 30.0
        self.retry_after = 10
        self.refusals: dict[str, tuple[str, str]] = {}

    def variables(self) -> dict[str, str]:
        """The subscription, as the Azure CLI's scripts name it."""
        return {"AZURE_SUBSCRIPTION_ID": self.subscription_id}

    def client_arguments(self) -> dict[str, Any]:
        """Credential, subscription and transport: what a management client of the SDK takes."""
        from labkit.services.azure.client import Credential, LoopbackTransport

        return {
            "credential": Credential(self.token),
            "subscription_id": self.subscription_id,
            "transport": LoopbackTransport(self.url),
        }

    # What tests arrange

    def group(self, name: str) -> str:
        """Make a resource group unless it is there; return its name."""
        return self.groups.setdefault(name.lower(), name)

    def machine(
        self,
        name: str,
        *,
        group: str = "production",
        location: str = "westeurope",
        size: str = "Standard_B2s",
        tags: Mapping[str, str] | None = None,
        power: str = "running",
        created: Moment | None = None,
    ) -> Machine:
        """Make a virtual machine.

        Args:
            name: its name.
            group: its resource group, made unless it is there.
            location: where.
            size: of it.
            tags: None for a machine without tags, which the API then leaves out.
            power: running, stopped (still billed) or deallocated (not billed).
            created: when; now when None.

        Raises:
            ValueError: there is no such power state.
        """
        if power not in POWER_STATES:
            raise ValueError(f"a machine cannot be {power!r}; there are {', '.join(POWER_STATES)}")
        when = seconds(created, self.time())
        known = self.group(group)
        labels = None if tags is None else dict(tags)
        made = Machine(name, known, location, size, labels, power, when, self._uuid())
        self.machines[(known.lower(), name.lower())] = made
        return made

    def power(self, name: str, group: str = "production") -> str:
        """The power state of a machine, now."""
        self._settle(self.time())
        return self.machines[(group.lower(), name.lower())].power

    def operate(
        self,
        machine: Machine,
        now: float,
        *,
        power: str = "",
        deletes: bool = False,
        error: tuple[str, str] | None = None,
    ) -> Operation:
        """Begin an operation."""
        ends = now + self.operation_seconds
        made = Operation(self._uuid(), machine.location, now, ends, machine, power, deletes, error)
        self.operations[made.id] = made
        return made

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _settle(self, now: float) -> None:
        """Bring operations to their end whose time has come."""
        for each in self.operations.values():
            if each.settled or each.ends > now or each.machine is None:
                continue
            each.settled = True
            if each.deletes:
                self.machines.pop((each.machine.group.lower(), each.machine.name.lower()), None)
            elif each.error:
                each.machine.power = "running"
            elif each.power:
                each.machine.power = each.power
            each.machine.provisioning = "Succeeded"

    def origin(self, call: Call) -> str:
        """The address in links: the one under which the client came."""
        host = call.header("host")
        return f"https://{_HOST}" if host == _HOST else f"http://{host}"

    # What happens to a request

    def handle(self, request: Request) -> Response:
        """Answer a request; the fixed parts of its path may have any case."""
        path, mark, query = request.target.partition("?")
        fixed = {"subscriptions", "resourcegroups", "providers", "microsoft.compute", "virtualmachines"}
        fixed |= {"instanceview", "locations", "operations"}
        parts = [part.lower() if unquote(part).lower() in fixed else part for part in path.split("/")]
        return super().handle(replace(request, target="/".join(parts) + mark + query))

    def authenticate(self, request: Request, now: float) -> None:
        """Let in who has the token; bring what is due to its end."""
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not text:
            message = "Authentication failed. The 'Authorization' header is missing."
            raise errors.unauthorized("AuthenticationFailed", message)
        if text != self.token:
            raise errors.unauthorized("InvalidAuthenticationToken", "The access token is invalid.")
        if not request.get("api-version"):
            message = "The api-version query parameter (?api-version=) is required for all requests."
            raise errors.error(400, "MissingApiVersionParameter", message)
        subscription = request.path.split("/")[2] if request.path.count("/") > 1 else ""
        if subscription != self.subscription_id:
            text = f"The subscription '{subscription}' could not be found."
            raise errors.error(404, "SubscriptionNotFound", text)
        self._settle(now)

    def finish(self, response: Response, call: Call) -> None:
        """The headers by which support finds a request."""
        response.headers["x-ms-request-id"] = self._uuid()
        response.headers["x-ms-ratelimit-remaining-subscription-reads"] = "11999"

    # Words

    def error(self, status: int, message: str) -> Problem:
        """An error of Resource Manager."""
        return errors.error(status, message.replace(" ", ""), message)

    def not_found(self, request: Request) -> Problem:
        """A resource provider or type that is not served."""
        return errors.error(404, "InvalidResourceType", f"The resource {request.path} is not served here.")

    def bad_body(self, reason: str) -> Problem:
        """400 for a body that is no JSON object."""
        message = f"The request content was invalid and could not be deserialized: '{reason}'."
        return errors.error(400, "InvalidRequestContent", message)

    def throttled(self, fault: Throttle) -> Problem:
        """Too many requests of a subscription."""
        wait = f"{fault.retry_after:g}"
        message = f"Number of requests exceeded the limit. Please try again after '{wait}' seconds."
        return errors.error(429, "SubscriptionRequestsThrottled", message)

    def refused(self, fault: Refuse) -> Problem:
        """A role is missing."""
        message = fault.reason or (
            "The client 'labkit' with object id '00000000-0000-4000-8000-000000000002' does not have "
            f"authorization to perform this action over scope '/subscriptions/{self.subscription_id}'."
        )
        return errors.error(403, "AuthorizationFailed", message)

    def failed(self, fault: Refuse) -> Problem:
        """A 500 as Compute words it."""
        return errors.error(500, "InternalServerError", fault.reason or "An unexpected error occurred.")

    def expired(self) -> Problem:
        """A token that is not valid any more."""
        return errors.unauthorized("ExpiredAuthenticationToken", "The access token has expired.")
