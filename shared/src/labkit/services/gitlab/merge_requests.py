"""Merge requests and issues, and notes on them: docs.gitlab.com/api/merge_requests, /issues and /notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.services.base import Call, Routes
from labkit.services.gitlab import errors, views
from labkit.services.gitlab.finding import (
    by_iid,
    change_labels,
    filtered,
    group_of,
    in_order,
    listed,
    need_write,
    project_of,
    required,
)
from labkit.services.gitlab.models import Issue, MergeRequest, Note, Project

if TYPE_CHECKING:
    from labkit.services.gitlab.service import GitLab

routes = Routes()
_PROJECT = "/api/v4/projects/{project}"
_REQUESTS = f"{_PROJECT}/merge_requests"
_REQUEST = f"{_REQUESTS}/{{iid}}"


def _merge_requests(items: list[MergeRequest], call: Call) -> list[MergeRequest]:
    found: list[MergeRequest] = in_order(filtered(items, call), call)
    for field, parameter in (("source", "source_branch"), ("target", "target_branch")):
        if call.query(parameter):
            found = [each for each in found if getattr(each, field) == call.query(parameter)]
    if call.query("wip"):
        found = [each for each in found if each.draft is (call.query("wip") == "yes")]
    return found


@routes.get(_REQUESTS)
def list_requests(gitlab: GitLab, call: Call) -> Any:
    home = project_of(gitlab, call)
    found = _merge_requests(list(home.merge_requests.values()), call)
    return listed(gitlab, call, found, lambda each: views.merge_request(home, each))


@routes.get("/api/v4/groups/{group}/merge_requests", "/api/v4/merge_requests")
def list_of_group(gitlab: GitLab, call: Call) -> Any:
    group = group_of(gitlab, call) if "group" in call.path else None
    homes = {}
    for project in gitlab.world.projects.values():
        if group is None or project.group is group or project.group.within(group):
            homes.update({each.id: (project, each) for each in project.merge_requests.values()})
    found = _merge_requests([each for _, each in homes.values()], call)
    return listed(gitlab, call, found, lambda each: views.merge_request(*homes[each.id]))


@routes.post(_REQUESTS)
def create_request(gitlab: GitLab, call: Call) -> Any:
    home, author, body = project_of(gitlab, call, change=True), need_write(call), call.fields()
    source, target = required(body, "source_branch"), required(body, "target_branch")
    title = required(body, "title")
    if source not in home.branches:
        raise errors.invalid("source_branch", "does not exist")
    for each in home.merge_requests.values():
        if each.state == "opened" and (each.source, each.target) == (source, target):
            text = f"Another open merge request already exists for this source branch: !{each.iid}"
            raise errors.error(409, [text])
    made = gitlab.world.merge_request(
        home,
        title,
        description=body.get("description", ""),
        author=author.username,
        source=source,
        target=target,
        created=call.now,
    )
    change_labels(made, home, body)
    return 201, views.merge_request(home, made)


def _request(gitlab: GitLab, call: Call, *, change: bool = False) -> tuple[Project, MergeRequest]:
    home = project_of(gitlab, call, change=change)
    return home, by_iid(home.merge_requests, call["iid"])


@routes.get(_REQUEST)
def get_request(gitlab: GitLab, call: Call) -> Any:
    home, found = _request(gitlab, call)
    count = len(views.diffs(*home.trees(found.base_sha, found.head_sha)))
    return {**views.merge_request(home, found), "changes_count": str(count)}


@routes.put(_REQUEST)
def edit_request(gitlab: GitLab, call: Call) -> Any:
    home, found = _request(gitlab, call, change=True)
    body = call.fields()
    if "title" in body:
        found.title = required(body, "title")
        found.draft = found.title.startswith("Draft:")
    found.description = body.get("description", found.description)
    change_labels(found, home, body)
    for field, ids in (("reviewers", "reviewer_ids"), ("assignees", "assignee_ids")):
        if ids in body:
            setattr(found, field, _users(gitlab, body[ids]))
    event = body.get("state_event")
    if event == "close" and found.state == "opened":
        found.state, found.closed = "closed", call.now
    elif event == "reopen" and found.state == "closed":
        found.state, found.closed = "opened", None
    found.updated = max(found.updated, call.now)
    return views.merge_request(home, found)


def _users(gitlab: GitLab, value: Any) -> list[Any]:
    ids = value if isinstance(value, list) else [value]
    known = {each.id: each for each in gitlab.world.users.values()}
    # Unknown ids are dropped without a word, and 0 (or an empty value) means nobody.
    return [known[int(each)] for each in ids if str(each).isdigit() and int(each) in known]


@routes.get(f"{_REQUEST}/changes")
def get_changes(gitlab: GitLab, call: Call) -> Any:
    home, found = _request(gitlab, call)
    changes = views.diffs(*home.trees(found.base_sha, found.head_sha))
    return {**views.merge_request(home, found), "changes": changes, "overflow": False}


@routes.get(f"{_REQUEST}/diffs")
def list_diffs(gitlab: GitLab, call: Call) -> Any:
    home, found = _request(gitlab, call)
    return listed(gitlab, call, views.diffs(*home.trees(found.base_sha, found.head_sha)), lambda each: each)


@routes.get(f"{_REQUEST}/commits")
def list_commits(gitlab: GitLab, call: Call) -> Any:
    home, found = _request(gitlab, call)
    commits = home.ahead(found.base_sha, found.head_sha)[::-1]
    return listed(gitlab, call, commits, lambda each: views.commit(home, each))


@routes.put(f"{_REQUEST}/merge")
def merge(gitlab: GitLab, call: Call) -> Any:
    home, found = _request(gitlab, call, change=True)
    sha = call.fields().get("sha")
    if sha and sha != found.head_sha:
        raise errors.error(409, f"SHA does not match HEAD of source branch: {found.head_sha}")
    if found.state != "opened" or found.draft or len(found.approvals) < home.approvals_required:
        raise errors.error(405, "405 Method Not Allowed")
    gitlab.world.merge(home, found, need_write(call), call.now)
    if call.fields().get("should_remove_source_branch"):
        home.branches.pop(found.source, None)
    return views.merge_request(home, found)


@routes.get(f"{_REQUEST}/approvals")
def get_approvals(gitlab: GitLab, call: Call) -> Any:
    home, found = _request(gitlab, call)
    left = max(0, home.approvals_required - len(found.approvals))
    return {
        "id": found.id,
        "iid": found.iid,
        "project_id": home.id,
        "approved": left == 0,
        "approvals_required": home.approvals_required,
        "approvals_left": left,
        "approved_by": [{"user": views.user(each)} for each in found.approvals],
    }


@routes.post(f"{_REQUEST}/approve")
def approve(gitlab: GitLab, call: Call) -> Any:
    _, found = _request(gitlab, call, change=True)
    user = need_write(call)
    if user in found.approvals or user is found.author:
        raise errors.unauthorized()
    found.approvals.append(user)
    return 201, get_approvals(gitlab, call)


# Issues


@routes.get(f"{_PROJECT}/issues")
def list_issues(gitlab: GitLab, call: Call) -> Any:
    home = project_of(gitlab, call)
    found = in_order(filtered(list(home.issues.values()), call), call)
    return listed(gitlab, call, found, lambda each: views.issue(home, each))


@routes.post(f"{_PROJECT}/issues")
def create_issue(gitlab: GitLab, call: Call) -> Any:
    home, author, body = project_of(gitlab, call, change=True), need_write(call), call.fields()
    title, text = required(body, "title"), body.get("description", "")
    made = gitlab.world.issue(home, title, author=author.username, description=text, created=call.now)
    change_labels(made, home, body)
    return 201, views.issue(home, made)


@routes.get(f"{_PROJECT}/issues/{{iid}}")
def get_issue(gitlab: GitLab, call: Call) -> Any:
    home = project_of(gitlab, call)
    return views.issue(home, by_iid(home.issues, call["iid"]))


@routes.put(f"{_PROJECT}/issues/{{iid}}")
def edit_issue(gitlab: GitLab, call: Call) -> Any:
    home = project_of(gitlab, call, change=True)
    found, body = by_iid(home.issues, call["iid"]), call.fields()
    found.title = required(body, "title") if "title" in body else found.title
    found.description = body.get("description", found.description)
    change_labels(found, home, body)
    if body.get("state_event") in ("close", "reopen"):
        closing = body["state_event"] == "close"
        found.state, found.closed = ("closed", call.now) if closing else ("opened", None)
    found.updated = max(found.updated, call.now)
    return views.issue(home, found)


# Notes

_NOTES = f"{_PROJECT}/{{kind}}/{{iid}}/notes"


def _thing(gitlab: GitLab, call: Call, *, change: bool = False) -> tuple[MergeRequest | Issue, str]:
    home = project_of(gitlab, call, change=change)
    if call["kind"] == "merge_requests":
        return by_iid(home.merge_requests, call["iid"]), "MergeRequest"
    if call["kind"] == "issues":
        return by_iid(home.issues, call["iid"]), "Issue"
    raise errors.not_found()


@routes.get(_NOTES)
def list_notes(gitlab: GitLab, call: Call) -> Any:
    thing, kind = _thing(gitlab, call)
    key = "updated" if call.query("order_by") == "updated_at" else "created"
    # Newest first, unlike GitHub's comments.
    notes = sorted(thing.notes, key=lambda each: (getattr(each, key), each.id))
    if call.query("sort", "desc") != "asc":
        notes.reverse()
    return listed(gitlab, call, notes, lambda each: views.note(each, kind, thing.iid))


@routes.post(_NOTES)
def create_note(gitlab: GitLab, call: Call) -> Any:
    thing, kind = _thing(gitlab, call, change=True)
    text = required(call.fields(), "body")
    made = gitlab.world.note(thing, text, author=need_write(call).username, at=call.now)
    return 201, views.note(made, kind, thing.iid)


def _note(gitlab: GitLab, call: Call, *, change: bool = False) -> tuple[MergeRequest | Issue, str, Note]:
    thing, kind = _thing(gitlab, call, change=change)
    found = next((each for each in thing.notes if str(each.id) == call["note"]), None)
    if found is None:
        raise errors.not_found("Note")
    return thing, kind, found


@routes.get(f"{_NOTES}/{{note}}")
def get_note(gitlab: GitLab, call: Call) -> Any:
    thing, kind, found = _note(gitlab, call)
    return views.note(found, kind, thing.iid)


@routes.put(f"{_NOTES}/{{note}}")
def edit_note(gitlab: GitLab, call: Call) -> Any:
    thing, kind, found = _note(gitlab, call, change=True)
    found.body, found.updated = required(call.fields(), "body"), call.now
    return views.note(found, kind, thing.iid)


@routes.delete(f"{_NOTES}/{{note}}")
def delete_note(gitlab: GitLab, call: Call) -> None:
    thing, _, found = _note(gitlab, call, change=True)
    thing.notes.remove(found)
