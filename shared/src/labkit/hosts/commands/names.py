"""Programs on names of files: basename, dirname, readlink, realpath, mktemp."""

# ruff: noqa: RUF001 - the typographic marks are those of the real programs

from __future__ import annotations

import posixpath
import re

from labkit.hosts.commands import program
from labkit.hosts.shell.process import CommandProblem, Process, reason


@program("basename")
def basename(process: Process) -> int:
    found = process.options("as:z", {"multiple": "a", "suffix": "s"}, permute=False)
    if not found.operands:
        raise CommandProblem("missing operand\nTry 'basename --help' for more information.")
    several = "a" in found or "s" in found
    if not several and len(found.operands) > 2:
        raise CommandProblem(
            f"extra operand ‘{found.operands[2]}’\nTry 'basename --help' for more information."
        )
    suffix = found.get("s") if several else (found.operands[1] if len(found.operands) > 1 else "")
    for name in found.operands if several else found.operands[:1]:
        base = posixpath.basename(name.rstrip("/")) or name[:1]
        if suffix and base.endswith(suffix) and base != suffix:
            base = base[: -len(suffix)]
        process.out(base + "\n")
    return 0


@program("dirname")
def dirname(process: Process) -> int:
    found = process.options("z")
    if not found.operands:
        raise CommandProblem("missing operand\nTry 'dirname --help' for more information.")
    for name in found.operands:
        stripped = name.rstrip("/") or "/"
        folder = posixpath.dirname(stripped).rstrip("/") or ("/" if stripped.startswith("/") else ".")
        process.out(folder + "\n")
    return 0


@program("readlink", "realpath")
def readlink(process: Process) -> int:
    found = process.options(
        "femnqsvz",
        {"canonicalize": "f", "canonicalize-existing": "e", "canonicalize-missing": "m", "no-newline": "n"},
    )
    if not found.operands:
        raise CommandProblem(f"missing operand\nTry '{process.name} --help' for more information.")
    canonical = process.name == "realpath" or found.last("fem")
    status = 0
    for name in found.operands:
        try:
            if canonical:
                path = process.files.realpath(process.path(name), by=process.by)
                if found.last("fem") == "e":
                    process.files.stat(path, by=process.by)
            else:
                path = process.files.readlink(process.path(name), by=process.by)
        except OSError as problem:
            status = 1
            if process.name == "realpath" or "v" in found:
                process.error(f"{name}: {reason(problem)}")
            continue
        process.out(path + ("" if "n" in found else "\n"))
    return status


@program("mktemp")
def mktemp(process: Process) -> int:
    """``mktemp [-dqu] [-p folder] [-t] [template]``: names follow from the machine's seed."""
    found = process.options(
        "dqup:t", {"directory": "d", "tmpdir=?": "p", "suffix=": "suffix", "dry-run": "u"}
    )
    template = found.operands[0] if found.operands else "tmp.XXXXXXXXXX"
    match = re.search(r"(X+)([^X/]*)$", template)
    if not match or len(match[1]) < 3:
        raise CommandProblem(f"too few X's in template ‘{template}’")
    if not found.operands or "p" in found or "t" in found:
        folder = found.get("p") or process.shell.state.get("TMPDIR") or "/tmp"  # noqa: S108 - simulated
        template = posixpath.join(folder, template)
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    while True:
        drawn = "".join(letters[byte % len(letters)] for byte in process.files.randbytes(len(match[1])))
        at = template.rindex(match[1])
        name = template[:at] + drawn + template[at + len(match[1]) :] + found.get("suffix")
        if not process.files.exists(process.path(name)):
            break
    try:
        if "u" not in found:
            path = process.path(name)
            if "d" in found:
                process.files.mkdir(path, mode=0o700, by=process.by)
            else:
                process.files.open(path, write=True, create=True, exclusive=True, mode=0o600, by=process.by)
    except OSError as problem:
        what = "directory" if "d" in found else "file"
        raise CommandProblem(
            f"failed to create {what} via template ‘{template}’: {reason(problem)}"
        ) from None
    process.out(name + "\n")
    return 0
