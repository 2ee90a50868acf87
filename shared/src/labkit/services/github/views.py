"""How GitHub shows its objects. Each takes the origin, since clients follow the addresses in them."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import quote

from labkit.services.base.git import Commit, changed_files
from labkit.services.base.moments import zulu
from labkit.services.github.models import (
    Comment,
    Issue,
    Label,
    Protection,
    Repo,
    Review,
    User,
)


def user(origin: str, found: User | None) -> dict[str, Any] | None:
    """A simple user; None where the account is gone."""
    if found is None:
        return None
    return {
        "login": found.login,
        "id": found.id,
        "node_id": f"U_{found.id}",
        "type": found.kind,
        "site_admin": False,
        "url": f"{origin}/users/{found.login}",
        "html_url": f"https://github.com/{found.login}",
    }


def repo(origin: str, found: Repo) -> dict[str, Any]:
    """A repository."""
    url = f"{origin}/repos/{found.full_name}"
    return {
        "id": found.id,
        "node_id": f"R_{found.id}",
        "name": found.name,
        "full_name": found.full_name,
        "owner": user(origin, found.owner),
        "private": found.private,
        "visibility": "private" if found.private else "public",
        "html_url": f"https://github.com/{found.full_name}",
        "description": found.description,
        "fork": found.fork,
        "url": url,
        "archived": found.archived,
        "disabled": found.disabled,
        "default_branch": found.default_branch,
        "language": found.language,
        "stargazers_count": found.stars,
        "watchers_count": found.stars,
        "forks_count": 0,
        "size": sum(map(len, found.commits[found.branches[found.default_branch]].tree.values())) // 1024,
        "topics": found.topics,
        "open_issues_count": sum(issue.state == "open" for issue in found.issues.values()),
        "has_issues": True,
        "created_at": zulu(found.created),
        "updated_at": zulu(found.updated),
        "pushed_at": zulu(found.pushed),
        "clone_url": f"https://github.com/{found.full_name}.git",
        "permissions": {"admin": True, "push": True, "pull": True},
        "pulls_url": f"{url}/pulls{{/number}}",
        "issues_url": f"{url}/issues{{/number}}",
        "branches_url": f"{url}/branches{{/branch}}",
    }


def label(origin: str, home: Repo, found: Label) -> dict[str, Any]:
    """A label."""
    return {
        "id": found.id,
        "node_id": f"LA_{found.id}",
        "url": f"{origin}/repos/{home.full_name}/labels/{quote(found.name)}",
        "name": found.name,
        "color": found.color,
        "default": False,
        "description": found.description,
    }


def labels(origin: str, home: Repo, names: list[str]) -> list[dict[str, Any]]:
    """The labels of an issue."""
    return [label(origin, home, home.labels[name.lower()]) for name in names if name.lower() in home.labels]


def comment(origin: str, home: Repo, issue: Issue, found: Comment) -> dict[str, Any]:
    """A comment on an issue or a pull request."""
    return {
        "id": found.id,
        "node_id": f"IC_{found.id}",
        "url": f"{origin}/repos/{home.full_name}/issues/comments/{found.id}",
        "html_url": f"https://github.com/{home.full_name}/issues/{issue.number}#issuecomment-{found.id}",
        "issue_url": f"{origin}/repos/{home.full_name}/issues/{issue.number}",
        "body": found.body,
        "user": user(origin, found.user),
        "created_at": zulu(found.created),
        "updated_at": zulu(found.updated),
        "author_association": "MEMBER" if found.user else "NONE",
    }


def issue(origin: str, home: Repo, found: Issue) -> dict[str, Any]:
    """An issue; for a pull request with the key ``pull_request``."""
    url = f"{origin}/repos/{home.full_name}/issues/{found.number}"
    kind = "pull" if found.pull else "issues"
    shown = {
        "id": found.id,
        "node_id": f"I_{found.id}",
        "url": url,
        "repository_url": f"{origin}/repos/{home.full_name}",
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": f"https://github.com/{home.full_name}/{kind}/{found.number}",
        "number": found.number,
        "state": found.state,
        "state_reason": found.state_reason,
        "title": found.title,
        "body": found.body,
        "user": user(origin, found.user),
        "labels": labels(origin, home, found.labels),
        "assignee": user(origin, found.assignees[0]) if found.assignees else None,
        "assignees": [user(origin, each) for each in found.assignees],
        "milestone": None,
        "locked": found.locked,
        "comments": len(found.comments),
        "created_at": zulu(found.created),
        "updated_at": zulu(found.updated),
        "closed_at": zulu(found.closed),
        "author_association": "MEMBER" if found.user else "NONE",
    }
    if found.pull:
        pulls = f"{origin}/repos/{home.full_name}/pulls/{found.number}"
        shown["draft"] = found.pull.draft
        shown["pull_request"] = {"url": pulls, "merged_at": zulu(found.pull.merged)}
    return shown


def pull(origin: str, home: Repo, found: Issue, *, full: bool) -> dict[str, Any]:
    """A pull request; in lists without the figures that only a single one has."""
    made, shown = found.as_pull, issue(origin, home, found)
    del shown["pull_request"], shown["comments"]
    url = f"{origin}/repos/{home.full_name}/pulls/{found.number}"
    shown |= {
        "url": url,
        "issue_url": f"{origin}/repos/{home.full_name}/issues/{found.number}",
        "draft": made.draft,
        "merged_at": zulu(made.merged),
        "merge_commit_sha": made.merge_sha,
        "requested_reviewers": [user(origin, each) for each in made.reviewers],
        "requested_teams": [{"id": n, "slug": slug, "name": slug} for n, slug in enumerate(made.teams, 1)],
        "head": _side(origin, home, made.head, made.head_sha, gone=made.head_gone),
        "base": _side(origin, home, made.base, made.base_sha),
    }
    if full:
        shown |= {
            "merged": made.merged is not None,
            "merged_by": user(origin, made.merged_by),
            "mergeable": found.state == "open" or None,
            "mergeable_state": "clean" if found.state == "open" else "unknown",
            "comments": len(found.comments),
            "review_comments": 0,
            "commits": len(pull_commits(home, found)),
        }
        files = pull_files(origin, home, found)
        shown |= {
            "changed_files": len(files),
            "additions": sum(each["additions"] for each in files),
            "deletions": sum(each["deletions"] for each in files),
        }
    return shown


def _side(origin: str, home: Repo, branch: str, sha: str, *, gone: bool = False) -> dict[str, Any]:
    login = "unknown" if gone else home.owner.login
    return {
        "label": f"{login}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": None if gone else user(origin, home.owner),
        "repo": None if gone else repo(origin, home),
    }


def pull_commits(home: Repo, found: Issue) -> list[Commit]:
    """The commits of a pull request, oldest first."""
    return home.ahead(found.as_pull.base_sha, found.as_pull.head_sha)


def pull_files(origin: str, home: Repo, found: Issue) -> list[dict[str, Any]]:
    """The files that a pull request changes: its head against where it left its base."""
    trees = home.trees(found.as_pull.base_sha, found.as_pull.head_sha)
    return files(origin, home, *trees, found.as_pull.head_sha)


def files(
    origin: str, home: Repo, before: dict[str, bytes], after: dict[str, bytes], sha: str
) -> list[dict[str, Any]]:
    """The difference of two trees, as GitHub lists files."""
    shown = []
    for path, status, previous in changed_files(before, after):
        old = before.get(previous or path, b"").splitlines()
        new = after.get(path, b"").splitlines()
        added = len([line for line in new if line not in old])
        deleted = len([line for line in old if line not in new])
        entry = {
            "sha": blob_sha(after.get(path, before.get(path, b""))),
            "filename": path,
            "status": status,
            "additions": added,
            "deletions": deleted,
            "changes": added + deleted,
            "contents_url": f"{origin}/repos/{home.full_name}/contents/{quote(path)}?ref={sha}",
        }
        if previous:
            entry["previous_filename"] = previous
        shown.append(entry)
    return shown


def commit(origin: str, home: Repo, found: Commit) -> dict[str, Any]:
    """A commit."""
    url = f"{origin}/repos/{home.full_name}"
    who = {"name": found.author_name, "email": "user@example.com", "date": zulu(found.date)}
    return {
        "sha": found.sha,
        "node_id": f"C_{found.sha[:8]}",
        "url": f"{url}/commits/{found.sha}",
        "html_url": f"https://github.com/{home.full_name}/commit/{found.sha}",
        "commit": {
            "message": found.message,
            "author": who,
            "committer": who,
            "tree": {"sha": found.sha[::-1], "url": f"{url}/git/trees/{found.sha[::-1]}"},
            "url": f"{url}/git/commits/{found.sha}",
            "comment_count": 0,
        },
        "author": user(origin, found.author),
        "committer": user(origin, found.author),
        "parents": [{"sha": sha, "url": f"{url}/commits/{sha}"} for sha in found.parents],
    }


def branch(origin: str, home: Repo, name: str, *, full: bool) -> dict[str, Any]:
    """A branch; in lists with no more of its commit than the sha."""
    sha = home.branches[name]
    url = f"{origin}/repos/{home.full_name}"
    short = {"sha": sha, "url": f"{url}/commits/{sha}"}
    return {
        "name": name,
        "commit": commit(origin, home, home.commits[sha]) if full else short,
        "protected": name in home.protections,
        "protection_url": f"{url}/branches/{quote(name)}/protection",
    }


def protection(origin: str, home: Repo, name: str, found: Protection) -> dict[str, Any]:
    """The protection of a branch; parts that are not switched on are left out."""
    url = f"{origin}/repos/{home.full_name}/branches/{quote(name)}/protection"
    shown: dict[str, Any] = {
        "url": url,
        "enforce_admins": {"url": f"{url}/enforce_admins", "enabled": found.enforce_admins},
    }
    if found.reviews is not None:
        shown["required_pull_request_reviews"] = reviews_required(url, found)
    if found.checks is not None:
        shown["required_status_checks"] = {"url": f"{url}/required_status_checks", **found.checks}
    usual = ("required_linear_history", "allow_force_pushes", "allow_deletions")
    shown |= {key: {"enabled": found.settings.get(key, False)} for key in usual}
    return shown


def reviews_required(url: str, found: Protection) -> dict[str, Any]:
    """The part about reviews."""
    usual = {
        "dismiss_stale_reviews": False,
        "require_code_owner_reviews": False,
        "required_approving_review_count": 1,
        "require_last_push_approval": False,
    }
    return {"url": f"{url}/required_pull_request_reviews", **usual, **(found.reviews or {})}


def review(origin: str, home: Repo, issue: Issue, found: Review) -> dict[str, Any]:
    """A review."""
    return {
        "id": found.id,
        "user": user(origin, found.user),
        "body": found.body,
        "state": found.state,
        "submitted_at": zulu(found.submitted),
        "commit_id": found.commit,
        "pull_request_url": f"{origin}/repos/{home.full_name}/pulls/{issue.number}",
    }


def blob_sha(content: bytes) -> str:
    """The name that git gives to a file's content."""
    return hashlib.sha1(b"blob %d\0%s" % (len(content), content), usedforsecurity=False).hexdigest()


def file(origin: str, home: Repo, path: str, content: bytes, ref: str, *, full: bool) -> dict[str, Any]:
    """A file; in the listing of a folder without its content."""
    url = f"{origin}/repos/{home.full_name}/contents/{quote(path)}?ref={quote(ref)}"
    shown: dict[str, Any] = {
        "type": "file",
        "size": len(content),
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": blob_sha(content),
        "url": url,
        "git_url": f"{origin}/repos/{home.full_name}/git/blobs/{blob_sha(content)}",
        "html_url": f"https://github.com/{home.full_name}/blob/{ref}/{path}",
        "download_url": None,
        "_links": {"self": url},
    }
    if full:
        shown |= {"encoding": "base64", "content": base64.encodebytes(content).decode()}
    return shown


def folder(origin: str, home: Repo, path: str, ref: str) -> dict[str, Any]:
    """A folder in the listing of another."""
    url = f"{origin}/repos/{home.full_name}/contents/{quote(path)}?ref={quote(ref)}"
    name = path.rpartition("/")[2]
    return {
        "type": "dir",
        "size": 0,
        "name": name,
        "path": path,
        "sha": blob_sha(path.encode()),
        "url": url,
        "git_url": None,
        "html_url": f"https://github.com/{home.full_name}/tree/{ref}/{path}",
        "download_url": None,
        "_links": {"self": url},
    }
