"""`lab doctor` and the table of capabilities."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labkit import capabilities
from labkit.capabilities import probes
from labkit.catalog.model import CAPABILITIES
from labkit.errors import UsageError

#: Programs that --self-test starts.
STARTED = {"ssh-client", "curl", "kubectl", "docker", "chromium", "chromedriver", "xvfb"}

if TYPE_CHECKING:
    from conftest import Checkout  # type: ignore[import-not-found]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """An empty PATH, and a function that puts a program on it that prints a text."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")

    def put(name: str, text: str) -> None:
        file = folder / name
        file.write_text(f"#!/bin/sh\necho '{text}' >&2\n")
        file.chmod(0o755)

    return put


def test_found_and_missing(
    lab: Callable[..., Any], checkout: Checkout, programs: Callable[[str, str], None]
) -> None:
    """What is there comes with its version, what is not with the line that brings it; status 0."""
    programs("ssh", "OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.15")
    programs("apt-get", "")
    status, out, err = lab("doctor")
    assert (status, err) == (0, "")
    found = {line.split()[1]: line for line in out.splitlines() if line.startswith(("  ok", "  missing"))}
    assert "9.2p1" in found["ssh-client"]
    assert found["chromium"].split()[0] == "missing"
    assert "to get it: sudo apt install chromium" in out


@pytest.mark.parametrize(("manager", "line"), [("dnf", "sudo dnf install"), ("brew", "brew install")])
def test_install_line_of_the_system(programs: Callable[[str, str], None], manager: str, line: str) -> None:
    """Each package manager gets its own line for each capability that it can bring."""
    programs(manager, "")
    for capability in capabilities.table():
        if "other" not in capability.install:
            assert capability.install_line().startswith(line), capability.name


def test_require(lab: Callable[..., Any], checkout: Checkout, programs: Callable[[str, str], None]) -> None:
    """A required capability that is missing makes status 3 and is named; one that is there does not."""
    programs("ssh", "OpenSSH_9.2p1")
    assert lab("doctor", "--require", "ssh-client")[0] == 0
    status, _, err = lab("doctor", "--require", "ssh-client,chromium", "--require", "xvfb")
    assert status == 3
    assert "chromium, xvfb" in err


@pytest.mark.parametrize("command", ["doctor", "test"])
def test_require_of_an_unknown_name(lab: Callable[..., Any], checkout: Checkout, command: str) -> None:
    """An unknown name is bad usage, with the nearest and all names."""
    status, _, err = lab(command, "--require", "cromium")
    assert status == 2
    assert "Did you mean 'chromium'" in err


def test_json(lab: Callable[..., Any], checkout: Checkout, programs: Callable[[str, str], None]) -> None:
    """The JSON says the same, and which labs cannot run."""
    made = checkout.lab(tests={1: ""})
    file = made.path / "lab.toml"
    file.write_text(file.read_text().replace("needs = []", 'needs = ["browser"]'))
    status, out, _ = lab("doctor", "--json", "--require", "xvfb")
    told = json.loads(out)
    assert (status, told["ok"]) == (3, False)
    rows = {row["name"]: row for row in told["capabilities"]}
    assert (rows["xvfb"]["present"], rows["xvfb"]["required"]) == (False, True)
    assert rows["python"]["present"]
    assert told["labs_that_cannot_run"] == {"chromium": ["08"]}
    assert (rows["chromium"]["labs"], rows["xvfb"]["labs"]) == (["08"], [])


def test_doctor_works_where_the_catalogue_is_broken(lab: Callable[..., Any], checkout: Checkout) -> None:
    """A broken lab.toml, or no checkout at all, does not keep the doctor from its work."""
    (checkout.lab().path / "lab.toml").write_text("=")
    assert lab("doctor")[0] == 0


def test_table_is_complete() -> None:
    """Every capability says what it is for and how it is had, and names only words of the catalogue."""
    for capability in capabilities.table():
        assert capability.purpose
        assert bool(capability.programs) != bool(capability.probe)
        assert set(capability.needs) <= set(CAPABILITIES)
        assert "other" in capability.install or {"apt", "dnf", "brew"} <= set(capability.install)
        assert not capability.probe or hasattr(probes, capability.probe)


def test_named_refuses_unknown() -> None:
    """Names are looked up whatever their case, each once; unknown ones are refused."""
    assert [c.name for c in capabilities.named(["Docker, xvfb", "docker"])] == ["docker", "xvfb"]
    assert capabilities.named(["", ","]) == ()
    with pytest.raises(UsageError):
        capabilities.named(["dock"])


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Unix socket that answers one request as a Docker Engine does, named by DOCKER_HOST."""
    monkeypatch.chdir(tmp_path)  # the path of a Unix socket is short
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind("d.sock")
        listener.listen()
        monkeypatch.setenv("DOCKER_HOST", "unix://d.sock")

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                body = b'{"Version": "27.1.2"}'
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield
        thread.join(5)


@pytest.mark.usefixtures("engine")
def test_docker_engine_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine counts when it answers, with the version it tells."""
    monkeypatch.setattr("labkit.capabilities.probes.urlsplit", _relative)
    assert probes.docker(None) == ("27.1.2", "")


def _relative(address: str) -> Any:
    from types import SimpleNamespace

    return SimpleNamespace(scheme="unix", path=address.removeprefix("unix://"))


@pytest.mark.parametrize("address", ["unix:///nonexistent.sock", "tcp://127.0.0.1:1", "nonsense"])
def test_docker_engine_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """No answer is missing, and the address is told."""
    monkeypatch.setenv("DOCKER_HOST", address)
    version, why = probes.docker(None)
    assert version == ""
    assert address in why


def test_a_program_that_does_not_start(programs: Callable[[str, str], None], tmp_path: Path) -> None:
    """A program that is there but cannot be started is missing, with the reason."""
    file = tmp_path / "bin" / "kubectl"
    file.write_text("#!/nonexistent/interpreter\n")
    file.chmod(0o755)
    [kubectl] = capabilities.named(["kubectl"])
    finding = capabilities.find(kubectl)
    assert not finding.present
    assert "does not start" in finding.why
    assert os.environ["PATH"] == str(tmp_path / "bin")


def test_self_test(lab: Callable[..., Any], checkout: Checkout) -> None:
    """--self-test starts each fixture, asks it something, and leaves nothing."""
    status, out, _ = lab("doctor", "--self-test", "--json")
    told = json.loads(out)
    verdicts = {(test["kind"], test["name"]): (test["verdict"], test["said"]) for test in told["self_tests"]}
    assert status == 0, verdicts
    assert set(CAPABILITIES) - {"browser", "desktop", "ansible"} <= {
        name for kind, name in verdicts if kind == "fixture"
    }
    assert {verdict for verdict, _ in verdicts.values()} == {"ok"}
    assert verdicts["fixture", "ssh"][1].startswith("Linux")
    # A program may have nothing yet (an engine without containers); a fixture is asked for what it holds.
    assert not [
        said
        for (kind, _), (_, said) in verdicts.items()
        if said.startswith("HTTP 4") or (kind == "fixture" and said.startswith("0 "))
    ], "no answer"
    for finding in told["capabilities"]:
        if finding["name"] in STARTED:
            assert (("program", finding["name"]) in verdicts) == finding["present"]
    assert list(Path(os.environ["TMPDIR"]).iterdir()) == []


def test_a_failed_self_test(
    lab: Callable[..., Any], checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fixture that does not work is told with the reason, and the exit status is 3."""
    from labkit.fixtures import self_test

    def broken(description: dict[str, Any]) -> str:
        raise ConnectionError("no word came")

    monkeypatch.setattr(self_test, "OFFERS", {"smtp": self_test.OFFERS["smtp"]})
    monkeypatch.setattr("labkit.cli.doctor.starts", lambda name: None)
    monkeypatch.setattr("labkit.cli.doctor.program_tests", lambda names: ())
    monkeypatch.setitem(self_test.QUESTIONS, "smtp", broken)
    status, out, _ = lab("doctor", "--self-test")
    assert status == 3
    assert "ConnectionError: no word came" in out


def test_packages_that_are_not_installed(
    lab: Callable[..., Any], checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fixture whose packages are not here yet is no failure: they come with the first lab that needs it."""
    from labkit.fixtures import self_test

    def absent(description: dict[str, Any]) -> str:
        raise ModuleNotFoundError("No module named 'smtp_client'", name="smtp_client")

    monkeypatch.setattr(self_test, "OFFERS", {"smtp": self_test.OFFERS["smtp"]})
    monkeypatch.setattr("labkit.cli.doctor.starts", lambda name: None)
    monkeypatch.setattr("labkit.cli.doctor.program_tests", lambda names: ())
    monkeypatch.setitem(self_test.QUESTIONS, "smtp", absent)
    status, out, _ = lab("doctor", "--self-test")
    assert status == 0
    assert "not set up" in out
    assert "./lab setup --all" in out


def test_there_is_a_question_for_each_fixture() -> None:
    """Whatever can be served is asked something of its own."""
    from labkit.fixtures.catalogue import OFFERS
    from labkit.fixtures.programs import PROGRAMS
    from labkit.fixtures.questions import QUESTIONS

    assert set(QUESTIONS) == set(OFFERS)
    assert {fixture for fixture, _ in PROGRAMS.values()} <= set(OFFERS)
    assert set(PROGRAMS) <= {capability.name for capability in capabilities.table()}


@pytest.mark.parametrize("name", ["itsm", "jira", "slack", "helpdesk", "github", "gitlab", "vault", "portal"])
def test_a_refusal_is_no_answer(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that answers, but refuses its own credentials, does not pass."""
    from contextlib import contextmanager

    from labkit.fixtures import self_test
    from labkit.fixtures.offers import Offer, Served

    offer = self_test.OFFERS[name]

    @contextmanager
    def stale(size: int | None) -> Iterator[Served]:
        with offer.open(size) as served:
            wrong = {
                variable: "wrong" if variable.endswith(("TOKEN", "PASSWORD")) else value
                for variable, value in served.description["environment"].items()
            }
            yield Served({**served.description, "environment": wrong})

    monkeypatch.setitem(self_test.OFFERS, name, Offer(name, "", stale))
    [test] = self_test.self_tests([name])
    assert test.verdict == self_test.FAILED, test


@pytest.mark.parametrize(
    ("program", "script", "said"),
    [
        ("ssh", "echo 'ssh: bad luck' >&2; exit 255", "ended with 255: ssh: bad luck"),
        ("ssh", "exit 0", "ended with 0"),
        ("curl", "exit 22", "ended with 22"),
        ("kubectl", "echo 'no route' >&2; exit 1", "no route"),
    ],
)
def test_a_program_that_fails(
    programs: Callable[[str, str], None], tmp_path: Path, program: str, script: str, said: str
) -> None:
    """A program that ends with a failure, or without a word, fails its test, with what it said."""
    from labkit.fixtures import self_test

    file = tmp_path / "bin" / program
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    before = dict(os.environ)
    [test] = self_test.program_tests(["git", "ssh-client" if program == "ssh" else program])
    assert (test.kind, test.verdict) == ("program", self_test.FAILED)
    assert said in test.said
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    ("script", "said"),
    [("exit 3", "ended before it was ready"), ("echo was started successfully on port 1.", "refused")],
)
def test_a_chromedriver_that_does_not_come_up(
    programs: Callable[[str, str], None], tmp_path: Path, script: str, said: str
) -> None:
    """A driver that ends, or does not answer at the port that it says, is told with the reason."""
    from labkit.capabilities.starting import starts

    file = tmp_path / "bin" / "chromedriver"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    started = starts("chromedriver")
    assert started is not None
    assert started[0] == ""
    assert said in started[1]


def test_an_engine_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that answers GET /info with an error fails its self-test."""
    from http.server import BaseHTTPRequestHandler, HTTPServer

    from labkit.capabilities.starting import starts

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(500)
            self.end_headers()
            self.wfile.write(b'{"message": "no space left"}')

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.handle_request, daemon=True)
        thread.start()
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_port}")
        started = starts("docker")
        thread.join(5)
    assert started is not None
    assert "500" in started[1]
    assert "no space left" in started[1]


def test_lines_of_a_fixture_use_what_they_export() -> None:
    """Each variable in a line that serve prints is set by a line before it."""
    import re

    from labkit.fixtures.services_offered import SERVICES

    for offer in SERVICES:
        with offer.open(1) as served:
            exported = {line.split("=")[0].removeprefix("export ") for line in served.lines}
            used = set(re.findall(r"\$([A-Z_]+)", "\n".join(served.lines)))
        assert used <= exported, offer.name
