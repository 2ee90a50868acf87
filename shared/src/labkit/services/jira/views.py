"""How Jira shows its objects."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from labkit.services.jira.models import (
    PRIORITIES,
    STATUSES,
    TRANSITION_IDS,
    TRANSITIONS,
    TYPES,
    Comment,
    Issue,
    Project,
    User,
)

_CATEGORIES: Final = {"new": (2, "To Do"), "indeterminate": (4, "In Progress"), "done": (3, "Done")}


def moment(seconds: float | None) -> str | None:
    """A moment as Jira writes it: ``2026-03-02T10:00:00.000+0000``."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def user(origin: str, found: User | None) -> dict[str, Any] | None:
    """A user, with the keys of both kinds of deployment."""
    if found is None:
        return None
    return {
        "self": f"{origin}/rest/api/2/user?username={found.name}",
        "name": found.name,
        "key": found.name,
        "accountId": found.name,
        "emailAddress": found.email,
        "displayName": found.display_name,
        "active": True,
        "timeZone": "Etc/UTC",
    }


def project(origin: str, found: Project) -> dict[str, Any]:
    """A project."""
    return {
        "self": f"{origin}/rest/api/2/project/{found.id}",
        "id": str(found.id),
        "key": found.key,
        "name": found.name,
        "projectTypeKey": "software",
        "issueTypes": [issue_type(origin, name) for name in TYPES],
    }


def issue_type(origin: str, name: str) -> dict[str, Any]:
    """An issue type."""
    number = str(TYPES.index(name) + 1)
    return {
        "self": f"{origin}/rest/api/2/issuetype/{number}",
        "id": number,
        "name": name,
        "subtask": name == "Sub-task",
    }


def priority(origin: str, name: str) -> dict[str, Any]:
    """A priority."""
    number = str(PRIORITIES.index(name) + 1)
    return {"self": f"{origin}/rest/api/2/priority/{number}", "id": number, "name": name}


def status(origin: str, name: str) -> dict[str, Any]:
    """A status."""
    number, key = str(list(STATUSES).index(name) + 1), STATUSES[name]
    identity, shown = _CATEGORIES[key]
    return {
        "self": f"{origin}/rest/api/2/status/{number}",
        "id": number,
        "name": name,
        "description": "",
        "statusCategory": {"id": identity, "key": key, "name": shown},
    }


def comment(origin: str, issue: Issue, found: Comment) -> dict[str, Any]:
    """A comment."""
    return {
        "self": f"{origin}/rest/api/2/issue/{issue.id}/comment/{found.id}",
        "id": str(found.id),
        "author": user(origin, found.author),
        "updateAuthor": user(origin, found.author),
        "body": found.body,
        "created": moment(found.created),
        "updated": moment(found.updated),
    }


def issue(origin: str, found: Issue, fields: set[str] | None = None) -> dict[str, Any]:
    """An issue; ``fields`` are the names of those that are wanted, None for all."""
    comments = [comment(origin, found, each) for each in found.comments]
    shown: dict[str, Any] = {
        "summary": found.summary,
        "description": found.description,
        "issuetype": issue_type(origin, found.type),
        "project": project(origin, found.project),
        "priority": priority(origin, found.priority),
        "status": status(origin, found.status),
        "resolution": {"id": "1", "name": found.resolution} if found.resolution else None,
        "resolutiondate": moment(found.resolved),
        "labels": found.labels,
        "assignee": user(origin, found.assignee),
        "reporter": user(origin, found.reporter),
        "creator": user(origin, found.reporter),
        "created": moment(found.created),
        "updated": moment(found.updated),
        "comment": {"comments": comments, "total": len(comments), "maxResults": len(comments), "startAt": 0},
        "attachment": [
            {"id": str(number), "filename": name, "size": len(content)}
            for number, name, content in found.attachments
        ],
        "issuelinks": [],
        "subtasks": [],
        **found.custom,
    }
    if fields is not None:
        shown = {name: value for name, value in shown.items() if name in fields}
    return {
        "expand": "renderedFields,names,schema,operations,editmeta,changelog",
        "id": str(found.id),
        "self": f"{origin}/rest/api/2/issue/{found.id}",
        "key": found.key,
        "fields": shown,
    }


def transitions(origin: str, found: Issue) -> list[dict[str, Any]]:
    """Where an issue may go."""
    return [
        {"id": TRANSITION_IDS[name], "name": name, "to": status(origin, target)}
        for name, target in TRANSITIONS[found.status].items()
    ]
