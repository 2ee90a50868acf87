"""The ./lab script: found by an old Python, sent on to a new one."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

OLD_PYTHON = """#!/bin/sh
# Runs ./lab with this Python, which says that it is old.
exec "{python}" -c '
import sys
sys.version_info = (3, 6, 9, "final", 0)
sys.argv = sys.argv[1:]
names = {{"__name__": "__main__", "__file__": sys.argv[0]}}
exec(compile(open(sys.argv[0]).read(), sys.argv[0], "exec"), names)
' "$@"
"""


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_old_pythons_can_read_it(checkout: Any) -> None:
    """The script has no syntax that Python 3.6 does not know."""
    ast.parse((checkout.root / "lab").read_text(), feature_version=(3, 6))


def test_old_python_starts_a_newer_one(checkout: Any, tmp_path: Path) -> None:
    """An old python3 looks for newer ones by name, passes over those that do not start, and hands over."""
    old = program(tmp_path / "old" / "python3", OLD_PYTHON.format(python=sys.executable))
    bin_folder = tmp_path / "bin"
    program(
        bin_folder / "python3.14", "#!/bin/sh\necho 'pyenv: python3.14: command not found' >&2\nexit 127\n"
    )
    program(bin_folder / "python3.13", "#!/bin/sh\necho 3.10\n")
    program(bin_folder / "python3.12", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    answer = checkout.answer("list", "ü", python=str(old), PATH=f"{bin_folder}:/usr/bin:/bin")
    assert answer["argv"] == ["list", "ü"]


def test_no_new_python_says_the_install_line(checkout: Any, tmp_path: Path) -> None:
    """Where there is no Python new enough, the script exits 3 with the line to paste on this system."""
    old = program(tmp_path / "old" / "python3", OLD_PYTHON.format(python=sys.executable))
    tools = tmp_path / "tools"
    program(tools / "dnf", "#!/bin/sh\n")
    for name in ("sh", "env"):
        (tools / name).symlink_to(f"/bin/{name}")
    done = checkout.run("list", python=str(old), PATH=str(tools))
    assert done.returncode == 3
    assert "3.6" in done.stderr
    assert "3.11" in done.stderr
    assert "sudo dnf install python3" in done.stderr
    assert not (checkout.root / ".lab" / "envs").exists()


def test_python_variable_chooses(checkout: Any, tmp_path: Path) -> None:
    """PYTHON= names the interpreter to use; what comes after is handed over unchanged."""
    wrapper = program(
        tmp_path / "my python", f'#!/bin/sh\necho used >> "{tmp_path}/used"\nexec "{sys.executable}" "$@"\n'
    )
    answer = checkout.answer("list", "a b", PYTHON=str(wrapper))
    assert answer["argv"] == ["list", "a b"]
    assert (tmp_path / "used").exists()


@pytest.mark.parametrize(
    ("text", "word"), [("#!/bin/sh\necho 3.9\n", "3.9"), ("#!/bin/sh\nexit 1\n", "no Python")]
)
def test_unsuitable_python_variable_is_refused(checkout: Any, tmp_path: Path, text: str, word: str) -> None:
    """A PYTHON= that is too old or no Python exits 3 and says which."""
    wrapper = program(tmp_path / "other", text)
    done = checkout.run("list", PYTHON=str(wrapper))
    assert done.returncode == 3
    assert word in done.stderr
    assert str(wrapper) in done.stderr


def test_environment_keeps_its_python_until_another_is_asked_for(checkout: Any) -> None:
    """Another python3 on the PATH does not remake the environment; PYTHON= does, and that then stays."""
    others = [name for name in ("/usr/bin/python3", "/usr/local/bin/python3") if _is_another(name)]
    if not others:
        pytest.skip("needs a second Python 3.11 or later in /usr/bin or /usr/local/bin")
    checkout.answer("list")
    checkout.calls()
    checkout.answer("list", python=others[0])
    assert checkout.calls() == []
    checkout.answer("list", PYTHON=others[0])
    assert [call["command"] for call in checkout.calls()] == ["venv", "pip"]
    checkout.answer("list")
    assert checkout.calls() == []


def _is_another(name: str) -> bool:
    question = "import sys, venv; assert sys.version_info >= (3, 11); print(sys._base_executable)"
    done = subprocess.run([name, "-I", "-c", question], capture_output=True, text=True, check=False) if (
        Path(name).exists()
    ) else None  # fmt: skip
    own = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    return done is not None and done.returncode == 0 and os.path.realpath(done.stdout.strip()) != own


def test_incomplete_folder_says_so(checkout: Any) -> None:
    """./lab on its own, without the package, exits 3 and says what is missing."""
    (checkout.root / "shared" / "src").unlink()
    done = checkout.run("list")
    assert done.returncode == 3
    assert "vendor" in done.stderr


def test_exported_starter_brings_its_own_labkit(checkout: Any) -> None:
    """A folder with lab.toml, pyproject.toml, constraints.txt and vendor/ works by the same code, by path."""
    source = checkout.root / "shared" / "src" / "labkit"
    vendor = checkout.root / "vendor"
    vendor.mkdir()
    with zipfile.ZipFile(vendor / "labkit-0.1.0-py3-none-any.whl", "w") as wheel:
        for folder in ("", "bootstrap", "catalog"):
            for file in (source / folder).glob("*.py"):
                wheel.write(file, f"labkit/{file.relative_to(source)}")
    (checkout.root / "shared" / "src").unlink()
    (checkout.root / "shared").rename(checkout.root.parent / "shared")
    (checkout.root / "labs" / "22-remote" / "lab.toml").rename(checkout.root / "lab.toml")
    (checkout.root / "labs" / "22-remote" / "pyproject.toml").replace(checkout.root / "pyproject.toml")
    (checkout.root / "labs").rename(checkout.root.parent / "labs")
    address = (vendor / "labkit-0.1.0-py3-none-any.whl").as_uri()
    checkout.answer("run")
    assert checkout.installed() == [[f"labkit[cli,netdev,ssh] @ {address}", "netmiko", "paramiko>=4"]]
    for line in (["run"], ["run", "22"], ["list"]):
        checkout.answer(*line)
    assert checkout.calls() == []
    assert checkout.run("run", "23").returncode == 2
