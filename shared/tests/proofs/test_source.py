"""Functions as text: found with all that belongs to them, and put in place of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labkit.proofs import staging
from labkit.proofs.source import Module, SourceError, replaced, signature

SOLVED = """import functools

LIMIT = 80


# Told to the caller.
@functools.cache
@functools.wraps(len)
def first(a: int, *, b: str = "x") -> int:
    return 1


class Kept(dict):
    colour = "red"

    # The getter.
    @property
    def one(self) -> int:
        return 1

    async def two(self, x):
        return 2
"""
OPEN = """def first(a: int, *, b: str = "x") -> int:
    raise NotImplementedError("task 1")


class Kept(dict):
    @property
    def one(self) -> int:
        raise NotImplementedError("task 2")
    async def two(self, x):
        raise NotImplementedError("task 3")"""


def module(text: str) -> Module:
    return Module(Path("x.py"), text)


def test_replaces_with_decorators_and_comment() -> None:
    """A function goes with its decorators and the comment above it, and nothing else does."""
    text = replaced(module(SOLVED), module(OPEN), ["first"])
    assert text.startswith(
        'import functools\n\nLIMIT = 80\n\n\ndef first(a: int, *, b: str = "x") -> int:\n    raise'
    )
    assert "Told" not in text
    assert text.endswith("return 2\n")


def test_replaces_methods() -> None:
    """A method is replaced inside its class; the other methods stay."""
    text = replaced(module(SOLVED), module(OPEN), ["Kept.two"])
    assert 'raise NotImplementedError("task 3")\n' in text
    assert "return 1" in text
    assert 'colour = "red"' in text
    compile(text, "x", "exec")


def test_replaces_several_at_once() -> None:
    """Several names are replaced in one go, whatever their order, and the result is Python."""
    text = replaced(module(SOLVED), module(OPEN), ["Kept.two", "first", "Kept.one"])
    assert "return" not in text
    compile(text, "x", "exec")


def test_class_and_its_method() -> None:
    """A class that is named together with one of its methods is replaced once."""
    text = replaced(module(SOLVED), module(OPEN), ["Kept.one", "Kept"])
    assert text.count("class Kept") == 1
    assert "colour" not in text


def test_missing_name() -> None:
    """A name that is not there is said, with the file."""
    with pytest.raises(SourceError, match=r"x\.py: has no Kept\.three"):
        replaced(module(SOLVED), module(OPEN), ["Kept.three"])


def test_signature_tells_annotations_and_kind() -> None:
    """A signature holds names, annotations, defaults, and whether it is async."""
    found = {name: signature(module(SOLVED).find(name)) for name in ("first", "Kept", "Kept.two")}
    assert found == {
        "first": "def first(a: int, *, b: str='x') -> int",
        "Kept": "class Kept(dict)",
        "Kept.two": "async def two(self, x)",
    }


def test_prefix_of_the_tiny_lab(tiny: Any) -> None:
    """With task 1 solved, task 2's methods and task 3's whole file are as in the skeleton."""
    changed = staging.prefix(tiny.lab, 1)
    assert changed["ticket_report.py"] == (tiny.solution / "skeleton/ticket_report.py").read_text()
    counter = changed["ticket_counter.py"]
    assert "casefold" in counter
    assert counter.count('NotImplementedError("task 2")') == 2


def test_prefix_with_all_but_the_last(tiny: Any) -> None:
    """With tasks 1 and 2 solved, only the whole file of task 3 is changed."""
    assert list(staging.prefix(tiny.lab, 2)) == ["ticket_report.py"]


def test_name_of_two_tasks(tiny: Any) -> None:
    """A name that a solved and an open task share is the solution's."""
    tiny.edit("labs/01-tiny/lab.toml", '"TicketQueue.oldest"]', '"TicketQueue.oldest", "count_open"]')
    assert "casefold" in staging.prefix(tiny.lab, 1)["ticket_counter.py"]


def test_staged_solution(tiny: Any, tmp_path: Path) -> None:
    """A staged folder holds the solution's files with the changed ones over them, and no samples."""
    folder = staging.stage(tiny.lab, tmp_path / "staged", {"ticket_report.py": "x = 1\n"})
    assert {f.name: f.read_text() == "x = 1\n" for f in folder.iterdir()} == {
        "ticket_counter.py": False,
        "ticket_report.py": True,
    }
