"""Encoded queries: ``active=true^priorityIN1,2^ORDERBYDESCsys_created_on``.

Source: "Operators available for filters and queries" and "Encoded query strings" (docs.servicenow.com).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

Record = dict[str, str]

_TERM = re.compile(
    r"^(?P<field>[a-z_][a-z0-9_.]*)"
    r"(?P<operator>!=|>=|<=|=|>|<|NOT IN|IN|NOT LIKE|LIKE|STARTSWITH|ENDSWITH|CONTAINS|ISEMPTY|ISNOTEMPTY)"
    r"(?P<value>.*)$",
    re.DOTALL,
)
_TESTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "=": lambda have, want: have == want,
    "!=": lambda have, want: have != want,
    ">": lambda have, want: have > want,
    "<": lambda have, want: have < want,
    ">=": lambda have, want: have >= want,
    "<=": lambda have, want: have <= want,
    "IN": lambda have, want: have in want.split(","),
    "NOT IN": lambda have, want: have not in want.split(","),
    "LIKE": lambda have, want: want.lower() in have.lower(),
    "CONTAINS": lambda have, want: want.lower() in have.lower(),
    "NOT LIKE": lambda have, want: want.lower() not in have.lower(),
    "STARTSWITH": lambda have, want: have.lower().startswith(want.lower()),
    "ENDSWITH": lambda have, want: have.lower().endswith(want.lower()),
    "ISEMPTY": lambda have, _: not have,
    "ISNOTEMPTY": lambda have, _: bool(have),
}


def select(records: list[Record], query: str) -> list[Record]:
    """Return the records that a query names, in its order.

    Terms are joined by ``^`` (and) and ``^OR`` (or, with the term before); ``^NQ`` begins a new query whose
    records come too. As in the real system a term that cannot be read, and a field that is not there, are
    left out: the query then finds more than it should.
    """
    orders, sets = [], []
    for part in query.split("^NQ"):
        groups: list[list[str]] = []
        for term in filter(None, part.split("^")):
            if term.startswith("ORDERBY"):
                orders.append(term)
            elif term.startswith("OR") and groups:
                groups[-1].append(term[2:])
            else:
                groups.append([term])
        sets.append(groups)
    found = [
        record
        for record in records
        if any(all(any(_holds(record, term) for term in group) for group in groups) for groups in sets)
    ]
    for order in reversed(orders):
        down = order.startswith("ORDERBYDESC")
        field = order.removeprefix("ORDERBYDESC" if down else "ORDERBY")
        found.sort(key=lambda record, field=field: record.get(field, ""), reverse=down)  # type: ignore[misc]
    return found


def _holds(record: Record, term: str) -> bool:
    parts = _TERM.match(term)
    if not parts or parts["field"] not in record:
        return True
    return _TESTS[parts["operator"]](record[parts["field"]], parts["value"])
