"""How GitLab shows its objects."""

from __future__ import annotations

import difflib
from typing import Any
from urllib.parse import quote

from labkit.services.base.git import Commit, changed_files
from labkit.services.base.moments import zulu_millis
from labkit.services.gitlab.models import (
    Group,
    Issue,
    MergeRequest,
    Note,
    Project,
    Protected,
    User,
)

#: Stands for scheme, host and port of the service, which puts its own in their place.
HOST = "https://gitlab.invalid"
_LEVELS = {0: "No one", 30: "Developers + Maintainers", 40: "Maintainers", 60: "Admins"}


def user(found: User | None) -> dict[str, Any] | None:
    """A user."""
    if found is None:
        return None
    return {
        "id": found.id,
        "username": found.username,
        "name": found.name,
        "state": found.state,
        "locked": False,
        "avatar_url": None,
        "web_url": f"{HOST}/{found.username}",
    }


def group(found: Group) -> dict[str, Any]:
    """A group."""
    return {
        "id": found.id,
        "name": found.name,
        "path": found.path,
        "full_path": found.full_path,
        "full_name": found.full_path.replace("/", " / ").title(),
        "parent_id": found.parent.id if found.parent else None,
        "visibility": found.visibility,
        "description": "",
        "created_at": zulu_millis(found.created),
        "web_url": f"{HOST}/groups/{found.full_path}",
    }


def project(found: Project, origin: str) -> dict[str, Any]:
    """A project."""
    url = f"{origin}/api/v4/projects/{found.id}"
    return {
        "id": found.id,
        "name": found.name,
        "path": found.path,
        "path_with_namespace": found.full_path,
        "name_with_namespace": found.full_path.replace("/", " / "),
        "namespace": {
            "id": found.group.id,
            "name": found.group.name,
            "path": found.group.path,
            "kind": "group",
            "full_path": found.group.full_path,
            "parent_id": found.group.parent.id if found.group.parent else None,
        },
        "description": found.description,
        "default_branch": found.default_branch,
        "visibility": found.visibility,
        "archived": found.archived,
        "topics": found.topics,
        "created_at": zulu_millis(found.created),
        "last_activity_at": zulu_millis(found.activity),
        "empty_repo": not found.branches,
        "open_issues_count": sum(each.state == "opened" for each in found.issues.values()),
        "web_url": f"{HOST}/{found.full_path}",
        "_links": {"self": url, "merge_requests": f"{url}/merge_requests"},
    }


def merge_request(home: Project, found: MergeRequest) -> dict[str, Any]:
    """A merge request."""
    return {
        "id": found.id,
        "iid": found.iid,
        "project_id": home.id,
        "title": found.title,
        "description": found.description,
        "state": found.state,
        "draft": found.draft,
        "work_in_progress": found.draft,
        "author": user(found.author),
        "assignee": user(found.assignees[0]) if found.assignees else None,
        "assignees": [user(each) for each in found.assignees],
        "reviewers": [user(each) for each in found.reviewers],
        "source_branch": found.source,
        "target_branch": found.target,
        "source_project_id": home.id,
        "target_project_id": home.id,
        "labels": found.labels,
        "sha": found.head_sha,
        "merge_commit_sha": found.merge_sha,
        "detailed_merge_status": "mergeable" if found.state == "opened" and not found.draft else "not_open",
        "user_notes_count": sum(not note.system for note in found.notes),
        "created_at": zulu_millis(found.created),
        "updated_at": zulu_millis(found.updated),
        "merged_at": zulu_millis(found.merged),
        "merged_by": user(found.merged_by),
        "merge_user": user(found.merged_by),
        "closed_at": zulu_millis(found.closed),
        "references": {"short": f"!{found.iid}", "full": f"{home.full_path}!{found.iid}"},
        "web_url": f"{HOST}/{home.full_path}/-/merge_requests/{found.iid}",
    }


def issue(home: Project, found: Issue) -> dict[str, Any]:
    """An issue."""
    return {
        "id": found.id,
        "iid": found.iid,
        "project_id": home.id,
        "title": found.title,
        "description": found.description,
        "state": found.state,
        "author": user(found.author),
        "labels": found.labels,
        "user_notes_count": len(found.notes),
        "created_at": zulu_millis(found.created),
        "updated_at": zulu_millis(found.updated),
        "closed_at": zulu_millis(found.closed),
        "web_url": f"{HOST}/{home.full_path}/-/issues/{found.iid}",
    }


def note(found: Note, kind: str, iid: int) -> dict[str, Any]:
    """A comment; ``kind`` is MergeRequest or Issue."""
    return {
        "id": found.id,
        "body": found.body,
        "author": user(found.author),
        "system": found.system,
        "noteable_type": kind,
        "noteable_iid": iid,
        "created_at": zulu_millis(found.created),
        "updated_at": zulu_millis(found.updated),
    }


def commit(home: Project, found: Commit) -> dict[str, Any]:
    """A commit."""
    who = {"name": found.author_name, "email": "user@example.com", "date": zulu_millis(found.date)}
    return {
        "id": found.sha,
        "short_id": found.sha[:8],
        "title": found.message.partition("\n")[0],
        "message": found.message,
        **{f"author_{key}" if key != "date" else "authored_date": value for key, value in who.items()},
        **{f"committer_{key}" if key != "date" else "committed_date": value for key, value in who.items()},
        "created_at": zulu_millis(found.date),
        "parent_ids": list(found.parents),
        "web_url": f"{HOST}/{home.full_path}/-/commit/{found.sha}",
    }


def branch(home: Project, name: str) -> dict[str, Any]:
    """A branch; merged when the default branch has all of its commits."""
    sha = home.branches[name]
    main = home.branches[home.default_branch]
    protected = home.protection(name)
    return {
        "name": name,
        "merged": name != home.default_branch and not home.ahead(main, sha),
        "protected": protected is not None,
        "default": name == home.default_branch,
        "developers_can_push": protected is not None and protected.push == 30,
        "developers_can_merge": protected is not None and protected.merge == 30,
        "can_push": True,
        "commit": commit(home, home.commits[sha]),
        "web_url": f"{HOST}/{home.full_path}/-/tree/{quote(name)}",
    }


def protected_branch(found: Protected) -> dict[str, Any]:
    """A protected branch."""
    return {
        "id": found.id,
        "name": found.name,
        "push_access_levels": [_level(found.push)],
        "merge_access_levels": [_level(found.merge)],
        "unprotect_access_levels": [],
        "allow_force_push": found.force_push,
        "code_owner_approval_required": found.code_owners,
        "inherited": False,
    }


def _level(level: int) -> dict[str, Any]:
    return {"access_level": level, "access_level_description": _LEVELS.get(level, "")}


def diffs(before: dict[str, bytes], after: dict[str, bytes]) -> list[dict[str, Any]]:
    """The difference of two trees, a file each."""
    shown = []
    for path, status, previous in changed_files(before, after):
        old = before.get(previous or path, b"").decode(errors="replace").splitlines(keepends=True)
        new = after.get(path, b"").decode(errors="replace").splitlines(keepends=True)
        lines = list(difflib.unified_diff(old, new))[2:]
        shown.append(
            {
                "old_path": previous or path,
                "new_path": path,
                "a_mode": "0" if status == "added" else "100644",
                "b_mode": "0" if status == "removed" else "100644",
                "new_file": status == "added",
                "renamed_file": status == "renamed",
                "deleted_file": status == "removed",
                "diff": "".join(lines),
            }
        )
    return shown
