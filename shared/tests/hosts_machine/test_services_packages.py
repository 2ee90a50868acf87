"""systemd services and Debian packages."""

from __future__ import annotations

from labkit.hosts import Machine, User


def machine() -> Machine:
    return Machine(users=(User("ops", sudo="nopasswd"),))


def test_stop_and_start() -> None:
    """A service that is stopped reports so with status 3 and gets a new process when started."""
    host = machine()
    before = host.services["nginx"].pid
    assert host.run("sudo systemctl stop nginx; systemctl is-active nginx").stdout == b"inactive\n"
    assert host.run("systemctl is-active nginx").status == 3
    assert host.run("systemctl status nginx").status == 3
    assert host.run("sudo systemctl start nginx; systemctl is-active nginx").stdout == b"active\n"
    assert host.services["nginx"].pid != before


def test_restart_that_does_not_help() -> None:
    """A service told to fail stays failed, says why in its journal, and can be mended."""
    host = machine()
    service = host.services["nginx"]
    service.fails = "nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)"
    done = host.run("sudo systemctl restart nginx")
    assert done.status == 1
    assert done.stderr.decode() == (
        "Job for nginx.service failed because the control process exited with error code.\n"
        'See "systemctl status nginx.service" and "journalctl -xeu nginx.service" for details.\n'
    )
    shown = host.run("systemctl status nginx; systemctl is-failed nginx").stdout.decode()
    assert "Active: failed (Result: exit-code)" in shown
    assert "Address already in use" in shown
    assert shown.endswith("failed\n")
    assert host.run("systemctl list-units --failed --no-legend --plain").stdout.split()[0] == b"nginx.service"
    service.fails = None
    assert host.run("sudo systemctl restart nginx").status == 0
    assert service.restarts == 2


def test_unknown_unit() -> None:
    """Each verb words and numbers an unknown unit as systemctl does."""
    host = machine()
    for verb, status, text in (
        ("status", 4, "Unit foo.service could not be found.\n"),
        ("start", 5, "Failed to start foo.service: Unit foo.service not found.\n"),
        ("stop", 5, "Failed to stop foo.service: Unit foo.service not loaded.\n"),
        ("enable", 1, "Failed to enable unit: Unit file foo.service does not exist.\n"),
    ):
        done = host.run(f"sudo systemctl {verb} foo")
        assert (done.status, done.stderr.decode()) == (status, text)
    assert host.run("systemctl is-active foo").stdout == b"inactive\n"


def test_killed_service() -> None:
    """kill needs the right to do so, and a killed service is down."""
    host = machine()
    pid = host.services["nginx"].pid
    assert (
        host.run(f"kill -9 {pid}").stderr.decode()
        == f"bash: line 1: kill: ({pid}) - Operation not permitted\n"
    )
    assert host.run(f"sudo kill -9 {pid}; systemctl is-active nginx").stdout == b"failed\n"
    assert host.run("sudo service nginx start; pidof nginx").status == 0


def test_install_only_when_absent() -> None:
    """The usual check-then-install leaves the package there, and does nothing the second time."""
    host = machine()
    script = (
        "dpkg -s unzip > /dev/null 2>&1 || sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -q unzip"
    )
    first, second = host.run(script), host.run(script)
    assert b"Setting up unzip (6.0-28) ...\n" in first.stdout
    assert first.stderr == b""
    assert (second.stdout, second.status) == (b"", 0)
    assert "unzip" in host.packages
    assert host.run("which unzip").stdout == b"/usr/bin/unzip\n"


def test_install_failures() -> None:
    """An unknown package, a broken archive and a held lock end with status 100."""
    host = machine()
    assert host.run("sudo apt-get install -y nosuch").stderr == b"E: Unable to locate package nosuch\n"
    host.packages.broken = "Temporary failure resolving 'mirror.internal'"
    done = host.run("sudo apt-get install -y unzip")
    assert done.status == 100
    assert b"E: Failed to fetch" in done.stderr
    assert "unzip" not in host.packages
    host.packages.broken, host.packages.locked = None, True
    assert host.run("sudo apt-get install -y unzip").status == 100


def test_debconf_complains_without_frontend() -> None:
    """Without DEBIAN_FRONTEND and without a terminal debconf complains on stderr."""
    assert b"debconf: unable to initialize frontend" in machine().run("sudo apt-get install -y unzip").stderr


def test_service_of_a_package() -> None:
    """Installing a package brings its service, removing it takes the service away."""
    host = machine()
    assert (
        host.run("sudo apt-get install -y haproxy > /dev/null 2>&1; systemctl is-active haproxy").stdout
        == b"active\n"
    )
    assert host.run("sudo apt-get remove -y haproxy > /dev/null; systemctl status haproxy").status == 4
