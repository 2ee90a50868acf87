"""The flake hunter finds planted flakes, says what they need, and leaves a sound lab alone."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from labkit.cli import main as command
from labkit.errors import UsageError
from labkit.faults import Drop, Faults, Slow
from labkit.proofs import flakes
from labkit.proofs.flakes import burners
from labkit.proofs.flakes.slow import Slowness
from labkit.runs.processes import naming

QUEUE = "labs/01-tiny/tests/test_2_queue.py"
TEST = "tests/test_2_queue.py::test_planted"
#: Where the time zones of the system are: without them no time zone can be told from another.
ZONES = len(flakes.Machine.this().zones) > 1

#: A test that fails under one condition only, and the conditions that cause it.
PLANTED = {
    "seed": """
def test_planted(seed):
    \"\"\"Holds for most seeds.\"\"\"
    assert seed % 5 != 3, "an unlucky seed"
""",
    "order": """
SEEN = []

def test_remembers():
    \"\"\"Leaves something behind.\"\"\"
    SEEN.append(1)

def test_planted():
    \"\"\"Needs what the test above left.\"\"\"
    assert SEEN, "nothing was left"
""",
    "tz": """
def test_planted():
    \"\"\"Believes that every clock shows UTC.\"\"\"
    import time
    assert time.localtime(0).tm_hour == 0, "another hour"
""",
    "hash": """
def test_planted():
    \"\"\"Believes that a set keeps an order.\"\"\"
    assert list({"web", "db", "mail", "dns"})[0] == "mail", "another order"
""",
    "locale": """
def test_planted():
    \"\"\"Believes in one locale.\"\"\"
    import locale
    assert locale.setlocale(locale.LC_ALL, "") != "C", "another locale"
""",
}


def plant(tiny: Any, name: str) -> None:
    file = tiny.root / QUEUE
    file.write_text(file.read_text(encoding="utf-8") + PLANTED[name], encoding="utf-8")


@pytest.fixture
def one_burner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs at a time, one busy process: others use this machine, too."""
    monkeypatch.setattr("labkit.proofs.flakes.hunting.cores", lambda: 1)


def run(tiny: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str) -> Any:
    """Status and output of a line as a report prints it."""
    monkeypatch.setenv("LABKIT_ROOT", str(tiny.root))
    words = shlex.split(line)
    assert words[0] == "./lab"
    status = command.main(words[1:])
    return status, capsys.readouterr().out


@pytest.mark.parametrize("name", PLANTED)
@pytest.mark.usefixtures("one_burner")
def test_planted_flake(
    tiny: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """A planted flake is found and named with the one condition it needs, and the command shows it again."""
    if name == "tz" and not ZONES:
        pytest.skip("this system has no time zones")
    plant(tiny, name)
    report = flakes.hunt([tiny.lab], runs=16, seed=1, jobs=2)
    assert report.exit_status == 1
    [flake] = report.labs[0].flakes
    assert flake.test == TEST
    assert 0 < len(flake.failures) < flake.runs == 16
    assert "another" in flake.message or "unlucky" in flake.message or "nothing was left" in flake.message
    assert flake.came_again == flake.tries
    assert flake.needs is not None
    assert list(flake.needs.differing()) == [name]
    assert all(getattr(failure, name) != getattr(flakes.PLAIN, name) for failure in flake.failures)
    shown = flakes.render(report)
    assert f"{TEST}: failed in {len(flake.failures)} of 16 runs" in shown
    status, out = run(tiny, monkeypatch, capsys, flake.command)
    assert status == 1
    assert f"{TEST}: failed in 3 of 3 runs" in out


@pytest.mark.usefixtures("one_burner")
def test_chance(tiny: Any, tmp_path: Path) -> None:
    """What fails by chance is told as such: it does not come again under the same conditions."""
    mark = tmp_path / "failed"
    file = tiny.root / QUEUE
    file.write_text(
        file.read_text(encoding="utf-8")
        + f"""
def test_planted():
    \"\"\"Fails once.\"\"\"
    from pathlib import Path
    if not Path({str(mark)!r}).exists():
        Path({str(mark)!r}).touch()
        raise ValueError("once")
""",
        encoding="utf-8",
    )
    report = flakes.hunt([tiny.lab], runs=3, seed=1, jobs=1)
    [flake] = report.labs[0].flakes
    assert (flake.test, len(flake.failures), flake.came_again, flake.needs) == (TEST, 1, 0, None)
    assert "by chance" in flake.finding
    assert "--runs 50" in flake.command


@pytest.mark.usefixtures("one_burner")
def test_broken_is_no_flake(tiny: Any) -> None:
    """A test that fails in every run is told apart from one that fails now and then."""
    tiny.edit("solutions/01-tiny/ticket_report.py", '"\\n"', '"; "')
    [lab] = flakes.hunt([tiny.lab], runs=3, seed=1, jobs=1).labs
    assert [(flake.test, flake.always) for flake in lab.flakes] == [
        ("tests/test_3_report.py::test_sorted_by_name", True)
    ]
    assert lab.flakes[0].command == "./lab flakes 01 --runs 3 --like plain"


@pytest.mark.usefixtures("one_burner")
def test_sound_lab(tiny: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A sound lab ends with status 0, a versioned report, and a word on what could not be done."""
    status, out = run(tiny, monkeypatch, capsys, "./lab flakes 01 --runs 6 --seed 2 --json")
    said = json.loads(out)
    assert (status, said["schema"], said["exit_status"], said["seed"]) == (0, 1, 0, 2)
    [lab] = said["labs"]
    assert (lab["lab"], lab["runs"], lab["planned"], lab["flakes"]) == ("01", 6, 6, [])
    assert lab["under_stress"] in (2, 3)
    assert any("slow loopback was not applied" in note for note in lab["notes"])


@pytest.mark.usefixtures("one_burner")
def test_tests_that_cannot_be_collected(tiny: Any) -> None:
    """Where tests cannot run at all, that is a failure of the run as a whole, never a pass."""
    tiny.edit("labs/01-tiny/tests/test_3_report.py", "import ticket_report", "import nowhere_at_all")
    report = flakes.hunt([tiny.lab], runs=2, seed=1, jobs=1)
    [flake] = report.labs[0].flakes
    assert (report.exit_status, flake.test, flake.always) == (1, "the run as a whole", True)
    assert "nowhere_at_all" in flake.message


@pytest.mark.usefixtures("one_burner")
def test_slow_servers(tiny: Any) -> None:
    """The servers of fixtures are slow in slow runs: a test with too little patience is found."""
    tiny.edit("labs/01-tiny/lab.toml", "needs = []", 'needs = ["inventory"]')
    file = tiny.root / QUEUE
    file.write_text(
        file.read_text(encoding="utf-8")
        + '''
def test_planted(inventory):
    """Has little patience."""
    import contextlib, time, urllib.error, urllib.request
    began = time.monotonic()
    with contextlib.suppress(urllib.error.HTTPError):
        urllib.request.urlopen(inventory.url + "/nowhere").read()
    assert time.monotonic() - began < 0.005, "too late"
''',
        encoding="utf-8",
    )
    report = flakes.hunt([tiny.lab], runs=2, seed=1, like=flakes.conditions_of("slow"), jobs=1)
    [lab] = report.labs
    assert (lab.slowed, lab.notes) == (2, [])
    assert [(flake.test, len(flake.failures)) for flake in lab.flakes] == [(TEST, 2)]
    assert "too late" in lab.flakes[0].message
    assert "2 runs (0 with busy cores, 2 with slow servers)" in flakes.render(report)


def test_slow_stands_behind_faults() -> None:
    """A fault that a test injects strikes first, and slowness is in no log and at no stage without it."""
    slowness = Slowness(0.01)
    take = slowness.around(Faults.take)
    faults = Faults(stages={Slow: ("response",), Drop: ("response", "connect")})
    drop = faults.inject(Drop(times=1))
    assert take(faults, "response", "GET /") is drop
    late = take(faults, "response", "GET /")
    assert isinstance(late, Slow)
    assert take(faults, "connect") is None
    assert take(faults, "response", kinds=Drop) is None
    assert [taken.fault for taken in faults.taken] == [drop]
    assert slowness.times == 1


def test_conditions_are_drawn_again() -> None:
    """The same seed draws the same conditions; the first are plain; each value has its turn."""
    machine = flakes.Machine(("UTC", "Asia/Kathmandu"), ("C.UTF-8", "C"))
    plan = flakes.drawn(40, 7, machine)
    assert plan == flakes.drawn(40, 7, machine) != flakes.drawn(40, 8, machine)
    assert plan[0] == flakes.PLAIN
    assert {conditions.tz for conditions in plan} == set(machine.zones)
    for name in ("stress", "slow"):
        assert 19 <= sum(getattr(conditions, name) for conditions in plan) <= 20
    assert len({conditions.hash for conditions in plan}) > 35
    assert len(flakes.drawn(1, 7, machine)) == 1


@pytest.mark.parametrize(
    "text", ["plain", "order=3", "order=3,seed=7,hash=9,tz=Asia/Kathmandu,locale=C,stress,slow"]
)
def test_conditions_as_text(text: str) -> None:
    """Conditions are read as they are printed."""
    assert str(flakes.conditions_of(text)) == text


@pytest.mark.parametrize(
    "text", ["weather=bad", "order", "order=x", "seed=-1", "tz=", "stress=1", "hash=4294967296"]
)
def test_wrong_conditions(text: str) -> None:
    """A condition that is none is bad usage, with the word it fails at."""
    with pytest.raises(UsageError, match=text.partition("=")[0]):
        flakes.conditions_of(text)


def test_burners_end() -> None:
    """Burners are bounded by the number of cores and are gone with the block, whatever happened in it."""
    processes: list[int] = []

    def fail() -> None:
        with burners.burning(1000) as found:
            processes.extend(found)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert 1 <= len(processes) <= burners.cores()
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_burners_end_with_a_killed_owner() -> None:
    """Burners of a process that was killed end by themselves."""
    script = (
        "import sys\nfrom labkit.proofs.flakes.burners import burning\n"
        "with burning(1) as found:\n    print(*found, flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        burner = int(owner.stdout.readline())
        watching = os.pidfd_open(burner) if hasattr(os, "pidfd_open") else None
        owner.kill()
    if watching is not None:
        import select

        ready, _, _ = select.select([watching], [], [], 30)
        os.close(watching)
        assert ready


def test_interrupted(tiny: Any, tmp_path: Path) -> None:
    """Ctrl-C ends a hunt with 130, says what was found so far, and leaves no process."""
    began = tmp_path / "began"
    os.mkfifo(began)
    file = tiny.root / QUEUE
    file.write_text(
        file.read_text(encoding="utf-8")
        + f"""
def test_planted(seed):
    \"\"\"Fails, then hangs.\"\"\"
    assert seed, "the plain seed"
    open({str(began)!r}, "w").write(str(os.getpid()))
    time.sleep(600)
""".replace("open(", "import os, time\n    open(", 1),
        encoding="utf-8",
    )
    tiny.edit("labs/01-tiny/lab.toml", "time_limit = 2", "time_limit = 300")
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "labkit", "flakes", "01", "--runs", "4", "--jobs", "1", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "LABKIT_ROOT": str(tiny.root)},
        start_new_session=True,
    )
    with process:
        try:
            worker = int(began.read_text())  # waits for the second run
            os.killpg(process.pid, signal.SIGINT)
            out, _ = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    said = json.loads(out)
    assert said["interrupted"] is True
    [lab] = said["labs"]
    assert (lab["runs"], [flake["test"] for flake in lab["flakes"]]) == (1, [TEST])
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
    assert naming(str(tiny.root)) == []


@pytest.mark.parametrize("line", ["--runs 0", "--like moon=full", "77", "--jobs none"])
def test_bad_usage(
    tiny: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    """What does not exist or makes no sense ends with status 2."""
    assert run(tiny, monkeypatch, capsys, f"./lab flakes {line}")[0] == 2


@pytest.mark.usefixtures("one_burner")
def test_environment(tiny: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A lab that cannot run on this machine ends with status 3 and the reason."""

    def lacking(*_: Any) -> Any:
        from labkit.errors import EnvironmentMissing

        raise EnvironmentMissing("ssh", "no such thing here")

    monkeypatch.setattr("labkit.proofs.flakes.hunting.judge", lacking)
    status, out = run(tiny, monkeypatch, capsys, "./lab flakes 01 --runs 2")
    assert status == 3
    assert "Lab 01: cannot run here. ssh: no such thing here" in out
