"""Jira by the jira client: issues, workflow, comments, JQL."""

from __future__ import annotations

import io
import os
from typing import Any

import pytest
import requests
from jira import JIRA
from jira.exceptions import JIRAError

from labkit.faults import Drop, Expire, Malformed, Refuse, Throttle
from labkit.services.jira import Jira


def client(jira: Jira, **more: Any) -> JIRA:
    return JIRA(jira.url, token_auth=more.pop("token", jira.token), max_retries=0, **more)


def keys(found: Any) -> list[str]:
    return [each.key for each in found]


def test_create_and_read(jira: Jira) -> None:
    """An issue has what it was made with, a key of its project and a first status."""
    made = client(jira).create_issue(
        project="OPS",
        summary="nginx is down",
        description="Three restarts failed.",
        issuetype={"name": "Incident"},
        priority={"name": "Highest"},
        labels=["nginx", "p1"],
    )
    assert made.key == "OPS-1"
    found = client(jira).issue("OPS-1").fields
    assert (found.summary, found.status.name, found.priority.name) == ("nginx is down", "To Do", "Highest")
    assert (found.labels, found.reporter.name, found.assignee) == (["nginx", "p1"], "automation", None)
    assert found.created == "2026-03-02T10:00:02.000+0000"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"summary": ""}, "You must specify a summary"),
        ({"summary": "a\nb"}, "newline characters"),
        ({"issuetype": {"name": "Wish"}}, "valid issue type is required"),
        ({"priority": {"name": "P1"}}, "The priority selected is invalid"),
        ({"labels": ["two words"]}, "contains spaces which is invalid"),
        ({"severity": "1"}, "Field 'severity' cannot be set"),
    ],
)
def test_refused_issues(jira: Jira, fields: dict[str, Any], words: str) -> None:
    """An issue with a wrong field is refused as a whole, with the field's name and Jira's words."""
    wanted = {"project": "OPS", "summary": "x", "issuetype": {"name": "Task"}, **fields}
    with pytest.raises(JIRAError, match=words) as caught:
        client(jira).create_issue(fields=wanted)
    assert (caught.value.status_code, jira.issues) == (400, {})


def test_change_assign_comment(jira: Jira) -> None:
    """Fields, labels, assignee and comments change, and with them the time of the last update."""
    made = jira.issue("OPS", "Disk", at=jira.ago(days=3))
    jira.user("ann")
    issue = client(jira).issue("OPS-1")
    issue.update(fields={"summary": "Disk full", "labels": ["a"]})
    with pytest.raises(JIRAError, match="Can not instantiate an operation on 'labels'"):
        issue.update(labels=["c"])
    issue.add_field_value("labels", "b")
    client(jira).assign_issue("OPS-1", "ann")
    comment = client(jira).add_comment("OPS-1", "Purged.")
    assert (made.summary, made.labels, made.assignee) == ("Disk full", ["a", "b"], jira.users["ann"])
    assert [each.body for each in client(jira).comments("OPS-1")] == ["Purged."]
    comment.update(body="Purged twice.")
    assert made.comments[0].body == "Purged twice."
    comment.delete()
    assert (made.comments, made.updated > jira.ago(days=1).timestamp()) == ([], True)


def test_transitions(jira: Jira) -> None:
    """An issue goes where its workflow leads, by name or number; closing it sets a resolution."""
    made = jira.issue("OPS", "x")
    web = client(jira)
    assert [each["name"] for each in web.transitions("OPS-1")] == ["Start progress", "Done"]
    web.transition_issue("OPS-1", "Start progress")
    web.transition_issue("OPS-1", "31", comment="Fixed.", fields={"resolution": {"name": "Fixed"}})
    found = web.issue("OPS-1").fields
    assert (found.status.name, found.status.statusCategory.key, found.resolution.name) == (
        "Done",
        "done",
        "Fixed",
    )
    assert (made.comments[0].body, found.resolutiondate is None) == ("Fixed.", False)
    with pytest.raises(JIRAError, match="Invalid transition name"):
        web.transition_issue("OPS-1", "Start progress")
    with pytest.raises(JIRAError, match="not valid for the current state of this issue"):
        web.transition_issue("OPS-1", "31")
    web.transition_issue("OPS-1", "Reopen")
    assert web.issue("OPS-1").fields.resolution is None


def fill(jira: Jira) -> None:
    jira.project("WEB", "Web site")
    first = jira.issue(
        "OPS", "Disk full on db-1", labels=["disk", "p1"], priority="Highest", at=jira.ago(days=10)
    )
    jira.issue("OPS", "Approve server", labels=["request"], type="Story", at=jira.ago(hours=5))
    third = jira.issue("WEB", "Login broken", description="Disk?", type="Bug", at=jira.ago(days=2))
    jira.move(first, "Done", at=jira.ago(days=9))
    third.assignee = jira.me
    jira.comment(third, "Looking at the certificate.")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["WEB-1", "OPS-2", "OPS-1"]),
        ("project = OPS", ["OPS-2", "OPS-1"]),
        ('project = "Web site"', ["WEB-1"]),
        ("project in (OPS, WEB) AND status != Done ORDER BY key ASC", ["OPS-2", "WEB-1"]),
        ("statusCategory = Done", ["OPS-1"]),
        ("labels = p1 OR labels in (request)", ["OPS-2", "OPS-1"]),
        ("labels is EMPTY", ["WEB-1"]),
        ("labels is not EMPTY AND NOT labels = disk", ["OPS-2"]),
        ("assignee = currentUser()", ["WEB-1"]),
        ("assignee is empty order by created", ["OPS-1", "OPS-2"]),
        ("created >= -3d", ["WEB-1", "OPS-2"]),
        ("created < '2026-02-21'", ["OPS-1"]),
        ("updated > startOfDay() AND type = Bug", ["WEB-1"]),
        ('summary ~ "disk"', ["OPS-1"]),
        ('text ~ "disk"', ["WEB-1", "OPS-1"]),
        ('comment ~ "certificate"', ["WEB-1"]),
        ("priority > Medium", ["OPS-1"]),
        ("(type = Bug OR type = Story) AND project not in (WEB)", ["OPS-2"]),
        ("key in (OPS-1, WEB-1) ORDER BY priority DESC, created DESC", ["OPS-1", "WEB-1"]),
        ("resolution is EMPTY", ["WEB-1", "OPS-2"]),
    ],
)
def test_search(jira: Jira, query: str, found: list[str]) -> None:
    """A query finds what Jira finds, in its order; the newest first unless it says otherwise."""
    fill(jira)
    assert keys(client(jira).search_issues(query)) == found


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("colour = red", "Field 'colour' does not exist or you do not have permission to view it"),
        ("project = NONE", "The value 'NONE' does not exist for the field 'project'"),
        ("status = Closed", "The value 'Closed' does not exist for the field 'status'"),
        ("summary = disk", "The operator '=' is not supported by the 'summary' field"),
        ("project = OPS labels = x", "Expecting either 'OR' or 'AND' but got 'labels'"),
        ("project =", "Unexpected end of query"),
        ("created > soon", "Date value 'soon' for field is invalid"),
        ('summary ~ "disk', "has not been completed"),
        ("reporter = membersOf()", "Unable to find JQL function 'membersOf\\(\\)'"),
        ("(project = OPS", "Expecting '\\)'"),
    ],
)
def test_refused_queries(jira: Jira, query: str, words: str) -> None:
    """A query that cannot be read is refused with the reason."""
    with pytest.raises(JIRAError, match=words) as caught:
        client(jira).search_issues(query)
    assert caught.value.status_code == 400


def test_pages(jira: Jira) -> None:
    """With maxResults=False the client goes through all pages; a total comes with each."""
    for number in range(7):
        jira.issue("OPS", f"n{number}")
    jira.largest_page = 3
    found = client(jira).search_issues("project = OPS ORDER BY key", maxResults=False)
    assert (len(found), found.total) == (7, 7)
    assert jira.requests.count("GET /rest/api/2/search") == 3


def test_the_cloud(jira: Jira) -> None:
    """Jira Cloud searches by tokens, without a total, and never without a restriction."""
    jira.deployment = "Cloud"
    jira.largest_page = 2
    for number in range(5):
        jira.issue("OPS", f"n{number}")
    web = client(jira)
    found = web.enhanced_search_issues("project = OPS ORDER BY key", maxResults=0)
    assert keys(found) == [f"OPS-{number}" for number in range(1, 6)]
    with pytest.raises(JIRAError, match="Unbounded JQL queries are not allowed here"):
        web.enhanced_search_issues("ORDER BY key")
    answer = requests.get(
        f"{jira.url}/rest/api/2/search", headers={"Authorization": f"Bearer {jira.token}"}, timeout=5
    )
    assert answer.status_code == 410


def test_attachments(jira: Jira) -> None:
    """A file is attached with its name and content."""
    made = jira.issue("OPS", "x")
    client(jira).add_attachment("OPS-1", io.BytesIO(b"journal\n"), filename="journal.txt")
    assert [(name, content) for _, name, content in made.attachments] == [("journal.txt", b"journal\n")]


def test_around_issues(jira: Jira) -> None:
    """Projects, users and server information are there for clients that ask first."""
    web = client(jira)
    assert (web.server_info()["deploymentType"], web.myself()["name"]) == ("Server", "automation")
    assert keys(web.projects()) == ["OPS"]
    assert [each.name for each in web.search_users("auto")] == ["automation"]
    with pytest.raises(JIRAError, match="Issue does not exist"):
        web.issue("OPS-99")
    jira.issue("OPS", "x")
    web.issue("OPS-1").delete()
    assert jira.issues == {}


def test_credentials(jira: Jira) -> None:
    """Token alone, and mail address with token, let in; anything else is 401."""
    assert os.environ["JIRA_URL"] == jira.url
    basic = (os.environ["JIRA_USER"], os.environ["JIRA_TOKEN"])
    assert JIRA(jira.url, basic_auth=basic).myself()["name"] == "automation"
    with pytest.raises(JIRAError, match="not authenticated"):
        client(jira, token="wrong").myself()


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Throttle(retry_after=5), 429),
        (Throttle(at="overload"), 503),
        (Refuse(), 403),
        (Refuse(at="internal"), 500),
        (Expire(), 401),
    ],
)
def test_faults(jira: Jira, fault: Any, status: int, http_pauses: Any) -> None:
    """Each fault reaches the client as its status, and nothing is done."""
    web = client(jira)
    with jira.faults.during(fault), pytest.raises(JIRAError) as caught:
        web.create_issue(project="OPS", summary="x", issuetype={"name": "Task"})
    assert (caught.value.status_code, jira.issues) == (status, {})


def test_a_patient_client(jira: Jira, http_pauses: Any) -> None:
    """With retries the client waits as long as it is told and gets through."""
    web = JIRA(jira.url, token_auth=jira.token, max_retries=2)
    jira.faults.inject(Throttle(retry_after=5, times=1))
    assert web.myself()["name"] == "automation"
    assert sum(http_pauses.seconds) >= 5


def test_cut_and_garbled(jira: Jira) -> None:
    """A request that was cut at the answer has been done: the issue is there."""
    web = client(jira)
    with jira.faults.during(Drop(at="response", match="POST")), pytest.raises(requests.ConnectionError):
        web.create_issue(project="OPS", summary="x", issuetype={"name": "Task"})
    assert list(jira.issues) == ["OPS-1"]
    with jira.faults.during(Malformed(payload=b"<html>")), pytest.raises((JIRAError, ValueError)):
        web.issue("OPS-1")
