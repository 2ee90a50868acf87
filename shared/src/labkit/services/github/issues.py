"""Issues, their comments and labels: docs.github.com/rest/issues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.services.base import Call, Routes
from labkit.services.github import errors, views
from labkit.services.github.finding import (
    after,
    in_order,
    in_state,
    listed,
    need_write,
    number_of,
    repo_of,
    text_of,
)
from labkit.services.github.models import Comment, Issue, Repo

if TYPE_CHECKING:
    from labkit.services.github.service import GitHub

routes = Routes()
_ISSUES = "/repos/{owner}/{repo}/issues"


@routes.get(_ISSUES)
def list_issues(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call)
    found = in_state(list(repo.issues.values()), call)
    for name in filter(None, call.query("labels").split(",")):
        found = [each for each in found if name.lower() in map(str.lower, each.labels)]
    if call.query("creator"):
        found = [each for each in found if each.user and each.user.login == call.query("creator")]
    assignee = call.query("assignee", "*any*")
    if assignee == "none":
        found = [each for each in found if not each.assignees]
    elif assignee != "*any*":
        found = [each for each in found if any(assignee in ("*", one.login) for one in each.assignees)]
    found = [each for each in found if after(each.updated, call.query("since"))]
    return listed(github, call, in_order(found, call), lambda each: views.issue(call.origin, repo, each))


@routes.post(_ISSUES)
def create_issue(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call, change=True)
    author, body = need_write(call), call.json()
    made = github.world.issue(
        repo,
        text_of(body, "title", "Issue"),
        body=body.get("body"),
        author=author.login,
        created=call.now,
        labels=[each["name"] if isinstance(each, dict) else each for each in body.get("labels") or ()],
        assignees=body.get("assignees") or (),
    )
    return 201, views.issue(call.origin, repo, made)


@routes.get(f"{_ISSUES}/{{number}}")
def get_issue(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call)
    return views.issue(call.origin, repo, number_of(call, repo))


@routes.patch(f"{_ISSUES}/{{number}}")
def edit_issue(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call, change=True)
    found = number_of(call, repo)
    edit(github, repo, found, call.json(), call.now)
    return views.issue(call.origin, repo, found)


def edit(github: GitHub, repo: Repo, found: Issue, body: dict[str, Any], now: float) -> None:
    """Change what a body of PATCH names."""
    if "title" in body:
        found.title = text_of(body, "title", "Issue")
    if "body" in body:
        found.body = body["body"]
    if "labels" in body:
        found.labels = [github.world.label(repo, name).name for name in body["labels"] or ()]
    if "assignees" in body:
        found.assignees = [github.world.user(login) for login in body["assignees"] or ()]
    found.updated = max(now, found.updated)
    state = body.get("state", found.state)
    if state not in ("open", "closed"):
        raise errors.invalid("Issue", "invalid", "state")
    if state == "open" and found.pull and found.pull.merged is not None:
        raise errors.invalid("PullRequest", "invalid", "state", "state cannot be changed. It was merged.")
    if state != found.state:
        found.state, found.closed = state, now if state == "closed" else None
    found.state_reason = body.get("state_reason", found.state_reason)


# Comments


@routes.get(f"{_ISSUES}/{{number}}/comments")
def list_comments(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call)
    issue = number_of(call, repo)
    found = [each for each in issue.comments if after(each.updated, call.query("since"))]
    return listed(github, call, found, lambda each: views.comment(call.origin, repo, issue, each))


@routes.post(f"{_ISSUES}/{{number}}/comments")
def create_comment(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call, change=True)
    author, issue = need_write(call), number_of(call, repo)
    text = text_of(call.json(), "body", "IssueComment")
    made = github.world.comment(issue, text, author=author.login, at=call.now)
    return 201, views.comment(call.origin, repo, issue, made)


def _comment(github: GitHub, call: Call, *, change: bool = False) -> tuple[Repo, Issue, Comment]:
    repo = repo_of(github, call, change=change)
    for issue in repo.issues.values():
        for comment in issue.comments:
            if str(comment.id) == call["id"]:
                return repo, issue, comment
    raise errors.not_found()


@routes.get(f"{_ISSUES}/comments/{{id}}")
def get_comment(github: GitHub, call: Call) -> Any:
    return views.comment(call.origin, *_comment(github, call))


@routes.patch(f"{_ISSUES}/comments/{{id}}")
def edit_comment(github: GitHub, call: Call) -> Any:
    repo, issue, found = _comment(github, call, change=True)
    found.body, found.updated = text_of(call.json(), "body", "IssueComment"), call.now
    issue.updated = max(issue.updated, call.now)
    return views.comment(call.origin, repo, issue, found)


@routes.delete(f"{_ISSUES}/comments/{{id}}")
def delete_comment(github: GitHub, call: Call) -> None:
    _, issue, found = _comment(github, call, change=True)
    issue.comments.remove(found)


# Labels


@routes.get(f"{_ISSUES}/{{number}}/labels")
def labels_of_issue(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call)
    return listed(
        github, call, views.labels(call.origin, repo, number_of(call, repo).labels), lambda each: each
    )


@routes.on("POST PUT", f"{_ISSUES}/{{number}}/labels")
def set_labels(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call, change=True)
    issue = number_of(call, repo)
    body = call.json((dict, list))  # type: ignore[arg-type]
    names = body.get("labels", []) if isinstance(body, dict) else body
    names = [each["name"] if isinstance(each, dict) else each for each in names]
    kept = [] if call.request.method == "PUT" else issue.labels
    issue.labels = list(dict.fromkeys([*kept, *(github.world.label(repo, name).name for name in names)]))
    issue.updated = max(issue.updated, call.now)
    return views.labels(call.origin, repo, issue.labels)


@routes.delete(f"{_ISSUES}/{{number}}/labels/{{name}}")
def remove_label(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call, change=True)
    issue = number_of(call, repo)
    left = [each for each in issue.labels if each.lower() != call["name"].lower()]
    if len(left) == len(issue.labels):
        raise errors.error(404, "Label does not exist")
    issue.labels, issue.updated = left, max(issue.updated, call.now)
    return views.labels(call.origin, repo, left)


@routes.on("POST DELETE", f"{_ISSUES}/{{number}}/assignees")
def set_assignees(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call, change=True)
    issue = number_of(call, repo)
    named = [github.world.user(login) for login in call.json().get("assignees") or ()]
    if call.request.method == "DELETE":
        issue.assignees = [each for each in issue.assignees if each not in named]
    else:
        issue.assignees += [each for each in named if each not in issue.assignees]
    issue.updated = max(issue.updated, call.now)
    return (200 if call.request.method == "DELETE" else 201), views.issue(call.origin, repo, issue)


@routes.get("/repos/{owner}/{repo}/labels")
def list_labels(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call)
    found = sorted(repo.labels.values(), key=lambda each: each.name.lower())
    return listed(github, call, found, lambda each: views.label(call.origin, repo, each))


@routes.post("/repos/{owner}/{repo}/labels")
def create_label(github: GitHub, call: Call) -> Any:
    repo, body = repo_of(github, call, change=True), call.json()
    name = text_of(body, "name", "Label")
    if name.lower() in repo.labels:
        raise errors.invalid("Label", "already_exists", "name")
    made = github.world.label(repo, name, body.get("color", "ededed"))
    made.description = body.get("description")
    return 201, views.label(call.origin, repo, made)


@routes.get("/repos/{owner}/{repo}/labels/{name}")
def get_label(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call)
    if call["name"].lower() not in repo.labels:
        raise errors.not_found()
    return views.label(call.origin, repo, repo.labels[call["name"].lower()])
