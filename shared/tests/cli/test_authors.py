"""What authors and maintainers call: new-lab, freeze, verify, test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labkit.capabilities import Capability
from labkit.cli import everything
from labkit.proofs.model import NOT_RUN, Interrupted, Outcome, Report

if TYPE_CHECKING:
    from conftest import Checkout  # type: ignore[import-not-found]

PYTEST_TABLE = '[tool.pytest.ini_options]\naddopts = ["--import-mode=importlib"]\n'


@pytest.fixture
def repository(checkout: Checkout, lab: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A checkout with one lab that satisfies the proofs, and one test of the shared package."""
    assert lab("new-lab", "r19", "Read a journal")[0] == 0
    (checkout.root / "pyproject.toml").write_text(PYTEST_TABLE)
    tests = checkout.root / "shared" / "tests"
    tests.mkdir()
    (tests / "test_one.py").write_text("def test_one():\n    pass\n")
    return checkout


def test_new_lab_verifies(lab: Callable[..., Any], repository: Checkout) -> None:
    """A new lab is found, satisfies every proof, and is frozen already."""
    page = repository.root / "proofs.html"
    status, out, _ = lab("verify", "r19", "--json", "--jobs", "1", "--html", str(page))
    told = json.loads(out)
    assert "r19" in page.read_text(encoding="utf-8")
    assert lab("verify", "r19", "--html", str(repository.root / "nowhere" / "proofs.html"))[0] == 2
    assert (status, told["ok"]) == (0, True), told
    assert {outcome["lab"] for outcome in told["outcomes"]} == {"r19"}
    assert "up to date" in lab("freeze", "r19")[1]


def test_new_lab_refuses_a_taken_id(lab: Callable[..., Any], repository: Checkout) -> None:
    """An id that exists is bad usage."""
    status, _, err = lab("new-lab", "r19", "Another")
    assert status == 2
    assert "r19" in err


def test_verify_fails_with_1(lab: Callable[..., Any], repository: Checkout) -> None:
    """A broken solution makes status 1 and is told with its lab and proof; the skeleton alone counts."""
    [solution] = (repository.root / "solutions").glob("r19-*/read_a_journal.py")
    [starter] = (repository.root / "labs").glob("r19-*/read_a_journal.py")
    starter.write_text(solution.read_text())  # a learner has solved it
    assert lab("verify", "--jobs", "1")[0] == 0
    solution.write_text("def keep_above(figures, limit):\n    return []\n")
    status, out, _ = lab("verify", "--jobs", "1")
    assert status == 1
    assert "Lab r19, solution" in out


def test_freeze_refuses_a_learners_work(lab: Callable[..., Any], repository: Checkout) -> None:
    """Solved files are no skeleton."""
    [solution] = (repository.root / "solutions").glob("r19-*/read_a_journal.py")
    [starter] = (repository.root / "labs").glob("r19-*/read_a_journal.py")
    starter.write_text(solution.read_text())
    assert lab("freeze", "r19")[0] == 2


def test_verify_interrupted(
    lab: Callable[..., Any], repository: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After Ctrl-C the status is 130, and what was not proven is told."""

    def stopped(*labs: Any, **options: Any) -> None:
        outcomes = [
            Outcome("r19", "starter"),
            Outcome("r19", "wrong", NOT_RUN),
            Outcome("r19", "clean", NOT_RUN),
        ]
        raise Interrupted(Report(outcomes, 2.0))

    monkeypatch.setattr("labkit.proofs.verify", stopped)
    status, out, err = lab("verify")
    assert (status, out) == (130, "")
    assert "Not proven:\n  lab r19: wrong, clean\n" in err


def test_verify_without_labs(lab: Callable[..., Any], checkout: Checkout) -> None:
    """Nothing to verify is not the same as all proven."""
    assert lab("verify")[0] == 2


def test_mutants(lab: Callable[..., Any], repository: Checkout) -> None:
    """`lab mutants` tells how the mutants of a lab ended, and keeps the report."""
    status, out, _ = lab("mutants", "r19")
    assert "Lab r19: " in out
    assert "mutants killed" in out
    kept = json.loads((repository.root / ".lab" / "cache" / "mutants" / "r19.json").read_text())
    assert status == (1 if kept["findings"] else 0)
    _, out, _ = lab("mutants", "r19", "--json")
    assert [report["lab"] for report in json.loads(out)] == ["r19"]


def test_survivors_again(lab: Callable[..., Any], repository: Checkout) -> None:
    """`--survivors` needs the report of a whole run, judges what survived in it, and leaves it as it is."""
    status, _, err = lab("mutants", "r19", "--survivors")
    assert (status, "Run `lab mutants r19` first" in err) == (2, True)
    kept = repository.root / ".lab" / "cache" / "mutants" / "r19.json"
    lab("mutants", "r19", "--json")
    before = kept.read_text()
    survived = [mutant for mutant in json.loads(before)["mutants"] if mutant["ended"] == "survived"]
    _, out, _ = lab("mutants", "r19", "--survivors")
    assert f"of {len(survived)} mutants killed" in out
    assert kept.read_text() == before


@pytest.mark.parametrize(
    "words",
    [["verify"], ["freeze", "08"], ["new-lab", "r20", "X"], ["mutants"], ["flakes"], ["test"], ["bench"]],
)
def test_only_in_the_repository(
    lab: Callable[..., Any],
    checkout: Checkout,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
) -> None:
    """In an exported starter these say that they work in the repository."""
    starter = tmp_path / "08-disks"
    checkout.lab().path.rename(starter)
    (starter / "vendor").mkdir()
    monkeypatch.chdir(starter)
    status, _, err = lab(*words)
    assert status == 2
    assert "repository" in err


def close(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stdout.decode().rstrip().splitlines()[-1]


def test_everything_passes(lab_process: Callable[..., Any], repository: Checkout) -> None:
    """All tests and proofs pass: status 0 and one closing line with the numbers, whatever a learner wrote."""
    [starter] = (repository.root / "labs").glob("r19-*/read_a_journal.py")
    starter.write_text("def keep_above(figures, limit):\n    return 'half done'\n")
    done = lab_process(
        "test", "--jobs", "1", env={"PYTEST_ADDOPTS": "--no-such-option", "LABKIT_GUARD": None}
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    assert close(done).startswith("6 passed, 0 failed; all proofs that gate hold;")


def test_everything_tells_a_failure(lab_process: Callable[..., Any], repository: Checkout) -> None:
    """A failing test makes status 1, after all the rest has run."""
    (repository.root / "shared" / "tests" / "test_one.py").write_text(
        "import pytest\n\ndef test_one():\n    assert 0\n\ndef test_two():\n    pytest.skip('no')\n"
    )
    done = lab_process("test", "--jobs", "1")
    assert done.returncode == 1
    assert close(done).startswith("5 passed, 1 failed, 1 skipped; all proofs that gate hold;")


def test_no_tests_at_all_is_a_failure(lab_process: Callable[..., Any], repository: Checkout) -> None:
    """Where pytest finds nothing, that is said and does not pass."""
    (repository.root / "shared" / "tests" / "test_one.py").unlink()
    done = lab_process("test", "--jobs", "1")
    assert done.returncode == 1
    assert b"no tests were found" in done.stdout


def test_required_capability_that_is_missing(
    lab: Callable[..., Any], repository: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A required capability that cannot be had ends it with status 3 before anything runs."""
    nothing = Capability("xvfb", "", ("no-such-program",), (), "", False, (), {"other": "build one"})
    monkeypatch.setattr(everything.capabilities, "named", lambda names: (nothing,))
    monkeypatch.setattr(everything, "_child", None)
    status, _, err = lab("test", "--require", "xvfb")
    assert status == 3
    assert "build one" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(repository: Checkout, tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end it with 130 and no child left."""
    began = tmp_path / "began"
    os.mkfifo(began)
    (repository.root / "shared" / "tests" / "test_one.py").write_text(
        f"import os, time\n\n"
        f"def test_one():\n    open({str(began)!r}, 'w').write(str(os.getpid()))\n    time.sleep(600)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "labkit", "test", "--jobs", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    with process:
        try:
            worker = int(began.read_text())  # waits for the test to begin
            if number == signal.SIGINT:
                os.killpg(process.pid, number)  # as a terminal does
            else:
                process.send_signal(number)
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert errors.decode().rstrip().endswith("lab: interrupted")
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
