"""Each file of the hostile corpus is contained, judged as it says itself, and harmless to its neighbours."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from labkit.grading.judgement import Judgement
from labkit.grading.unit import Unit

from .conftest import Classroom

CORPUS = sorted(Path(__file__).with_name("hostile").glob("*.py"))


def header(text: str, key: str) -> str:
    """What a hostile file declares about itself."""
    found = re.search(rf"^# {key}: (.+)$", text, re.MULTILINE)
    return found[1] if found else ""


def hand_in(classroom: Classroom, file: Path) -> Unit:
    text = file.read_text(encoding="utf-8")
    for mark, value in (
        ("@CHECKOUT@", str(classroom.root)),
        ("@OUTSIDE@", str(classroom.outside)),
        ("@PORT@", str(classroom.port)),
    ):
        text = text.replace(mark, value)
    unit = classroom.submit(file.stem, text)
    for name in header(text, "beside").split():
        beside = classroom.submissions / file.stem / name
        beside.parent.mkdir(exist_ok=True)
        beside.write_text(
            "HOSTILE = 6\n\n\ndef mark(figures):\n    return [80, 'CRITICAL'] if figures else []\n"
        )
    return unit


def problems(judgement: Judgement, text: str) -> list[str]:
    """How a judgement differs from what the file declares."""
    found = []
    verdicts = {test.id.partition("::")[2]: test.verdict for test in judgement.tests()}
    worst = [task.verdict for task in judgement.tasks]
    expected = [word.strip() for word in header(text, "expect").split(",")]
    if judgement.problem or judgement.verdict == "passed":
        found.append(f"verdict {judgement.verdict}: {judgement.problem}")
    if set(verdicts) != {"test_above", "test_empty", "test_total"}:
        found.append(f"tests {verdicts}")
    if not any(verdict in expected for verdict in worst):
        found.append(f"expected {expected}, came {verdicts}")
    if any(
        v not in {*expected, "passed", "failed", "blocked", "crashed", "timeout"} for v in verdicts.values()
    ):
        found.append(f"unexpected {verdicts}")
    notes = "\n".join(f"{note.kind}: {note.text}" for note in judgement.notes)
    messages = "\n".join(test.message for test in judgement.tests())
    wanted, _, other = header(text, "note").partition(" | or ")
    if wanted and wanted not in notes and not (other and other in messages):
        found.append(f"no note of {wanted!r}: {notes}")
    if header(text, "message") and header(text, "message") not in messages:
        found.append(f"no message of {header(text, 'message')!r}: {messages}")
    if header(text, "blocked") and header(text, "blocked") not in str(judgement.blocked_attempts):
        found.append(f"not blocked: {judgement.blocked_attempts}")
    if "planted-secret-value" in str(judgement.to_json()):
        found.append("a secret was told")
    return found


def test_the_corpus_is_large_and_declared() -> None:
    """The corpus has at least 30 files, each of which says what is expected of its judgement."""
    assert len(CORPUS) >= 30
    for file in CORPUS:
        text = file.read_text(encoding="utf-8")
        expected = {word.strip() for word in header(text, "expect").split(",")}
        assert expected
        assert expected <= {"failed", "crashed", "timeout", "tampered"}, file.name
        assert text.startswith('"""'), file.name


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_hostile(classroom: Classroom, nothing_left: Callable[[], None], file: Path) -> None:
    """A hostile file is contained and judged as fits; a right solution beside it and after it passes."""
    beside: list[str] = []
    neighbour = threading.Thread(target=lambda: beside.append(classroom.good("beside").verdict))
    neighbour.start()
    judgement = classroom.judge(hand_in(classroom, file))
    neighbour.join()
    assert problems(judgement, file.read_text(encoding="utf-8")) == []
    assert beside == ["passed"]
    assert classroom.good("after").verdict == "passed"
    nothing_left()


#: What a kernel offers where it lets no user make namespaces, and what is left on systems other than Linux;
#: and the files that are contained all the same. The others of their kind need the wall that is missing.
FEWER_MEANS = {"landlock": ("landlock",), "nothing": ()}
BY_DEADLINES_AND_LIMITS = {
    *("closes_descriptors", "disk_filler", "endless_output", "endless_threads", "fork_bomb", "huge_file"),
    *("forger_of_one_report", "memory_bomb", "poisoned_environment", "raises_limits", "stops_itself"),
    *("thread_bomb", "zombies"),
}
BY_LANDLOCK = {
    *("daemon", "deletes_its_folder", "edits_tests", "imports_solution", "kills_parents", "reads_secrets"),
    *("reads_solution", "replaces_the_record", "symlink_out", "writes_outside", "writes_to_parents_memory"),
}
FEWER = [
    *(("landlock", name) for name in sorted(BY_DEADLINES_AND_LIMITS | BY_LANDLOCK)),
    *(("nothing", name) for name in sorted(BY_DEADLINES_AND_LIMITS)),
]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, no means is what all runs have")
@pytest.mark.parametrize(("kernel", "name"), FEWER)
def test_fewer_walls(classroom: Classroom, nothing_left: Callable[[], None], kernel: str, name: str) -> None:
    """Where the kernel has fewer means, what needs none of the missing ones is contained all the same."""
    file = Path(__file__).with_name("hostile") / f"{name}.py"
    judgement = classroom.judge(hand_in(classroom, file), FEWER_MEANS[kernel])
    assert problems(judgement, file.read_text(encoding="utf-8")) == []
    nothing_left()
