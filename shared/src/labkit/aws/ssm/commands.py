"""SSM Run Command on simulated machines.

moto says Success with empty output at once, also for instances that do not exist or have no agent. Here an
instance is managed when a test gives it a machine, and what is sent runs on that machine. Source: "AWS
Systems Manager API Reference" (SendCommand, GetCommandInvocation).
"""

from __future__ import annotations

import math
import re
import shlex
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from labkit.aws.answers import Problem
from labkit.aws.backends import backend
from labkit.aws.requests import AwsRequest
from labkit.aws.ssm.shapes import (
    DOCUMENT,
    PLUGIN,
    USUAL_TIMEOUT,
    command_shape,
    detail_shape,
    invocation_shape,
)
from labkit.aws.ssm.states import PENDING, RUNNING, Command, Invocation, Managed

if TYPE_CHECKING:
    from labkit.hosts.machine import Machine


class _Refused(Exception):
    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message)
        self.code = code


class Commands:
    """Managed instances, and the requests of SSM that are about them.

    Args:
        looks: how many looks at an invocation show it under way before it is done; 0 for none.
    """

    def __init__(self, looks: Callable[[], int] = lambda: 0) -> None:
        self._looks = looks
        self._managed: dict[str, Managed] = {}
        self._commands: dict[str, Command] = {}

    def manage(self, instance: str, machine: Machine, *, online: bool = True) -> Managed:
        """Give an instance an agent and the machine that its commands run on.

        Args:
            instance: its id.
            machine: such as ``labkit.hosts.Machine("web-1")`` or ``fleet[0].machine``.
            online: whether the agent answers.

        Returns:
            The managed instance; ``online`` may be changed at any time.
        """
        self._managed[instance] = Managed(machine, online)
        return self._managed[instance]

    def reset(self) -> None:
        self._managed.clear()
        self._commands.clear()

    def answer(self, request: AwsRequest) -> dict[str, Any] | Problem | None:
        """The answer to a request to SSM; None for one that is left to moto."""
        handlers = {
            "SendCommand": self._send,
            "GetCommandInvocation": self._get,
            "ListCommands": self._list,
            "ListCommandInvocations": self._list_invocations,
            "CancelCommand": self._cancel,
            "DescribeInstanceInformation": self._information,
        }
        handler = handlers.get(request.name)
        if handler is None:
            return None
        try:
            return handler(request)
        except _Refused as problem:
            return Problem(400, problem.code, str(problem))

    def _send(self, request: AwsRequest) -> dict[str, Any]:
        asked = request.parameters
        if asked.get("DocumentName") != DOCUMENT:
            raise _Refused(
                "InvalidDocument", f"Document with name {asked.get('DocumentName')} does not exist."
            )
        if not asked.get("Parameters", {}).get("commands"):
            raise _Refused("InvalidParameters", "Parameter commands is required for this document.")
        targets = self._targets(request)
        count = len(targets)
        command = Command(
            str(uuid.uuid4()),
            request.region,
            asked,
            [Invocation(each) for each in targets],
            max(1, _share(asked.get("MaxConcurrency", "50"), count)),
            _share(asked.get("MaxErrors", "0"), count),
        )
        self._commands[command.id] = command
        told = command_shape(command)  # as it is when nothing has been done yet
        if not self._looks():
            while any(not each.settled for each in command.invocations):
                self._go_on(command)
        return {"Command": told}

    def _targets(self, request: AwsRequest) -> list[str]:
        known = list(self._here(request.region))
        wanted = list(dict.fromkeys(request.parameters.get("InstanceIds", ())))
        targets = request.parameters.get("Targets", ())
        if bool(wanted) == bool(targets):
            raise _Refused("InvalidParameters", "Give either InstanceIds or Targets.")
        if wanted:
            unknown = [each for each in wanted if each not in known]
            if unknown:
                raise _Refused(
                    "InvalidInstanceId",
                    f"Instances [[{', '.join(unknown)}]] not in a valid state for account",
                )
            return wanted
        return [each for each in known if all(self._is(each, target, request.region) for target in targets)]

    def _here(self, region: str) -> Iterator[str]:
        """Managed instances of a region that run."""
        model = backend("ec2", region)
        for identifier in self._managed:
            instance = model.get_instance_by_id(identifier)
            if instance is not None and instance.state == "running":
                yield identifier

    @staticmethod
    def _is(identifier: str, target: Mapping[str, Any], region: str) -> bool:
        key, values = target["Key"], target["Values"]
        if key == "InstanceIds":
            return identifier in values
        tags = {
            tag["key"]: tag["value"]
            for tag in backend("ec2", region).get_instance_by_id(identifier).get_tags()
        }
        if key == "tag-key":
            return any(value in tags for value in values)
        if key.startswith("tag:"):
            return tags.get(key.removeprefix("tag:")) in values
        raise _Refused("InvalidTarget", f"{key} is not a target: InstanceIds, tag-key or tag:NAME.")

    def _go_on(self, command: Command) -> None:
        """One look: what runs may end, and what waits may begin."""
        for each in command.invocations:
            if each.status != RUNNING:
                continue
            each.looks += 1
            if each.looks >= self._looks():
                self._run(command, each)
        if command.failures > command.most_errors:
            for each in command.invocations:
                if each.status == PENDING:
                    each.settle("Cancelled", "Terminated")
        running = sum(each.status == RUNNING for each in command.invocations)
        for each in command.invocations:
            if each.status == PENDING and running < command.at_once:
                each.status = each.details = RUNNING
                each.began = datetime.now(UTC)
                running += 1

    def _run(self, command: Command, invocation: Invocation) -> None:
        managed = self._managed.get(invocation.instance)
        if managed is None or not managed.online:
            invocation.began = None
            invocation.settle("TimedOut", "DeliveryTimedOut")
            return
        parameters = command.asked["Parameters"]
        lines = list(parameters["commands"])
        folder = next(iter(parameters.get("workingDirectory", ())), "")
        if folder:
            lines.insert(0, f"cd {shlex.quote(folder)} || exit 1")
        limit = int(next(iter(parameters.get("executionTimeout", ())), USUAL_TIMEOUT))
        before = managed.machine.clock.peek()
        done = managed.machine.run("\n".join(lines), user="root")
        invocation.output = done.stdout.decode("utf-8", "replace")
        invocation.errors = done.stderr.decode("utf-8", "replace")
        invocation.code = done.status
        if managed.machine.clock.peek() - before > limit:
            invocation.code = 137
            invocation.settle("TimedOut", "ExecutionTimedOut")
        elif done.status:
            invocation.errors += f"failed to run commands: exit status {done.status}"
            invocation.settle("Failed")
        else:
            invocation.settle("Success")
        _keep(command, invocation)

    def _get(self, request: AwsRequest) -> dict[str, Any]:
        command = self._known(request.parameters["CommandId"])
        invocation = next(
            (each for each in command.invocations if each.instance == request.parameters["InstanceId"]), None
        )
        if invocation is None:
            raise _Refused("InvocationDoesNotExist")
        plugin = request.parameters.get("PluginName")
        if plugin and plugin != PLUGIN:
            raise _Refused("InvalidPluginName", f"{plugin} is no step of this command.")
        self._go_on(command)
        return detail_shape(command, invocation)

    def _list(self, request: AwsRequest) -> dict[str, Any]:
        found = [
            command
            for command in self._commands.values()
            if command.region == request.region
            and request.parameters.get("CommandId") in (None, command.id)
            and (
                not request.parameters.get("InstanceId")
                or request.parameters["InstanceId"] in {each.instance for each in command.invocations}
            )
        ]
        for command in found:
            self._go_on(command)
        return {"Commands": [command_shape(command, counted=True) for command in reversed(found)]}

    def _list_invocations(self, request: AwsRequest) -> dict[str, Any]:
        asked = request.parameters
        commands = (
            [self._known(asked["CommandId"])] if asked.get("CommandId") else list(self._commands.values())
        )
        for command in commands:
            self._go_on(command)
        rows = [
            invocation_shape(command, each, details=bool(asked.get("Details")))
            for command in commands
            if command.region == request.region
            for each in command.invocations
            if asked.get("InstanceId") in (None, each.instance)
        ]
        size, at = int(asked.get("MaxResults") or 50), int(asked.get("NextToken") or 0)
        told: dict[str, Any] = {"CommandInvocations": rows[at : at + size]}
        if len(rows) > at + size:
            told["NextToken"] = str(at + size)
        return told

    def _cancel(self, request: AwsRequest) -> dict[str, Any]:
        command = self._known(request.parameters["CommandId"])
        wanted = request.parameters.get("InstanceIds") or [each.instance for each in command.invocations]
        for each in command.invocations:
            if each.instance in wanted and not each.settled:
                each.settle("Cancelled")
                command.cancelled = True
        return {}

    def _information(self, request: AwsRequest) -> dict[str, Any]:
        rows = []
        for identifier in self._here(request.region):
            managed = self._managed[identifier]
            row = {
                "InstanceId": identifier,
                "PingStatus": "Online" if managed.online else "ConnectionLost",
                "LastPingDateTime": datetime.now(UTC).timestamp(),
                "AgentVersion": "3.3.859.0",
                "IsLatestVersion": True,
                "PlatformType": "Linux",
                "PlatformName": "Debian GNU/Linux",
                "PlatformVersion": "12",
                "ResourceType": "EC2Instance",
                "IPAddress": str(backend("ec2", request.region).get_instance_by_id(identifier).private_ip),
                "ComputerName": managed.machine.name,
            }
            if all(self._shown(row, each, request.region) for each in _filters(request.parameters)):
                rows.append(row)
        size, at = (
            int(request.parameters.get("MaxResults") or 50),
            int(request.parameters.get("NextToken") or 0),
        )
        told: dict[str, Any] = {"InstanceInformationList": rows[at : at + size]}
        if len(rows) > at + size:
            told["NextToken"] = str(at + size)
        return told

    def _shown(self, row: Mapping[str, Any], wanted: tuple[str, list[str]], region: str) -> bool:
        key, values = wanted
        if key in ("PingStatus", "AgentVersion", "ResourceType"):
            return row[key] in values
        if key in ("PlatformTypes", "PlatformType"):
            return row["PlatformType"] in values
        return self._is(str(row["InstanceId"]), {"Key": key, "Values": values}, region)

    def _known(self, identifier: str) -> Command:
        if identifier not in self._commands:
            raise _Refused("InvalidCommandId")
        return self._commands[identifier]


def _filters(asked: Mapping[str, Any]) -> Iterable[tuple[str, list[str]]]:
    for each in asked.get("Filters", ()):
        yield each["Key"], each["Values"]
    for each in asked.get("InstanceInformationFilterList", ()):
        yield each["key"], each["valueSet"]


def _share(text: str, count: int) -> int:
    """``10``, or ``25%`` of the targets, rounded up as SSM does."""
    found = re.fullmatch(r"(\d+)(%?)", text)
    if found is None:
        raise _Refused("InvalidParameters", f"{text} is neither a number nor a percentage.")
    return math.ceil(count * int(found[1]) / 100) if found[2] else int(found[1])


def _keep(command: Command, invocation: Invocation) -> None:
    """Both outputs as a whole in the bucket that was named, if it is there."""
    bucket = command.asked.get("OutputS3BucketName")
    if not bucket or bucket not in backend("s3").buckets:
        return
    prefix = command.asked.get("OutputS3KeyPrefix", "")
    parts = [prefix.strip("/"), command.id, invocation.instance, "awsrunShellScript/0.awsrunShellScript"]
    place = "/".join(part for part in parts if part)
    for name, text in (("stdout", invocation.output), ("stderr", invocation.errors)):
        if text:
            backend("s3").put_object(bucket, f"{place}/{name}", text.encode(), disable_notification=True)
