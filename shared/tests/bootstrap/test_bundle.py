"""A bundle of wheels: what is in it is enough, with the network off; what is missing is said."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from labkit.bootstrap import bundle, registry
from labkit.bootstrap.errors import SetupError
from labkit.bootstrap.process import Outcome
from labkit.errors import UsageError

REPOSITORY = Path(__file__).parents[3]


def test_wheels_alone_are_used(tmp_path: Path) -> None:
    """With WHEELS neither pip nor uv hears of any index, nor of the network."""
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "x-1-py3-none-any.whl").touch()
    told = {
        "WHEELS": str(tmp_path),
        "PIP_INDEX_URL": "file:///a",
        "UV_INDEX": "file:///b",
        "PIP_FIND_LINKS": "/c",
    }
    variables = registry.surroundings(tmp_path, told)
    assert variables["PIP_FIND_LINKS"] == variables["UV_FIND_LINKS"] == str(tmp_path / "wheels")
    assert variables["PIP_NO_INDEX"] == variables["UV_NO_INDEX"] == variables["UV_OFFLINE"] == "1"
    assert not {"PIP_INDEX_URL", "UV_INDEX", "UV_DEFAULT_INDEX"} & variables.keys()


@pytest.mark.parametrize("name", ["WHEELS", "OPS_LABS_WHEELS"])
def test_a_folder_without_wheels(tmp_path: Path, name: str) -> None:
    """A folder that is none, or has no wheels, is refused with its name; without WHEELS nothing is asked."""
    with pytest.raises(SetupError, match="there are no wheels in"):
        registry.bundle_folder({name: str(tmp_path / "nowhere")})
    assert registry.bundle_folder({}) is None
    (tmp_path / "x-1-py3-none-any.whl").touch()
    assert registry.bundle_folder({name: str(tmp_path)}) == tmp_path


@pytest.mark.parametrize(
    "words", [[], ["a", "b"], ["a", "--what"], ["a", "--platforms", "amiga"], ["a", "--pythons", "2.7"]]
)
def test_bad_usage(words: list[str]) -> None:
    """Words that do not fit are refused before anything is written."""
    with pytest.raises(UsageError):
        bundle._parse(REPOSITORY, words)


def test_what_is_asked_for() -> None:
    """Labs by id and by track, platforms and Pythons; all of them where none is named."""
    asked = bundle._parse(
        REPOSITORY, ["dest", "--labs", "08,22", "--platforms=linux-arm64", "--pythons", "3.12"]
    )
    assert asked.keys == ("base", "lab:08", "lab:22")
    assert (asked.platforms, asked.pythons) == (("linux-arm64",), ("3.12",))
    everything = bundle._parse(REPOSITORY, ["dest"])
    assert len(everything.keys) > 15
    assert (everything.platforms, everything.pythons) == (tuple(bundle.PLATFORMS), bundle.PYTHONS)
    with pytest.raises(UsageError, match="--track"):
        bundle.keys_of(REPOSITORY, [], ["nowhere"])


class FakePip:
    """pip with a few wheels: ``made`` can be built from source, ``pure`` without compiling."""

    def __init__(self, folder: Path, made: set[str], pure: set[str]) -> None:
        self.folder, self.made, self.pure = folder, made, pure
        self.calls: list[tuple[str, ...]] = []

    def __call__(self, *words: str | Path) -> Outcome:
        texts = tuple(map(str, words))
        self.calls.append(texts)
        pins = [text for text in texts if "==" in text]
        if texts[0] == "wheel":
            (pin,) = pins
            if pin not in self.made:
                return Outcome(1, ("error: no compiler",))
            tag = "py3-none-any" if pin in self.pure else "cp311-cp311-linux_x86_64"
            (self.folder / f"{pin.replace('==', '-')}-{tag}.whl").touch()
            return Outcome(0, ())
        for pin in pins:
            if pin.startswith("source"):
                return Outcome(1, ("ERROR: something", f"ERROR: No matching distribution found for {pin}"))
        for pin in pins:
            (self.folder / f"{pin.replace('==', '-')}-py3-none-any.whl").touch()
        return Outcome(0, ())


@pytest.fixture
def making(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, FakePip]:
    asked = bundle.Request(tmp_path, ("base",), ("linux-x86_64",), ("3.11",))
    made = bundle._Bundle(bundle.Project(REPOSITORY), asked, 0)
    (tmp_path / "wheels").mkdir()
    pip = FakePip(tmp_path / "wheels", {"source_pure==1", "source_c==1"}, {"source_pure==1"})
    monkeypatch.setattr(made, "_pip", pip)
    return made, pip


def test_packages_without_a_wheel(making: tuple[Any, FakePip]) -> None:
    """A package that comes as source is built here if it is Python alone; else it is said to be missing."""
    made, pip = making
    pins = ["a==1", "source_pure==1", "source_c==1", "source_none==1"]
    absent = made._download(pins, bundle.PLATFORMS["linux-x86_64"], "3.11")
    assert sorted(absent) == ["source_c==1", "source_none==1"]
    assert sorted(file.name for file in pip.folder.iterdir()) == [
        "a-1-py3-none-any.whl",
        "source_pure-1-py3-none-any.whl",
    ]
    assert made._all_there(["a==1", "Source-Pure==1"])
    assert not made._all_there(["source_c==1"])


def test_pip_fails_for_another_reason(making: tuple[Any, FakePip], monkeypatch: pytest.MonkeyPatch) -> None:
    """What pip cannot do is told with its last lines."""
    made, _ = making
    monkeypatch.setattr(made, "_pip", lambda *words: Outcome(1, ("ERROR: No space left on device",)))
    with pytest.raises(SetupError):
        made._download(["a==1"], bundle.PLATFORMS["linux-x86_64"], "3.11")


def here() -> str:
    system = {"Linux": "linux", "Darwin": "macos"}[platform.system()]
    machine = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
    return f"{system}-{machine}"


@pytest.mark.network
@pytest.mark.xdist_group("real-setup")
def test_a_room_without_a_network(tmp_path: Path) -> None:
    """From a bundle a fresh copy sets itself up and runs a lab, and so does a starter, without a network."""
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    variables = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LABKIT_", "OPS_LABS_", "PYTEST_"))
        and name not in ("HOME", "PYTHON", "WHEELS")
    }
    for tool in ("uv", "pip"):  # downloads of earlier runs
        variables.setdefault(f"{tool.upper()}_CACHE_DIR", str(REPOSITORY / ".lab" / "cache" / tool))
    place, copy = tmp_path / "bundle", tmp_path / "copy"
    _copy(copy)

    def lab(root: Path, *words: str, offline: bool = False) -> subprocess.CompletedProcess[str]:
        own = dict(variables)
        command = [sys.executable, str(root / "lab"), *words]
        if offline:
            # Nothing that was fetched before may help, and no network: none at all where that can be had.
            own |= {
                "WHEELS": str(place),
                "UV_CACHE_DIR": str(tmp_path / "none"),
                "PIP_CACHE_DIR": str(tmp_path / "none"),
            }
            own |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
            command = [*_without_network(), *command]
        return subprocess.run(
            command, cwd=root, env=own, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )

    for _ in range(2):  # the second time nothing is fetched
        made = lab(copy, "bundle", str(place), "--labs", "08", "--platforms", here(), "--pythons", python)
        assert made.returncode == 0, made.stderr
    started = lab(copy, "start", "08", str(tmp_path / "starter"))
    assert started.returncode == 0, started.stderr
    shutil.rmtree(copy / ".lab")
    for root in (copy, tmp_path / "starter"):
        ran = lab(root, "run", "08", offline=True)
        assert ran.returncode == 1, ran.stderr
        assert "Task 1 is open" in ran.stdout
    other = lab(copy, "run", "22", offline=True)
    assert other.returncode == 3
    assert "from the bundle" in other.stderr
    for line in (place / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((place / name).read_bytes()).hexdigest() == digest


def _without_network() -> list[str]:
    words = ["unshare", "--net"]
    works = (
        shutil.which("unshare")
        and subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0
    )
    return words if works else []


def _copy(root: Path) -> None:
    """What a clone with labs 08 and 22 would hold: the files that git knows, as they are now."""
    for name in _own_files():
        other_lab = name.startswith(("labs/", "solutions/")) and not any(
            part in name for part in ("/08-", "/22-")
        )
        if not name or other_lab or name.startswith("shared/tests/") or not (REPOSITORY / name).is_file():
            continue
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, root / name)


def _own_files() -> list[str]:
    """What git knows or would take; where git does not know the repository, all but caches."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return listed.stdout.split("\0")
    caches = {".git", ".lab", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache"}
    files = (file.relative_to(REPOSITORY) for file in REPOSITORY.rglob("*"))
    return [file.as_posix() for file in files if not caches.intersection(file.parts)]
