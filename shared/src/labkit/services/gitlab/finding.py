"""Look-ups and pages that every handler needs, with GitLab's answer where there is nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlencode, urlsplit

from labkit.http.wire import Response
from labkit.services.base import Call, Problem, json_answer
from labkit.services.base.pages import paged
from labkit.services.gitlab import errors
from labkit.services.gitlab.models import Group, Issue, MergeRequest, Project, User

if TYPE_CHECKING:
    from labkit.services.gitlab.service import GitLab

Item = TypeVar("Item")
_USUAL: Final = 20
_LARGEST: Final = 100
#: Beyond that many items GitLab does not count them ("Pagination response headers").
_COUNTED: Final = 10_000


def need_write(call: Call) -> User:
    """The account that changes something.

    Raises:
        Problem: 403 for a token that may only read.
    """
    if "api" not in call.user.scopes:
        raise errors.insufficient_scope()
    user: User = call.user.user
    return user


def project_of(gitlab: GitLab, call: Call, *, change: bool = False) -> Project:
    """The project of a path, by its number or its full path.

    Raises:
        Problem: 404 where there is none; for a change 403 when it is archived, or the token may only read.
    """
    key = call["project"]
    found = gitlab.world.projects.get(key)
    if found is None and key.isdigit():
        found = next((each for each in gitlab.world.projects.values() if each.id == int(key)), None)
    if found is None:
        raise errors.not_found("Project")
    if change:
        need_write(call)
        if found.archived:
            raise errors.error(403, "403 Forbidden")
    return found


def group_of(gitlab: GitLab, call: Call) -> Group:
    """The group of a path, by its number or its full path.

    Raises:
        Problem: 404 where there is none.
    """
    key = call["group"]
    found = gitlab.world.groups.get(key)
    if found is None and key.isdigit():
        found = next((each for each in gitlab.world.groups.values() if each.id == int(key)), None)
    if found is None:
        raise errors.not_found("Group")
    return found


def listed(gitlab: GitLab, call: Call, items: list[Item], show: Callable[[Item], Any]) -> Response:
    """A list page by page: ``page`` and ``per_page``, told by headers."""
    chosen, page = paged(items, call, usual=_USUAL, largest=_LARGEST, at_most=gitlab.largest_page)
    headers = {
        "X-Page": str(page.number),
        "X-Per-Page": str(page.size),
        "X-Next-Page": str(page.number + 1) if page.number < page.last else "",
        "X-Prev-Page": str(page.number - 1) if page.number > 1 else "",
    }
    if len(items) <= _COUNTED:
        headers |= {"X-Total": str(len(items)), "X-Total-Pages": str(page.last)}
    links = page.links(call)
    return json_answer(
        [show(item) for item in chosen], 200, {**headers, **({"Link": links} if links else {})}
    )


def by_keyset(gitlab: GitLab, call: Call, items: list[Item], show: Callable[[Item], Any]) -> Response:
    """A list by ``pagination=keyset``: in the order of ids, nothing but a link to the next page."""
    size = min(call.integer("per_page", _USUAL) or _USUAL, gitlab.largest_page or _LARGEST)
    up = call.query("sort", "desc") == "asc"
    ordered: list[Any] = sorted(items, key=lambda each: each.id, reverse=not up)
    edge = call.query("id_after") or call.query("id_before")
    if edge.isdigit():
        ordered = [each for each in ordered if (each.id > int(edge)) is up and each.id != int(edge)]
    chosen, headers = ordered[:size], {}
    if len(ordered) > size:
        key = "id_after" if up else "id_before"
        query = {**call.request.query, key: [str(chosen[-1].id)]}
        path = urlsplit(call.request.target).path
        headers["Link"] = f'<{call.origin}{path}?{urlencode(query, doseq=True)}>; rel="next"'
    return json_answer([show(item) for item in chosen], 200, headers)


def in_order(items: list[Any], call: Call) -> list[Any]:
    """Merge requests or issues by ``order_by`` and ``sort``; newest first unless they say otherwise."""
    field = {"created_at": "created", "updated_at": "updated", "title": "title"}.get(
        call.query("order_by", "created_at"), "created"
    )
    key = lambda each: (getattr(each, field), each.iid)  # noqa: E731
    return sorted(items, key=key, reverse=call.query("sort", "desc") != "asc")


def filtered(items: list[Any], call: Call) -> list[Any]:
    """Merge requests or issues by state, labels, author, text and moments."""
    state = call.query("state", "all")
    found = [each for each in items if state in ("all", each.state)]
    for label in filter(None, call.query("labels").split(",")):
        found = [each for each in found if label in each.labels]
    if call.query("author_username"):
        found = [each for each in found if each.author.username == call.query("author_username")]
    if call.query("search"):
        text = call.query("search").lower()
        found = [each for each in found if text in each.title.lower() or text in each.description.lower()]
    for field in ("created", "updated"):
        after, before = moment(call, f"{field}_after"), moment(call, f"{field}_before")
        found = [each for each in found if after is None or getattr(each, field) >= after]
        found = [each for each in found if before is None or getattr(each, field) <= before]
    return found


def moment(call: Call, name: str) -> float | None:
    """A query parameter as a moment, in ISO 8601.

    Raises:
        Problem: 400 for something else.
    """
    text = call.query(name)
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Problem(400, {"error": f"{name} is invalid"}) from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def by_iid(items: dict[int, Item], text: str) -> Item:
    """One of a project's merge requests or issues.

    Raises:
        Problem: 404.
    """
    found = items.get(int(text)) if text.isdigit() else None
    if found is None:
        raise errors.not_found()
    return found


def required(body: dict[str, Any], field: str) -> str:
    """A parameter that must be there and not be blank.

    Raises:
        Problem: 400.
    """
    if field not in body:
        raise errors.missing(field)
    if not str(body[field]).strip():
        raise errors.invalid(field, "can't be blank")
    return str(body[field])


def change_labels(thing: MergeRequest | Issue, home: Project, body: dict[str, Any]) -> None:
    """Labels set, added or taken away: lists, or names with commas."""
    if "labels" in body:
        thing.labels = _names(body["labels"])
    thing.labels += [name for name in _names(body.get("add_labels", "")) if name not in thing.labels]
    gone = _names(body.get("remove_labels", ""))
    thing.labels = [name for name in thing.labels if name not in gone]
    home.labels.update({name: "#6699cc" for name in thing.labels if name not in home.labels})


def _names(value: Any) -> list[str]:
    items = value if isinstance(value, list) else str(value or "").split(",")
    return [name.strip() for name in items if name.strip()]
