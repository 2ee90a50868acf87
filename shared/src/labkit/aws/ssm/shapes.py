"""Commands and invocations as the "AWS Systems Manager API Reference" has them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from labkit.aws.ssm.states import PENDING, Command, Invocation

#: The one document that is simulated.
DOCUMENT: Final = "AWS-RunShellScript"
#: Its step.
PLUGIN: Final = "aws:runShellScript"
#: Characters that GetCommandInvocation gives of output and of errors, and a plugin's in a list of both.
_OUTPUT, _ERRORS, _LISTED = 24_000, 8_000, 2_500
_CUT = "\n---Output truncated---"
#: Seconds that a script may take, and that a command may wait for its agent, unless it says otherwise.
USUAL_TIMEOUT = 3600


def command_shape(command: Command, *, counted: bool = False) -> dict[str, Any]:
    """A command as a list has it; the answer to SendCommand has no counts yet."""
    asked = command.asked
    status, details = command.status
    done = sum(each.settled for each in command.invocations)
    return {
        "CommandId": command.id,
        "DocumentName": DOCUMENT,
        "DocumentVersion": "$DEFAULT",
        "Comment": asked.get("Comment", ""),
        "ExpiresAfter": command.sent.timestamp()
        + int(asked.get("TimeoutSeconds") or USUAL_TIMEOUT)
        + USUAL_TIMEOUT,
        "Parameters": asked.get("Parameters", {}),
        "InstanceIds": asked.get("InstanceIds", []),
        "Targets": asked.get("Targets", []),
        "RequestedDateTime": command.sent.timestamp(),
        "Status": status,
        "StatusDetails": details,
        "OutputS3Region": asked.get("OutputS3Region", ""),
        "OutputS3BucketName": asked.get("OutputS3BucketName", ""),
        "OutputS3KeyPrefix": asked.get("OutputS3KeyPrefix", ""),
        "MaxConcurrency": asked.get("MaxConcurrency", "50"),
        "MaxErrors": asked.get("MaxErrors", "0"),
        "TargetCount": len(command.invocations) if counted else 0,
        "CompletedCount": done if counted else 0,
        "ErrorCount": command.failures if counted else 0,
        "DeliveryTimedOutCount": sum(each.details == "DeliveryTimedOut" for each in command.invocations),
        "TimeoutSeconds": int(asked.get("TimeoutSeconds") or USUAL_TIMEOUT),
    }


def invocation_shape(command: Command, each: Invocation, *, details: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "CommandId": command.id,
        "InstanceId": each.instance,
        "Comment": command.asked.get("Comment", ""),
        "DocumentName": DOCUMENT,
        "RequestedDateTime": command.sent.timestamp(),
        "Status": each.status,
        "StatusDetails": each.details,
        "CommandPlugins": [],
    }
    if details and each.status != PENDING:
        both = each.output + (f"\n----------ERROR-------\n{each.errors}" if each.errors else "")
        plugin = {
            "Name": PLUGIN,
            "Status": each.status,
            "StatusDetails": each.details,
            "ResponseCode": each.code,
            "Output": _cut(both, _LISTED),
        }
        if each.ended:
            plugin["ResponseFinishDateTime"] = each.ended.timestamp()
        told["CommandPlugins"] = [plugin]
    return told


def detail_shape(command: Command, invocation: Invocation) -> dict[str, Any]:
    """The answer to GetCommandInvocation."""
    return {
        "CommandId": command.id,
        "InstanceId": invocation.instance,
        "Comment": command.asked.get("Comment", ""),
        "DocumentName": DOCUMENT,
        "DocumentVersion": "$DEFAULT",
        "PluginName": PLUGIN,
        "ResponseCode": invocation.code,
        "ExecutionStartDateTime": _iso(invocation.began),
        "ExecutionElapsedTime": _elapsed(invocation),
        "ExecutionEndDateTime": _iso(invocation.ended),
        "Status": invocation.status,
        "StatusDetails": invocation.details,
        "StandardOutputContent": _cut(invocation.output, _OUTPUT),
        "StandardOutputUrl": "",
        "StandardErrorContent": _cut(invocation.errors, _ERRORS),
        "StandardErrorUrl": "",
    }


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - len(_CUT)] + _CUT


def _iso(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S.000Z}"


def _elapsed(invocation: Invocation) -> str:
    if invocation.began is None or invocation.ended is None:
        return ""
    return f"PT{(invocation.ended - invocation.began).total_seconds():.3f}S"
