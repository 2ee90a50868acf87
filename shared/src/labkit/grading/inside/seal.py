"""Events that carry a seal: the grader takes none that the process could not have sealed."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labkit.grading.inside.snapshot import Snapshot
from labkit.grading.inside.watch import Watch
from labkit.protocol import Events

KEY_BYTES = 32
SEAL_BYTES = 16
#: Events before which everything is compared with the snapshot.
_COMPARED = ("verdict", "finished")

Tell = Callable[[dict[str, Any]], None]


class SealedEvents(Events):
    """The worker's end of the channel, sealed. ``send`` of each is a function of :func:`take_over`."""

    def __init__(self, send: Callable[..., None]) -> None:
        super().__init__(None)
        self.send = send  # type: ignore[method-assign]

    @property
    def wanted(self) -> bool:
        return True


@dataclass(frozen=True)
class Handles:
    """What the plugin holds of the sealed channel: nothing by which a verdict could be told.

    Attributes:
        events: for labkit's plugin.
        begin: the tests are collected, and this is the snapshot.
        starts: a test begins.
        ended: the test's own function ended; True when it came to its end.
    """

    events: SealedEvents
    begin: Callable[[Snapshot], None]
    starts: Callable[[], None]
    ended: Callable[[bool], None]


def seal_of(key: bytes, number: int, text: bytes) -> str:
    """The seal of event ``number`` of a worker (BLAKE2b with a key, RFC 7693)."""
    keyed = hashlib.blake2b(key=key, digest_size=SEAL_BYTES)
    keyed.update(b"%d " % number)
    keyed.update(text)
    return keyed.hexdigest()


def take_over(events: Events, watch: Watch) -> Handles:
    """Read the key from the channel and seal what goes over it from now on.

    Snapshot and what is known of the running test live in the closures below and nowhere else: no attribute
    leads to them.

    Args:
        events: the plain events of the plugin.
        watch: what it saw turns verdicts into ``tampered``.
    """
    tell = _sealing(events)
    bodies: list[bool] = []
    compare: Callable[[], str] | None = None

    def send(event: str, **fields: Any) -> None:
        found = watch_seen()
        if event in _COMPARED and compare is not None:
            found = compare() or found
        if event == "verdict" and fields["verdict"] == "passed" and bodies != [True]:
            found = found or "a test was reported as passed whose function did not come to its end"
        tell({"event": event, **fields, "tampered": found})

    def begin(taken: Snapshot) -> None:
        nonlocal compare
        if compare is None:
            compare = taken.compare
            watch.protect([*taken.functions(), send, tell, begin, ended])  # type: ignore[list-item]
            watch.keep_secret([send, tell, begin, ended, *_cells(tell), *_cells(send)])

    def ended(well: bool) -> None:
        bodies.append(well)

    watch_seen = watch.seen
    # At once: code that went on to forge could keep it back later.
    watch.report_to(lambda why: tell({"event": "tampered", "tampered": why}))
    watch.report_looks_to(lambda what: tell({"event": "looked", "tampered": "", "what": what}))
    return Handles(SealedEvents(send), begin, bodies.clear, ended)


def _sealing(events: Events) -> Tell:
    """A function that tells one event; it alone has the key."""
    descriptor = events.descriptor
    if descriptor is None:
        raise RuntimeError("a graded worker needs its channel")
    keyed = hashlib.blake2b(key=_read(descriptor, KEY_BYTES), digest_size=SEAL_BYTES)
    write, encode, process = os.write, json.JSONEncoder(ensure_ascii=True).encode, os.getpid
    owner, number, one_at_a_time = process(), 0, threading.RLock()

    def tell(fields: dict[str, Any]) -> None:
        nonlocal number
        if process() != owner:  # a child tells no verdicts
            return
        text = encode(fields)
        with one_at_a_time:
            number += 1
            seal = keyed.copy()
            seal.update(f"{number} {text}".encode("ascii"))
            line = memoryview(encode([number, seal.hexdigest(), text]).encode("ascii") + b"\n")
            while line:
                line = line[write(descriptor, line) :]

    return tell


def _cells(function: Any) -> tuple[object, ...]:
    return tuple(function.__closure__ or ())


def _read(descriptor: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = os.read(descriptor, size - len(data))
        if not part:
            raise RuntimeError("the channel ended before the key came")
        data += part
    return data
