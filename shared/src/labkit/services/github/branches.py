"""Branches, their protection, references and comparisons: docs.github.com/rest/branches, /rest/git/refs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.services.base import Call, Routes
from labkit.services.github import errors, views
from labkit.services.github.finding import listed, need_write, repo_of, text_of
from labkit.services.github.models import Protection, Repo

if TYPE_CHECKING:
    from labkit.services.github.service import GitHub

routes = Routes()
_REPO = "/repos/{owner}/{repo}"
_BRANCH = f"{_REPO}/branches/{{branch}}"
_FLAGS = ("required_linear_history", "allow_force_pushes", "allow_deletions")


@routes.get(f"{_REPO}/branches")
def list_branches(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call)
    names = sorted(repo.branches)
    if call.query("protected"):
        names = [name for name in names if (name in repo.protections) is call.flag("protected")]
    return listed(github, call, names, lambda name: views.branch(call.origin, repo, name, full=False))


def _branch(github: GitHub, call: Call, *, change: bool = False) -> tuple[Repo, str]:
    repo = repo_of(github, call, change=change)
    if call["branch"] not in repo.branches:
        raise errors.error(404, "Branch not found")
    return repo, call["branch"]


@routes.get(_BRANCH)
def get_branch(github: GitHub, call: Call) -> Any:
    repo, name = _branch(github, call)
    return views.branch(call.origin, repo, name, full=True)


def _protection(github: GitHub, call: Call, *, change: bool = False) -> tuple[Repo, str, Protection]:
    need_write(call)  # to read it takes administrators, too
    repo, name = _branch(github, call, change=change)
    if name not in repo.protections:
        raise errors.error(404, "Branch not protected")
    return repo, name, repo.protections[name]


@routes.get(f"{_BRANCH}/protection")
def get_protection(github: GitHub, call: Call) -> Any:
    return views.protection(call.origin, *_protection(github, call))


@routes.put(f"{_BRANCH}/protection")
def set_protection(github: GitHub, call: Call) -> Any:
    need_write(call)
    repo, name = _branch(github, call, change=True)
    body = call.json()
    needed = ("required_status_checks", "enforce_admins", "required_pull_request_reviews", "restrictions")
    missing = [field for field in needed if field not in body]
    if missing:
        raise errors.error(
            422, "Invalid request.\n\n" + "\n".join(f'"{field}" wasn\'t supplied.' for field in missing)
        )
    repo.protections[name] = Protection(
        reviews=body["required_pull_request_reviews"],
        checks=body["required_status_checks"],
        enforce_admins=bool(body["enforce_admins"]),
        settings={key: bool(body[key]) for key in _FLAGS if key in body},
    )
    return views.protection(call.origin, repo, name, repo.protections[name])


@routes.delete(f"{_BRANCH}/protection")
def remove_protection(github: GitHub, call: Call) -> None:
    repo, name, _ = _protection(github, call, change=True)
    del repo.protections[name]


@routes.get(f"{_BRANCH}/protection/required_pull_request_reviews")
def get_reviews_required(github: GitHub, call: Call) -> Any:
    repo, name, found = _protection(github, call)
    if found.reviews is None:
        raise errors.error(404, "Required pull request reviews not enabled")
    return views.reviews_required(f"{call.origin}/repos/{repo.full_name}/branches/{name}/protection", found)


@routes.patch(f"{_BRANCH}/protection/required_pull_request_reviews")
def change_reviews_required(github: GitHub, call: Call) -> Any:
    repo, name, found = _protection(github, call, change=True)
    found.reviews = {**(found.reviews or {}), **call.json()}
    return views.reviews_required(f"{call.origin}/repos/{repo.full_name}/branches/{name}/protection", found)


# References


def _ref(repo: Repo, call: Call, branch: str) -> dict[str, Any]:
    sha, url = repo.branches[branch], f"{call.origin}/repos/{repo.full_name}/git"
    return {
        "ref": f"refs/heads/{branch}",
        "node_id": f"REF_{branch}",
        "url": f"{url}/refs/heads/{branch}",
        "object": {"sha": sha, "type": "commit", "url": f"{url}/commits/{sha}"},
    }


@routes.get(f"{_REPO}/git/ref/heads/{{branch*}}")
def get_ref(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call)
    if call["branch"] not in repo.branches:
        raise errors.not_found()
    return _ref(repo, call, call["branch"])


@routes.get(f"{_REPO}/git/matching-refs/heads/{{prefix*}}")
def matching_refs(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call)
    found = [name for name in sorted(repo.branches) if name.startswith(call["prefix"])]
    return listed(github, call, found, lambda name: _ref(repo, call, name))


@routes.post(f"{_REPO}/git/refs")
def create_ref(github: GitHub, call: Call) -> Any:
    repo, body = repo_of(github, call, change=True), call.json()
    name, sha = text_of(body, "ref", "Reference"), text_of(body, "sha", "Reference")
    if not name.startswith("refs/heads/"):
        raise errors.error(422, "Reference name must start with 'refs/'.")
    branch = name.removeprefix("refs/heads/")
    if branch in repo.branches:
        raise errors.error(422, "Reference already exists")
    if sha not in repo.commits:
        raise errors.error(422, "Object does not exist")
    repo.branches[branch] = sha
    return 201, _ref(repo, call, branch)


@routes.delete(f"{_REPO}/git/refs/heads/{{branch*}}")
def delete_ref(github: GitHub, call: Call) -> None:
    repo = repo_of(github, call, change=True)
    branch = call["branch"]
    if branch not in repo.branches:
        raise errors.error(422, "Reference does not exist")
    protection = repo.protections.get(branch)
    if protection is not None and not protection.settings.get("allow_deletions"):
        raise errors.error(422, "Cannot delete this protected branch")
    if branch == repo.default_branch:
        raise errors.error(422, "Cannot delete the default branch")
    del repo.branches[branch]
    for issue in repo.issues.values():
        if issue.state == "open" and issue.pull and issue.pull.head == branch:
            github.world.close(repo, issue, call.now)


@routes.get(f"{_REPO}/compare/{{pair*}}")
def compare(github: GitHub, call: Call) -> Any:
    repo = repo_of(github, call)
    left, dots, right = call["pair"].partition("...")
    base, head = repo.resolve(left), repo.resolve(right)
    if not dots or base is None or head is None:
        raise errors.not_found()
    ahead, missing = repo.ahead(base, head), len(repo.ahead(head, base))
    status = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}
    start = repo.merge_base(base, head)
    return {
        "url": f"{call.origin}/repos/{repo.full_name}/compare/{call['pair']}",
        "base_commit": views.commit(call.origin, repo, repo.commits[base]),
        "merge_base_commit": views.commit(call.origin, repo, repo.commits[start]) if start else None,
        "status": status.get((bool(ahead), bool(missing)), "identical"),
        "ahead_by": len(ahead),
        "behind_by": missing,
        "total_commits": len(ahead),
        "commits": [views.commit(call.origin, repo, each) for each in ahead],
        "files": views.files(call.origin, repo, *repo.trees(base, head), head),
    }
