"""Programs that pass their input on: cat, head, tail, tee, tac, dd."""

# ruff: noqa: RUF001 - the typographic marks are those of the real programs

from __future__ import annotations

import re
from collections import deque

from labkit.hosts.commands import program
from labkit.hosts.shell.process import CommandProblem, Process, reason
from labkit.hosts.streams import Reader

_SUFFIXES = {
    "": 1,
    "c": 1,
    "w": 2,
    "b": 512,
    "kB": 1000,
    "K": 1024,
    "k": 1024,
    "KiB": 1024,
    "MB": 10**6,
    "M": 1 << 20,
    "MiB": 1 << 20,
    "GB": 10**9,
    "G": 1 << 30,
    "GiB": 1 << 30,
}


def size_of(text: str, complaint: str) -> int:
    """A number with one of GNU's size suffixes."""
    match = re.fullmatch(r"(\d+)([a-zA-Z]*)", text)
    if not match or match[2] not in _SUFFIXES:
        raise CommandProblem(f"{complaint}: ‘{text}’")
    return int(match[1]) * _SUFFIXES[match[2]]


@program("cat")
def cat(process: Process) -> int:
    found = process.options(
        "nbsEATvet",
        {
            "number": "n",
            "number-nonblank": "b",
            "squeeze-blank": "s",
            "show-ends": "E",
            "show-all": "A",
            "show-tabs": "T",
            "show-nonprinting": "v",
        },
    )
    plain = not found.found
    number = 0
    blank = False
    for _name, reader in process.each_file(found.operands):
        if plain:
            while piece := reader.read(1 << 16):
                process.tick()
                process.out(piece)
                process.flush()
            continue
        for line in process.lines(reader):
            if "s" in found and line == b"\n" and blank:
                continue
            blank = line == b"\n"
            if ("b" in found and not blank) or ("n" in found and "b" not in found):
                number += 1
                process.out(f"{number:>6}\t")
            process.out(_visible(line, found.last("EAe") != "", found.last("TAt") != ""))
    return int(process.failed)


def _visible(line: bytes, ends: bool, tabs: bool) -> bytes:
    if tabs:
        line = line.replace(b"\t", b"^I")
    if ends:
        line = line.replace(b"\r\n", b"^M\n").replace(b"\n", b"$\n")
    return line


@program("tac")
def tac(process: Process) -> int:
    found = process.options("")
    for _name, reader in process.each_file(found.operands, "failed to open"):
        for line in reversed(list(process.lines(reader))):
            process.out(line)
    return int(process.failed)


def _header(process: Process, name: str, first: bool) -> None:
    shown = "standard input" if name == "-" else name
    process.out(("" if first else "\n") + f"==> {shown} <==\n")


_COUNTS = {"lines": "n", "bytes": "c", "quiet": "q", "silent": "q", "verbose": "v"}


@program("head")
def head(process: Process) -> int:
    found = process.options("n:c:qv", _COUNTS, numbers="n")
    unit = found.last("nc") or "n"
    text = found.get(unit, "10")
    count = size_of(text.lstrip("-+"), f"invalid number of {'bytes' if unit == 'c' else 'lines'}")
    but_last = text.startswith("-")
    several = (len(found.operands) > 1 or "v" in found) and "q" not in found
    first = True
    for name, reader in process.each_file(found.operands, "cannot open"):
        if several:
            _header(process, name, first)
        first = False
        if unit == "c":
            _head_bytes(process, reader, count, but_last)
        elif but_last:
            lines = list(process.lines(reader))
            process.out(b"".join(lines[: max(0, len(lines) - count)]))
        elif count:
            for _ in range(count):
                line = reader.readline()
                if not line:
                    break
                process.out(line)
    return int(process.failed)


def _head_bytes(process: Process, reader: Reader, count: int, but_last: bool) -> None:
    if but_last:
        data = reader.read()
        process.out(data[: max(0, len(data) - count)])
        return
    while count and (piece := reader.read(min(count, 1 << 16))):
        process.tick()
        process.out(piece)
        count -= len(piece)


@program("tail")
def tail(process: Process) -> int:
    """With ``-f`` it ends when the command is cancelled."""
    found = process.options(
        "n:c:qvfFs:", {**_COUNTS, "follow=?": "f", "retry": "F", "sleep-interval": "s"}, numbers="n"
    )
    unit = found.last("nc") or "n"
    text = found.get(unit, "10")
    count = size_of(text.lstrip("-+"), f"invalid number of {'bytes' if unit == 'c' else 'lines'}")
    from_start = text.startswith("+")
    several = (len(found.operands) > 1 or "v" in found) and "q" not in found
    first = True
    for name, reader in process.each_file(found.operands, "cannot open"):
        if several:
            _header(process, name, first)
        first = False
        if unit == "c":
            data = reader.read()
            skip = max(0, count - 1) if from_start else max(0, len(data) - count)
            process.out(data[skip:])
        elif from_start:
            for number, line in enumerate(process.lines(reader), 1):
                if number >= count:
                    process.out(line)
        else:
            process.out(b"".join(deque(process.lines(reader), count)))
    if found.last("fF"):
        _follow(process, found.operands)
    return int(process.failed)


def _follow(process: Process, names: list[str]) -> None:
    process.flush()
    paths = [process.path(name) for name in names if name != "-"]
    sizes = {path: process.files.stat(path, by=process.by).size for path in paths}
    while not process.shell.session.wait(0.05):
        for path in paths:
            handle = process.files.open(path, by=process.by)
            size = handle.stat().size
            if size > sizes[path]:
                process.out(handle.read_at(sizes[path], size - sizes[path]))
                process.flush()
            sizes[path] = size
    process.tick()


@program("tee")
def tee(process: Process) -> int:
    found = process.options("ai", {"append": "a"})
    status = 0
    handles = []
    for name in found.operands:
        try:
            handles.append(
                (
                    name,
                    process.files.open(
                        process.path(name),
                        append="a" in found,
                        write=True,
                        create=True,
                        truncate="a" not in found,
                        mode=0o666 & ~process.shell.state.umask,
                        by=process.by,
                    ),
                )
            )
        except OSError as problem:
            process.error(f"{name}: {reason(problem)}")
            status = 1
    for piece in process.pieces(process.stdin):
        process.out(piece)
        process.flush()
        for name, handle in list(handles):
            try:
                handle.write(piece)
            except OSError as problem:
                process.error(f"{name}: {reason(problem)}")
                handles.remove((name, handle))
                status = 1
    return status


@program("dd")
def dd(process: Process) -> int:
    """``dd [if=] [of=] [bs=] [count=] [skip=] [seek=] [conv=notrunc] [status=none]``."""
    known = {"if", "of", "bs", "ibs", "obs", "count", "skip", "seek", "conv", "status", "oflag", "iflag"}
    given: dict[str, str] = {}
    for argument in process.args:
        name, equals, value = argument.partition("=")
        if not equals or name not in known:
            raise CommandProblem(f"unrecognized operand ‘{argument}’\nTry 'dd --help' for more information.")
        given[name] = value
    block = size_of(given.get("bs", given.get("ibs", "512")), "invalid number")
    if not block:
        raise CommandProblem(f"invalid number: ‘{given.get('bs')}’")
    limit = size_of(given["count"], "invalid number") if "count" in given else None
    source = _dd_open(
        process, given.get("if"), "rb", block * size_of(given.get("skip", "0"), "invalid number")
    )
    target = _dd_target(process, given, block)
    full = partial = total = 0
    while limit is None or full + partial < limit:
        process.tick()
        data = source.read(block)
        if not data:
            break
        full, partial = full + (len(data) == block), partial + (len(data) != block)
        try:
            target(data)
        except BrokenPipeError:
            raise
        except OSError as problem:
            process.error(f"error writing '{given.get('of', 'standard output')}': {reason(problem)}")
            return 1
        total += len(data)
    process.flush()
    if given.get("status") != "none":
        process.say(f"{full}+{partial} records in\n{full}+{partial} records out\n{_copied(total)}")
    return 0


def _copied(total: int) -> str:
    seconds = max(0.0001, total / 1.2e9)
    human = ""
    if total >= 1000:
        scaled, unit = (
            (total / 1e9, "GB")
            if total >= 1e9
            else (total / 1e6, "MB")
            if total >= 1e6
            else (total / 1e3, "kB")
        )
        binary, other = (
            (total / 2**30, "GiB")
            if total >= 2**30
            else (total / 2**20, "MiB")
            if total >= 2**20
            else (total / 2**10, "KiB")
        )
        human = (
            f" ({scaled:.3g} {unit}, {binary:.3g} {other})" if total >= 1024 else f" ({scaled:.3g} {unit})"
        )
    return (
        f"{total} byte{'s' * (total != 1)}{human} copied, {seconds:.6g} s, {total / seconds / 1e9:.1f} GB/s\n"
    )


def _dd_open(process: Process, name: str | None, _mode: str, skip: int) -> Reader:
    if name is None:
        return process.stdin
    try:
        reader = process.open(name)
    except OSError as problem:
        raise CommandProblem(f"failed to open '{name}': {reason(problem)}") from None
    while skip and (piece := reader.read(min(skip, 1 << 16))):
        skip -= len(piece)
    return reader


def _dd_target(process: Process, given: dict[str, str], block: int):  # type: ignore[no-untyped-def]
    name = given.get("of")
    if name is None:
        return process.out
    seek = block * size_of(given.get("seek", "0"), "invalid number")
    try:
        handle = process.files.open(
            process.path(name),
            write=True,
            create=True,
            truncate="notrunc" not in given.get("conv", "") and not seek,
            mode=0o666 & ~process.shell.state.umask,
            by=process.by,
        )
    except OSError as problem:
        raise CommandProblem(f"failed to open '{name}': {reason(problem)}") from None
    handle.offset = seek
    return handle.write
