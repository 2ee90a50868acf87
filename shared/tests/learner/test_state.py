"""State that lasts: whole after a crash, complete after two writers at once, never thrown away unread."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest

from labkit.learner.state import glance, kept


def add(file: Path, times: int) -> None:
    for _ in range(times):
        with kept(file) as state:
            state["count"] = state.get("count", 0) + 1


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    """What several processes add at the same time is all there afterwards."""
    file = tmp_path / "state" / "numbers.json"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=add, args=(file, 40)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert glance(file) == {"count": 120}


def test_a_crash_in_the_middle_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the new file cannot be completed, the old one stays, and no draft is left."""
    file = tmp_path / "numbers.json"
    add(file, 1)
    monkeypatch.setattr(
        "os.fsync", lambda descriptor: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with pytest.raises(OSError, match="No space"):
        add(file, 1)
    assert glance(file) == {"count": 1}
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["numbers.json", "numbers.lock"]


def test_an_exception_in_the_block_changes_nothing(tmp_path: Path) -> None:
    """What a block did not come to the end of is not written."""
    file = tmp_path / "numbers.json"

    def interrupted() -> None:
        with kept(file) as state:
            state["half"] = True
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert glance(file) == {}


@pytest.mark.parametrize("text", ["", "{half", "[1, 2]", '"text"', "\udcff"])
def test_what_is_broken_is_set_aside(tmp_path: Path, text: str) -> None:
    """A file that is no JSON object is kept under another name, each time under a new one."""
    file = tmp_path / "numbers.json"
    for number in (1, 2):
        file.write_text(text, encoding="utf-8", errors="surrogateescape")
        assert glance(file) == {}
        add(file, 1)
        assert json.loads(file.read_text(encoding="utf-8")) == {"count": 1}
        aside = file.with_name(f"numbers.json.broken-{number}")
        assert aside.read_text(encoding="utf-8", errors="surrogateescape") == text
