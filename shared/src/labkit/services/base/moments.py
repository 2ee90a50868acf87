"""Moments as tests give them and as APIs write them."""

from __future__ import annotations

from datetime import UTC, datetime

#: A moment: seconds since the epoch, or a datetime with a zone.
Moment = float | datetime


def seconds(moment: Moment | None, otherwise: float) -> float:
    """Return a moment as seconds since the epoch.

    Raises:
        ValueError: a datetime without a zone.
    """
    if moment is None:
        return otherwise
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise ValueError(f"{moment!r} has no zone: give datetime(..., tzinfo=UTC)")
        return moment.timestamp()
    return float(moment)


def zulu(moment: float | None) -> str | None:
    """Return a moment as ``2026-03-02T10:00:00Z`` (RFC 3339); None stays None."""
    if moment is None:
        return None
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def zulu_millis(moment: float | None) -> str | None:
    """Return a moment as ``2026-03-02T10:00:00.000Z``; None stays None."""
    text = zulu(moment)
    return f"{text[:-1]}.{int((moment or 0) * 1000) % 1000:03}Z" if text else None


def zulu_nanos(moment: float | None) -> str:
    """Return a moment as ``2026-03-02T10:00:00.000000000Z``, as Go programs do; None is empty."""
    text = zulu_millis(moment)
    return f"{text[:-1]}000000Z" if text else ""
