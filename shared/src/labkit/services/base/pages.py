"""Pages of long lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

from labkit.services.base.call import Call

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page:
    """Which page of a list was asked for; numbers begin with 1."""

    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page, at least 1."""
        return max(1, -(-self.total // self.size))

    def links(self, call: Call) -> str:
        """Return the value of a ``Link`` header (RFC 8288), empty where there is but one page."""
        found = []
        if self.number > 1:
            found += [self._link(call, self.number - 1, "prev"), self._link(call, 1, "first")]
        if self.number < self.last:
            found += [self._link(call, self.number + 1, "next"), self._link(call, self.last, "last")]
        return ", ".join(found)

    def _link(self, call: Call, number: int, relation: str) -> str:
        query = {**call.request.query, "page": [str(number)], "per_page": [str(self.size)]}
        path = urlsplit(call.request.target).path
        return f'<{call.origin}{path}?{urlencode(query, doseq=True)}>; rel="{relation}"'


def paged(
    items: Sequence[Item], call: Call, *, usual: int, largest: int, at_most: int | None = None
) -> tuple[list[Item], Page]:
    """Return the page that ``page`` and ``per_page`` of a request name.

    Args:
        items: all of them.
        call: the request.
        usual: items on a page unless it says so.
        largest: the most it may ask for.
        at_most: fewer than that, for tests that want several pages of few items.
    """
    size = min(call.integer("per_page", usual) or usual, largest)
    if at_most:
        size = min(size, at_most)
    page = Page(max(1, call.integer("page", 1)), size, len(items))
    start = (page.number - 1) * size
    return list(items[start : start + size]), page
