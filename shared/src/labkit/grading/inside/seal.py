"""Events that carry a seal: the grader takes none that the process could not have sealed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from typing import Any

from labkit.grading.inside.snapshot import Snapshot
from labkit.grading.inside.watch import Watch
from labkit.protocol import Events

KEY_BYTES = 32
SEAL_BYTES = 16
_COMPARED = ("verdict", "finished")


class SealedEvents(Events):
    """The worker's end of the channel, sealed; made by :func:`take_over`."""

    def __init__(self) -> None:
        super().__init__(None)

    @property
    def wanted(self) -> bool:
        return True


def seal_of(key: bytes, number: int, text: bytes) -> str:
    """The seal of event ``number`` of a worker (BLAKE2b with a key, RFC 7693)."""
    keyed = hashlib.blake2b(key=key, digest_size=SEAL_BYTES)
    keyed.update(b"%d " % number)
    keyed.update(text)
    return keyed.hexdigest()


def take_over(
    events: Events, watch: Watch
) -> tuple[SealedEvents, Callable[[Snapshot], None], Callable[[bool], None], Callable[[], None]]:
    """Read the key from the channel and seal what goes over it from now on.

    Key, snapshot and what is known of the running test live in the closures below and nowhere else: no
    attribute leads to them.

    Args:
        events: the plain events of the plugin.
        watch: what it saw turns a verdict into ``tampered``.

    Returns:
        The sealed events, and functions for: the snapshot is taken, the test's function ended (and whether
        well), a test begins.
    """
    descriptor = events.descriptor
    if descriptor is None:
        raise RuntimeError("a graded worker needs its channel")
    keyed = hashlib.blake2b(key=_read(descriptor, KEY_BYTES), digest_size=SEAL_BYTES)
    write, dumps, getpid = os.write, json.JSONEncoder(ensure_ascii=True).encode, os.getpid
    owner, number = getpid(), 0
    snapshot: Snapshot | None = None
    body: bool | None = None
    compare: Callable[[], str] | None = None
    seen = watch.seen

    def tell(fields: dict[str, Any]) -> None:
        nonlocal number
        if getpid() != owner:  # a child tells no verdicts
            return
        text = dumps(fields).encode("ascii")
        number += 1
        seal = keyed.copy()
        seal.update(b"%d " % number)
        seal.update(text)
        line = memoryview(dumps([number, seal.hexdigest(), text.decode("ascii")]).encode("ascii") + b"\n")
        while line:
            line = line[write(descriptor, line) :]

    def send(event: str, **fields: Any) -> None:
        nonlocal body
        found = seen()
        if event in _COMPARED and compare is not None:
            found = compare() or found
        if event == "verdict":
            if fields["verdict"] == "passed" and body is not True:
                found = found or "a test was reported as passed whose function did not come to its end"
            body = None
        tell({"event": event, **fields, "tampered": found, "looked": watch.looked()})

    def begin(taken: Snapshot) -> None:
        nonlocal snapshot, compare
        if snapshot is None:
            snapshot, compare = taken, taken.compare
            watch.protect(taken.functions())

    def ended(well: bool) -> None:
        nonlocal body
        body = well if body is None else False

    def starts() -> None:
        nonlocal body
        body = None

    sealed = SealedEvents()
    sealed.send = send  # type: ignore[method-assign]
    watch.report_to(lambda why: tell({"event": "tampered", "tampered": why, "looked": []}))
    return sealed, begin, ended, starts


def _read(descriptor: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = os.read(descriptor, size - len(data))
        if not part:
            raise RuntimeError("the channel ended before the key came")
        data += part
    return data
