"""The plugin under plain pytest: many labs in one session, any folder, any code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Checkout  # type: ignore[import-not-found]

Done = subprocess.CompletedProcess[str]
SAME_NAMES = {1: "import {module}\n\n\ndef test_mark():\n    assert {module}.mark([90]) == ['CRITICAL']\n"}


@pytest.fixture
def plain(checkout: Checkout) -> Callable[..., Done]:
    """Run `pytest WORDS...` in the checkout, with the plugin that is installed."""
    (checkout.root / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\naddopts = ["--import-mode=importlib", "--strict-config"]\n'
    )

    def call(*words: str, cwd: Path | None = None) -> Done:
        return subprocess.run(
            [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", *words],
            cwd=cwd or checkout.root,
            env={k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "LABKIT_"))},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return call


@pytest.fixture
def two_labs(checkout: Checkout) -> None:
    """Labs 08 and 09 whose functions have the same names and behave differently when solved."""
    for identity, module in (("08", "disk_figures"), ("09", "other_figures")):
        tests = {number: text.replace("{module}", module) for number, text in SAME_NAMES.items()}
        checkout.lab(id=identity, slug=module.replace("_", "-"), module=module, tests=tests)


@pytest.mark.usefixtures("two_labs")
@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_all_labs_in_one_session(plain: Callable[..., Done], workers: list[str]) -> None:
    """All labs run in one session on their solutions, with and without xdist; on skeletons all are open."""
    done = plain("labs", "--code", "solutions", *workers)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
    done = plain("labs", *workers)
    assert done.returncode == 1
    assert "2 failed" in done.stdout


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_tmp_path_is_in_the_run_folder(
    plain: Callable[..., Done], checkout: Checkout, workers: list[str]
) -> None:
    """Where a test writes goes with the run, also in the workers of xdist: sockets may be there."""
    test = (
        "import os, tempfile, disk_figures\n\n\ndef test_mark(tmp_path):\n"
        "    assert disk_figures.mark\n"
        "    assert tmp_path.is_relative_to(os.path.realpath(tempfile.gettempdir())), tmp_path\n"
    )
    lab = checkout.lab(tests={1: test})
    done = plain("labs", f"--code={lab.solution}", *workers)
    assert done.returncode == 0, done.stdout
    named = plain("labs", f"--code={lab.solution}", f"--basetemp={checkout.root / 'mine'}", *workers)
    assert named.returncode == 1, named.stdout
    assert str(checkout.root / "mine") in named.stdout


def test_from_anywhere(plain: Callable[..., Done], checkout: Checkout, tmp_path: Path) -> None:
    """A lab's tests run from its own folder, from the root, and from an unrelated folder."""
    lab = checkout.lab()
    for cwd, words in ((lab.path, []), (checkout.root, [str(lab.tests)]), (tmp_path, [str(lab.tests)])):
        done = plain(*words, f"--code={lab.solution}", cwd=cwd)
        assert done.returncode == 0, done.stdout
        assert "3 passed" in done.stdout


def test_skeleton_shows_one_line_each(plain: Callable[..., Done], checkout: Checkout) -> None:
    """What is not written yet is one line of words, not a traceback."""
    checkout.lab()
    done = plain("labs")
    assert "todo: mark() is not written yet" in done.stdout
    assert "Traceback" not in done.stdout
    assert "raise NotImplementedError" not in done.stdout


def test_one_task_and_a_random_order(plain: Callable[..., Done], checkout: Checkout) -> None:
    """--task selects, --shuffle keeps all; tests that belong to no lab are not touched by --task."""
    lab = checkout.lab()
    (checkout.root / "test_own.py").write_text("def test_own():\n    pass\n")
    done = plain("labs", "test_own.py", "--task", "2", f"--code={lab.solution}")
    assert "2 passed, 2 deselected" in done.stdout
    done = plain("labs", "--shuffle", "5", f"--code={lab.solution}")
    assert "3 passed" in done.stdout


def test_missing_code_folder_is_usage(plain: Callable[..., Done], checkout: Checkout) -> None:
    """A code folder that does not exist is told as such."""
    checkout.lab()
    done = plain("labs", "--code", "nowhere")
    assert done.returncode != 0
    assert "there is no folder" in done.stdout + done.stderr


def test_folder_with_many_labs_code(plain: Callable[..., Done], checkout: Checkout, tmp_path: Path) -> None:
    """--code may name a folder that holds a folder per lab."""
    lab = checkout.lab()
    (tmp_path / "theirs").mkdir()
    lab.solution.rename(tmp_path / "theirs" / lab.name)
    assert plain("labs", "--code", str(tmp_path / "theirs")).returncode == 0


def test_a_session_without_labs_is_left_alone(plain: Callable[..., Done], checkout: Checkout) -> None:
    """Where no lab is collected the plugin does nothing: no guard, the user's own environment."""
    (checkout.root / "test_own.py").write_text(
        "import os\n\ndef test_own():\n    assert 'LABKIT_GUARD' not in os.environ, os.environ\n"
    )
    assert plain("test_own.py").returncode == 0


def test_the_guard_holds_under_plain_pytest(plain: Callable[..., Done], checkout: Checkout) -> None:
    """Code run by plain pytest cannot leave this machine and does not see the user's home."""
    code = """
import os, socket

def mark(figures):
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    except PermissionError:
        return os.listdir(os.environ["HOME"])
"""
    tests = {1: "import disk_figures\n\n\ndef test_mark():\n    assert disk_figures.mark([]) == []\n"}
    checkout.lab(code, tests=tests)
    done = plain("labs")
    assert done.returncode == 0, done.stdout


def test_nothing_is_left(plain: Callable[..., Done], checkout: Checkout) -> None:
    """Plain pytest leaves no folder of ours behind and writes nothing into the lab."""
    checkout.lab()
    before = sorted(path for path in (checkout.root / "labs").rglob("*") if "__pycache__" not in path.parts)
    plain("labs")
    after = sorted(path for path in (checkout.root / "labs").rglob("*") if "__pycache__" not in path.parts)
    assert after == before
    assert list(Path(os.environ["TMPDIR"]).glob("ops-labs-*")) == []


def test_helper_module_beside_the_learners(plain: Callable[..., Done], checkout: Checkout) -> None:
    """A module beside the learner's can be imported by it, and a learner's file hides no library."""
    lab = checkout.lab(
        "import helper_of_mine\n\ndef mark(figures):\n    return helper_of_mine.same(figures)\n"
    )
    (lab.path / "helper_of_mine.py").write_text(
        "import json\n\ndef same(x):\n    return json.loads(json.dumps(x))\n"
    )
    (lab.path / "json.py").write_text("raise RuntimeError('the wrong json')\n")
    done = plain("labs", "-k", "test_empty")
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_a_package_as_the_learners_module(plain: Callable[..., Done], checkout: Checkout) -> None:
    """The learner's module may be a package with relative imports."""
    lab = checkout.lab()
    file = lab.path / "disk_figures.py"
    file.unlink()
    (lab.path / "disk_figures").mkdir()
    (lab.path / "disk_figures" / "__init__.py").write_text("from .parts import mark\nfrom . import parts\n")
    (lab.path / "disk_figures" / "parts.py").write_text("def mark(figures):\n    return figures\n")
    done = plain("labs", "-k", "test_empty")
    assert "1 passed" in done.stdout, done.stdout


def test_a_quick_second_save_is_seen(plain: Callable[..., Done], checkout: Checkout) -> None:
    """A file saved twice within one tick of the clock, with the same size, is read anew."""
    lab = checkout.lab("def mark(figures):\n    return 1\n")
    file = lab.path / "disk_figures.py"
    status = file.stat()
    plain("labs", "-k", "test_empty")
    file.write_text("def mark(figures):\n    return figures\n"[: status.st_size].ljust(status.st_size))
    file.write_text("def mark(_):\n    return  []\n".ljust(status.st_size)[: status.st_size])
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert file.stat().st_size == status.st_size
    assert "1 passed" in plain("labs", "-k", "test_empty").stdout
