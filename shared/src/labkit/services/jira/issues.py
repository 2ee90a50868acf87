"""Issues on the wire: made, changed, moved through the workflow, commented on, searched."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any, Final

from labkit.services.base import Call, Problem, Routes
from labkit.services.jira import views
from labkit.services.jira.jql import BadJql, Query
from labkit.services.jira.models import (
    PRIORITIES,
    TRANSITION_IDS,
    TRANSITIONS,
    TYPES,
    Comment,
    Issue,
)

if TYPE_CHECKING:
    from labkit.services.jira.service import Jira

routes = Routes()
_VERSIONS: Final = ("/rest/api/2", "/rest/api/3", "/rest/api/latest")
_NOT_POSSIBLE: Final = (
    "It seems that you have tried to perform a workflow operation (transition {}) that is not valid for the "
    "current state of this issue. The likely cause is that somebody has changed the issue recently, please "
    "look at the issue history for details."
)


def paths(path: str) -> list[str]:
    """A path below each version of the API."""
    return [f"{version}{path}" for version in _VERSIONS]


def refused(status: int, *messages: str) -> Problem:
    """Return an error in Jira's words."""
    return Problem(status, {"errorMessages": list(messages), "errors": {}})


def invalid(**fields: str) -> Problem:
    """Return the 400 for fields that do not hold: a text for each."""
    return Problem(400, {"errorMessages": [], "errors": fields})


def _issue(jira: Jira, call: Call) -> Issue:
    key = call["key"].upper()
    found = jira.issues.get(key)
    if found is None and key.isdigit():
        found = next((each for each in jira.issues.values() if str(each.id) == key), None)
    if found is None:
        raise refused(404, "Issue does not exist or you do not have permission to see it.")
    return found


def _wanted(text: str) -> set[str] | None:
    names = set(filter(None, text.split(",")))
    return None if not names or names & {"*all", "*navigable"} else names


@routes.post(*paths("/issue"))
def create(jira: Jira, call: Call) -> Any:
    fields = call.json().get("fields") or {}
    key = (fields.get("project") or {}).get("key", "")
    project = jira.projects.get(str(key).upper()) or next(
        (each for each in jira.projects.values() if str(each.id) == (fields.get("project") or {}).get("id")),
        None,
    )
    errors = {}
    if project is None:
        errors["project"] = "valid project is required" if key else "project is required"
    kind = _named(fields.get("issuetype"), TYPES)
    if kind is None:
        errors["issuetype"] = "valid issue type is required"
    if not str(fields.get("summary") or "").strip():
        errors["summary"] = "You must specify a summary of the issue."
    elif "\n" in fields["summary"]:
        errors["summary"] = "The summary is invalid because it contains newline characters."
    if errors or project is None or kind is None:
        raise invalid(**errors)
    rest = {name: value for name, value in fields.items() if name not in ("project", "issuetype", "summary")}
    made = jira.issue(project.key, fields["summary"], type=kind, reporter=call.user.name, at=call.now)
    try:
        _set(jira, made, rest)
    except Problem:
        del jira.issues[made.key]
        project.last -= 1
        raise
    return 201, {"id": str(made.id), "key": made.key, "self": f"{call.origin}/rest/api/2/issue/{made.id}"}


def _named(value: Any, known: tuple[str, ...]) -> str | None:
    if isinstance(value, dict):
        if str(value.get("id", "")).isdigit() and 0 < int(value["id"]) <= len(known):
            return known[int(value["id"]) - 1]
        return next((each for each in known if each.lower() == str(value.get("name", "")).lower()), None)
    return None


def _set(jira: Jira, found: Issue, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if name == "priority":
            priority = _named(value, PRIORITIES)
            if priority is None:
                raise invalid(priority="The priority selected is invalid.")
            found.priority = priority
        elif name in ("assignee", "reporter"):
            login = (value or {}).get("name") or (value or {}).get("accountId")
            if login and login not in jira.users:
                raise invalid(**{name: f"User '{login}' does not exist."})
            setattr(found, name, jira.users[login] if login else None)
        elif name == "labels":
            bad = next((each for each in value or () if re.search(r"\s", each)), None)
            if bad is not None:
                raise invalid(labels=f"The label '{bad}' contains spaces which is invalid.")
            found.labels = list(value or ())
        elif name in ("summary", "description"):
            setattr(found, name, value)
        elif name.startswith("customfield_"):
            found.custom[name] = value
        else:
            text = f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
            raise invalid(**{name: text})


@routes.get(*paths("/issue/{key}"))
def get(jira: Jira, call: Call) -> Any:
    return views.issue(call.origin, _issue(jira, call), _wanted(call.query("fields")))


@routes.put(*paths("/issue/{key}"))
def change(jira: Jira, call: Call) -> None:
    found, body = _issue(jira, call), call.json()
    _set(jira, found, body.get("fields") or {})
    for name, steps in (body.get("update") or {}).items():
        for step in steps:
            if not isinstance(step, dict):
                # What the client library makes of update(labels=["a"]) without fields=.
                raise refused(400, f"Can not instantiate an operation on '{name}' from the value '{step}'")
            if name == "labels" and "add" in step and step["add"] not in found.labels:
                found.labels.append(step["add"])
            elif name == "labels" and "remove" in step:
                found.labels = [each for each in found.labels if each != step["remove"]]
            elif name == "comment" and "add" in step:
                jira.comment(found, step["add"]["body"], author=call.user.name, at=call.now)
            elif "set" in step:
                _set(jira, found, {name: step["set"]})
    found.updated = max(found.updated, call.now)


@routes.delete(*paths("/issue/{key}"))
def delete(jira: Jira, call: Call) -> None:
    del jira.issues[_issue(jira, call).key]


@routes.put(*paths("/issue/{key}/assignee"))
def assign(jira: Jira, call: Call) -> None:
    found, body = _issue(jira, call), call.json()
    _set(jira, found, {"assignee": body if body.get("name") or body.get("accountId") else None})
    found.updated = max(found.updated, call.now)


@routes.get(*paths("/issue/{key}/transitions"))
def list_transitions(jira: Jira, call: Call) -> Any:
    return {"expand": "transitions", "transitions": views.transitions(call.origin, _issue(jira, call))}


@routes.post(*paths("/issue/{key}/transitions"))
def transition(jira: Jira, call: Call) -> None:
    found, body = _issue(jira, call), call.json()
    wanted = str((body.get("transition") or {}).get("id", ""))
    name = next((name for name, identity in TRANSITION_IDS.items() if identity == wanted), None)
    if name is None or name not in TRANSITIONS[found.status]:
        raise refused(400, _NOT_POSSIBLE.format(wanted))
    resolution = ((body.get("fields") or {}).get("resolution") or {}).get("name", "Done")
    jira.move(found, TRANSITIONS[found.status][name], resolution=resolution, at=call.now)
    for step in (body.get("update") or {}).get("comment", ()):
        jira.comment(found, step["add"]["body"], author=call.user.name, at=call.now)


# Comments


@routes.get(*paths("/issue/{key}/comment"))
def list_comments(jira: Jira, call: Call) -> Any:
    found = _issue(jira, call)
    shown = [views.comment(call.origin, found, each) for each in found.comments]
    return {"startAt": 0, "maxResults": 1048576, "total": len(shown), "comments": shown}


@routes.post(*paths("/issue/{key}/comment"))
def add_comment(jira: Jira, call: Call) -> Any:
    found, text = _issue(jira, call), call.json().get("body")
    if not text:
        raise invalid(comment="Comment body can not be empty!")
    made = jira.comment(found, text, author=call.user.name, at=call.now)
    return 201, views.comment(call.origin, found, made)


def _comment(jira: Jira, call: Call) -> tuple[Issue, Comment]:
    found = _issue(jira, call)
    comment = next((each for each in found.comments if str(each.id) == call["id"]), None)
    if comment is None:
        raise refused(404, f"Can not find a comment for the id: {call['id']}.")
    return found, comment


@routes.get(*paths("/issue/{key}/comment/{id}"))
def get_comment(jira: Jira, call: Call) -> Any:
    return views.comment(call.origin, *_comment(jira, call))


@routes.put(*paths("/issue/{key}/comment/{id}"))
def change_comment(jira: Jira, call: Call) -> Any:
    found, comment = _comment(jira, call)
    comment.body, comment.updated = call.json().get("body", comment.body), call.now
    return views.comment(call.origin, found, comment)


@routes.delete(*paths("/issue/{key}/comment/{id}"))
def delete_comment(jira: Jira, call: Call) -> None:
    found, comment = _comment(jira, call)
    found.comments.remove(comment)


@routes.post(*paths("/issue/{key}/attachments"))
def attach(jira: Jira, call: Call) -> Any:
    if call.header("x-atlassian-token") not in ("no-check", "nocheck"):
        raise Problem(403, b"XSRF check failed")
    found = _issue(jira, call)
    boundary = re.search(r'boundary="?([^";]+)', call.header("content-type"))
    added = []
    for part in call.request.body.split(b"--" + boundary[1].encode())[1:-1] if boundary else ():
        head, _, content = part.removeprefix(b"\r\n").removesuffix(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'filename="([^"]*)"', head)
        if name:
            jira.last += 1
            found.attachments.append((jira.last, name[1].decode(), content))
            added.append({"id": str(jira.last), "filename": name[1].decode(), "size": len(content)})
    return added


# Search


def _found(jira: Jira, call: Call, text: str) -> list[Issue]:
    known = {word.lower() for each in jira.projects.values() for word in (each.key, each.name)}
    try:
        return Query(text, call.now, call.user.name, known).select(list(jira.issues.values()))
    except BadJql as problem:
        raise refused(400, str(problem)) from None


@routes.on("GET POST", *paths("/search"))
def search(jira: Jira, call: Call) -> Any:
    """By ``startAt`` and ``maxResults``; gone from Jira Cloud."""
    if jira.deployment == "Cloud":
        text = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."
        raise refused(410, text)
    given = call.fields()
    found = _found(jira, call, given.get("jql", ""))
    start = int(given.get("startAt") or 0)
    size = min(int(given.get("maxResults") or 50), jira.largest_page or 1000)
    fields = given.get("fields", "")
    wanted = _wanted(fields if isinstance(fields, str) else ",".join(fields))
    shown = [views.issue(call.origin, each, wanted) for each in found[start : start + size]]
    return {"startAt": start, "maxResults": size, "total": len(found), "issues": shown}


@routes.on("GET POST", *paths("/search/jql"))
def search_by_token(jira: Jira, call: Call) -> Any:
    """By ``nextPageToken``, without a total: Jira Cloud."""
    given = call.fields()
    text = given.get("jql", "")
    if not text.lower().partition("order by")[0].strip():
        raise refused(400, "Unbounded JQL queries are not allowed here. Please add a search restriction.")
    found = _found(jira, call, text)
    token = str(given.get("nextPageToken") or "")
    start = int(base64.urlsafe_b64decode(token)) if token else 0
    size = min(int(given.get("maxResults") or 50), jira.largest_page or 100)
    fields = given.get("fields", "")
    wanted = _wanted(fields if isinstance(fields, str) else ",".join(fields))
    shown = [views.issue(call.origin, each, wanted) for each in found[start : start + size]]
    last = start + size >= len(found)
    more = {} if last else {"nextPageToken": base64.urlsafe_b64encode(str(start + size).encode()).decode()}
    return {"issues": shown, "isLast": last, **more}
