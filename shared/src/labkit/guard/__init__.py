"""The guard: code of a lab reaches this machine only, and none of its owner's accounts.

It protects against accidents, not against malice. Three layers, each for what the one before cannot see:

1. An audit hook (:mod:`labkit.guard.hook`) in every Python process of a run refuses connections, datagrams
   and look-ups that leave the loopback addresses, and Unix sockets outside the run's folder.
2. The environment of the run (:mod:`labkit.guard.environ`) has no credentials, an empty home, and proxies
   that lead nowhere; this is what other programs (curl, git, aws, kubectl) get to see.
3. OpenSSH reads the home of the password file, whatever ``HOME`` says; so ``ssh``, ``scp`` and ``sftp`` on
   the PATH of a run are small wrappers (:mod:`labkit.guard.openssh`) with a configuration of the run's own.

What was refused is kept in the run's folder, where :func:`blocked` finds it, even if the code swallowed the
error.

Not covered: ``python -S`` and interpreters other than the project's own (the environment still holds
there), C code that opens sockets by itself, programs that ignore proxies (``ping``, ``dig``), and whoever
wants to get out.

The names are loaded on first use: every child of a guarded process imports this package as it starts.
"""

from __future__ import annotations

TYPE_CHECKING = False  # what typing.TYPE_CHECKING is, without the milliseconds that typing costs each child
if TYPE_CHECKING:
    from labkit.guard.environ import environment, protect_this_process
    from labkit.guard.hook import install
    from labkit.guard.record import Blocked, blocked, blocked_in
    from labkit.guard.refusals import LookupBlocked, NetworkBlocked
    from labkit.guard.settings import Settings

__all__ = [
    "Blocked",
    "LookupBlocked",
    "NetworkBlocked",
    "Settings",
    "blocked",
    "blocked_in",
    "environment",
    "install",
    "protect_this_process",
]

_HOMES = {
    "Blocked": "record",
    "LookupBlocked": "refusals",
    "NetworkBlocked": "refusals",
    "Settings": "settings",
    "blocked": "record",
    "blocked_in": "record",
    "environment": "environ",
    "install": "hook",
    "protect_this_process": "environ",
}


def __getattr__(name: str) -> object:
    """Load a public name from its module (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
