"""One submission is judged fairly, in a fresh place, from the declared files only."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from labkit.errors import EnvironmentMissing, UsageError
from labkit.grading.judge import judge
from labkit.grading.judgement import Judgement
from labkit.grading.place import LARGEST_FILE, read_submitted
from labkit.grading.unit import Unit
from labkit.runs.processes import naming

from ..conftest import SOLUTION
from .conftest import Classroom

SLOW = """
import time


def mark(figures):
    time.sleep(60)


total = mark
"""
OPENS = """
import os


def mark(figures):
    open(os.path.join(os.path.dirname(__file__), 'none.csv'))
"""


def verdicts(judgement: Judgement) -> dict[str, str]:
    return {test.id.partition("::")[2]: test.verdict for test in judgement.tests()}


def notes(judgement: Judgement, kind: str) -> list[str]:
    return [note.text for note in judgement.notes if note.kind == kind]


def test_a_right_solution_passes(classroom: Classroom) -> None:
    """A right solution passes, with no note but the walls that stood, and no trace of the hidden tests."""
    judgement = classroom.good()
    assert judgement.verdict == "passed"
    assert verdicts(judgement) == {"test_above": "passed", "test_empty": "passed", "test_total": "passed"}
    assert {note.kind for note in judgement.notes} == {"sandbox"}
    assert judgement.versions.keys() == {"labkit", "pytest", "python", "platform"}


def test_a_wrong_solution_fails_with_the_learners_message(classroom: Classroom) -> None:
    """A failing test carries what the learner would read; the other tests are judged all the same."""
    judgement = classroom.judge(classroom.submit("bob", SOLUTION.replace("> 80", ">= 80")))
    assert verdicts(judgement) == {"test_above": "failed", "test_empty": "passed", "test_total": "passed"}
    [failed] = [test for test in judgement.tests() if test.verdict == "failed"]
    assert failed.reason == "assertion"
    assert failed.called == "mark([80, 81])"
    assert failed.expected == "[80, 'CRITICAL']"
    assert failed.came == "['CRITICAL', 'CRITICAL']"


def test_what_is_not_handed_in_is_the_skeleton(classroom: Classroom) -> None:
    """A learner who handed in nothing is judged on the pristine skeleton: everything is still to do."""
    (classroom.root / "labs" / "08-disks" / "disk_figures.py").write_text(SOLUTION)
    judgement = judge(classroom.root, Unit("eve", "08", ()))
    assert set(verdicts(judgement).values()) == {"todo"}


def test_files_of_no_lab_are_refused(classroom: Classroom) -> None:
    """A file that the lab does not declare is not taken, and the instructor is told."""
    (classroom.submissions / "json.py").write_text("raise SystemExit")
    (classroom.submissions / "tests").mkdir()
    (classroom.submissions / "tests" / "test_1_disk_figures.py").write_text("def test_above(): pass")
    names = ("json.py", "tests/test_1_disk_figures.py")
    unit = Unit("eve", "08", tuple((name, classroom.submissions / name) for name in names))
    judgement = classroom.judge(unit)
    assert set(verdicts(judgement).values()) == {"todo"}
    assert notes(judgement, "refused") == [
        f"{n} is not a file of this lab, so it was not taken" for n in names
    ]


def _link(file: Path, classroom: Classroom) -> None:
    file.symlink_to(classroom.root / "solutions" / "08-disks" / "disk_figures.py")


def _pipe(file: Path, classroom: Classroom) -> None:
    os.mkfifo(file)


def _folder(file: Path, classroom: Classroom) -> None:
    file.mkdir()


def _large(file: Path, classroom: Classroom) -> None:
    with file.open("wb") as stream:
        stream.truncate(1 << 40)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (_link, "it is a symbolic link"),
        (_pipe, "it is not a regular file"),
        (_folder, "it is not a regular file"),
        (_large, "it is larger than 1,000,000 bytes"),
    ],
)
def test_only_regular_files_are_taken(
    classroom: Classroom, make: Callable[[Path, Classroom], None], why: str
) -> None:
    """A link, a pipe, a folder or a huge file in a declared file's place is refused, and never waited for."""
    file = classroom.submissions / "disk_figures.py"
    make(file, classroom)
    judgement = classroom.judge(Unit("eve", "08", (("disk_figures.py", file),)))
    assert set(verdicts(judgement).values()) == {"todo"}
    assert notes(judgement, "refused") == [f"disk_figures.py was not taken: {why}"]


def test_a_link_in_the_way_to_a_file(tmp_path: Path) -> None:
    """A package's folder that is a link is not followed; the folder of the submission may be one."""
    (tmp_path / "real" / "package").mkdir(parents=True)
    (tmp_path / "real" / "package" / "code.py").write_text("x = 1\n")
    (tmp_path / "learner").mkdir()
    (tmp_path / "learner" / "package").symlink_to(tmp_path / "real" / "package")
    (tmp_path / "class").symlink_to(tmp_path / "real")
    assert read_submitted(tmp_path / "class" / "package" / "code.py", "package/code.py") == b"x = 1\n"
    with pytest.raises(OSError, match="symbolic link"):
        read_submitted(tmp_path / "learner" / "package" / "code.py", "package/code.py")
    with pytest.raises(OSError, match="does not end in its name"):
        read_submitted(tmp_path / "real" / "package" / "code.py", "../code.py")


def test_the_largest_file_that_is_taken(tmp_path: Path) -> None:
    """A file of exactly the limit is taken, one byte more is not."""
    file = tmp_path / "code.py"
    file.write_bytes(b"#" * LARGEST_FILE)
    assert len(read_submitted(file, "code.py")) == LARGEST_FILE
    file.write_bytes(b"#" * (LARGEST_FILE + 1))
    with pytest.raises(OSError, match="larger than"):
        read_submitted(file, "code.py")


def test_broken_sources_are_judged(classroom: Classroom) -> None:
    """A syntax error, null bytes or bytes that are no text are a failure of the learner's, told as such."""
    for number, data in enumerate((b"def mark(:\n", b"x = 1\0\n", b"\xff\xfe\x00", b"\x80abc = 1\n")):
        unit = classroom.submit(f"learner{number}", "")
        Path(unit.files[0][1]).write_bytes(data)
        judgement = classroom.judge(unit)
        assert judgement.problem == ""
        assert {test.reason for test in judgement.tests()} == {"syntax"}, data


def test_an_unknown_lab(classroom: Classroom) -> None:
    """A lab that does not exist is the caller's mistake."""
    with pytest.raises(UsageError):
        judge(classroom.root, Unit("ada", "99", ()))


def test_a_lab_whose_tests_are_broken_is_nobodys_fault(classroom: Classroom) -> None:
    """Tests that cannot be collected are a problem of the environment, with pytest's words about it."""
    (classroom.root / "labs" / "08-disks" / "tests" / "test_1_disk_figures.py").write_text("import nowhere\n")
    judgement = classroom.good()
    assert judgement.verdict == "environment"
    assert "nowhere" in judgement.problem


def test_stopping(classroom: Classroom, nothing_left: Callable[[], None]) -> None:
    """Stopping ends a run soon, wherever it is, and leaves nothing behind."""
    unit = classroom.submit("slow", SLOW)
    stop = threading.Event()
    threading.Timer(0.7, stop.set).start()
    began = time.monotonic()
    judge(classroom.root, unit, stop=stop)
    assert time.monotonic() - began < 10
    nothing_left()


def test_a_killed_grader_leaves_nothing(classroom: Classroom, nothing_left: Callable[[], None]) -> None:
    """A grader that is killed in the middle takes its keeper, the worker and the folder with it."""
    unit = classroom.submit("slow", SLOW)
    code = (
        "import json, sys\nfrom pathlib import Path\nfrom labkit.grading.judge import judge\n"
        "from labkit.grading.unit import Unit\n"
        "judge(Path(sys.argv[1]), Unit.from_json(json.loads(sys.argv[2])))"
    )
    grader = subprocess.Popen([sys.executable, "-c", code, str(classroom.root), json.dumps(unit.to_json())])
    temporary = Path(os.environ["TMPDIR"])
    _wait(lambda: len(naming(str(temporary) + "/ops-labs-run-")) > 0)
    os.kill(grader.pid, signal.SIGKILL)
    grader.wait()
    _wait(lambda: list(temporary.iterdir()) == [] and naming(str(temporary) + "/ops-labs-run-") == [])
    classroom.good("after")  # removes a control group that was left
    nothing_left()


def _wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.05)


def test_messages_name_no_folder_of_the_machine(classroom: Classroom) -> None:
    """What a learner's exception tells of paths is shown without the machine's own folders."""
    judgement = classroom.judge(classroom.submit("ada", OPENS))
    message = next(test.message for test in judgement.tests() if test.id.endswith("test_above"))
    assert message == "FileNotFoundError: [Errno 2] No such file or directory: '<run>/code/none.csv'"


def test_a_forgery_that_remains_is_pointed_out(classroom: Classroom) -> None:
    """Code that tells verdicts with the grader's own seal is believed; what it had to reach for is noted."""
    text = Path(__file__).with_name("forgery").joinpath("sealed_by_hand.py").read_text(encoding="utf-8")
    judgement = classroom.judge(classroom.submit("mallory", text))
    assert judgement.verdict == "passed"
    looks = "\n".join(notes(judgement, "look"))
    assert "reached into the interpreter: gc.get_objects (disk_figures.py:" in looks
    assert "disk_figures.py names cell_contents, get_objects" in looks


def test_a_skeleton_that_is_missing(classroom: Classroom) -> None:
    """A checkout without the pristine files cannot judge, and says so."""
    (classroom.root / "solutions" / "08-disks" / "skeleton" / "disk_figures.py").unlink()
    with pytest.raises(EnvironmentMissing, match="cannot be read"):
        judge(classroom.root, Unit("ada", "08", ()))
