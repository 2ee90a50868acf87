"""Repositories, their contents and commits, accounts: docs.github.com/rest/repos and /rest/users."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from labkit.services.base import Call, Routes
from labkit.services.base.moments import zulu
from labkit.services.github import errors, views
from labkit.services.github.finding import after, can_write, listed, need_write, repo_of, text_of
from labkit.services.github.models import Repo, User

if TYPE_CHECKING:
    from labkit.services.github.service import GitHub

routes = Routes()
_REPO = "/repos/{owner}/{repo}"


@routes.get(_REPO)
def get_repo(github: GitHub, call: Call) -> Any:
    return views.repo(call.origin, repo_of(github, call))


@routes.patch(_REPO)
def edit_repo(github: GitHub, call: Call) -> Any:
    body = call.json()
    repo = repo_of(github, call, change="archived" not in body)
    need_write(call)
    for field in ("description", "archived", "private"):
        if field in body:
            setattr(repo, field, body[field])
    if body.get("default_branch", repo.default_branch) not in repo.branches:
        raise errors.error(422, "Validation Failed")
    repo.default_branch = body.get("default_branch", repo.default_branch)
    return views.repo(call.origin, repo)


@routes.get(f"{_REPO}/commits")
def list_commits(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call)
    sha = repo.resolve(call.query("sha") or repo.default_branch)
    if sha is None:
        raise errors.not_found()
    found = [each for each in repo.history(sha) if after(each.date, call.query("since"))]
    if call.query("until"):
        found = [each for each in found if (zulu(each.date) or "") <= call.query("until")]
    path = call.query("path")
    if path:
        found = [each for each in found if _touches(repo, each.sha, path)]
    return listed(github, call, found, lambda each: views.commit(call.origin, repo, each))


def _touches(repo: Repo, sha: str, path: str) -> bool:
    commit = repo.commits[sha]
    before = repo.commits[commit.parents[0]].tree if commit.parents else {}
    mine = {name for name in {*before, *commit.tree} if before.get(name) != commit.tree.get(name)}
    return any(name == path or name.startswith(f"{path.rstrip('/')}/") for name in mine)


@routes.get(f"{_REPO}/commits/{{ref}}")
def get_commit(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call)
    sha = repo.resolve(call["ref"])
    if sha is None:
        raise errors.error(422, f"No commit found for SHA: {call['ref']}")
    commit = repo.commits[sha]
    before = repo.commits[commit.parents[0]].tree if commit.parents else {}
    files = views.files(call.origin, repo, before, commit.tree, sha)
    added, deleted = (sum(each[key] for each in files) for key in ("additions", "deletions"))
    stats = {"additions": added, "deletions": deleted, "total": added + deleted}
    return {**views.commit(call.origin, repo, commit), "stats": stats, "files": files}


@routes.get(f"{_REPO}/commits/{{sha}}/pulls")
def pulls_of_commit(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call)
    found = [
        each
        for each in repo.issues.values()
        if each.pull and call["sha"] in (each.pull.head_sha, each.pull.merge_sha)
    ]
    return listed(github, call, found, lambda each: views.pull(call.origin, repo, each, full=False))


# Contents


@routes.get(f"{_REPO}/contents", f"{_REPO}/contents/{{path*}}")
def get_contents(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call)
    ref = call.query("ref") or repo.default_branch
    sha = repo.resolve(ref)
    if sha is None:
        raise errors.error(404, f"No commit found for the ref {ref}")
    tree, path = repo.commits[sha].tree, call.path.get("path", "").strip("/")
    if path in tree:
        return views.file(call.origin, repo, path, tree[path], ref, full=True)
    prefix = f"{path}/" if path else ""
    below = sorted({name.removeprefix(prefix).partition("/")[0] for name in tree if name.startswith(prefix)})
    if not below:
        raise errors.not_found()
    return [
        views.file(call.origin, repo, prefix + name, tree[prefix + name], ref, full=False)
        if prefix + name in tree
        else views.folder(call.origin, repo, prefix + name, ref)
        for name in below
    ]


@routes.put(f"{_REPO}/contents/{{path*}}")
def put_contents(github: GitHub, call: Call) -> Any:
    repo, author, body = repo_of(github, call, change=True), need_write(call), call.json()
    branch, path = body.get("branch") or repo.default_branch, call["path"]
    if branch not in repo.branches:
        raise errors.error(404, f"Branch {branch} not found")
    old = repo.commits[repo.branches[branch]].tree.get(path)
    if old is not None and not body.get("sha"):
        raise errors.error(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if old is not None and body["sha"] != views.blob_sha(old):
        raise errors.error(409, f"{path} does not match {body['sha']}")
    try:
        content = base64.b64decode(text_of(body, "content", "Content"), validate=False)
    except binascii.Error:
        raise errors.error(422, "content is not valid Base64") from None
    message = text_of(body, "message", "Commit")
    sha = github.world.commit(
        repo, branch, {path: content}, message=message, author=author.login, at=call.now
    )
    shown = views.file(call.origin, repo, path, content, branch, full=False)
    commit = views.commit(call.origin, repo, repo.commits[sha])
    return (200 if old is not None else 201), {"content": shown, "commit": commit}


# Accounts


@routes.get("/user")
def get_me(github: GitHub, call: Call) -> Any:
    if call.user is None:
        raise errors.error(401, "Requires authentication")
    return _account(call, call.user.user)


@routes.get("/users/{login}", "/orgs/{login}")
def get_account(github: GitHub, call: Call) -> Any:
    found = github.world.users.get(call["login"].lower())
    if found is None or (call.request.path.startswith("/orgs/") and found.kind != "Organization"):
        raise errors.not_found()
    return _account(call, found)


def _account(call: Call, found: User) -> dict[str, Any]:
    shown = {**(views.user(call.origin, found) or {}), "name": found.name or None, "email": None}
    if call.request.path.startswith("/orgs/"):
        shown |= {
            "url": f"{call.origin}/orgs/{found.login}",
            "repos_url": f"{call.origin}/orgs/{found.login}/repos",
        }
    return shown


@routes.get("/users/{login}/repos", "/orgs/{login}/repos", "/user/repos")
def list_repos(github: GitHub, call: Call) -> Any:
    if "login" in call.path:
        login = call["login"].lower()
        if login not in github.world.users:
            raise errors.not_found()
        found = [each for each in github.world.repos.values() if each.owner.login.lower() == login]
    else:
        need_write(call)
        found = list(github.world.repos.values())
    if not can_write(call):
        found = [each for each in found if not each.private]
    keys: dict[str, Any] = {
        "created": lambda each: each.created,
        "updated": lambda each: each.updated,
        "pushed": lambda each: each.pushed,
    }
    sort = call.query("sort")
    found.sort(key=keys.get(sort, lambda each: each.full_name.lower()))
    if call.query("direction", "asc" if sort not in keys else "desc") == "desc":
        found.reverse()
    return listed(github, call, found, lambda each: views.repo(call.origin, each))


@routes.get(f"{_REPO}/collaborators")
def list_collaborators(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call)
    need_write(call)
    return listed(github, call, repo.collaborators, lambda each: views.user(call.origin, each))


@routes.get("/rate_limit")
def rate_limit(github: GitHub, call: Call) -> Any:
    figures = github.budget(call.user, call.now).figures()
    core = {**figures, "resource": "core"}
    return {"resources": {"core": core, "search": {**core, "limit": 30, "remaining": 30}}, "rate": core}
