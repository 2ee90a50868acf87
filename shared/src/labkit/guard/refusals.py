"""The errors that blocked code gets, and their words."""

from __future__ import annotations

import errno
from _socket import EAI_FAIL, gaierror

TYPE_CHECKING = False
if TYPE_CHECKING:
    from labkit.guard.settings import Settings


class NetworkBlocked(PermissionError):
    """A connection or a datagram that would have left the loopback addresses or the run's folder.

    ``connect_ex`` raises it as well, instead of returning an error number: Python documents that it may
    raise for what is not an error of the system's own ``connect``, and a number could not say why.
    """

    def __init__(self, message: str) -> None:
        super().__init__(errno.EACCES, message)

    def __reduce__(self) -> tuple[type[NetworkBlocked], tuple[str]]:
        """Keep the message when the error crosses to another process (multiprocessing)."""
        return type(self), (str(self.strerror),)


class LookupBlocked(gaierror):
    """A name or address that would have been looked up outside this machine.

    It is a ``socket.gaierror``, so that a program treats it as what it would see with no name server.
    """

    def __init__(self, message: str) -> None:
        super().__init__(EAI_FAIL, message)

    def __reduce__(self) -> tuple[type[LookupBlocked], tuple[str]]:
        """Keep the message when the error crosses to another process (multiprocessing)."""
        return type(self), (str(self.strerror),)


_WHY = "so that an exercise never touches a real system by accident"


def network_message(action: str, target: str, settings: Settings) -> str:
    """What was tried, why it is blocked, what to do."""
    places = ", ".join(entry for entry in settings.allow if not entry.startswith("unix:"))
    return (
        f"{action} {target} blocked: code in a lab reaches only this machine ({places}), {_WHY}. "
        "Use the address that the test's fixture gives you, such as host.address and host.port."
    )


def proxy_message(target: str) -> str:
    """The same for a request that a web client sent to the dead proxy, as its host is another machine."""
    return (
        f"request to {target} blocked: code in a lab reaches only this machine, {_WHY}; requests to "
        "any other host go to a proxy that does not exist. Use the URL that the test's fixture gives you."
    )


def socket_file_message(action: str, target: str) -> str:
    """The same for a Unix socket outside the run's folder, such as Docker's or the SSH agent's."""
    return (
        f"{action} Unix socket {target} blocked: code in a lab uses only sockets inside its run's folder "
        f"(TMPDIR is there), {_WHY}. Use the address that the test's fixture gives you."
    )


def family_message(action: str, family: str) -> str:
    """The same for kinds of sockets that no lab needs."""
    return (
        f"{action} a socket of family {family} blocked: code in a lab uses only TCP and UDP on this machine "
        f"and Unix sockets inside its run's folder, {_WHY}."
    )


def lookup_message(target: str, own_name: bool) -> str:
    """The same for a look-up."""
    if own_name:
        return (
            f"look-up of {target!r}, the name of this machine, blocked: its answer depends on the network. "
            "In a lab this machine is 127.0.0.1 or 'localhost'."
        )
    return (
        f"look-up of {target!r} blocked: code in a lab reaches only this machine, and no name server is "
        "asked. Use the address that the test's fixture gives you, or 'localhost'."
    )
