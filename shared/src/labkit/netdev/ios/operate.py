"""Commands that move between modes, set the terminal or save the configuration."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labkit.netdev.ios.session import Session


def asks(action: Callable[..., str | None]) -> Callable[..., str | None]:
    """Mark a command that waits for the client, so that the device is not locked meanwhile."""
    action.asks = True  # type: ignore[attr-defined]
    return action


def nothing(_session: Session, **_arguments: Any) -> None:
    """Accepted, without effect."""


@asks
def enable(session: Session) -> str:
    if session.mode == "enable":
        return ""
    if session.access.secret is None:
        return "% No password set\n"
    typed = session.terminal.line("Password: ", hidden=True)
    if typed is None or not hmac.compare_digest(typed.encode(), session.access.secret.encode()):
        # As with "aaa new-model": one try. Without it a device asks three times, and netmiko waits 10 s in
        # vain.
        return "% Error in authentication.\n\n"
    session.mode = "enable"
    return ""


def disable(session: Session) -> None:
    session.mode = "user"


def configure_terminal(session: Session) -> str:
    session.mode = "config"
    return "Enter configuration commands, one per line.  End with CNTL/Z.\n"


def leave(session: Session) -> None:
    if session.mode in ("user", "enable"):
        session.ended = True
    else:
        session.mode = "enable" if session.mode == "config" else "config"


def end(session: Session) -> None:
    session.leave_configuration()


def terminal_length(session: Session, number: int) -> None:
    session.terminal.length = number


def save(session: Session) -> str:
    session.switch.startup = session.switch.state.snapshot()
    return "Building configuration...\n[OK]\n"


@asks
def copy_to_startup(session: Session) -> str:
    answer = session.terminal.line("Destination filename [startup-config]? ")
    if answer is None:
        return "%Error copying (operation aborted)\n"
    if answer.strip() not in ("", "startup-config"):
        return f"%Error opening nvram:{answer.strip()} (No such file or directory)\n"
    return save(session)
