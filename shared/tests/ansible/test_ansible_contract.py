"""The contract of the ansible fixture: the same playbooks on throwaway roots and on hosts in containers."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit.ansible.controller import Controller, recap
from labkit.fixtures.ansible import controller

from .conftest import FORMS

DATA = Path(__file__).with_name("data")
NAMES = ("web-1", "web-2", "db-1")
#: Comes back when as many as there are hosts have come: only then do they run at the same time.
RENDEZVOUS = """\
import sys, time
from pathlib import Path
place, wanted, name = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
place.joinpath(name).touch()
ends = time.monotonic() + 60
while len(list(place.iterdir())) < wanted:
    if time.monotonic() > ends:
        sys.exit(f"{name} waited in vain")
    time.sleep(0.01)
"""


@pytest.fixture(scope="module", params=FORMS)
def form(request: pytest.FixtureRequest) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "container":
            for name, value in request.getfixturevalue("broker_variables").items():
                patch.setenv(name, value)
        yield str(request.param)


@pytest.fixture(scope="module")
def ansible(form: str) -> Iterator[Controller]:
    """Hosts that all tests of this module share; each says what it needs to find."""
    with controller(NAMES, form) as found:
        yield found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The playbooks in a folder of their own, as a learner has them."""
    return Path(shutil.copytree(DATA, tmp_path_factory.mktemp("playbooks") / "project"))


def changed(output: str) -> dict[str, int]:
    """How many tasks changed something, by host."""
    return {host: counts["changed"] for host, counts in recap(output).items()}


def test_the_inventory(ansible: Controller) -> None:
    """The inventory names all hosts, each answers a ping, and the password for sudo stands in no file."""
    done = ansible.command("ansible", "-i", str(ansible.inventory), "fleet", "-m", "ansible.builtin.ping")
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(line.split()[0] for line in done.stdout.splitlines() if "SUCCESS" in line) == sorted(NAMES)
    for file in ansible.folder.glob("*.*"):
        assert file.is_socket() or ansible.password not in file.read_text(encoding="utf-8")


def test_a_playbook_is_idempotent(ansible: Controller, project: Path) -> None:
    """The first run changes every host, the second none; after drift, check mode shows it and leaves it
    alone, and the next run mends that host and no other.
    """
    banner = 'It\'s "ours": $HOME `id` ~ 100 %'
    site, words = str(project / "site.yml"), ["-e", json.dumps({"banner": banner})]

    first = ansible.run(site, *words)
    assert first.returncode == 0, first.stdout + first.stderr
    # Banner, configuration, limits, and the handler that the banner notified.
    assert changed(first.stdout) == dict.fromkeys(NAMES, 4), first.stdout
    for host in NAMES:
        assert ansible.file(host, "/etc/motd").read_text() == f"{banner}\n"
        assert ansible.file(host, "/etc/app.conf").read_text() == f"# {host}\nworkers = 2\n"
    assert ansible.file("db-1", "/etc/app.conf").mode == 0o640
    assert ansible.file("db-1", "/etc/limits").read_text() == "files = 4096\n"
    assert ansible.file("db-1", "/var/log/banner").read_text() == "changed\n"
    written = ansible.file("web-1", "/etc/motd").changed

    second = ansible.run(site, *words)
    assert (second.returncode, changed(second.stdout)) == (0, dict.fromkeys(NAMES, 0)), second.stdout
    assert ansible.file("web-1", "/etc/motd").changed == written

    ansible.file("web-2", "/etc/motd").write("by hand\n")
    ansible.file("web-2", "/etc/limits").write("files = 1\ncores = 0\n")
    check = ansible.run(site, "--check", "--diff", *words)
    assert check.returncode == 0, check.stdout + check.stderr
    assert changed(check.stdout) == {"web-1": 0, "web-2": 2, "db-1": 0}, check.stdout
    for line in ("-by hand", f"+{banner}", "-files = 1", "+files = 4096"):
        assert line in check.stdout.splitlines(), check.stdout
    assert ansible.file("web-2", "/etc/motd").read_text() == "by hand\n"
    assert ansible.file("web-2", "/etc/limits").read_text() == "files = 1\ncores = 0\n"

    mended = ansible.run(site, *words)
    assert changed(mended.stdout) == {"web-1": 0, "web-2": 2, "db-1": 0}, mended.stdout
    assert ansible.file("web-2", "/etc/motd").read_text() == f"{banner}\n"
    assert ansible.file("web-2", "/etc/limits").read_text() == "cores = 0\nfiles = 4096\n"


def test_hosts_at_once_and_a_failure(ansible: Controller, project: Path, tmp_path: Path) -> None:
    """Three hosts are worked on at the same time; without become /etc is refused; one that fails leaves the
    others alone, and the exit status is 2.
    """
    script, place = tmp_path / "rendezvous.py", tmp_path / "place"
    script.write_text(RENDEZVOUS)
    place.mkdir()
    line = f"{sys.executable} -I -S {script} {place} {len(NAMES)}"
    done = ansible.run(project / "edges.yml", "-e", json.dumps({"rendezvous": line}))
    assert done.returncode == 2, done.stdout + done.stderr
    assert "no room" in done.stdout
    assert "waited in vain" not in done.stdout
    assert {host: counts["failed"] for host, counts in recap(done.stdout).items()} == {
        "web-1": 0,
        "web-2": 0,
        "db-1": 1,
    }
    assert [host for host in NAMES if ansible.file(host, "/tmp/went-on").exists()] == ["web-1", "web-2"]
    assert not ansible.file("web-1", "/etc/not-without-root").exists()


def test_sudo_is_refused(ansible: Controller, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a wrong password in the environment become fails, and nothing of the host is changed."""
    before = ansible.file("web-1", "/etc/motd").read_bytes()
    monkeypatch.setattr(ansible, "password", "not-it")
    words = ["-i", str(ansible.inventory), "web-1", "-b", "-m", "ansible.builtin.command"]
    done = ansible.command("ansible", *words, "-a", "rm /etc/motd")
    assert done.returncode != 0
    assert "password" in (done.stdout + done.stderr).lower(), done.stdout + done.stderr
    assert ansible.file("web-1", "/etc/motd").read_bytes() == before


def test_files(ansible: Controller) -> None:
    """A test puts files on a host and looks at them; what is not there says so, and a wrong name, too."""
    file = ansible.file("db-1", "/srv/deep/er/it's here")
    assert not file.exists()
    with pytest.raises(FileNotFoundError, match="db-1"):
        file.read_bytes()
    file.write(b"\x00\xff", mode=0o600)
    assert (file.read_bytes(), file.mode) == (b"\x00\xff", 0o600)
    file.remove()
    assert not file.exists()
    with pytest.raises(KeyError, match="db-1"):
        ansible.file("db-2", "/etc/motd")
    with pytest.raises(ValueError, match="absolute"):
        ansible.file("db-1", "etc/motd")
    done = ansible.shell("db-1", "id -un; hostname; exit 5", user="ops")
    assert (done.stdout, done.status) == (b"ops\ndb-1\n", 5)


def test_a_dead_host(ansible: Controller) -> None:
    """A host that does not answer is unreachable: exit status 4, and the others are done. (The last test: the
    host stays dead.)
    """
    ansible.down("web-2")
    words = ["-i", str(ansible.inventory), "fleet", "-m", "ansible.builtin.raw", "-a", "hostname"]
    done = ansible.command("ansible", *words)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "web-2 | UNREACHABLE!" in done.stdout + done.stderr
    for host in ("web-1", "db-1"):
        assert f"{host} | CHANGED" in done.stdout
