"""Look-ups that every handler needs, with GitHub's answer where there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from labkit.http.wire import Response
from labkit.services.base import Call, json_answer
from labkit.services.base.moments import zulu
from labkit.services.base.pages import paged
from labkit.services.github import errors
from labkit.services.github.models import Issue, Repo, User

if TYPE_CHECKING:
    from labkit.services.github.service import GitHub

Item = TypeVar("Item")
_USUAL: Final = 30
_LARGEST: Final = 100


def repo_of(github: GitHub, call: Call, *, change: bool = False) -> Repo:
    """The repository of a path.

    Raises:
        Problem: 404 where there is none, or none that the client may see; for a change 401 without a token,
            404 for a token that may only read, 403 for an archived repository.
    """
    found = github.world.repos.get(f"{call['owner']}/{call['repo']}".lower())
    if found is None or (found.private and not can_write(call)):
        raise errors.not_found()
    if change:
        need_write(call)
        if found.archived:
            raise errors.archived()
    return found


def can_write(call: Call) -> bool:
    """Whether the token of a request has the scope ``repo``."""
    return call.user is not None and "repo" in call.user.scopes


def need_write(call: Call) -> User:
    """The account that changes something.

    Raises:
        Problem: 401 without a token; 404 without the scope, since GitHub does not tell.
    """
    if call.user is None:
        raise errors.error(401, "Requires authentication")
    if not can_write(call):
        raise errors.not_found()
    user: User = call.user.user
    return user


def number_of(call: Call, repo: Repo, *, pull: bool = False) -> Issue:
    """The issue, or the pull request, of a path.

    Raises:
        Problem: 404.
    """
    text = call["number"]
    found = repo.issues.get(int(text)) if text.isdigit() else None
    if found is None or (pull and found.pull is None):
        raise errors.not_found()
    return found


def page(github: GitHub, call: Call, items: list[Item]) -> tuple[list[Item], dict[str, str]]:
    """The page that was asked for, and the headers that lead to the others."""
    chosen, at = paged(items, call, usual=_USUAL, largest=_LARGEST, at_most=github.largest_page)
    links = at.links(call)
    return chosen, {"Link": links} if links else {}


def listed(github: GitHub, call: Call, items: list[Any], show: Any) -> Response:
    """A list, page by page; only what is on the page is shown."""
    chosen, headers = page(github, call, items)
    return json_answer([show(item) for item in chosen], 200, headers)


def in_order(items: list[Issue], call: Call) -> list[Issue]:
    """Issues by ``sort`` and ``direction``; newest first unless they say otherwise."""
    keys = {
        "created": lambda each: (each.created, each.number),
        "updated": lambda each: (each.updated, each.number),
        "comments": lambda each: (len(each.comments), each.number),
        "popularity": lambda each: (len(each.comments), each.number),
        "long-running": lambda each: (each.created, each.number),
    }
    key = keys.get(call.query("sort", "created"), keys["created"])
    return sorted(items, key=key, reverse=call.query("direction", "desc") != "asc")


def in_state(items: list[Issue], call: Call) -> list[Issue]:
    """Those of a state: open unless it says closed or all."""
    state = call.query("state", "open")
    return [each for each in items if state in ("all", each.state)]


def text_of(body: dict[str, Any], field: str, resource: str) -> str:
    """A field that must be there and be text.

    Raises:
        Problem: 422.
    """
    value = body.get(field)
    if not isinstance(value, str) or not value.strip():
        raise errors.invalid(resource, "missing_field" if value is None else "invalid", field)
    return value


def since(call: Call) -> str:
    """The parameter ``since``, comparable with what :func:`zulu` gives."""
    return call.query("since")


def after(moment: float, text: str) -> bool:
    """Whether a moment is not before the text of ``since``."""
    return not text or (zulu(moment) or "") >= text.replace("+00:00", "Z")
