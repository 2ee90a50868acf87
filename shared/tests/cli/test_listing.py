"""`lab list`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Checkout  # type: ignore[import-not-found]


@pytest.fixture
def three(checkout: Checkout) -> None:
    """Labs 09, 08 and 10, the last with a need."""
    for number in ("09", "08", "10"):
        lab = checkout.lab(id=number, module=f"figures_{number}", tests={1: ""})
    file = lab.path / "lab.toml"
    file.write_text(file.read_text().replace("needs = []", 'needs = ["ssh", "netdev"]'))


def test_table(lab: Callable[..., Any], three: None) -> None:
    """Labs come in the order of the catalogue, under a head, without colour on a pipe."""
    status, out, _ = lab("list")
    lines = out.splitlines()
    assert status == 0
    assert lines[0].split() == ["id", "title", "track", "min", "done", "needs"]
    assert [line.split()[0] for line in lines[1:4]] == ["08", "09", "10"]
    assert lines[3].endswith("ssh, netdev")
    assert lines[-1].startswith("3 labs")


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["--needs", "ssh"], ["10"]),
        (["--needs", "none"], ["08", "09"]),
        (["--track", "book"], ["08", "09", "10"]),
        (["--track", "mastery"], []),
    ],
)
def test_filters(lab: Callable[..., Any], three: None, words: list[str], ids: list[str]) -> None:
    """Filters keep what fits, and nothing is no error."""
    status, out, _ = lab("list", "--json", *words)
    assert status == 0
    assert [entry["id"] for entry in json.loads(out)] == ids


@pytest.mark.parametrize("words", [["--track", "novel"], ["--needs", "shh"]])
def test_unknown_filter(lab: Callable[..., Any], three: None, words: list[str]) -> None:
    """A filter by a word that does not exist names those that do."""
    status, _, err = lab("list", *words)
    assert status == 2
    assert "book" in err or "ssh" in err


def test_empty(lab: Callable[..., Any], checkout: Checkout) -> None:
    """A checkout without labs says so."""
    assert "no labs here yet" in lab("list")[1]


def test_long_titles_are_cut_for_a_terminal_only(
    lab: Callable[..., Any], checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In 80 columns a long title is cut with dots; a pipe gets all of it."""
    made = checkout.lab(tests={1: ""})
    file = made.path / "lab.toml"
    title = "Read every journal of every machine " * 4
    file.write_text(file.read_text().replace('"Disks"', f'"{title.strip()}"'))
    assert title.strip() in lab("list")[1]
    monkeypatch.setattr("labkit.cli.listing.Terminal", _narrow)
    out = lab("list")[1]
    assert max(map(len, out.splitlines())) <= 80
    assert "..." in out


def _narrow(stream: Any) -> Any:
    from labkit.cli.terminal import Terminal

    terminal = Terminal(stream)
    terminal.is_terminal, terminal.width = True, 80
    return terminal
