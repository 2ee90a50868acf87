"""What holds for every simulated service: faults, the log of requests, hooks, life."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from labkit.clock import DEFAULT_START, WallClock
from labkit.faults import Drop, Expire, Hang, Malformed, Refuse, Skew, Slow, Throttle
from labkit.services.base import Call, Routes, Service


class Notes(Service):
    """Keeps texts."""

    name = "notes"
    routes = Routes()

    def begin(self) -> None:
        self.texts: list[str] = []

    @routes.get("/notes")
    def shown(self, call: Call) -> Any:
        return {"notes": self.texts, "now": call.now}

    @routes.post("/notes")
    def added(self, call: Call) -> Any:
        self.texts.append(call.json()["text"])
        return 201, {"notes": self.texts}

    @routes.get("/broken")
    def breaking(self, call: Call) -> Any:
        raise KeyError("oops")


@pytest.fixture
def notes() -> Iterator[Notes]:
    with Notes() as service:
        yield service


def add(notes: Notes, text: str = "x", timeout: float = 5) -> requests.Response:
    return requests.post(f"{notes.url}/notes", json={"text": text}, timeout=timeout)


def test_a_request_and_its_record(notes: Notes) -> None:
    """Every request is noted with method, path, query, body and the status of its answer."""
    add(notes, "hello")
    requests.get(f"{notes.url}/notes?page=2", timeout=5)
    assert [(seen.operation, seen.status) for seen in notes.requests] == [
        ("POST /notes", 201),
        ("GET /notes", 200),
    ]
    assert (notes.requests[0].body, notes.requests[1].query) == ({"text": "hello"}, {"page": "2"})
    assert [seen.method for seen in notes.requests.changing] == ["POST"]
    assert notes.requests.count("(GET|POST) /notes") == 2
    assert notes.requests.of("GET /") == []


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Throttle(retry_after=1.2), 429),
        (Throttle(at="overload"), 503),
        (Refuse(), 403),
        (Refuse(at="internal"), 500),
        (Expire(), 401),
    ],
)
def test_refusals_do_nothing(notes: Notes, fault: Any, status: int) -> None:
    """A refused request has no effect; Throttle says when to come back, in whole seconds rounded up."""
    notes.faults.inject(fault)
    answer = add(notes)
    assert (answer.status_code, notes.texts, notes.requests[0].status) == (status, [], status)
    if isinstance(fault, Throttle):
        assert answer.headers["Retry-After"] == ("2" if status == 429 else "1")


def test_drop_before_and_after_the_work(notes: Notes) -> None:
    """A connection that is cut at the request leaves nothing done; at the response the work is done."""
    for stage, done in (("request", []), ("response", ["x"])):
        with notes.faults.during(Drop(at=stage)), pytest.raises(requests.ConnectionError):
            add(notes)
        assert notes.texts == done
    assert [seen.status for seen in notes.requests] == [0, 0]


def test_drop_in_the_body(notes: Notes) -> None:
    """A cut after some bytes leaves the promised length unfulfilled."""
    cut = pytest.raises(requests.exceptions.ChunkedEncodingError, match="5 bytes read")
    with notes.faults.during(Drop(at="response", after_bytes=5)), cut:
        add(notes)


def test_slow_body_is_whole(notes: Notes) -> None:
    """A slow answer comes in pieces and is complete."""
    with notes.faults.during(Slow(delay=0.001, piece=3)):
        assert add(notes).json() == {"notes": ["x"]}


def test_malformed(notes: Notes) -> None:
    """A malformed body is the first half, or what the fault says; HTML says that it is HTML."""
    with notes.faults.during(Malformed()), pytest.raises(requests.exceptions.JSONDecodeError):
        add(notes).json()
    with notes.faults.during(Malformed(payload=b"<html>Bad gateway</html>")):
        answer = add(notes)
    assert (answer.text, answer.headers["Content-Type"]) == (
        "<html>Bad gateway</html>",
        "text/html; charset=utf-8",
    )


@pytest.mark.parametrize("stage", ["request", "response"])
def test_hang_until_the_client_gives_up(notes: Notes, stage: str) -> None:
    """A request that hangs is let go, with its connection, when the fault is taken away."""
    with notes.faults.during(Hang(at=stage)), pytest.raises(requests.ReadTimeout):
        add(notes, timeout=0.05)
    for thread in threading.enumerate():
        if thread.name == "labkit-notes-connection":
            thread.join(5)
            assert not thread.is_alive()


def test_skew(notes: Notes) -> None:
    """A wrong clock shows in what the service writes and in Date."""
    with notes.faults.during(Skew(seconds=-3600)):
        answer = requests.get(f"{notes.url}/notes", timeout=5)
    assert answer.json()["now"] == DEFAULT_START - 3600
    assert answer.headers["Date"] == "Mon, 02 Mar 2026 09:00:01 GMT"


def test_time_passes_with_requests(notes: Notes) -> None:
    """Each request moves the virtual clock by a second, so that whoever polls sees time pass."""
    read = [requests.get(f"{notes.url}/notes", timeout=5).json()["now"] for _ in range(3)]
    assert read == [DEFAULT_START, DEFAULT_START + 1, DEFAULT_START + 2]


def test_before_and_respond(notes: Notes) -> None:
    """A hook runs once before a request is carried out; a made-up answer takes its place."""
    notes.before("POST /notes", lambda seen: notes.texts.append("first"))
    notes.respond("GET /notes", status=302, headers={"Location": "/notes"}, times=2)
    assert add(notes).json() == {"notes": ["first", "x"]}
    answer = requests.get(f"{notes.url}/notes", timeout=5)
    assert [each.status_code for each in (*answer.history, answer)] == [302, 302, 200]


def test_reset(notes: Notes) -> None:
    """After a reset it is as new, on the same address, even if it was down."""
    add(notes)
    notes.faults.inject(Refuse())
    notes.before("GET", lambda seen: None)
    url = notes.url
    notes.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)
    notes.reset()
    assert (notes.url, notes.texts, len(notes.requests), notes.faults.active) == (url, [], 0, ())
    assert notes.clock.peek() == DEFAULT_START


def test_errors(notes: Notes) -> None:
    """404, 405 with Allow, 400 for a bad body, and 500 with a trace for a bug of its own."""
    assert requests.get(f"{notes.url}/nowhere", timeout=5).status_code == 404
    answer = requests.delete(f"{notes.url}/notes", timeout=5)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")
    for body in (b"{", b"[]"):
        assert requests.post(f"{notes.url}/notes", data=body, timeout=5).status_code == 400
    assert requests.get(f"{notes.url}/broken", timeout=5).status_code == 500
    assert "KeyError: 'oops'" in notes.breaks[0]


def test_wall_clock() -> None:
    """On a wall clock a service lives in the present, and can still be moved."""
    clock = WallClock()
    with Notes(clock=clock) as notes:
        present = requests.get(f"{notes.url}/notes", timeout=5).json()["now"]
        clock.advance(86400)
        assert requests.get(f"{notes.url}/notes", timeout=5).json()["now"] >= present + 86400
