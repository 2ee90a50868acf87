"""The state: tables of records whose values are all text."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

Record = dict[str, str]

#: States of an incident ("Incident states").
NEW, IN_PROGRESS, ON_HOLD, RESOLVED, CLOSED, CANCELED = "1", "2", "3", "6", "7", "8"

#: Priority by impact and urgency ("Priority lookup rules").
_PRIORITY: Final = {
    ("1", "1"): "1", ("1", "2"): "2", ("1", "3"): "3",
    ("2", "1"): "2", ("2", "2"): "3", ("2", "3"): "4",
    ("3", "1"): "3", ("3", "2"): "4", ("3", "3"): "5",
}  # fmt: skip

_COMMON: Final = {
    "short_description": "",
    "description": "",
    "active": "true",
    "state": NEW,
    "priority": "",
    "assigned_to": "",
    "assignment_group": "",
    "correlation_id": "",
    "cmdb_ci": "",
    "work_notes": "",
    "comments": "",
    "close_code": "",
    "close_notes": "",
}
#: Fields of each table with what a new record has in them.
FIELDS: Final[dict[str, dict[str, str]]] = {
    "incident": {
        **_COMMON,
        "impact": "3",
        "urgency": "3",
        "category": "inquiry",
        "severity": "3",
        "caller_id": "",
        "resolved_at": "",
        "closed_at": "",
    },
    "change_request": {
        **_COMMON,
        "state": "-5",
        "risk": "3",
        "type": "normal",
        "start_date": "",
        "end_date": "",
        "approval": "not requested",
        "justification": "",
        "backout_plan": "",
    },
    "problem": {**_COMMON, "impact": "3", "urgency": "3"},
    "sys_user": {"user_name": "", "name": "", "email": "", "company": "", "active": "true"},
    "cmdb_ci_server": {"name": "", "ip_address": "", "os": "", "operational_status": "1"},
}
_NUMBERS: Final = {"incident": ("INC", 10000), "change_request": ("CHG", 30000), "problem": ("PRB", 40000)}


class Refused(Exception):
    """A record that the data policy does not allow."""


@dataclass
class Table:
    """One table; records by sys_id, in the order in which they were made."""

    name: str
    records: dict[str, Record] = field(default_factory=dict)


class Tables:
    """All tables.

    Args:
        seed: of the ids.
    """

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(seed)  # noqa: S311 - ids that come again with the seed
        self.tables = {name: Table(name) for name in FIELDS}

    def create(self, table: str, values: dict[str, Any], now: float, by: str = "admin") -> Record:
        """Add a record; fields that the table does not have are dropped without a word, as it really is.

        Raises:
            Refused: the data policy does not allow it.
        """
        home = self.tables[table]
        record = dict(FIELDS[table])
        if table in _NUMBERS:
            prefix, start = _NUMBERS[table]
            record["number"] = f"{prefix}{start + len(home.records) + 1:07}"
        record["sys_id"] = f"{self._random.getrandbits(128):032x}"
        record |= {
            "sys_created_on": stamp(now),
            "sys_created_by": by,
            "sys_mod_count": "-1",
            "opened_at": stamp(now),
        }
        self._apply(table, record, values, now, by)
        home.records[record["sys_id"]] = record
        return record

    def update(
        self, table: str, record: Record, values: dict[str, Any], now: float, by: str = "admin"
    ) -> None:
        """Change a record.

        Raises:
            Refused: the data policy does not allow it; nothing was changed.
        """
        changed = dict(record)
        self._apply(table, changed, values, now, by)
        record.update(changed)

    def _apply(self, table: str, record: Record, values: dict[str, Any], now: float, by: str) -> None:
        known = FIELDS[table]
        for name, value in values.items():
            if name not in known or name == "priority":
                continue
            text = as_text(value)
            if name in ("work_notes", "comments"):
                # Journals: each change adds an entry, the newest first.
                entry = f"{stamp(now)} - {by} ({name.replace('_', ' ').title()})\n{text}\n\n"
                record[name] = entry + record[name] if text else record[name]
            else:
                record[name] = text
        if "impact" in known:
            record["priority"] = _PRIORITY.get((record["impact"], record["urgency"]), "5")
        if table == "incident":
            _check_incident(record, now)
        record |= {
            "sys_updated_on": stamp(now),
            "sys_updated_by": by,
            "sys_mod_count": str(int(record["sys_mod_count"]) + 1),
        }

    def find(self, table: str, identity: str) -> Record | None:
        """A record by its sys_id."""
        return self.tables[table].records.get(identity)

    def all(self, table: str) -> list[Record]:
        """All records of a table, oldest first."""
        return list(self.tables[table].records.values())


def _check_incident(record: Record, now: float) -> None:
    if record["state"] in (RESOLVED, CLOSED):
        missing = [
            label
            for name, label in (("close_code", "Resolution code"), ("close_notes", "Resolution notes"))
            if not record[name]
        ]
        if missing:
            raise Refused(f"Data Policy Exception: The following fields are mandatory: {', '.join(missing)}")
        record["resolved_at"] = record["resolved_at"] or stamp(now)
    record["active"] = "false" if record["state"] in (CLOSED, CANCELED) else "true"
    if record["state"] in (CLOSED, CANCELED):
        record["closed_at"] = record["closed_at"] or stamp(now)


def as_text(value: Any) -> str:
    """A value as the system keeps it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def stamp(moment: float) -> str:
    """A moment as the system writes it: in UTC, without a zone."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%d %H:%M:%S")


def only(record: Record, fields: Iterable[str]) -> Record:
    """Some fields of a record; all of them where none is named."""
    wanted = [name for name in fields if name]
    return {name: record[name] for name in wanted if name in record} if wanted else dict(record)
