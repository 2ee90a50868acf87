"""The container sandbox on a real engine: the same judgements, with walls that the engine keeps."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from labkit import capabilities
from labkit.errors import EnvironmentMissing
from labkit.grading.container import LABEL, command
from labkit.grading.image import engine, prepare
from labkit.grading.judge import judge
from labkit.grading.judgement import Judgement
from labkit.grading.unit import Unit

from ..conftest import SOLUTION
from .conftest import SMALL, Classroom
from .test_hostile import hand_in, problems

_REPOSITORY = Path(__file__).parents[3]
_ENGINE = capabilities.find(capabilities.named(["docker"])[0])
needs_engine = pytest.mark.skipif(not _ENGINE.present, reason=f"docker: {_ENGINE.why}")

#: One of each kind; the others meet the same walls.
KINDS = (
    *("daemon", "disk_filler", "edits_tests", "endless_output", "exit_at_import", "fork_bomb"),
    *("forger_of_one_report", "kills_parents", "memory_bomb", "network_by_c", "raises_limits"),
    *("reads_secrets", "reads_solution", "sleeps_for_ever", "writes_outside", "zombies"),
)


@pytest.fixture
def with_image(classroom: Classroom) -> Classroom:
    """The classroom's checkout has what an image is made of."""
    for name in ("shared/images", "shared/src"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(_REPOSITORY / name, classroom.root / name, ignore=ignored)
    for name in ("constraints.txt", "shared/pyproject.toml", "shared/labkit-guard.pth"):
        shutil.copyfile(_REPOSITORY / name, classroom.root / name)
    return classroom


@pytest.fixture
def no_container_left() -> Callable[[], None]:
    def check() -> None:
        asked = ["docker", "ps", "--all", "--quiet", f"--filter=label={LABEL}", "--filter=status=exited"]
        assert subprocess.run(asked, capture_output=True, check=True).stdout == b""

    return check


def _in_container(classroom: Classroom, unit: Unit) -> Judgement:
    return judge(classroom.root, replace(unit, sandbox="container"), limits=SMALL)


@needs_engine
def test_a_right_solution_passes(with_image: Classroom, no_container_left: Callable[[], None]) -> None:
    """A right solution passes in a container, whose Python is the one that is told."""
    judgement = _in_container(with_image, with_image.submit("ada", SOLUTION))
    assert judgement.problem == ""
    assert judgement.verdict == "passed"
    assert judgement.sandbox == "container"
    [walls] = [note.text for note in judgement.notes if note.kind == "sandbox"]
    assert walls.startswith("a container, own processes, own network, read-only system")
    no_container_left()


@needs_engine
@pytest.mark.parametrize("name", KINDS)
def test_hostile(
    with_image: Classroom, no_container_left: Callable[[], None], nothing_left: Callable[[], None], name: str
) -> None:
    """What is hostile is contained by the engine's walls, and judged as in the process sandbox."""
    file = Path(__file__).with_name("hostile") / f"{name}.py"
    judgement = _in_container(with_image, hand_in(with_image, file))
    assert problems(judgement, file.read_text(encoding="utf-8")) == []
    nothing_left()
    no_container_left()


@needs_engine
def test_the_container_is_closed(with_image: Classroom) -> None:
    """The engine itself says that the container has no network, no capability, and a read-only root."""
    docker, image = engine(), prepare(with_image.root)
    name = f"{LABEL}-inspected"
    words = command(docker, image, name, SMALL)
    subprocess.run([docker, "create", *words[2:]], check=True, capture_output=True)
    try:
        told = subprocess.run([docker, "inspect", name], check=True, capture_output=True).stdout
        [found] = json.loads(told)
    finally:
        subprocess.run([docker, "rm", "--force", name], check=True, capture_output=True)
    host = found["HostConfig"]
    assert host["NetworkMode"] == "none"
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert not host["Binds"]
    assert not host["Privileged"]
    assert "no-new-privileges" in host["SecurityOpt"][0]
    assert host["PidsLimit"] == SMALL.processes + 1
    assert host["Memory"] == host["MemorySwap"] == SMALL.memory
    assert found["Config"]["User"] == "65534:65534"


def test_no_engine_is_the_environments_fault(classroom: Classroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no engine answers, the error exits with 3 and tells how to get one."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    with pytest.raises(EnvironmentMissing, match="no engine answers at unix:///nonexistent") as caught:
        _in_container(classroom, classroom.submit("ada", SOLUTION))
    assert caught.value.exit_status == 3
    assert caught.value.install


@needs_engine
def test_an_image_that_cannot_be_built(with_image: Classroom) -> None:
    """A build that fails tells the engine's last words."""
    recipe = with_image.root / "shared" / "images" / "grader" / "Dockerfile"
    recipe.write_text("FROM scratch\nCOPY nothing-of-this-name /\n")
    with pytest.raises(EnvironmentMissing, match="nothing-of-this-name"):
        prepare(with_image.root)
