"""Help desk and inventory by requests: pages, conflicts, idempotency, faults."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from labkit.faults import Expire, Refuse, Throttle
from labkit.services.helpdesk import Helpdesk
from labkit.services.inventory import Inventory


@pytest.fixture
def agent(helpdesk: Helpdesk) -> Iterator[requests.Session]:
    """A session of the agent, with credentials from the environment."""
    with requests.Session() as session:
        session.auth = (f"{os.environ['HELPDESK_EMAIL']}/token", os.environ["HELPDESK_TOKEN"])
        yield session


def test_the_last_ten_tickets(helpdesk: Helpdesk, agent: Any) -> None:
    """Sorted by their last change, the first page has the newest."""
    for number in range(15):
        helpdesk.ticket(f"t{number}", at=helpdesk.ago(hours=20 - number))
    helpdesk.comment(helpdesk.tickets[1], "again", author="user@example.com")
    params = {"sort": "-updated_at", "page[size]": 10}
    found = agent.get(f"{helpdesk.url}/api/v2/tickets", params=params, timeout=5).json()
    assert [each["subject"] for each in found["tickets"]][:3] == ["t0", "t14", "t13"]
    assert (len(found["tickets"]), found["meta"]["has_more"]) == (10, True)
    rest = agent.get(found["links"]["next"], timeout=5).json()
    assert (len(rest["tickets"]), rest["meta"]["has_more"], rest["links"]["next"]) == (5, False, None)


def test_route_a_ticket(helpdesk: Helpdesk, agent: Any) -> None:
    """A ticket is put into a group with priority, tags and a private note; the rest stays."""
    made = helpdesk.ticket("VPN", "No connection")
    change = {
        "group": "network",
        "priority": "high",
        "status": "open",
        "additional_tags": ["routed"],
        "comment": {"body": "Routed.", "public": False},
    }
    agent.put(f"{helpdesk.url}/api/v2/tickets/1.json", json={"ticket": change}, timeout=5).raise_for_status()
    assert (made.group, made.priority, made.status, made.tags) == ("network", "high", "open", ["routed"])
    comments = agent.get(f"{helpdesk.url}/api/v2/tickets/1/comments", timeout=5).json()["comments"]
    assert [(each["body"], each["public"]) for each in comments] == [
        ("No connection", True),
        ("Routed.", False),
    ]


def test_safe_update(helpdesk: Helpdesk, agent: Any) -> None:
    """An update that tells what it has seen is refused when somebody was faster."""
    made = helpdesk.ticket("x")
    url = f"{helpdesk.url}/api/v2/tickets/1"
    seen = agent.get(url, timeout=5).json()["ticket"]["updated_at"]
    helpdesk.clock.advance(60)
    helpdesk.comment(made, "in between", author="user@example.com")
    body = {"ticket": {"status": "open", "safe_update": True, "updated_stamp": seen}}
    answer = agent.put(url, json=body, timeout=5)
    assert (answer.status_code, answer.json()["error"], made.status) == (409, "UpdateConflict", "new")


def test_new_tickets(helpdesk: Helpdesk, agent: Any) -> None:
    """A key makes a repeated request harmless; an empty ticket and wrong values are 422 with details."""
    url, headers = f"{helpdesk.url}/api/v2/tickets", {"Idempotency-Key": "k"}
    body = {"ticket": {"subject": "x", "comment": {"body": "text"}, "external_id": "m-1"}}
    first = agent.post(url, json=body, headers=headers, timeout=5)
    again = agent.post(url, json=body, headers=headers, timeout=5)
    assert (first.status_code, again.json()) == (201, first.json())
    assert [each.headers["X-Idempotency-Lookup"] for each in (first, again)] == ["miss", "hit"]
    other = agent.post(url, json={"ticket": {"description": "y"}}, headers=headers, timeout=5)
    assert (other.status_code, other.json()["error"]) == (400, "IdempotentRequestError")
    empty = agent.post(url, json={"ticket": {"subject": "x"}}, timeout=5)
    assert (empty.status_code, "cannot be blank" in empty.text) == (422, True)
    wrong = agent.put(f"{url}/1", json={"ticket": {"priority": "P1"}}, timeout=5)
    assert (wrong.status_code, list(wrong.json()["details"])) == (422, ["priority"])
    helpdesk.tickets[1].status = "closed"
    closed = agent.put(f"{url}/1", json={"ticket": {"status": "open"}}, timeout=5)
    assert "closed prevents ticket update" in closed.text
    assert agent.get(f"{url}/99", timeout=5).json() == {"error": "RecordNotFound", "description": "Not found"}


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (Throttle(), 429, "APIRateLimitExceeded"),
        (Refuse(), 403, "Forbidden"),
        (Refuse(at="internal"), 500, "InternalServerError"),
        (Expire(), 401, "Couldn't authenticate you"),
    ],
)
def test_faults_of_the_help_desk(helpdesk: Helpdesk, agent: Any, fault: Any, status: int, words: str) -> None:
    """Each fault is an answer in the API's words."""
    with helpdesk.faults.during(fault):
        answer = agent.get(f"{helpdesk.url}/api/v2/tickets", timeout=5)
    assert (answer.status_code, words in answer.text) == (status, True)
    assert requests.get(f"{helpdesk.url}/api/v2/tickets", timeout=5).status_code == 401


# Inventory


def walk(inventory: Inventory, paging: str) -> list[str]:
    """All users, page by page, as each kind of paging wants it."""
    url, found = f"{os.environ['INVENTORY_URL']}/api/users", []
    if paging == "page":
        following: str | None = f"{url}?per_page=4"
        while following:
            data = requests.get(following, timeout=5).json()
            found += data["items"]
            following = data["next"]
    elif paging == "offset":
        total = 1
        while len(found) < total:
            params = {"limit": 4, "offset": len(found)}
            data = requests.get(url, params=params, timeout=5).json()
            found, total = found + data["items"], data["total"]
    else:
        cursor: str | None = ""
        while cursor is not None:
            data = requests.get(url, params={"limit": 4, "cursor": cursor}, timeout=5).json()
            found, cursor = found + data["items"], data["next_cursor"]
    return [each["name"] for each in found]


@pytest.mark.parametrize("paging", ["page", "offset", "cursor"])
def test_paging(inventory: Inventory, paging: str) -> None:
    """Each kind of paging gives all items once, in three requests for ten."""
    for number in range(10):
        inventory.add("users", name=f"u{number}", company="Example")
    inventory.paging = paging
    assert walk(inventory, paging) == [f"u{number}" for number in range(10)]
    assert inventory.requests.count("GET /api/users") == 3


def test_filters_and_wrong_parameters(inventory: Inventory) -> None:
    """Other parameters filter; a page size that makes no sense is a problem document."""
    inventory.add("servers", name="a", site="north")
    inventory.add("servers", name="b", site="south")
    url = f"{inventory.url}/api/servers"
    assert [each["name"] for each in requests.get(f"{url}?site=south", timeout=5).json()["items"]] == ["b"]
    for query, status in (("per_page=0", 400), ("per_page=x", 400)):
        answer = requests.get(f"{url}?{query}", timeout=5)
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert (
        requests.get(f"{inventory.url}/api/none", timeout=5).json()["detail"]
        == "there is no collection 'none'"
    )


def test_upsert(inventory: Inventory) -> None:
    """PUT makes an item once and replaces it afterwards; POST of the same id is a conflict."""
    url = f"{inventory.url}/api/servers/web-1"
    assert requests.put(url, json={"name": "web-1", "cpus": 2}, timeout=5).status_code == 201
    again = requests.put(url, json={"name": "web-1", "cpus": 4}, timeout=5)
    assert (again.status_code, again.json()["cpus"]) == (200, 4)
    assert len(inventory.collections["servers"]) == 1
    same = requests.post(f"{inventory.url}/api/servers", json={"id": "web-1"}, timeout=5)
    assert same.status_code == 409
    assert requests.put(url, json={}, headers={"If-None-Match": "*"}, timeout=5).status_code == 412


def test_versions(inventory: Inventory) -> None:
    """A change under If-Match goes through once; 304 tells that nothing changed."""
    inventory.add("servers", id="web-1", cpus=2)
    url = f"{inventory.url}/api/servers/web-1"
    tag = requests.get(url, timeout=5).headers["ETag"]
    assert requests.get(url, headers={"If-None-Match": tag}, timeout=5).status_code == 304
    assert requests.patch(url, json={"cpus": 4}, headers={"If-Match": tag}, timeout=5).status_code == 200
    assert requests.patch(url, json={"cpus": 8}, headers={"If-Match": tag}, timeout=5).status_code == 412
    assert requests.delete(url, timeout=5).status_code == 204
    assert requests.get(url, timeout=5).status_code == 404


def test_validation_and_keys(inventory: Inventory) -> None:
    """Missing fields are named in a 422; a repeated key gives the same item; an API key is asked for."""
    inventory.required["servers"] = ("name", "site")
    url = f"{inventory.url}/api/servers"
    refused = requests.post(url, json={"name": "x"}, timeout=5)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/site")
    body, headers = {"name": "x", "site": "n"}, {"Idempotency-Key": "k"}
    first, again = (requests.post(url, json=body, headers=headers, timeout=5) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    assert first.headers["Location"] == f"{url}/1"
    inventory.api_key = "example-key"
    assert requests.get(url, timeout=5).status_code == 401
    assert requests.get(url, headers={"X-API-Key": "example-key"}, timeout=5).status_code == 200
    assert requests.get(f"{inventory.url}/health", timeout=5).json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("fault", "status"), [(Throttle(), 429), (Refuse(), 403), (Refuse(at="internal"), 500), (Expire(), 401)]
)
def test_faults_of_the_inventory(inventory: Inventory, fault: Any, status: int) -> None:
    """Each fault is a problem document with its status in it."""
    with inventory.faults.during(fault):
        answer = requests.get(f"{inventory.url}/api/users", timeout=5)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["Content-Type"] == "application/problem+json"
