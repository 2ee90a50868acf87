"""Programs that change the tree: mkdir, rmdir, rm, ln, touch, chmod, chown, chgrp, install."""

# ruff: noqa: RUF001 - the typographic marks are those of the real programs

from __future__ import annotations

import errno
import posixpath
import re

from labkit.hosts.commands import program
from labkit.hosts.commands.dates import parse_date
from labkit.hosts.files import Stat
from labkit.hosts.shell.options import Options
from labkit.hosts.shell.process import CommandProblem, Process, reason


def need(process: Process, operands: list[str], count: int = 1) -> None:
    """Complain as coreutils do when operands are missing."""
    if not operands:
        raise CommandProblem(f"missing operand\nTry '{process.name} --help' for more information.")
    if len(operands) < count:
        raise CommandProblem(
            f"missing operand after ‘{operands[-1]}’\nTry '{process.name} --help' for more information."
        )


@program("mkdir")
def mkdir(process: Process) -> int:
    found = process.options("pm:v", {"parents": "p", "mode": "m", "verbose": "v"})
    need(process, found.operands)
    umask = process.shell.state.umask
    status = 0
    for name in found.operands:
        try:
            process.files.mkdir(process.path(name), mode=0o777 & ~umask, parents="p" in found, by=process.by)
            if "m" in found:
                process.files.chmod(
                    process.path(name), change_mode(found.get("m"), 0o777, True, umask), by=process.by
                )
        except OSError as problem:
            process.error(f"cannot create directory ‘{name}’: {reason(problem)}")
            status = 1
            continue
        if "v" in found:
            process.out(f"mkdir: created directory '{name}'\n")
    return status


@program("rmdir")
def rmdir(process: Process) -> int:
    found = process.options("pv", {"parents": "p", "verbose": "v", "ignore-fail-on-non-empty": "ignore"})
    need(process, found.operands)
    status = 0
    for name in found.operands:
        chain = [name]
        while "p" in found and posixpath.dirname(chain[-1].rstrip("/")) not in ("", "/"):
            chain.append(posixpath.dirname(chain[-1].rstrip("/")))
        for folder in chain:
            try:
                process.files.rmdir(process.path(folder), by=process.by)
            except OSError as problem:
                if not ("ignore" in found and problem.errno == errno.ENOTEMPTY):
                    process.error(f"failed to remove '{folder}': {reason(problem)}")
                    status = 1
                break
    return status


class _Remover:
    """rm, depth first; keeps going after a failure and remembers it."""

    def __init__(self, process: Process, found: Options) -> None:
        self.process = process
        self.found = found
        self.status = 0

    def fail(self, text: str) -> None:
        self.process.flush()
        self.process.error(text)
        self.status = 1

    def remove(self, name: str) -> bool:
        process, found = self.process, self.found
        path = process.path(name)
        process.tick()
        try:
            stat = process.files.lstat(path, by=process.by)
        except OSError as problem:
            if not ("f" in found and problem.errno in (errno.ENOENT, errno.ENOTDIR)):
                self.fail(f"cannot remove '{name}': {reason(problem)}")
            return False
        try:
            if not stat.is_dir:
                if "i" in found and not self.ask(f"remove regular file '{name}'?"):
                    return False
                process.files.remove(path, by=process.by)
            elif found.last("rR"):
                return self.folder(name, path)
            elif "d" in found:
                process.files.rmdir(path, by=process.by)
            else:
                self.fail(f"cannot remove '{name}': Is a directory")
                return False
        except OSError as problem:
            self.fail(f"cannot remove '{name}': {reason(problem)}")
            return False
        if "v" in found:
            process.out(f"removed {'directory ' if stat.is_dir else ''}'{name}'\n")
        return True

    def folder(self, name: str, path: str) -> bool:
        process = self.process
        try:
            names = sorted(process.files.listdir(path, by=process.by))
        except OSError as problem:
            self.fail(f"cannot remove '{name}': {reason(problem)}")
            return False
        # A list: one failure must not keep the others from being removed.
        done = [self.remove(posixpath.join(name, child)) for child in names]
        if not all(done):
            return False
        process.files.rmdir(path, by=process.by)
        if "v" in self.found:
            process.out(f"removed directory '{name}'\n")
        return True

    def ask(self, question: str) -> bool:
        self.process.say(f"rm: {question} ")
        return self.process.stdin.readline()[:1] in (b"y", b"Y")


@program("rm", "unlink")
def rm(process: Process) -> int:
    found = process.options(
        "rRfivId",
        {
            "recursive": "r",
            "force": "f",
            "verbose": "v",
            "dir": "d",
            "preserve-root": "pr",
            "no-preserve-root": "npr",
        },
    )
    if not found.operands and "f" in found:
        return 0
    need(process, found.operands)
    remover = _Remover(process, found)
    for name in found.operands:
        if posixpath.basename(name.rstrip("/")) in (".", "..") and found.last("rR"):
            remover.fail(f"refusing to remove '.' or '..' directory: skipping '{name}'")
        elif posixpath.normpath(process.path(name)) == "/" and found.last("rR"):
            process.error("it is dangerous to operate recursively on '/'")
            process.error("use --no-preserve-root to override this failsafe")
            remover.status = 1
        else:
            remover.remove(name)
    return remover.status


@program("ln")
def ln(process: Process) -> int:
    found = process.options("sfnvTr", {"symbolic": "s", "force": "f", "no-dereference": "n", "verbose": "v"})
    if "r" in found:
        raise CommandProblem("simulated host: -r is not supported", 2)
    need(process, found.operands)
    *targets, place = found.operands if len(found.operands) > 1 else [found.operands[0], "."]
    files, by = process.files, process.by
    look = files.lstat if found.last("nT") else files.stat
    try:
        folder = look(process.path(place), by=by).is_dir and "T" not in found
    except OSError:
        folder = False
    status = 0
    for target in targets:
        name = posixpath.join(place, posixpath.basename(target.rstrip("/"))) if folder else place
        path = process.path(name)
        try:
            if "f" in found and _present(process, path):
                files.remove(path, by=by)
            if "s" in found:
                files.symlink(target, path, by=by)
            else:
                files.link(process.path(target), path, by=by)
        except OSError as problem:
            process.error(_ln_problem(problem, target, name, path, symbolic="s" in found))
            status = 1
    return status


def _present(process: Process, path: str) -> bool:
    try:
        process.files.lstat(path, by=process.by)
    except OSError:
        return False
    return True


def _ln_problem(problem: OSError, target: str, name: str, path: str, *, symbolic: bool) -> str:
    if symbolic:
        return f"failed to create symbolic link '{name}': {reason(problem)}"
    if problem.filename != path and problem.errno == errno.ENOENT:
        return f"failed to access '{target}': {reason(problem)}"
    if problem.errno == errno.EPERM:
        return f"{target}: hard link not allowed for directory"
    source = "" if problem.errno == errno.EEXIST else f" => '{target}'"
    return f"failed to create hard link '{name}'{source}: {reason(problem)}"


@program("touch")
def touch(process: Process) -> int:  # noqa: C901 - one branch per case
    found = process.options("acmd:r:t:h", {"no-create": "c", "date": "d", "reference": "r"})
    if not found.operands:
        raise CommandProblem("missing file operand\nTry 'touch --help' for more information.")
    atime = mtime = process.time
    if "r" in found:
        try:
            stat = process.files.stat(process.path(found.get("r")), by=process.by)
        except OSError as problem:
            raise CommandProblem(
                f"failed to get attributes of '{found.get('r')}': {reason(problem)}"
            ) from None
        atime, mtime = stat.atime, stat.mtime
    try:
        if "d" in found:
            atime = mtime = parse_date(found.get("d"), process.time)
        elif "t" in found:
            match = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d\d))?", found.get("t"))
            if not match:
                raise ValueError(found.get("t"))
            year, month, day, hour, minute, second = match.groups()
            atime = mtime = parse_date(f"{year}-{month}-{day} {hour}:{minute}:{second or '00'}", process.time)
    except ValueError:
        raise CommandProblem(f"invalid date format ‘{found.get('d') or found.get('t')}’") from None
    status = 0
    for name in found.operands:
        path = process.path(name)
        try:
            if not process.files.exists(path, by=process.by):
                if "c" in found:
                    continue
                process.files.open(
                    path, write=True, create=True, mode=0o666 & ~process.shell.state.umask, by=process.by
                )
            which = found.last("am")
            process.files.utime(
                path, None if which == "m" else atime, None if which == "a" else mtime, by=process.by
            )
        except OSError as problem:
            process.error(f"cannot touch '{name}': {reason(problem)}")
            status = 1
    return status


_CLAUSE = re.compile(r"([ugoa]*)((?:[-+=][rwxXst]*)+)")


def change_mode(text: str, mode: int, is_dir: bool, umask: int) -> int:
    """The permission bits that a mode of ``chmod`` makes of others; CommandProblem for nonsense."""
    if re.fullmatch(r"[0-7]{1,5}", text):
        return int(text, 8) & 0o7777
    for clause in text.split(","):
        match = _CLAUSE.fullmatch(clause)
        if not match:
            raise CommandProblem(f"invalid mode: ‘{text}’\nTry 'chmod --help' for more information.")
        who = match[1] or "a"
        mask = 0o777 if match[1] else 0o777 & ~umask
        for sign, letters in re.findall(r"([-+=])([rwxXst]*)", match[2]):
            bits = _bits(who, letters, mode, is_dir) & (mask | 0o7000)
            affected = _bits(who, "rwx", mode, is_dir)
            mode = mode | bits if sign == "+" else mode & ~bits if sign == "-" else (mode & ~affected) | bits
    return mode


def _bits(who: str, letters: str, mode: int, is_dir: bool) -> int:
    bits = 0
    for person, shift in (("u", 6), ("g", 3), ("o", 0)):
        if person not in who and "a" not in who:
            continue
        for letter in letters:
            if letter in "rwx":
                bits |= {"r": 4, "w": 2, "x": 1}[letter] << shift
            elif letter == "X" and (is_dir or mode & 0o111):
                bits |= 1 << shift
            elif letter == "s" and person in "ug":
                bits |= 0o4000 if person == "u" else 0o2000
            elif letter == "t":
                bits |= 0o1000
    return bits


def _apply(process: Process, names: list[str], recursive: bool, action) -> int:  # type: ignore[no-untyped-def]
    """Call ``action(path, stat)`` on operands and, with ``recursive``, on all below."""
    status = 0

    def visit(name: str) -> None:
        nonlocal status
        path = process.path(name)
        try:
            stat = process.files.lstat(path, by=process.by)
        except OSError as problem:
            process.error(f"cannot access '{name}': {reason(problem)}")
            status = 1
            return
        try:
            action(path, stat)
        except OSError as problem:
            verb = (
                "permissions"
                if process.name == "chmod"
                else "group"
                if process.name == "chgrp"
                else "ownership"
            )
            process.error(f"changing {verb} of '{name}': {reason(problem)}")
            status = 1
        if recursive and stat.is_dir:
            for child in sorted(process.files.listdir(path, by=process.by)):
                visit(posixpath.join(name, child))

    for name in names:
        visit(name)
    return status


@program("chmod")
def chmod(process: Process) -> int:
    arguments = process.args
    # A mode such as -x looks like an option.
    for at, argument in enumerate(arguments):
        if re.fullmatch(r"-[rwxXst]+", argument):
            process.args = [*arguments[:at], "--", "a" + argument, *arguments[at + 1 :]]
            break
    found = process.options("Rvcf", {"recursive": "R", "verbose": "v", "reference=": "reference"})
    if "reference" in found:
        mode = f"{process.files.stat(process.path(found.get('reference')), by=process.by).permissions:o}"
        names = found.operands
    else:
        need(process, found.operands, 2)
        mode, *names = found.operands
    umask = process.shell.state.umask
    change_mode(mode, 0, False, umask)

    def action(path: str, stat: Stat) -> None:
        if stat.is_link:
            if "R" in found:
                return
            stat = process.files.stat(path, by=process.by)
        process.files.chmod(path, change_mode(mode, stat.permissions, stat.is_dir, umask), by=process.by)

    return _apply(process, names, "R" in found, action)


@program("chown", "chgrp")
def chown(process: Process) -> int:
    found = process.options("Rvcfh", {"recursive": "R", "verbose": "v", "no-dereference": "h"})
    need(process, found.operands, 2)
    text, *names = found.operands
    owner, colon, group = ("", ":", text) if process.name == "chgrp" else text.partition(":")
    users = process.machine.users
    uid = -1 if not owner else int(owner) if owner.isdigit() else users.uid_of(owner)
    gid: int | None = -1
    if group:
        gid = int(group) if group.isdigit() else users.gid_of(group)
    elif colon and uid is not None:
        gid = uid
    if uid is None or gid is None:
        kind = "group" if uid is not None else "user"
        raise CommandProblem(f"invalid {kind}: ‘{text}’")

    def action(path: str, _stat: Stat) -> None:
        process.files.chown(path, uid, gid, follow="h" not in found, by=process.by)

    return _apply(process, names, "R" in found, action)
