"""How the container form is chosen, and what is said where it cannot be had."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from labkit.containers.building import provide, sources
from labkit.containers.client import VARIABLE, ask
from labkit.containers.images import images, variable
from labkit.containers.session import broker
from labkit.errors import EnvironmentMissing
from labkit.runner.result import PASSED
from labkit.runner.run import run

from ..conftest import Checkout
from .conftest import needs_engine

#: A lab whose solution logs in to a host, and whose tests say which form it was.
TEST = '''
import socket

import disk_figures


def test_banner(ssh_host):
    """The SSH server greets."""
    with socket.create_connection((ssh_host.address, ssh_host.port)) as sock:
        assert disk_figures.mark(sock).startswith(b"SSH-2.0-OpenSSH")


def test_no_engine_in_sight():
    """The engine's address is not in the environment of the tests."""
    import os

    assert os.environ.get("DOCKER_HOST") != "ENGINE"


def test_faults(ssh_host):
    """Faults can be injected."""
    ssh_host.faults.inject(None)
'''
ENDLESS_TEST = '''
import disk_figures


def test_mark():
    """Marks."""
    disk_figures.mark()
'''
ENDLESS = "def mark():\n    while True:\n        pass\n"
SOLVED = "def mark(sock):\n    return sock.recv(100)\n"


def ssh_lab(checkout: Checkout, engine: str = "") -> None:
    tests = {1: TEST.replace("ENGINE", engine)}
    lab = checkout.lab(code=SOLVED, solution=SOLVED, tests=tests, names=("mark",), settings="time_limit = 60")
    toml = lab.path / "lab.toml"
    toml.write_text(toml.read_text().replace("needs = []", 'needs = ["ssh"]'))


@needs_engine
def test_a_lab_runs_on_hosts_in_containers(checkout: Checkout, engine_host: str) -> None:
    """The runner's worker finds the container form under the guard; what it lacks is ``environment``."""
    from labkit.catalog import read_lab

    ssh_lab(checkout, engine_host)
    result = run(read_lab(checkout.root / "labs" / "08-disks"), every=True, backend="container")
    assert result.problem == ""
    verdicts = {test.id.rpartition("::")[2]: test for test in result.tasks[0].tests}
    assert verdicts["test_banner"].verdict == PASSED, verdicts["test_banner"]
    assert verdicts["test_no_engine_in_sight"].verdict == PASSED
    assert verdicts["test_faults"].verdict == "environment"
    assert "hosts in containers have no faults" in verdicts["test_faults"].message


@pytest.mark.parametrize(
    ("backend", "seconds"), [("embedded", "0.2"), pytest.param("container", "0.8", marks=needs_engine)]
)
def test_a_test_on_containers_has_more_time(checkout: Checkout, backend: str, seconds: str) -> None:
    """A limit of lab.toml is for the embedded form; on containers it is four times as long."""
    lab = checkout.lab(ENDLESS, tests={1: ENDLESS_TEST}, names=("mark",), settings="time_limit = 0.2")
    [test] = run(lab, backend=backend).tests()
    assert test.message == f"still running after {seconds} s, so it was stopped"
    assert "mark" in test.where


def test_no_engine_is_the_environments_fault(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no engine answers, a run on containers exits with 3 and says how to get one."""
    from labkit.catalog import read_lab

    ssh_lab(checkout)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    with pytest.raises(EnvironmentMissing, match="no engine answers") as caught:
        run(read_lab(checkout.root / "labs" / "08-disks"), backend="container")
    assert caught.value.exit_status == 3
    assert caught.value.install


def test_the_embedded_form_starts_no_broker() -> None:
    """Without ``--backend container`` no engine is asked for."""
    with broker("embedded") as variables:
        assert variables == {}


def test_no_broker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fixture without a broker beside its run says so."""
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(EnvironmentMissing, match="no broker"):
        ask("stop", ids=[])


def test_the_table_of_images() -> None:
    """Each row is pulled or built, and a built one has its folder with a Dockerfile."""
    rows = tomllib.loads(files("labkit.containers").joinpath("images.toml").read_text())
    assert set(images({})) == set(rows)
    for image in images({}).values():
        assert bool(image.reference) != bool(image.build)
        if image.build:
            assert (sources() / image.build / "Dockerfile").is_file()


def test_a_mirror_of_ones_own() -> None:
    """The environment puts another reference, with its digest, in an image's place; then nothing is built."""
    mirror = "registry.example.com/ops/sshd@sha256:" + "0" * 64
    found = images({variable("sshd"): mirror})["sshd"]
    assert (found.reference, found.build, found.port) == (mirror, "", 22)


@needs_engine
def test_an_image_that_cannot_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference that nobody has is told with the variable that mends it."""
    import docker

    monkeypatch.setenv(variable("sshd"), "registry.example.com/ops/no-such:1")
    client = docker.from_env()
    with pytest.raises(EnvironmentMissing, match=r"registry\.example\.com/ops/no-such:1") as caught:
        provide(client, "sshd")
    client.close()
    assert variable("sshd") in caught.value.install


@needs_engine
def test_a_build_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that fails tells the engine's last words."""
    import docker

    (tmp_path / "sshd").mkdir()
    (tmp_path / "sshd" / "Dockerfile").write_text("FROM scratch\nCOPY nothing-of-this-name /\n")
    monkeypatch.setattr("labkit.containers.building.sources", lambda: tmp_path)
    client = docker.from_env()
    with pytest.raises(EnvironmentMissing, match="nothing-of-this-name"):
        provide(client, "sshd")
    client.close()
