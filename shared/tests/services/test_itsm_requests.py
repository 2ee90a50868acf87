"""The ITSM system by requests: records, queries, tokens, idempotency, faults."""

from __future__ import annotations

import os
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from labkit.faults import Drop, Expire, Malformed, Refuse, Throttle
from labkit.services.itsm import Itsm

INCIDENTS = "/api/now/table/incident"


@pytest.fixture
def web(itsm: Itsm) -> Any:
    """A session with user and password from the environment."""
    with requests.Session() as session:
        session.auth = (os.environ["ITSM_USER"], os.environ["ITSM_PASSWORD"])
        session.headers["Accept"] = "application/json"
        yield session


def login(itsm: Itsm, **form: str) -> requests.Response:
    data = {
        "grant_type": "password",
        "client_id": itsm.client_id,
        "client_secret": itsm.client_secret,
        "username": itsm.user,
        "password": itsm.password,
        **form,
    }
    return requests.post(f"{itsm.url}/oauth_token.do", data=data, timeout=5)


def test_create_read_update_delete(itsm: Itsm, web: Any) -> None:
    """An incident gets its number, its priority by impact and urgency, and goes through its life."""
    sent = {"short_description": "Disk full", "impact": 2, "urgency": "1", "correlation_id": "node-1:disk"}
    made = web.post(f"{itsm.url}{INCIDENTS}", json=sent, timeout=5)
    record = made.json()["result"]
    assert (made.status_code, record["number"], record["priority"], record["state"]) == (
        201,
        "INC0010001",
        "2",
        "1",
    )
    assert made.headers["Location"] == f"{itsm.url}{INCIDENTS}/{record['sys_id']}"
    url = made.headers["Location"]
    assert web.get(url, timeout=5).json()["result"] == record
    noted = web.patch(url, json={"work_notes": "purged", "state": "2"}, timeout=5).json()["result"]
    assert (noted["state"], "purged" in noted["work_notes"], noted["sys_mod_count"]) == ("2", True, "1")
    assert web.delete(url, timeout=5).status_code == 204
    gone = web.get(url, timeout=5)
    assert (gone.status_code, gone.json()["error"]["message"]) == (404, "No Record found")


def test_resolving_needs_code_and_notes(itsm: Itsm, web: Any) -> None:
    """The data policy wants a resolution code and notes; without them nothing changes."""
    made = itsm.create(short_description="x")
    url = f"{itsm.url}{INCIDENTS}/{made['sys_id']}"
    refused = web.patch(url, json={"state": "6", "close_notes": "done"}, timeout=5)
    assert refused.status_code == 403
    assert refused.json()["error"]["detail"].endswith("are mandatory: Resolution code")
    assert (made["state"], made["close_notes"]) == ("1", "")
    closing = {"state": "7", "close_code": "Solved", "close_notes": "done"}
    assert web.patch(url, json=closing, timeout=5).json()["result"]["active"] == "false"
    assert made["resolved_at"].startswith("2026-03-02 10:00")


def test_change_requests(itsm: Itsm, web: Any) -> None:
    """A change request takes a change of its risk and leaves the rest as it is."""
    made = itsm.create("change_request", short_description="Patch", risk="2")
    before = dict(made)
    url = f"{itsm.url}/api/now/table/change_request/{made['sys_id']}"
    web.patch(url, json={"risk": "MITIGATED", "no_such_field": "x"}, timeout=5)
    changed = {name for name in made if made[name] != before[name]}
    assert (made["number"], made["risk"]) == ("CHG0030001", "MITIGATED")
    assert changed <= {"risk", "sys_updated_on", "sys_updated_by", "sys_mod_count"}
    assert "no_such_field" not in made


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [1, 2, 3, 4]),
        ("correlation_id=b", [2]),
        ("active=true^priority<3", [1]),
        ("state=1^ORstate=2^ORDERBYDESCnumber", [4, 3, 2, 1]),
        ("short_descriptionLIKEdisk", [1, 3]),
        ("short_descriptionSTARTSWITHweb", [2]),
        ("numberININC0010001,INC0010004", [1, 4]),
        ("correlation_idISEMPTY", [3, 4]),
        ("correlation_id!=a^correlation_idISNOTEMPTY", [2]),
        ("correlation_id=a^NQcorrelation_id=b", [1, 2]),
        ("no_such_field=1", [1, 2, 3, 4]),
    ],
)
def test_queries(itsm: Itsm, web: Any, query: str, numbers: list[int]) -> None:
    """An encoded query finds what the real system finds; a field that is not there is left out of it."""
    itsm.create(short_description="Disk full", correlation_id="a", impact="1", urgency="1")
    itsm.create(short_description="Web down", correlation_id="b")
    itsm.create(short_description="No disk")
    itsm.create(short_description="Login")
    params = {"sysparm_query": query, "sysparm_fields": "number"}
    found = web.get(f"{itsm.url}{INCIDENTS}", params=params, timeout=5).json()["result"]
    assert found == [{"number": f"INC001000{number}"} for number in numbers]


def test_pages(itsm: Itsm, web: Any) -> None:
    """Lists come in pages by limit and offset, with a count and links that requests reads."""
    for number in range(25):
        itsm.create("sys_user", user_name=f"user-{number:02}", company="Example")
    url, names = f"{itsm.url}/api/now/table/sys_user", []
    params: Any = {"sysparm_limit": 10, "sysparm_fields": "user_name"}
    while url:
        answer = web.get(url, params=params, timeout=5)
        assert answer.headers["X-Total-Count"] == "25"
        names += [each["user_name"] for each in answer.json()["result"]]
        url, params = answer.links.get("next", {}).get("url"), None
    assert names == [f"user-{number:02}" for number in range(25)]
    assert len(itsm.requests) == 3


def test_tokens(itsm: Itsm) -> None:
    """A token lasts as long as it says; then it is 401, and the refresh token brings a new one."""
    given = login(itsm).json()
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 1800)
    headers = {"Authorization": f"Bearer {given['access_token']}"}
    url = f"{itsm.url}{INCIDENTS}"
    assert requests.get(url, headers=headers, timeout=5).status_code == 200
    itsm.clock.advance(1800)
    late = requests.get(url, headers=headers, timeout=5)
    assert (late.status_code, late.json()["error"]["message"]) == (401, "User Not Authenticated")
    again = login(itsm, grant_type="refresh_token", refresh_token=given["refresh_token"]).json()
    assert again["access_token"] != given["access_token"]
    headers = {"Authorization": f"Bearer {again['access_token']}"}
    assert requests.get(url, headers=headers, timeout=5).status_code == 200
    itsm.revoke_tokens()
    assert requests.get(url, headers=headers, timeout=5).status_code == 401


def test_who_is_let_in(itsm: Itsm) -> None:
    """API key, client credentials and password let in; wrong ones do not."""
    url = f"{itsm.url}{INCIDENTS}"
    assert requests.get(url, timeout=5).status_code == 401
    assert requests.get(url, headers={"x-sn-apikey": itsm.api_key}, timeout=5).status_code == 200
    assert requests.get(url, auth=("automation", "wrong"), timeout=5).status_code == 401
    assert login(itsm, grant_type="client_credentials").status_code == 200
    assert login(itsm, password="wrong").json()["error_description"] == "access_denied"
    assert login(itsm, client_secret="wrong").json()["error"] == "invalid_client"
    assert login(itsm, grant_type="telepathy").json()["error"] == "unsupported_grant_type"


def test_idempotency(itsm: Itsm, web: Any) -> None:
    """The same key and body give the same record; the same key with another body is 422."""
    headers = {"Idempotency-Key": "a1"}
    first, again = (
        web.post(f"{itsm.url}{INCIDENTS}", json={"short_description": "x"}, headers=headers, timeout=5)
        for _ in range(2)
    )
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert web.post(f"{itsm.url}{INCIDENTS}", json={"a": "b"}, headers=headers, timeout=5).status_code == 422
    assert len(itsm.incidents) == 1


def test_a_retry_after_a_cut_answer(itsm: Itsm, web: Any) -> None:
    """A client that retries with its key after a cut answer has made one record, not two."""
    itsm.faults.inject(Drop(at="response", times=1))
    retry = Retry(total=2, allowed_methods=None, backoff_factor=0)
    web.mount("http://", HTTPAdapter(max_retries=retry))
    made = web.post(
        f"{itsm.url}{INCIDENTS}", json={"short_description": "x"}, headers={"Idempotency-Key": "k"}, timeout=5
    )
    assert (made.status_code, len(itsm.incidents), len(itsm.requests)) == (201, 1, 2)


def test_retry_after_is_waited_for(itsm: Itsm, web: Any, http_pauses: Any) -> None:
    """urllib3's Retry waits as long as Retry-After says, in no real time; the clock goes on."""
    itsm.faults.inject(Throttle(retry_after=30, times=1))
    web.mount("http://", HTTPAdapter(max_retries=Retry(total=2, status_forcelist=[429])))
    before = itsm.time()
    assert web.get(f"{itsm.url}{INCIDENTS}", timeout=5).status_code == 200
    assert (http_pauses.seconds, itsm.time() - before >= 30) == ([30.0], True)


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (Throttle(), 429, "Rate limit exceeded"),
        (Throttle(at="overload"), 503, "Service Unavailable"),
        (Refuse(), 403, "ACL Exception due to security constraints"),
        (Refuse(at="internal"), 500, "Internal Server Error"),
        (Expire(), 401, "User Not Authenticated"),
    ],
)
def test_faults(itsm: Itsm, web: Any, fault: Any, status: int, words: str) -> None:
    """Each fault is an answer in the words of the Table API, and nothing is done."""
    with itsm.faults.during(fault):
        answer = web.post(f"{itsm.url}{INCIDENTS}", json={"short_description": "x"}, timeout=5)
    assert (answer.status_code, words in answer.text, itsm.incidents) == (status, True, [])


def test_what_is_no_json(itsm: Itsm, web: Any) -> None:
    """A page in place of JSON says that it is HTML; a bad body and a bad table are refused."""
    with itsm.faults.during(Malformed(payload=b"<html>maintenance</html>")):
        answer = web.get(f"{itsm.url}{INCIDENTS}", timeout=5)
    assert answer.headers["Content-Type"].startswith("text/html")
    bad = web.post(f"{itsm.url}{INCIDENTS}", data=b"{", timeout=5)
    assert (bad.status_code, bad.json()["error"]["detail"]) == (400, "The payload is not valid JSON.")
    wrong = web.get(f"{itsm.url}/api/now/table/incidents", timeout=5)
    assert (wrong.status_code, wrong.json()["error"]["message"]) == (400, "Invalid table incidents")
