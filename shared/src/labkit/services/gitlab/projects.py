"""Groups, projects, members, labels and accounts: docs.gitlab.com/api/groups, /projects, /users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.services.base import Call, Problem, Routes
from labkit.services.gitlab import errors, views
from labkit.services.gitlab.finding import (
    by_keyset,
    group_of,
    listed,
    moment,
    need_write,
    project_of,
    required,
)
from labkit.services.gitlab.models import Project

if TYPE_CHECKING:
    from labkit.services.gitlab.service import GitLab

routes = Routes()
_API = "/api/v4"


@routes.get(f"{_API}/user")
def me(gitlab: GitLab, call: Call) -> Any:
    return {**(views.user(call.user.user) or {}), "email": "user@example.com", "is_admin": False}


@routes.get(f"{_API}/users")
def list_users(gitlab: GitLab, call: Call) -> Any:
    found = list(gitlab.world.users.values())
    if call.query("username"):
        found = [each for each in found if each.username.lower() == call.query("username").lower()]
    return listed(gitlab, call, found, views.user)


@routes.get(f"{_API}/users/{{id}}")
def get_user(gitlab: GitLab, call: Call) -> Any:
    found = next((each for each in gitlab.world.users.values() if str(each.id) == call["id"]), None)
    if found is None:
        raise errors.not_found("User")
    return views.user(found)


@routes.get(f"{_API}/version", f"{_API}/metadata")
def version(gitlab: GitLab, call: Call) -> Any:
    return {"version": "18.5.0", "revision": "0000000", "enterprise": False}


# Groups


@routes.get(f"{_API}/groups")
def list_groups(gitlab: GitLab, call: Call) -> Any:
    found = sorted(gitlab.world.groups.values(), key=lambda each: each.full_path)
    if call.flag("top_level_only"):
        found = [each for each in found if each.parent is None]
    found = [each for each in found if call.query("search").lower() in each.full_path.lower()]
    return listed(gitlab, call, found, views.group)


@routes.get(f"{_API}/groups/{{group}}")
def get_group(gitlab: GitLab, call: Call) -> Any:
    return views.group(group_of(gitlab, call))


@routes.get(f"{_API}/groups/{{group}}/subgroups", f"{_API}/groups/{{group}}/descendant_groups")
def list_subgroups(gitlab: GitLab, call: Call) -> Any:
    group = group_of(gitlab, call)
    direct = call.request.path.endswith("/subgroups")
    found = [
        each
        for each in sorted(gitlab.world.groups.values(), key=lambda each: each.full_path)
        if (each.parent is group if direct else each.within(group))
    ]
    return listed(gitlab, call, found, views.group)


@routes.get(f"{_API}/groups/{{group}}/projects")
def list_projects_of_group(gitlab: GitLab, call: Call) -> Any:
    group, deep = group_of(gitlab, call), call.flag("include_subgroups")
    found = [
        each
        for each in gitlab.world.projects.values()
        if each.group is group or (deep and each.group.within(group))
    ]
    return _projects(gitlab, call, found)


# Projects


def _projects(gitlab: GitLab, call: Call, found: list[Project]) -> Any:
    if call.query("archived"):
        found = [each for each in found if each.archived is call.flag("archived")]
    found = [each for each in found if call.query("search").lower() in each.full_path.lower()]
    after, before = moment(call, "last_activity_after"), moment(call, "last_activity_before")
    found = [each for each in found if after is None or each.activity >= after]
    found = [each for each in found if before is None or each.activity <= before]
    show = lambda each: views.project(each, call.origin)  # noqa: E731
    if call.query("pagination") == "keyset":
        if call.query("order_by", "id") != "id":
            raise Problem(405, {"error": "Keyset pagination is not yet available for this type of request"})
        return by_keyset(gitlab, call, found, show)
    keys: dict[str, Any] = {
        "name": lambda each: each.name,
        "path": lambda each: each.path,
        "last_activity_at": lambda each: each.activity,
        "created_at": lambda each: each.created,
    }
    key = keys.get(call.query("order_by", "created_at"), lambda each: each.id)
    found = sorted(found, key=lambda each: (key(each), each.id), reverse=call.query("sort", "desc") != "asc")
    return listed(gitlab, call, found, show)


@routes.get(f"{_API}/projects")
def list_projects(gitlab: GitLab, call: Call) -> Any:
    return _projects(gitlab, call, list(gitlab.world.projects.values()))


@routes.get(f"{_API}/projects/{{project}}")
def get_project(gitlab: GitLab, call: Call) -> Any:
    return views.project(project_of(gitlab, call), call.origin)


@routes.put(f"{_API}/projects/{{project}}")
def edit_project(gitlab: GitLab, call: Call) -> Any:
    found, body = project_of(gitlab, call, change=True), call.fields()
    for field in ("description", "visibility", "default_branch", "topics"):
        if field in body:
            setattr(found, field, body[field])
    return views.project(found, call.origin)


@routes.post(f"{_API}/projects/{{project}}/archive", f"{_API}/projects/{{project}}/unarchive")
def archive(gitlab: GitLab, call: Call) -> Any:
    need_write(call)
    found = project_of(gitlab, call)
    found.archived = call.request.path.endswith("/archive")
    return 201, views.project(found, call.origin)


@routes.get(f"{_API}/projects/{{project}}/members", f"{_API}/projects/{{project}}/members/all")
def list_members(gitlab: GitLab, call: Call) -> Any:
    found = project_of(gitlab, call).members
    return listed(gitlab, call, found, lambda each: {**(views.user(each) or {}), "access_level": 40})


@routes.get(f"{_API}/projects/{{project}}/labels")
def list_labels(gitlab: GitLab, call: Call) -> Any:
    found = sorted(project_of(gitlab, call).labels.items())
    return listed(gitlab, call, found, lambda each: {"id": 1, "name": each[0], "color": each[1]})


@routes.post(f"{_API}/projects/{{project}}/labels")
def create_label(gitlab: GitLab, call: Call) -> Any:
    found, body = project_of(gitlab, call, change=True), call.fields()
    name, color = required(body, "name"), required(body, "color")
    if name in found.labels:
        raise errors.error(409, "Label already exists")
    found.labels[name] = color
    return 201, {"id": len(found.labels), "name": name, "color": color}
