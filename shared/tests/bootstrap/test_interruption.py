"""Set-ups that are interrupted, fail, or happen twice at once."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from labkit.bootstrap import integrity

Started = list[subprocess.Popen[str]]


@pytest.mark.parametrize("step", ["venv", "pip"])
def test_set_up_resumes_after_kill(checkout: Any, started: Started, step: str) -> None:
    """After kill -9 of everything in the middle of a step, the same command completes the set-up."""
    checkout.stop_at(step)
    process = checkout.begin("run", "22")
    started.append(process)
    checkout.reached()
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    checkout.stop_no_more()
    checkout.calls()
    checkout.answer("run", "22")
    assert checkout.calls()[-1]["command"] == "pip"
    checkout.answer("run", "22")
    assert checkout.calls() == []


def test_growth_that_was_killed_is_not_taken_for_done(checkout: Any, started: Started) -> None:
    """After kill -9 while the environment grows, no command trusts it before it has been mended."""
    checkout.answer("run", "22")
    checkout.add_lab("08", "lists", ["labkit", "requests"])
    checkout.stop_at("pip")
    process = checkout.begin("run", "08")
    started.append(process)
    checkout.reached()
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    checkout.stop_no_more()
    [record] = checkout.root.glob(".lab/envs/main/lib/*/site-packages/netmiko-1.dist-info/RECORD")
    record.unlink()
    checkout.calls()
    checkout.answer("run", "22")
    assert checkout.installed() == [["-e", "shared[cli,netdev,ssh]", "netmiko", "paramiko>=4"]]
    assert record.exists()


def test_next_set_up_waits_for_an_orphaned_installer(checkout: Any, started: Started) -> None:
    """When only ./lab was killed, its uv keeps the lock: the next set-up says so and waits."""
    checkout.stop_at("pip")
    first = checkout.begin("list")
    started.append(first)
    checkout.reached()
    first.kill()
    first.wait()
    second = checkout.begin("list")
    started.append(second)
    assert second.stderr is not None
    line = second.stderr.readline()
    assert str(first.pid) in line
    assert "killed" in line
    checkout.let_go("pip")
    out, err = second.communicate(timeout=60)
    assert (second.returncode, "argv" in out) == (0, True), err


def test_two_at_once_wait_for_each_other(checkout: Any, started: Started) -> None:
    """The second set-up names the process it waits for, and then finds everything ready."""
    checkout.stop_at("pip")
    first = checkout.begin("run", "22")
    started.append(first)
    checkout.reached()
    second = checkout.begin("run", "22")
    started.append(second)
    assert second.stderr is not None
    line = second.stderr.readline()
    assert "waiting" in line
    assert str(first.pid) in line
    checkout.let_go("pip")
    for process in (first, second):
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert [call["command"] for call in checkout.calls()] == ["venv", "pip"]


def test_control_c_ends_with_one_line(checkout: Any, started: Started) -> None:
    """Ctrl-C during the set-up exits 130, says one line and no traceback, and leaves no installer behind."""
    checkout.stop_at("pip")
    process = checkout.begin("list")
    started.append(process)
    installer = checkout.reached()
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert [line for line in err.splitlines() if "interrupted" in line] == [err.splitlines()[-1]]
    assert "Traceback" not in err
    with pytest.raises(ProcessLookupError):
        os.kill(installer, 0)
    checkout.stop_no_more()
    checkout.answer("list")


def test_without_network(checkout: Any) -> None:
    """A failed download exits 3 with what was wanted, what to do, uv's last lines and no passwords."""
    lines = [f"line {number}" for number in range(100)]
    lines += [
        "error: Failed to fetch: `https://user:secret@index.example/simple/netmiko/`",
        "  cause: dns error",
    ]
    (checkout.told / "fail-pip").write_text("\n".join(lines))
    done = checkout.run("run", "22")
    assert done.returncode == 3
    for word in (
        "netmiko",
        "Could not fetch",
        "connection",
        "same command again",
        "dns error",
        "***@index.example",
    ):
        assert word in done.stderr
    assert "secret" not in done.stderr
    assert "line 3\n" not in done.stderr


def test_failed_growth_leaves_the_rest_usable(checkout: Any) -> None:
    """When what a lab needs cannot be fetched, the commands that were ready before still are."""
    checkout.answer("list")
    (checkout.told / "fail-pip").write_text("error: Failed to fetch\n")
    assert checkout.run("run", "22").returncode == 3
    checkout.calls()
    done = checkout.run("list")
    assert (done.returncode, done.stderr, checkout.calls()) == (0, "", [])


def test_cache_is_enough_without_network(checkout: Any) -> None:
    """Without a network, what is in the cache is installed from there."""
    (checkout.told / "fail-pip").write_text("error: dns error\n")
    (checkout.told / "cached").touch()
    checkout.answer("run", "22")
    assert "--offline" in checkout.calls()[-1]["arguments"]


def test_failure_of_another_kind_shows_the_lines(checkout: Any) -> None:
    """An error that is nobody's network exits 3 with the lines that name it."""
    (checkout.told / "fail-pip").write_text("  x No solution found when resolving: pytest==99\n")
    done = checkout.run("list")
    assert done.returncode == 3
    assert "pytest==99" in done.stderr
    assert "connection" not in done.stderr


def test_disk_full(checkout: Any) -> None:
    """A full disk is called that, with how much is free, instead of the installer's error."""
    (checkout.told / "fail-pip").write_text("error: failed to copy: No space left on device (os error 28)\n")
    done = checkout.run("list")
    assert done.returncode == 3
    assert "disk is full" in done.stderr
    assert "MB are free" in done.stderr


def test_progress_without_a_terminal(checkout: Any) -> None:
    """Without a terminal each step says a line when it begins and one when it ends."""
    lines = checkout.run("run", "22").stderr.splitlines()
    assert "lab 22" in lines[0]
    assert [line[:5] for line in lines[1:]] == ["[1/2]", "[1/2]", "[2/2]", "[2/2]"]
    assert not [line for line in lines if "\r" in line or "\x1b" in line]
    assert "netmiko" in lines[3]


def test_half_written_packages_are_forgotten(tmp_path: Path) -> None:
    """A package without its RECORD, or with files missing or of another size, is to be installed again."""
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    (packages / "module.py").parent.mkdir(parents=True)
    (packages / "module.py").write_text("12345")
    records = {
        "whole-1": "module.py,sha256=x,5\nwhole-1.dist-info/RECORD,,\n",
        "short-1": "module.py,sha256=x,6\n",
        "missing-1": "absent.py,sha256=x,6\n",
        "empty_record-1": None,
        "garbage-1": "module.py\n",
    }
    for name, record in records.items():
        folder = packages / f"{name}.dist-info"
        folder.mkdir()
        (folder / "METADATA").touch()
        if record is not None:
            (folder / "RECORD").write_text(record)
    assert integrity.forget_broken(tmp_path) == ["empty_record-1", "garbage-1", "missing-1", "short-1"]
    assert [folder.name for folder in packages.glob("*.dist-info")] == ["whole-1.dist-info"]
