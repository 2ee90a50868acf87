"""One vocabulary of faults for every simulated back end.

A fault is a frozen description of something that goes wrong. A server keeps a :class:`Faults` holder, asks
it at each stage whether a fault is due, and acts it out. The words mean the same everywhere; how they show
depends on the protocol:

=========== ================================ ============================= ==============================
fault       SSH                              HTTP services and AWS         Kubernetes
=========== ================================ ============================= ==============================
Hang        connection accepted, no banner;  request read, never answered  watch that never sends an event
            or a command that never ends
Drop        TCP connection cut, after        connection cut in the body    watch cut without an end
            ``after_bytes`` of output
Slow        banner or output in small        body in small pieces with a   events late
            pieces with a pause after each   pause after each
Refuse      port closed; login, command or   403, with ``reason``          Forbidden
            file refused
Throttle    more than ``limit`` connections  429 or ThrottlingException,   429 with Retry-After
            at once are turned away          with ``retry_after``
Malformed   not an SSH banner; garbled       body that is not JSON         event that is not JSON
            output or file content
Expire      a password or key that is right  401, token no longer valid    410 Gone on a watch; 401
            is not accepted any more
Skew        the machine's clock is off       ``Date`` and signature time   object times off
            by ``seconds``                   off
=========== ================================ ============================= ==============================

Every fault takes, by keyword:

* ``at``: the stage where it strikes; each protocol has a usual one and refuses impossible ones,
* ``match``: a regular expression searched in the operation (``df -h``, ``GET /users``, ``open /etc/motd``),
* ``after``: let the first that many matching operations through,
* ``times``: strike that many times, then stop; None for as long as the fault is in place,
* ``chance``: strike with this probability, drawn from the holder's seed.
"""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What all faults have in common; use one of the subclasses.

    Raises:
        ValueError: a number out of range, or ``match`` is not a regular expression.
    """

    at: str | None = None
    match: str = ""
    times: int | None = None
    after: int = 0
    chance: float = 1.0

    def __post_init__(self) -> None:
        name = type(self).__name__
        if self.times is not None and self.times < 1:
            raise ValueError(f"{name}(times={self.times}): a fault strikes at least once; None is for always")
        if self.after < 0:
            raise ValueError(f"{name}(after={self.after}): cannot let fewer than 0 operations through")
        if not 0 < self.chance <= 1:
            raise ValueError(f"{name}(chance={self.chance}): a probability above 0 and at most 1 is needed")
        try:
            re.compile(self.match)
        except re.error as error:
            raise ValueError(f"{name}(match={self.match!r}) is not a regular expression: {error}") from None


@dataclass(frozen=True)
class Hang(Fault):
    """Nothing more comes, and the connection stays open until the client leaves."""


@dataclass(frozen=True)
class Drop(Fault):
    """The connection is cut.

    Args:
        after_bytes: so many bytes of output (or of file content, in both directions) still pass.
    """

    after_bytes: int = 0


@dataclass(frozen=True)
class Slow(Fault):
    """Everything comes, but late.

    Args:
        delay: seconds of real time before a banner, or after each piece of output.
        piece: bytes in one piece.
    """

    delay: float = 0.01
    piece: int = 1024


@dataclass(frozen=True)
class Refuse(Fault):
    """The server says no.

    Args:
        reason: the words it uses, where the protocol has room for them.
    """

    reason: str = ""


@dataclass(frozen=True)
class Throttle(Fault):
    """Too much at once, or too often, is turned away.

    Args:
        limit: what is still let through (open connections, requests in the window); the rest is refused.
        retry_after: seconds the client is told to wait, where the protocol can say it.
    """

    limit: int = 0
    retry_after: float = 1.0


@dataclass(frozen=True)
class Malformed(Fault):
    """The answer is not what the protocol asks for.

    Args:
        payload: what is sent instead; None for a plausible piece of rubbish.
    """

    payload: bytes | None = None


@dataclass(frozen=True)
class Expire(Fault):
    """A credential that was good is not any more; ``after=2`` lets it be used twice."""


@dataclass(frozen=True)
class Skew(Fault):
    """The server's clock is wrong while the fault is in place.

    Args:
        seconds: how far ahead the clock is; negative for behind.
    """

    seconds: float = 0.0


@dataclass(frozen=True)
class Taken:
    """One fault that struck: where, on what, which."""

    stage: str
    operation: str
    fault: Fault


class _Placed:
    """A fault in place, with its counters."""

    def __init__(self, fault: Fault, stage: str) -> None:
        self.fault = fault
        self.stage = stage
        self.seen = 0
        self.struck = 0
        self.pattern = re.compile(fault.match)

    @property
    def spent(self) -> bool:
        return self.fault.times is not None and self.struck >= self.fault.times


class Faults:
    """The faults in place at one server.

    Args:
        seed: for faults with a ``chance``; the same seed and the same operations give the same faults.
        stages: which fault can strike at which stages, the usual one first. None allows every stage, and
            then ``at`` must be given.
        protocol: the word used in error messages.
        changed: called (without the lock held) after faults were put in place or removed.
        check: called with a fault and its stage before it is put in place; raises ValueError for what it
            cannot do.

    Safe to use from several threads.
    """

    def __init__(
        self,
        seed: int | str = 0,
        *,
        stages: Mapping[type[Fault], tuple[str, ...]] | None = None,
        protocol: str = "this server",
        changed: Callable[[], None] | None = None,
        check: Callable[[Fault, str], None] | None = None,
    ) -> None:
        self.seed = seed
        self._stages = stages
        self._protocol = protocol
        self._changed = changed or (lambda: None)
        self._check = check or (lambda _fault, _stage: None)
        self._random = random.Random(seed)  # noqa: S311 - faults, not secrets
        self._lock = threading.Lock()
        self._placed: list[_Placed] = []
        self._taken: list[Taken] = []

    def inject(self, fault: Fault) -> Fault:
        """Put a fault in place; it stays until it is spent, removed or cleared.

        Returns:
            The fault, for :meth:`remove`.

        Raises:
            ValueError: the fault cannot strike at that stage of this protocol.
        """
        placed = _Placed(fault, self._stage_of(fault))
        self._check(fault, placed.stage)
        with self._lock:
            self._placed.append(placed)
        self._changed()
        return fault

    def _stage_of(self, fault: Fault) -> str:
        name = type(fault).__name__
        if self._stages is None:
            if fault.at is None:
                raise ValueError(f"{name}: say at which stage of {self._protocol} it strikes, with at=...")
            return fault.at
        possible = self._stages.get(type(fault), ())
        if not possible:
            raise ValueError(f"{self._protocol} has no {name}")
        if fault.at is None:
            return possible[0]
        if fault.at not in possible:
            raise ValueError(
                f"{name}(at={fault.at!r}): over {self._protocol} it can strike at {', '.join(possible)}"
            )
        return fault.at

    def take(
        self,
        stage: str,
        operation: str = "",
        *,
        load: int = 0,
        kinds: type[Fault] | tuple[type[Fault], ...] = Fault,
    ) -> Fault | None:
        """Ask, as a server, whether a fault is due now; the first one put in place wins.

        Args:
            stage: where the server is, such as ``connect`` or ``exec``.
            operation: what it is about to do; ``match`` is searched in it.
            load: how much is going on besides this operation; a Throttle strikes from its ``limit`` on.
            kinds: ask for these faults only.
        """
        with self._lock:
            for placed in self._placed:
                if placed.stage != stage or placed.spent or not isinstance(placed.fault, kinds):
                    continue
                if self._is_due(placed, operation, load):
                    placed.struck += 1
                    self._taken.append(Taken(stage, operation, placed.fault))
                    return placed.fault
        return None

    def _is_due(self, placed: _Placed, operation: str, load: int) -> bool:
        fault = placed.fault
        if not placed.pattern.search(operation):
            return False
        if isinstance(fault, Throttle) and load < fault.limit:
            return False
        placed.seen += 1
        if placed.seen <= fault.after:
            return False
        return fault.chance >= 1 or self._random.random() < fault.chance

    def remove(self, fault: Fault) -> None:
        """Take one fault away again; a fault that is not in place is ignored."""
        with self._lock:
            self._placed = [placed for placed in self._placed if placed.fault is not fault]
        self._changed()

    def clear(self) -> None:
        """Take all faults away; the log stays."""
        with self._lock:
            self._placed.clear()
        self._changed()

    def reset(self) -> None:
        """Back to the beginning: no faults, an empty log, the seed's first draw next."""
        with self._lock:
            self._placed.clear()
            self._taken.clear()
            self._random.seed(self.seed)
        self._changed()

    @contextmanager
    def during(self, fault: Fault) -> Iterator[Fault]:
        """Put a fault in place for the length of a ``with`` block."""
        self.inject(fault)
        try:
            yield fault
        finally:
            self.remove(fault)

    @property
    def active(self) -> tuple[Fault, ...]:
        """The faults in place that can still strike, oldest first."""
        with self._lock:
            return tuple(placed.fault for placed in self._placed if not placed.spent)

    def active_at(self, stage: str, kind: type[Fault] = Fault) -> tuple[Fault, ...]:
        """The faults of one kind in place at one stage, without taking any."""
        with self._lock:
            return tuple(
                placed.fault
                for placed in self._placed
                if placed.stage == stage and not placed.spent and isinstance(placed.fault, kind)
            )

    @property
    def taken(self) -> tuple[Taken, ...]:
        """The faults that struck, oldest first."""
        with self._lock:
            return tuple(self._taken)

    def describe(self) -> str:
        """One line for a report: the seed, what is in place, how often faults struck."""
        active = ", ".join(map(repr, self.active)) or "none in place"
        return f"faults seed {self.seed!r}: {active}; struck {len(self.taken)} times"
