"""Virtual machines on the wire, and the operations on them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from labkit.http.wire import Response
from labkit.services.azure import errors
from labkit.services.azure.models import ACTIONS, Machine, Operation
from labkit.services.base import Call, Routes, json_answer
from labkit.services.base.moments import zulu_millis

if TYPE_CHECKING:
    from labkit.services.azure.service import Azure

routes = Routes()
# Lower case: Resource Manager does not look at the case of its paths, see Azure.handle.
_COMPUTE: Final = "/providers/microsoft.compute"
_ALL: Final = f"/subscriptions/{{subscription}}{_COMPUTE}/virtualmachines"
_GROUP: Final = f"/subscriptions/{{subscription}}/resourcegroups/{{group}}{_COMPUTE}/virtualmachines"
_ONE: Final = f"{_GROUP}/{{name}}"
_SHOWN: Final = {
    "running": "VM running",
    "stopped": "VM stopped",
    "deallocated": "VM deallocated",
    "starting": "VM starting",
    "stopping": "VM stopping",
    "deallocating": "VM deallocating",
}


def identity(azure: Azure, found: Machine) -> str:
    """The id of a machine; its group comes in capitals, as from the real API."""
    return (
        f"/subscriptions/{azure.subscription_id}/resourceGroups/{found.group.upper()}"
        f"/providers/Microsoft.Compute/virtualMachines/{found.name}"
    )


def instance_view(found: Machine) -> dict[str, Any]:
    """What a machine is doing."""
    return {
        "computerName": found.name,
        "osName": "debian",
        "statuses": [
            {
                "code": f"ProvisioningState/{found.provisioning.lower()}",
                "level": "Info",
                "displayStatus": f"Provisioning {found.provisioning.lower()}",
            },
            {"code": f"PowerState/{found.power}", "level": "Info", "displayStatus": _SHOWN[found.power]},
        ],
    }


def view(azure: Azure, found: Machine, *, instance: bool = False) -> dict[str, Any]:
    """A machine; its power state only where the instance view is asked for."""
    properties = {
        "vmId": found.vm_id,
        "hardwareProfile": {"vmSize": found.size},
        "storageProfile": {
            "osDisk": {"osType": "Linux", "name": f"{found.name}_disk", "createOption": "FromImage"}
        },
        "osProfile": {"computerName": found.name, "adminUsername": "azureuser"},
        "provisioningState": found.provisioning,
        "timeCreated": zulu_millis(found.created),
        **found.properties,
    }
    if instance:
        properties["instanceView"] = instance_view(found)
    shown = {
        "id": identity(azure, found),
        "name": found.name,
        "type": "Microsoft.Compute/virtualMachines",
        "location": found.location,
        "properties": properties,
    }
    if found.tags is not None:
        shown["tags"] = found.tags
    return shown


def _group(azure: Azure, call: Call) -> str:
    name = azure.groups.get(call["group"].lower())
    if name is None:
        raise errors.group_not_found(call["group"])
    return name


def _machine(azure: Azure, call: Call) -> Machine:
    group = _group(azure, call)
    found = azure.machines.get((group.lower(), call["name"].lower()))
    if found is None:
        raise errors.machine_not_found(call["group"], call["name"])
    return found


@routes.get(_ALL, _GROUP)
def list_machines(azure: Azure, call: Call) -> Any:
    found = list(azure.machines.values())
    if "group" in call.path:
        group = _group(azure, call)
        found = [each for each in found if each.group == group]
    token = call.query("$skiptoken")
    start = int(base64.urlsafe_b64decode(token)) if token else 0
    size = azure.page_size
    wide = "instanceview" in call.query("$expand").lower() or call.flag("statusOnly")
    data: dict[str, Any] = {
        "value": [view(azure, each, instance=wide) for each in found[start : start + size]]
    }
    if start + size < len(found):
        following = base64.urlsafe_b64encode(str(start + size).encode()).decode()
        query = {**call.request.query, "$skiptoken": [following]}
        path = urlsplit(call.request.target).path
        data["nextLink"] = f"{azure.origin(call)}{path}?{urlencode(query, doseq=True)}"
    return data


@routes.get(_ONE)
def get_machine(azure: Azure, call: Call) -> Any:
    wide = "instanceview" in call.query("$expand").lower()
    return view(azure, _machine(azure, call), instance=wide)


@routes.get(f"{_ONE}/instanceview")
def get_instance_view(azure: Azure, call: Call) -> Any:
    return instance_view(_machine(azure, call))


@routes.put(_ONE)
def put_machine(azure: Azure, call: Call) -> Response:
    group, body = _group(azure, call), call.json()
    known = azure.machines.get((group.lower(), call["name"].lower()))
    if known is not None:
        known.tags = body.get("tags", known.tags)
        return _accepted(azure, call, azure.operate(known, call.now), known, 200)
    size = ((body.get("properties") or {}).get("hardwareProfile") or {}).get("vmSize")
    if not body.get("location"):
        raise errors.error(400, "LocationRequired", "The location property is required for this definition.")
    if not size:
        raise errors.error(400, "InvalidParameter", "Required parameter 'vmSize' is missing (null).")
    made = azure.machine(
        call["name"],
        group=group,
        location=body["location"],
        size=size,
        tags=body.get("tags"),
        power="starting",
    )
    made.provisioning = "Creating"
    return _accepted(azure, call, azure.operate(made, call.now, power="running"), made, 201)


@routes.patch(_ONE)
def patch_machine(azure: Azure, call: Call) -> Response:
    found, body = _machine(azure, call), call.json()
    if "tags" in body:
        found.tags = body["tags"]
    return json_answer(view(azure, found))


@routes.delete(_ONE)
def delete_machine(azure: Azure, call: Call) -> Response:
    found = _machine(azure, call)
    operation = azure.operate(found, call.now, deletes=True)
    return _accepted(azure, call, operation, None, 202)


@routes.post(f"{_ONE}/{{action}}")
def act(azure: Azure, call: Call) -> Response:
    found, action = _machine(azure, call), call["action"].lower()
    if action not in ACTIONS:
        raise errors.error(404, "InvalidResourceType", f"The action '{call['action']}' is not known here.")
    during, after = ACTIONS[action]
    refusal = azure.refusals.pop(action, None)
    operation = azure.operate(found, call.now, power=after, error=refusal)
    found.power = during
    return _accepted(azure, call, operation, None, 202)


def _accepted(azure: Azure, call: Call, operation: Operation, found: Machine | None, status: int) -> Response:
    """An answer that says where to ask how far it is: by both headers, as Compute does."""
    address = (
        f"{azure.origin(call)}/subscriptions/{azure.subscription_id}/providers/Microsoft.Compute"
        f"/locations/{operation.location}/operations/{operation.id}?api-version={call.query('api-version')}"
    )
    headers = {"Azure-AsyncOperation": address, "Retry-After": str(azure.retry_after)}
    if status == 202:
        headers["Location"] = f"{address}&monitor=true"
        return Response(202, b"", headers=headers)
    return json_answer(view(azure, found) if found else {}, status, headers)


@routes.get(f"/subscriptions/{{subscription}}{_COMPUTE}/locations/{{location}}/operations/{{id}}")
def get_operation(azure: Azure, call: Call) -> Response:
    found = azure.operations.get(call["id"])
    if found is None:
        raise errors.error(404, "OperationNotFound", f"The operation '{call['id']}' was not found.")
    done = found.ends <= call.now
    headers = {} if done else {"Retry-After": str(azure.retry_after)}
    if call.flag("monitor"):
        return Response(200 if done else 202, b"", headers=headers)
    status = "InProgress" if not done else ("Failed" if found.error else "Succeeded")
    data: dict[str, Any] = {"startTime": zulu_millis(found.started), "status": status, "name": found.id}
    if done:
        data["endTime"] = zulu_millis(found.ends)
    if done and found.error:
        data["error"] = {"code": found.error[0], "message": found.error[1]}
    return json_answer(data, 200, headers)
