"""Hints come by request, and by themselves when the same failure comes again and again; each once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Checkout, Said  # type: ignore[import-not-found]

WRONG = """
def mark(figures):
    return ["CRITICAL" if figure >= 80 else figure for figure in figures]


def total(figures):
    raise NotImplementedError("task 2")
"""


def test_after_the_third_time(checkout: Checkout, lab: Callable[..., Said]) -> None:
    """The third run that ends in the same failure shows the next rung, the sixth the one after it."""
    checkout.lab(WRONG)
    runs = [lab("run", "08")[1] for _ in range(13)]
    shown = [[word for word in ("Read.", "Think.", "Write.") if word in said] for said in runs]
    expected: list[list[str]] = [[]] * 13
    expected[2], expected[5], expected[8] = ["Read."], ["Think."], ["Write."]
    assert shown == expected


def test_what_was_asked_for_is_not_offered_again(checkout: Checkout, lab: Callable[..., Said]) -> None:
    """A rung that the learner has seen is not offered; the next one is."""
    checkout.lab(WRONG)
    lab("hint", "08", "--task", "1")
    said = [lab("run", "08")[1] for _ in range(3)][-1]
    assert "Think." in said
    assert "Read." not in said


def test_what_is_not_written_yet_is_no_failure(checkout: Checkout, lab: Callable[..., Said]) -> None:
    """Nobody is pressed who has not begun."""
    checkout.lab()
    assert not any("hint:" in lab("run", "08")[1] for _ in range(6))


def test_a_known_mistake_names_its_rung(checkout: Checkout, lab: Callable[..., Said]) -> None:
    """Where a wrong solution with this message names a rung, that one is offered at once."""
    made = checkout.lab(WRONG)
    for name, message, hint in (("other", "no such words", 2), ("same", "CRITICAL", 3)):
        folder = made.solution / "wrong" / name
        folder.mkdir(parents=True)
        (folder / "expect.toml").write_text(
            f"task = 1\nmessage = '{message}'\nwhy = 'w'\nhint = {hint}\n", encoding="utf-8"
        )
    said = [lab("run", "08")[1] for _ in range(3)][-1]
    assert "Write. (3 of 3" in said
