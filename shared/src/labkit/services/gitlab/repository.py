"""Branches, protection, files and commits: docs.gitlab.com/api/branches and its neighbours."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from labkit.http.wire import Response
from labkit.services.base import Call, Routes
from labkit.services.gitlab import errors, views
from labkit.services.gitlab.finding import listed, moment, need_write, project_of, required
from labkit.services.gitlab.models import Project, Protected

if TYPE_CHECKING:
    from labkit.services.gitlab.service import GitLab

routes = Routes()
_PROJECT = "/api/v4/projects/{project}"
_REPOSITORY = f"{_PROJECT}/repository"


@routes.get(f"{_REPOSITORY}/branches")
def list_branches(gitlab: GitLab, call: Call) -> Any:
    home = project_of(gitlab, call)
    names = [name for name in sorted(home.branches) if call.query("search") in name]
    return listed(gitlab, call, names, lambda name: views.branch(home, name))


@routes.post(f"{_REPOSITORY}/branches")
def create_branch(gitlab: GitLab, call: Call) -> Any:
    home, body = project_of(gitlab, call, change=True), call.fields()
    name, sha = required(body, "branch"), home.resolve(required(body, "ref"))
    if name in home.branches:
        raise errors.error(400, "Branch already exists")
    if sha is None:
        raise errors.error(400, f"Invalid reference name: {body['ref']}")
    home.branches[name] = sha
    return 201, views.branch(home, name)


def _branch(gitlab: GitLab, call: Call, *, change: bool = False) -> tuple[Project, str]:
    home = project_of(gitlab, call, change=change)
    if call["branch"] not in home.branches:
        raise errors.not_found("Branch")
    return home, call["branch"]


@routes.get(f"{_REPOSITORY}/branches/{{branch}}")
def get_branch(gitlab: GitLab, call: Call) -> Any:
    return views.branch(*_branch(gitlab, call))


@routes.delete(f"{_REPOSITORY}/branches/{{branch}}")
def delete_branch(gitlab: GitLab, call: Call) -> None:
    home, name = _branch(gitlab, call, change=True)
    if name == home.default_branch:
        raise errors.error(400, "You can't delete the default branch")
    if home.protection(name):
        raise errors.error(403, "Protected branch can't be removed")
    del home.branches[name]


@routes.delete(f"{_REPOSITORY}/merged_branches")
def delete_merged(gitlab: GitLab, call: Call) -> Any:
    home = project_of(gitlab, call, change=True)
    for name in list(home.branches):
        if not home.protection(name) and views.branch(home, name)["merged"]:
            del home.branches[name]
    return 202, {"message": "202 Accepted"}


# Protection


@routes.get(f"{_PROJECT}/protected_branches")
def list_protected(gitlab: GitLab, call: Call) -> Any:
    found = list(project_of(gitlab, call).protected.values())
    return listed(gitlab, call, found, views.protected_branch)


@routes.post(f"{_PROJECT}/protected_branches")
def protect(gitlab: GitLab, call: Call) -> Any:
    home, body = project_of(gitlab, call, change=True), call.fields()
    name = required(body, "name")
    if name in home.protected:
        raise errors.error(409, f"Protected branch '{name}' already exists")
    made = gitlab.world.protect(home, name)
    _set(made, body)
    return 201, views.protected_branch(made)


def _set(found: Protected, body: dict[str, Any]) -> None:
    found.push = int(body.get("push_access_level", found.push))
    found.merge = int(body.get("merge_access_level", found.merge))
    found.force_push = bool(body.get("allow_force_push", found.force_push))
    found.code_owners = bool(body.get("code_owner_approval_required", found.code_owners))


def _protected(gitlab: GitLab, call: Call, *, change: bool = False) -> tuple[Project, Protected]:
    home = project_of(gitlab, call, change=change)
    if call["name"] not in home.protected:
        raise errors.not_found()
    return home, home.protected[call["name"]]


@routes.get(f"{_PROJECT}/protected_branches/{{name}}")
def get_protected(gitlab: GitLab, call: Call) -> Any:
    return views.protected_branch(_protected(gitlab, call)[1])


@routes.patch(f"{_PROJECT}/protected_branches/{{name}}")
def edit_protected(gitlab: GitLab, call: Call) -> Any:
    _, found = _protected(gitlab, call, change=True)
    _set(found, call.fields())
    return views.protected_branch(found)


@routes.delete(f"{_PROJECT}/protected_branches/{{name}}")
def unprotect(gitlab: GitLab, call: Call) -> None:
    home, found = _protected(gitlab, call, change=True)
    del home.protected[found.name]


# Files and commits


def _file(home: Project, call: Call) -> tuple[str, str, bytes]:
    ref = call.query("ref") or home.default_branch
    sha = home.default_branch if ref == "HEAD" else ref
    resolved = home.resolve(sha)
    if resolved is None:
        raise errors.not_found("Commit")
    content = home.commits[resolved].tree.get(call["path"])
    if content is None:
        raise errors.not_found("File")
    return ref, resolved, content


@routes.get(f"{_REPOSITORY}/files/{{path}}")
def get_file(gitlab: GitLab, call: Call) -> Any:
    ref, sha, content = _file(project_of(gitlab, call), call)
    return {
        "file_name": call["path"].rpartition("/")[2],
        "file_path": call["path"],
        "size": len(content),
        "encoding": "base64",
        "content": base64.b64encode(content).decode(),
        "content_sha256": hashlib.sha256(content).hexdigest(),
        "ref": ref,
        "commit_id": sha,
        "last_commit_id": sha,
    }


@routes.get(f"{_REPOSITORY}/files/{{path}}/raw")
def get_raw(gitlab: GitLab, call: Call) -> Any:
    _, _, content = _file(project_of(gitlab, call), call)
    return Response(200, content, "text/plain; charset=utf-8")


@routes.on("POST PUT", f"{_REPOSITORY}/files/{{path}}")
def write_file(gitlab: GitLab, call: Call) -> Any:
    home, body = project_of(gitlab, call, change=True), call.fields()
    branch, path = required(body, "branch"), call["path"]
    known = branch in home.branches and path in home.commits[home.branches[branch]].tree
    if call.request.method == "POST" and known:
        raise errors.error(400, "A file with this name already exists")
    if call.request.method == "PUT" and not known:
        raise errors.error(400, "A file with this name doesn't exist")
    text = str(body.get("content", "")).encode()
    content = base64.b64decode(text) if body.get("encoding") == "base64" else text
    message, author = required(body, "commit_message"), need_write(call).username
    gitlab.world.commit(home, branch, {path: content}, message=message, author=author, at=call.now)
    home.activity = max(home.activity, call.now)
    return (200 if known else 201), {"file_path": path, "branch": branch}


@routes.get(f"{_REPOSITORY}/tree")
def get_tree(gitlab: GitLab, call: Call) -> Any:
    home = project_of(gitlab, call)
    sha = home.resolve(call.query("ref") or home.default_branch)
    if sha is None:
        raise errors.not_found("Tree")
    prefix = f"{call.query('path').strip('/')}/" if call.query("path") else ""
    found: dict[str, str] = {}
    for path in sorted(home.commits[sha].tree):
        if not path.startswith(prefix):
            continue
        parts = path.removeprefix(prefix).split("/")
        for depth in range(1, len(parts) if call.flag("recursive") else min(2, len(parts))):
            found.setdefault(prefix + "/".join(parts[:depth]), "tree")
        if len(parts) == 1 or call.flag("recursive"):
            found[path] = "blob"
    if prefix and not found:
        raise errors.not_found("Tree")

    def shown(path: str) -> dict[str, Any]:
        mode = "040000" if found[path] == "tree" else "100644"
        name = hashlib.sha1(path.encode(), usedforsecurity=False).hexdigest()
        return {"id": name, "name": path.rpartition("/")[2], "type": found[path], "path": path, "mode": mode}

    return listed(gitlab, call, list(found), shown)


@routes.get(f"{_REPOSITORY}/commits")
def list_commits(gitlab: GitLab, call: Call) -> Any:
    home = project_of(gitlab, call)
    sha = home.resolve(call.query("ref_name") or home.default_branch)
    if sha is None:
        raise errors.not_found("Commit")
    since, until = moment(call, "since"), moment(call, "until")
    found = [
        each
        for each in home.history(sha)
        if (since is None or each.date >= since) and (until is None or each.date <= until)
    ]
    return listed(gitlab, call, found, lambda each: views.commit(home, each))


@routes.get(f"{_REPOSITORY}/commits/{{sha}}")
def get_commit(gitlab: GitLab, call: Call) -> Any:
    home = project_of(gitlab, call)
    sha = home.resolve(call["sha"])
    if sha is None:
        raise errors.not_found("Commit")
    return views.commit(home, home.commits[sha])


@routes.get(f"{_REPOSITORY}/compare")
def compare(gitlab: GitLab, call: Call) -> Any:
    home = project_of(gitlab, call)
    base, head = home.resolve(call.query("from")), home.resolve(call.query("to"))
    if base is None or head is None:
        raise errors.not_found("Ref")
    commits = home.ahead(base, head)
    return {
        "commit": views.commit(home, home.commits[head]) if commits else None,
        "commits": [views.commit(home, each) for each in commits],
        "diffs": views.diffs(*home.trees(base, head)),
        "compare_timeout": False,
        "compare_same_ref": base == head,
    }
