"""Times and durations as the API writes them."""

from __future__ import annotations

from datetime import UTC, datetime


def timestamp(seconds: float) -> str:
    """Return seconds since the epoch as ``metav1.Time``: RFC 3339, UTC, whole seconds."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def micro_timestamp(seconds: float) -> str:
    """Return seconds since the epoch as ``metav1.MicroTime``: with six digits (leases, events)."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def nano_timestamp(seconds: float) -> str:
    """Return seconds since the epoch as log lines carry it: with nine digits."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def seconds(text: str) -> float:
    """Return a time of the API as seconds since the epoch.

    Raises:
        ValueError: not a time.
    """
    return datetime.fromisoformat(text).timestamp()


def go_duration(duration: float) -> str:
    """Return whole seconds as Go prints them: ``10s``, ``1m20s``, ``5m0s``."""
    minutes, rest = divmod(int(duration), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
