"""What containers do as time goes by: health checks, restarts, limits, ages."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.engine.programs import Exits, Leaks, Runs, Serves, Signalled
from labkit.engine.server import DockerEngine


def test_health_turns_with_its_checks(engine: DockerEngine, client: Any) -> None:
    """A container is starting until its first good check, unhealthy after so many failures."""
    healthy = [True]
    engine.on_exec("web", "check", lambda _process: 0 if healthy[0] else 1)
    test = {"test": ["CMD", "check"], "interval": 30, "retries": 2}
    web = engine.container("web:1", name="web", health=test)
    engine.clock.polling = False
    seen = []
    for step in (29, 1, 0, 30, 30):
        engine.clock.advance(step)
        assert web.health is not None
        seen.append(web.health.status)
        healthy[0] = len(seen) < 3
    assert seen == ["starting", "healthy", "healthy", "healthy", "unhealthy"]
    log = client.containers.get("web").attrs["State"]["Health"]["Log"]
    assert [entry["ExitCode"] for entry in log] == [0, 1, 1]
    assert client.containers.list(filters={"health": "unhealthy"})[0].name == "web"


def test_a_check_that_hangs_counts_as_failed(engine: DockerEngine) -> None:
    """A check that takes longer than its time-out is ended and counts as a failure."""
    engine.on_exec("web", "*", Exits(after=100))
    test = {"test": "anything", "interval": 5, "timeout": 2, "retries": 1}
    web = engine.container("web:1", name="web", health=test)
    engine.clock.advance(7)
    assert web.health is not None
    assert web.health.status == "unhealthy"
    assert web.health.log[0]["Output"] == "Health check exceeded timeout (2s)"


def test_http_checks_ask_the_service(engine: DockerEngine) -> None:
    """curl in a health check gets what the container's own service answers."""
    status = [200]
    test = {"test": "curl -f http://localhost/ || exit 1", "interval": 5, "retries": 1}
    engine.image("web:1", ports=[80], health=test, program=Serves(lambda _request: status[0]))
    web = engine.container("web:1", name="web")
    engine.clock.advance(5)
    assert web.health is not None
    assert web.health.status == "healthy"
    status[0] = 503
    engine.clock.advance(5)
    assert web.health.status == "unhealthy"


@pytest.mark.parametrize(
    ("policy", "code", "restarts", "status"),
    [
        ("no", 1, 0, "exited"),
        ("on-failure:3", 1, 3, "exited"),
        ("on-failure", 0, 0, "exited"),
        ("always", 0, 6, "restarting"),
        ("unless-stopped", 1, 6, "restarting"),
    ],
)
def test_restart_policies(engine: DockerEngine, policy: str, code: int, restarts: int, status: str) -> None:
    """A policy decides whether and how often a container is restarted, with pauses that double from 0.1 s."""
    engine.behave(Exits(code), command="work")
    client = engine.client()
    name, _, most = policy.partition(":")
    wanted = {"Name": name, "MaximumRetryCount": int(most or 0)}
    engine.clock.polling = False
    made = client.containers.create("busybox", "work", restart_policy=wanted)
    made.start()
    engine.clock.advance(0.1 + 0.2 + 0.4 + 0.8 + 1.6 + 3.2 + 0.01)
    found = engine.get(made.id)
    assert found is not None
    assert (found.restart_count, found.status) == (restarts, status)
    client.close()


def test_more_memory_than_allowed(engine: DockerEngine, client: Any) -> None:
    """A container that holds more than its limit is ended with 137, and says OOMKilled."""
    engine.behave(Leaks(per_second=10 << 20, start=10 << 20), command="leak")
    found = client.containers.run("busybox", "leak", detach=True, mem_limit="64m")
    assert found.wait()["StatusCode"] == 137
    found.reload()
    assert found.attrs["State"]["OOMKilled"] is True
    assert "oom" in [event.action for event in engine.daemon.events.all]


def test_ages_are_as_seeded(engine: DockerEngine, client: Any) -> None:
    """Seeded containers and images have the age that a test gives them, in every view."""
    engine.container("web:1", name="old", age=3 * 86_400, status="exited", exit_code=2, ended=7200)
    [row] = client.api.containers(all=True)
    assert row["Status"] == "Exited (2) 2 hours ago"
    assert engine.clock.peek() - row["Created"] == pytest.approx(3 * 86_400, abs=2)
    assert engine.image("team/old:1", age=90 * 86_400).created == pytest.approx(
        engine.clock.peek() - 90 * 86_400
    )


def test_paused_programs_stand_still(engine: DockerEngine, client: Any) -> None:
    """Time that passes while a container is paused does not count for its program."""
    found = client.containers.run("busybox", ["sleep", "100"], detach=True)
    found.pause()
    engine.clock.advance(1000)
    found.reload()
    assert found.status == "paused"
    found.unpause()
    found.reload()
    assert found.status == "running"
    engine.clock.advance(100)
    assert found.wait()["StatusCode"] == 0


def test_programs_trap_signals(engine: DockerEngine, client: Any) -> None:
    """A program that traps a signal gets it where it sleeps, and decides how it ends."""

    def worker(process: Any) -> Any:
        process.trap("HUP", "TERM")
        while True:
            try:
                yield None
            except Signalled as signalled:
                process.out(f"{signalled}\n")
                if signalled.name == "TERM":
                    return 7

    engine.behave(worker, command="work")
    found = client.containers.run("busybox", "work", detach=True)
    found.kill("SIGHUP")
    found.stop()
    assert (found.wait()["StatusCode"], found.logs()) == (7, b"SIGHUP\nSIGTERM\n")


def test_a_program_that_breaks_shows_where(shared_engine: DockerEngine) -> None:
    """An error of a program ends its container with 1, is in its log, and is kept for the test."""
    shared_engine.reset()

    def broken(_process: Any) -> int:
        raise KeyError("gone")

    found = shared_engine.container("web:1", name="web", program=broken, status="running")
    assert (found.exit_code, found.status) == (1, "exited")
    assert b"KeyError: 'gone'" in b"".join(entry.data for entry in found.log.entries)
    assert [type(error) for error in shared_engine.failures] == [KeyError]


def test_stops_that_take_long(engine: DockerEngine) -> None:
    """A program that needs longer to stop than it is given is killed."""
    slow = engine.container("web:1", name="slow", program=Runs(takes=20))
    client = engine.client()
    client.containers.get("slow").stop(timeout=5)
    assert slow.exit_code == 137
    client.close()
