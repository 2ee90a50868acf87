"""Times as the API writes them: RFC 3339 in UTC, seconds for metav1.Time and microseconds for MicroTime."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(seconds: float) -> str:
    """Return a metav1.Time such as ``2026-03-02T10:00:00Z``; fractions of a second are cut off."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def micro(seconds: float) -> str:
    """Return a metav1.MicroTime such as ``2026-03-02T10:00:00.250000Z``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def nano(seconds: float) -> str:
    """Return the form in front of log lines, ``2026-03-02T10:00:00.250000000Z``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def seconds(text: str) -> float:
    """Return the seconds since the epoch of an RFC 3339 time.

    Raises:
        ValueError: ``text`` is not such a time.
    """
    return datetime.fromisoformat(text).timestamp()


def words(duration: float) -> str:
    """Return a duration as Go prints it: ``10s``, ``1m20s``, ``2m40s``, ``5m0s``."""
    minutes, rest = divmod(int(duration), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
