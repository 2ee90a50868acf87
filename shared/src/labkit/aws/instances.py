"""What moto leaves out about the states of EC2 instances.

In moto every change of state is done at once, a terminated instance can be stopped, and the answer to a stop
says ``stopping`` of an instance that was stopped long ago. On AWS a stop takes a while (``stopping``, then
``stopped``), what is terminated stays so, and what is stopped is told to be. Source: "Amazon EC2 instance
state changes", and the errors ``IncorrectInstanceState`` and its messages as EC2 gives them.
"""

from __future__ import annotations

import threading
import xml.etree.ElementTree as ET
from typing import Any

from labkit.aws.answers import Problem
from labkit.aws.backends import existing
from labkit.aws.requests import AwsRequest

#: Of the answers of EC2, as moto writes it.
NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15"
CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
#: Operation: (state on the way, state at the end).
_WAYS = {
    "StopInstances": ("stopping", "stopped"),
    "StartInstances": ("pending", "running"),
    "TerminateInstances": ("shutting-down", "terminated"),
    "RunInstances": ("pending", "running"),
}
_ON_THE_WAY = ("pending", "stopping", "shutting-down")
_REFUSED_IN = {
    "StopInstances": ("terminated", "shutting-down", "pending"),
    "StartInstances": ("terminated", "shutting-down", "stopping"),
}
_VERBS = {"StopInstances": "stopped", "StartInstances": "started"}


class InstanceStates:
    """Changes of state that take a while, counted in looks instead of seconds.

    Attributes:
        looks: so many answers of DescribeInstances (or DescribeInstanceStatus) show the state on the way
            before the one that shows the end; 0 for changes at once.
    """

    def __init__(self) -> None:
        self.looks = 0
        self._lock = threading.Lock()
        self._left: dict[Any, tuple[str, int]] = {}

    def reset(self) -> None:
        with self._lock:
            self.looks = 0
            self._left.clear()

    def refusal(self, request: AwsRequest) -> Problem | None:
        """The error for an instance that is in the wrong state."""
        refused = _REFUSED_IN.get(request.name, ())
        if not refused:
            return None
        for instance in self._instances(request):
            if instance.state in refused:
                return Problem(
                    400,
                    "IncorrectInstanceState",
                    f"The instance '{instance.id}' is not in a state from which it can be "
                    f"{_VERBS[request.name]}.",
                )
        return None

    def before_look(self, request: AwsRequest) -> None:
        """Somebody looks: what has been looked at often enough comes to its end."""
        if request.name not in ("DescribeInstances", "DescribeInstanceStatus"):
            return
        with self._lock:
            for instance, (end, looks) in list(self._left.items()):
                if instance.ec2_backend.region_name != request.region:
                    continue
                if instance.state not in _ON_THE_WAY:
                    del self._left[instance]  # somebody else has decided
                elif looks > 0:
                    self._left[instance] = (end, looks - 1)
                else:
                    set_state(instance, end)
                    del self._left[instance]

    def states(self, request: AwsRequest) -> dict[Any, str]:
        """The states of the instances that a request is about, before it is carried out."""
        return {instance: instance.state for instance in self._instances(request)}

    def after_change(self, request: AwsRequest, before: dict[Any, str]) -> None:
        """A request was carried out: put those that changed back on their way."""
        way = _WAYS.get(request.name)
        if way is None or not self.looks:
            return
        on_the_way, end = way
        with self._lock:
            for instance, state in before.items():
                if state != end and instance.state == end:
                    set_state(instance, on_the_way)
                    self._left[instance] = (end, self.looks)

    def answer(self, request: AwsRequest, before: dict[Any, str], body: bytes) -> bytes:
        """The answer to a start or stop, right about those that were in that state already."""
        end = _WAYS.get(request.name, ("", ""))[1]
        already = {instance.id for instance, state in before.items() if state == end}
        if not already:
            return body
        ET.register_namespace("", NAMESPACE)
        root = ET.fromstring(body)  # noqa: S314 - moto's own
        for item in root.iterfind(".//{*}item"):
            if item.findtext("{*}instanceId") in already:
                for part, text in (("code", str(CODES[end])), ("name", end)):
                    for found in item.iterfind("{*}currentState/{*}" + part):
                        found.text = text
        result: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
        return result

    def _instances(self, request: AwsRequest) -> list[Any]:
        wanted = request.parameters.get("InstanceIds", [])
        backend = existing("ec2", request.region) if wanted and request.name in _WAYS else None
        if backend is None:
            return []
        return [backend.get_instance_by_id(identifier) for identifier in wanted if _has(backend, identifier)]


def set_state(instance: Any, state: str) -> None:
    """Put moto's instance into a state, whatever it was in."""
    instance._state.name, instance._state.code = state, CODES[state]


def _has(backend: Any, identifier: str) -> bool:
    return backend.get_instance_by_id(identifier) is not None
