"""md5sum, sha1sum, sha256sum, sha512sum and base64."""

from __future__ import annotations

import base64 as b64
import binascii
import hashlib
import re

from labkit.hosts.commands import program
from labkit.hosts.shell.expansion import decode
from labkit.hosts.shell.process import CommandProblem, Process, reason

_LONG = {
    "check": "c",
    "binary": "b",
    "text": "t",
    "quiet": "quiet",
    "status": "status",
    "strict": "strict",
    "ignore-missing": "ignore",
    "warn": "w",
    "tag": "tag",
}


def _digest(process: Process, algorithm: str, name: str) -> str:
    if name != "-" and process.files.stat(process.path(name), by=process.by).is_dir:
        raise IsADirectoryError(21, "Is a directory", name)
    total = hashlib.new(algorithm, usedforsecurity=False)
    for piece in process.pieces(process.open(name)):
        total.update(piece)
    return total.hexdigest()


@program("md5sum", "sha1sum", "sha224sum", "sha256sum", "sha384sum", "sha512sum")
def checksum(process: Process) -> int:
    found = process.options("bctw", _LONG)
    algorithm = process.name.removesuffix("sum")
    if "c" in found:
        return max([_check(process, algorithm, name, found.found) for name in found.operands or ["-"]])
    status = 0
    for name in found.operands or ["-"]:
        try:
            digest = _digest(process, algorithm, name)
        except OSError as problem:
            process.flush()
            process.error(f"{name}: {reason(problem)}")
            status = 1
            continue
        if "tag" in found:
            process.out(f"{algorithm.upper()} ({name}) = {digest}\n")
        else:
            process.out(f"{digest} {'*' if 'b' in found else ' '}{name}\n")
    return status


def _check(process: Process, algorithm: str, name: str, given: list[tuple[str, str]]) -> int:  # noqa: C901 - one branch per case
    flags = {letter for letter, _value in given}
    try:
        text = decode(process.open(name).read())
    except OSError as problem:
        process.error(f"{name}: {reason(problem)}")
        return 1
    good = failed = unreadable = malformed = 0
    size = hashlib.new(algorithm, usedforsecurity=False).digest_size * 2
    for line in text.splitlines():
        match = re.fullmatch(rf"([0-9a-fA-F]{{{size}}}) [ *](.+)", line)
        if not match:
            malformed += 1
            continue
        try:
            same = _digest(process, algorithm, match[2]) == match[1].lower()
        except OSError as problem:
            if "ignore" in flags and problem.errno == 2:
                continue
            process.flush()
            process.error(f"{match[2]}: {reason(problem)}")
            if "status" not in flags:
                process.out(f"{match[2]}: FAILED open or read\n")
            unreadable += 1
            continue
        good, failed = good + same, failed + (not same)
        if "status" not in flags and not (same and "quiet" in flags):
            process.out(f"{match[2]}: {'OK' if same else 'FAILED'}\n")
    process.flush()
    if not good and not failed and not unreadable:
        process.error(
            f"{'standard input' if name == '-' else name}: no properly formatted checksum lines found"
        )
        return 1
    if "status" not in flags:
        if malformed:
            process.error(
                f"WARNING: {malformed} line{'s are' if malformed > 1 else ' is'} improperly formatted"
            )
        if unreadable:
            process.error(f"WARNING: {unreadable} listed file{'s' * (unreadable > 1)} could not be read")
        if failed:
            process.error(f"WARNING: {failed} computed checksum{'s' * (failed > 1)} did NOT match")
    return int(bool(failed or unreadable))


@program("base64")
def base64(process: Process) -> int:
    found = process.options("diw:", {"decode": "d", "ignore-garbage": "i", "wrap": "w"})
    name = found.operands[0] if found.operands else "-"
    try:
        data = process.open(name).read()
    except OSError as problem:
        raise CommandProblem(f"{name}: {reason(problem)}") from None
    if "d" in found:
        return _decode(process, data, lenient="i" in found)
    text = b64.b64encode(data).decode()
    width = int(found.get("w")) if "w" in found else 76
    if not width:
        process.out(text)
        return 0
    for at in range(0, len(text), width):
        process.out(text[at : at + width] + "\n")
    return 0


def _decode(process: Process, data: bytes, *, lenient: bool) -> int:
    """Decode as far as the input is valid, then complain, as coreutils do."""
    text = b"".join(data.split())
    good = re.match(rb"[A-Za-z0-9+/]*={0,2}", text)
    clean = re.sub(rb"[^A-Za-z0-9+/=]", b"", text) if lenient else (good[0] if good else b"")
    whole = clean[: len(clean) // 4 * 4]
    try:
        process.out(b64.b64decode(whole))
    except binascii.Error:
        raise CommandProblem("invalid input") from None
    if (len(clean) != len(text) and not lenient) or len(whole) != len(clean):
        raise CommandProblem("invalid input")
    return 0
