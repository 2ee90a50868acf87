"""What goes wrong with an engine, as the docker SDK shows it."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import requests
from docker import errors

from labkit.engine.programs import Writes
from labkit.engine.server import DockerEngine
from labkit.faults import Drop, Expire, Hang, Malformed, Refuse, Skew, Slow, Throttle


def test_the_engine_is_not_running(engine: DockerEngine) -> None:
    """While the engine is refused, connections are; afterwards it listens on the same address, as it was."""
    engine.container("web:1", name="web")
    with engine.fault(Refuse()), pytest.raises(errors.DockerException, match="Connection refused"):
        engine.client()
    client = engine.client()
    assert [found.name for found in client.containers.list()] == ["web"]
    client.close()


def test_an_error_of_the_engine(engine: DockerEngine, client: Any) -> None:
    """A refused request is a 500 in the given words; as many times as it was asked for."""
    engine.faults.inject(Refuse("disk is full", at="request", match="POST /containers/create", times=1))
    with pytest.raises(errors.APIError, match="disk is full") as caught:
        client.containers.create("busybox")
    assert caught.value.response.status_code == 500
    client.containers.create("busybox")


def test_no_answer(engine: DockerEngine) -> None:
    """A request that hangs ends with the client's own time-out, and everything else goes on."""
    client = engine.client(timeout=0.3)
    with engine.fault(Hang(match="/info")):
        with pytest.raises(requests.exceptions.ReadTimeout):
            client.info()
        assert client.ping()
    assert client.info()["NCPU"] == 4
    client.close()


def test_a_log_that_is_cut(engine: DockerEngine, client: Any) -> None:
    """A log that is cut in the middle: the SDK shows its end, and no error; raw HTTP shows the cut."""
    engine.behave(Writes([f"line {number}" for number in range(50)], every=1), command="work")
    found = client.containers.run("busybox", "work", detach=True)
    engine.faults.inject(Drop(match=r"/logs$", after=3))
    assert list(found.logs(stream=True, follow=True)) == [b"line 0\n", b"line 1\n", b"line 2\n"]
    url = engine.url.replace("tcp:", "http:")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(f"{url}/containers/{found.id}/logs?stdout=1&follow=1", timeout=10)


def test_an_answer_that_is_lost(engine: DockerEngine, client: Any) -> None:
    """A request may have been carried out although its answer never came."""
    engine.faults.inject(Drop(at="answer", match="POST /containers/create", times=1))
    with pytest.raises(requests.exceptions.ConnectionError):
        client.containers.create("busybox", name="twice")
    assert client.containers.get("twice").status == "created"


def test_rubbish_and_slowness(engine: DockerEngine, client: Any) -> None:
    """An answer may be no JSON, or come late."""
    with (
        engine.fault(Malformed(match="/info")),
        pytest.raises(ValueError, match=r"Expecting value|delimiter"),
    ):
        client.info()
    with engine.fault(Slow(delay=0.01, at="request")):
        assert client.info()["NCPU"] == 4
    assert {type(taken.fault) for taken in engine.faults.taken} == {Malformed, Slow}


def test_a_registry_that_says_no(engine: DockerEngine, client: Any) -> None:
    """A pull can meet a limit, or a login that is not accepted any more."""
    engine.offer("team/app:1")
    with engine.fault(Throttle()), pytest.raises(errors.APIError, match="pull rate limit"):
        client.images.pull("team/app", "1")
    with engine.fault(Expire()), pytest.raises(errors.NotFound, match="pull access denied"):
        client.images.pull("team/app", "1")
    assert client.images.pull("team/app", "1").tags == ["team/app:1"]


def test_faults_that_cannot_be_are_refused(engine: DockerEngine) -> None:
    """A fault that this API has no room for is refused when it is put in place."""
    with pytest.raises(ValueError, match="has no Skew"):
        engine.faults.inject(Skew(seconds=60))


def test_a_reset_lets_go_of_all_who_wait(engine: DockerEngine) -> None:
    """Requests that wait or hang are cut by a reset."""
    engine.container("web:1", name="web")
    engine.faults.inject(Hang(match="/info"))
    cut: list[str] = []

    def ask(how: str) -> None:
        client = engine.client(timeout=30)
        try:
            client.containers.get("web").wait() if how == "wait" else client.info()
        except requests.exceptions.RequestException:
            cut.append(how)
        client.close()

    threads = [threading.Thread(target=ask, args=(how,)) for how in ("wait", "hang")]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 10
    while not engine.requests.matching("/wait") or not engine.faults.taken:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    engine.reset()
    for thread in threads:
        thread.join(timeout=10)
    assert sorted(cut) == ["hang", "wait"]
