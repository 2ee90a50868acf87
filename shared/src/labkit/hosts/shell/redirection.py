"""Redirections: which descriptor leads where while a command runs."""

from __future__ import annotations

import errno
import os
import re
from typing import TYPE_CHECKING

from labkit.hosts.shell.expansion import encode
from labkit.hosts.shell.syntax import Redirect
from labkit.hosts.streams import BytesReader, NullSink, Reader, Sink

if TYPE_CHECKING:
    from labkit.hosts.shell.interpreter import Shell

Descriptors = dict[int, "Reader | Sink"]
_NULL = NullSink()
_STANDARD = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}


class RedirectProblem(Exception):
    """A redirection cannot be made; ``message`` follows bash's prefix."""

    def __init__(self, message: str, *, creating: bool = False, name: str = "", reason: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.creating = creating
        self.name = name
        self.reason = reason


def redirect_all(shell: Shell, redirects: tuple[Redirect, ...]) -> Descriptors:
    """The descriptors of the shell with some redirected, from left to right."""
    fds = dict(shell.fds)
    for redirect in redirects:
        _one(shell, redirect, fds)
    return fds


def _one(shell: Shell, redirect: Redirect, fds: Descriptors) -> None:
    operator, number = redirect.operator, redirect.descriptor
    if operator in ("<<", "<<-"):
        fds[number or 0] = BytesReader(encode(shell.expander.text(redirect.target)))
        return
    if operator == "<<<":
        fds[number or 0] = BytesReader(encode(shell.expander.text(redirect.target) + "\n"))
        return
    names = shell.expander.fields([redirect.target])
    if len(names) != 1:
        raise RedirectProblem(f"{redirect.target.raw}: ambiguous redirect")
    name = names[0]
    if operator in (">&", "<&"):
        default = 1 if operator == ">&" else 0
        if re.fullmatch(r"\d+|-", name):
            _duplicate(fds, default if number is None else number, name)
            return
        if operator == "<&" or number is not None:
            raise RedirectProblem(f"{name}: ambiguous redirect")
        operator = "&>"
    stream = open_stream(shell, operator, name, fds)
    if operator in ("&>", "&>>"):
        fds[1] = fds[2] = stream
    elif operator in ("<", "<>"):
        fds[0 if number is None else number] = stream
    else:
        fds[1 if number is None else number] = stream


def _duplicate(fds: Descriptors, number: int, source: str) -> None:
    if source == "-":
        fds.pop(number, None)
        return
    if int(source) not in fds:
        raise RedirectProblem(f"{source}: Bad file descriptor")
    fds[number] = fds[int(source)]


def open_stream(shell: Shell, operator: str, name: str, fds: Descriptors) -> Reader | Sink:
    """Open what stands behind ``>``, ``>>``, ``<`` or ``&>``."""
    if name == "/dev/null":
        return BytesReader() if operator == "<" else _NULL
    match = re.fullmatch(r"/dev/fd/(\d+)", name)
    standard = int(match[1]) if match else _STANDARD.get(name)
    if standard is not None and (standard in fds or standard in shell.fds):
        # A process substitution in this very redirection is known to the shell only.
        return fds[standard] if standard in fds else shell.fds.pop(standard)
    state = shell.state
    files = shell.session.machine.files
    path = shell.path(name)
    reading = operator == "<"
    append = operator in (">>", "&>>")
    try:
        return files.open(
            path,
            write=not reading,
            append=append,
            create=not reading,
            truncate=operator in (">", ">|", "&>"),
            read=reading or operator == "<>",
            mode=0o666 & ~state.umask,
            by=state.credentials,
        )
    except OSError as problem:
        reason = os.strerror(problem.errno or errno.EIO)
        raise RedirectProblem(f"{name}: {reason}", creating=not reading, name=name, reason=reason) from None
