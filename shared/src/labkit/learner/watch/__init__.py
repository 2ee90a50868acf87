"""Judge again on each save: files watched, keys read, one run at a time, the next worker ready in advance."""

from __future__ import annotations

from labkit.learner.watch.loop import Screen, Watch

__all__ = ["Screen", "Watch"]
