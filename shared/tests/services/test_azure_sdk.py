"""Azure Resource Manager by azure-mgmt-compute: lists, tags, power, long-running operations."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.mgmt.compute import ComputeManagementClient

from labkit.faults import Drop, Expire, Refuse, Throttle
from labkit.services.azure import Azure
from labkit.services.azure.client import Credential


@pytest.fixture
def compute(azure: Azure) -> Any:
    """The SDK's own client."""
    with ComputeManagementClient(**azure.client_arguments()) as client:
        yield client


def power_of(compute: Any, name: str, group: str = "production") -> str:
    statuses = compute.virtual_machines.instance_view(group, name).statuses
    return next(each.code for each in statuses if each.code.startswith("PowerState/"))


def test_all_pages(azure: Azure, compute: Any) -> None:
    """A list of all groups goes through its pages; a group lists its own."""
    azure.page_size = 2
    for number in range(5):
        azure.machine(f"web-{number}", tags={"Project": "shop"} if number else None)
    azure.machine("db", group="Data")
    found = list(compute.virtual_machines.list_all())
    assert [each.name for each in found] == ["web-0", "web-1", "web-2", "web-3", "web-4", "db"]
    assert [each.tags for each in found[:2]] == [None, {"Project": "shop"}]
    assert len(azure.requests) == 3
    assert [each.name for each in compute.virtual_machines.list("data")] == ["db"]
    assert "/resourceGroups/DATA/" in found[-1].id
    assert (found[0].location, found[0].hardware_profile.vm_size) == ("westeurope", "Standard_B2s")


def test_power_states(azure: Azure, compute: Any) -> None:
    """The power state is in the instance view, where stopped and deallocated differ."""
    for power in ("running", "stopped", "deallocated"):
        azure.machine(power, power=power)
        assert power_of(compute, power) == f"PowerState/{power}"
    plain = compute.virtual_machines.get("production", "running")
    assert plain.instance_view is None
    wide = compute.virtual_machines.get("production", "running", expand="instanceView")
    assert wide.instance_view.statuses[1].display_status == "VM running"


@pytest.mark.embedded_only("the test has the service call a function of its own")
def test_deallocation_takes_a_while(azure: Azure, compute: Any, http_pauses: Any) -> None:
    """Deallocation is accepted, goes on, and is done; the poller waits as long as it is told."""
    azure.machine("web")
    during: list[str] = []
    azure.before("GET .*/operations/", lambda _: during.append(azure.power("web")))
    poller = compute.virtual_machines.begin_deallocate("production", "web")
    poller.result()
    assert (poller.status(), azure.power("web")) == ("Succeeded", "deallocated")
    assert (during, set(http_pauses.seconds)) == (["deallocating"], {10})
    assert azure.requests.count("GET .*/operations/.*") >= 3


def test_all_actions(azure: Azure, compute: Any) -> None:
    """Start, power off and restart end in their states."""
    azure.machine("web", power="deallocated")
    machines = compute.virtual_machines
    for begin, power in ((machines.begin_start, "running"), (machines.begin_power_off, "stopped")):
        begin("production", "web").result()
        assert azure.power("web") == power
    machines.begin_restart("production", "web").result()
    assert azure.power("web") == "running"


def test_an_operation_that_fails(azure: Azure, compute: Any) -> None:
    """An operation that was accepted may fail in the end, with its own error."""
    azure.machine("web")
    azure.refusals["deallocate"] = ("AllocationFailed", "The cluster is busy.")
    poller = compute.virtual_machines.begin_deallocate("production", "web")
    with pytest.raises(HttpResponseError, match="The cluster is busy") as caught:
        poller.result()
    assert caught.value.error is not None
    assert (caught.value.error.code, poller.status()) == ("AllocationFailed", "Failed")
    assert azure.power("web") == "running"


def test_tags(azure: Azure, compute: Any) -> None:
    """Tags are replaced as a whole by an update."""
    made = azure.machine("web", tags={"a": "1"})
    result = compute.virtual_machines.begin_update(
        "production", "web", {"tags": {"Project": "shop"}}
    ).result()
    assert (result.tags, made.tags) == ({"Project": "shop"}, {"Project": "shop"})


def test_create_and_delete(azure: Azure, compute: Any) -> None:
    """A machine is made and taken away by operations; what is missing in its definition is named."""
    azure.group("production")
    definition = {
        "location": "westeurope",
        "tags": {"Project": "shop"},
        "properties": {"hardwareProfile": {"vmSize": "Standard_B1s"}},
    }
    made = compute.virtual_machines.begin_create_or_update("production", "new", definition).result()
    assert (made.name, made.provisioning_state, azure.power("new")) == ("new", "Succeeded", "running")
    compute.virtual_machines.begin_delete("production", "new").result()
    with pytest.raises(
        ResourceNotFoundError, match=r"'Microsoft.Compute/virtualMachines/new' under resource group"
    ):
        compute.virtual_machines.get("production", "new")
    with pytest.raises(HttpResponseError, match="vmSize"):
        compute.virtual_machines.begin_create_or_update("production", "x", {"location": "westeurope"})


def test_what_is_not_there(azure: Azure) -> None:
    """A group and a subscription that are not there are told apart."""
    arguments = azure.client_arguments()
    client = ComputeManagementClient(**arguments)
    with pytest.raises(ResourceNotFoundError, match="Resource group 'none' could not be found"):
        list(client.virtual_machines.list("none"))
    other = ComputeManagementClient(**{**arguments, "subscription_id": "another"})
    with pytest.raises(ResourceNotFoundError, match="subscription 'another' could not be found"):
        list(other.virtual_machines.list_all())


def test_credentials(azure: Azure) -> None:
    """A wrong token and none are 401; a request without a version is 400."""
    arguments = {**azure.client_arguments(), "credential": Credential("wrong")}
    with pytest.raises(ClientAuthenticationError, match="The access token is invalid"):
        list(ComputeManagementClient(**arguments).virtual_machines.list_all())
    url = f"{azure.url}/subscriptions/{azure.subscription_id}/providers/Microsoft.Compute/virtualMachines"
    assert requests.get(url, timeout=5).status_code == 401
    answer = requests.get(url, headers={"Authorization": f"Bearer {azure.token}"}, timeout=5)
    assert answer.json()["error"]["code"] == "MissingApiVersionParameter"


def test_nothing_goes_elsewhere(azure: Azure) -> None:
    """The transport carries requests to Resource Manager alone, and refuses all others."""
    arguments = {**azure.client_arguments(), "base_url": "https://management.example.com"}
    with pytest.raises(ValueError, match=r"does not lead to management\.azure\.com"):
        list(ComputeManagementClient(**arguments).virtual_machines.list_all())
    assert len(azure.requests) == 0


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (Refuse(), HttpResponseError, "AuthorizationFailed"),
        (Expire(), ClientAuthenticationError, "ExpiredAuthenticationToken"),
        (Throttle(retry_after=3), HttpResponseError, "SubscriptionRequestsThrottled"),
        (Refuse(at="internal"), HttpResponseError, "InternalServerError"),
        (Throttle(at="overload"), HttpResponseError, "ServiceUnavailable"),
        (Drop(), (ServiceRequestError, ServiceResponseError), "aborted|Connection"),
    ],
)
def test_faults(azure: Azure, fault: Any, error: Any, words: str, http_pauses: Any) -> None:
    """Each fault that stays reaches the caller as the SDK's own exception, after its retries."""
    client = ComputeManagementClient(**azure.client_arguments())
    with azure.faults.during(fault), pytest.raises(error, match=words):
        list(client.virtual_machines.list_all())


def test_throttling_is_waited_for(azure: Azure, compute: Any, http_pauses: Any) -> None:
    """The SDK waits as long as Retry-After says and gets through."""
    azure.machine("web")
    azure.faults.inject(Throttle(retry_after=30, times=2))
    assert [each.name for each in compute.virtual_machines.list_all()] == ["web"]
    assert http_pauses.seconds == [30, 30]
