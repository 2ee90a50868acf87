"""Ask a throwaway host to run a command. Standard library alone; also the ``sudo`` inside of each host.

Usage: ``client.py SOCKET USER COMMAND...``; as ``sudo``: sudo(8)'s -H, -S, -n, -k, -p PROMPT, -u USER, --.

Exit status: the command's; 255 where the host does not answer.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
from typing import Any, NoReturn

_SUDO = "/run/labkit/sudo"
_TRIES = 3


def ask(path: str, user: str, words: list[str], password: str = "", folder: str = "") -> dict[str, Any]:
    """What the host answers once the command has ended; the streams are those of this process.

    Raises:
        OSError: the host does not answer.
        ValueError: it ended meanwhile.
    """
    # Through a descriptor of the folder: paths of sockets are short.
    place = os.open(os.path.dirname(path), os.O_PATH | os.O_CLOEXEC)  # noqa: PTH120 - imported at each command
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as host:
        host.connect(f"/proc/self/fd/{place}/{os.path.basename(path)}")  # noqa: PTH119
        request = {"words": words, "user": user, "password": password, "folder": folder}
        data = json.dumps(request).encode()
        socket.send_fds(host, [struct.pack("!I", len(data))], [0, 1, 2])
        host.sendall(data)
        with host.makefile("rb") as pipe:
            answer: dict[str, Any] = json.loads(pipe.readline() or "null") or {}
    if not answer:
        raise ValueError("the host ended")
    return answer


def sudo(words: list[str]) -> NoReturn:
    """Run a command as root; the password is read from standard input, a byte at a time."""
    flags, words = _options(words)
    if not words:
        _fail("a command is needed")
    if os.getuid() == 0:  # root needs no password
        os.execvp(words[0], words)  # noqa: S606
    if "-n" in flags:
        _fail("a password is required")
    prompt = flags.get("-p", f"[sudo] password for {os.environ.get('USER', 'you')}: ")
    user = flags.get("-u", "root")
    for attempt in range(1, _TRIES + 1):
        os.write(2, prompt.encode())
        line = _line()
        if line is None:
            _fail(
                "no password was provided"
                if attempt == 1
                else f"{attempt - 1} incorrect password attempt{'s' * (attempt > 2)}"
            )
        answer = ask(_SUDO, user, words, line, os.getcwd())  # noqa: PTH109
        if answer.get("refused") != "password":
            _end(answer)
        os.write(2, b"Sorry, try again.\n")
    _fail(f"{_TRIES} incorrect password attempts")


def _options(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Options with their values, and the command."""
    flags: dict[str, str] = {}
    while words and words[0].startswith("-"):
        flag, *words = words
        if flag == "--":
            break
        if flag in ("-p", "-u") and words:
            flags[flag], *words = words
        elif flag in ("-H", "-S", "-k", "-E", "-n"):
            flags[flag] = ""
        else:
            _fail(f"the simulated sudo knows no option {flag}")
    return flags, words


def _line() -> str | None:
    read = b""
    while not read.endswith(b"\n"):
        piece = os.read(0, 1)
        if not piece:
            return read.decode("utf-8", "replace") if read else None
        read += piece
    return read[:-1].decode("utf-8", "replace")


def _end(answer: dict[str, Any]) -> NoReturn:
    if "refused" in answer:
        _fail(str(answer["refused"]))
    sys.exit(answer["status"])


def _fail(words: str) -> NoReturn:
    os.write(2, f"sudo: {words}\n".encode())
    sys.exit(1)


def main(arguments: list[str]) -> NoReturn:
    """Both programs in one, told apart by the name."""
    if os.path.basename(arguments[0]) == "sudo":  # noqa: PTH119
        sudo(arguments[1:])
    try:
        answer = ask(arguments[1], arguments[2], arguments[3:])
    except (OSError, ValueError) as problem:
        os.write(2, f"the throwaway host does not answer: {problem}\n".encode())
        sys.exit(255)
    _end(answer)


if __name__ == "__main__":
    main(sys.argv)
