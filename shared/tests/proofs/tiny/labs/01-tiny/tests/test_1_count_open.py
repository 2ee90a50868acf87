from pathlib import Path

import ticket_counter

from labkit.checks import call


def test_counts_open() -> None:
    """Open tickets are counted."""
    call(ticket_counter.count_open, ["open", "closed", "open"]).returns(2)


def test_any_case() -> None:
    """Upper and lower case do not matter."""
    call(ticket_counter.count_open, ["Open", "OPEN", "shut"]).returns(2)


def test_whole_word() -> None:
    """Only the whole word counts."""
    call(ticket_counter.count_open, ["reopened", "open"]).returns(1)


def test_from_file(lab_data: Path) -> None:
    """States read from a file are counted as well."""
    states = (lab_data / "states.txt").read_text(encoding="utf-8").split()
    call(ticket_counter.count_open, states).returns(1)
