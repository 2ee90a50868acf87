"""cp, mv, install."""

# ruff: noqa: RUF001 - the typographic marks are those of the real programs

from __future__ import annotations

import errno
import posixpath

from labkit.hosts.commands import program
from labkit.hosts.commands.tree import change_mode, need
from labkit.hosts.files import Stat
from labkit.hosts.shell.options import Options
from labkit.hosts.shell.process import CommandProblem, Process, reason

_PIECE = 1 << 20


class Copier:
    """Copies files; used by cp, install, and by mv between disks."""

    def __init__(
        self, process: Process, *, recursive: bool, preserve: bool, follow: bool, force: bool = False
    ) -> None:
        self.process = process
        self.recursive = recursive
        self.preserve = preserve
        self.follow = follow
        self.force = force
        self.status = 0

    def fail(self, text: str) -> bool:
        self.process.flush()
        self.process.error(text)
        self.status = 1
        return False

    def copy(self, source: str, target: str) -> bool:
        """Copy one operand; False when something failed."""
        process = self.process
        files, by = process.files, process.by
        process.tick()
        path = process.path(source)
        try:
            stat = (files.stat if self.follow else files.lstat)(path, by=by)
        except OSError as problem:
            return self.fail(f"cannot stat '{source}': {reason(problem)}")
        if stat.is_dir:
            return self._folder(source, target, stat)
        if stat.is_link:
            return self._link(source, target, stat)
        return self._file(source, target, stat)

    def _file(self, source: str, target: str, stat: Stat) -> bool:
        process = self.process
        files, by = process.files, process.by
        path = process.path(target)
        try:
            if files.exists(path) and files.stat(path, by=by).number == stat.number:
                return self.fail(f"'{source}' and '{target}' are the same file")
            if files.exists(path) and files.stat(path, by=by).is_dir:
                return self.fail(f"cannot overwrite directory '{target}' with non-directory '{source}'")
        except OSError as problem:
            return self.fail(f"cannot stat '{target}': {reason(problem)}")
        try:
            reader = files.open(process.path(source), by=by)
        except OSError as problem:
            return self.fail(f"cannot open '{source}' for reading: {reason(problem)}")
        try:
            mode = stat.permissions & ~process.shell.state.umask & 0o777
            writer = files.open(path, write=True, create=True, truncate=True, mode=mode, by=by)
        except OSError as problem:
            if self.force and problem.errno == errno.EACCES and self._unlink(path):
                return self._file(source, target, stat)
            return self.fail(f"cannot create regular file '{target}': {reason(problem)}")
        try:
            while piece := reader.read(_PIECE):
                process.tick()
                writer.write(piece)
        except OSError as problem:
            return self.fail(f"error writing '{target}': {reason(problem)}")
        return self._attributes(path, stat)

    def _unlink(self, path: str) -> bool:
        try:
            self.process.files.remove(path, by=self.process.by)
        except OSError:
            return False
        return True

    def _link(self, source: str, target: str, stat: Stat) -> bool:
        process = self.process
        try:
            process.files.symlink(stat.target, process.path(target), by=process.by)
        except OSError as problem:
            return self.fail(f"cannot create symbolic link '{target}': {reason(problem)}")
        return True

    def _folder(self, source: str, target: str, stat: Stat) -> bool:
        process = self.process
        files, by = process.files, process.by
        if not self.recursive:
            return self.fail(f"-r not specified; omitting directory '{source}'")
        path = process.path(target)
        real = files.realpath(process.path(source), by=by)
        if (files.realpath(path, by=by) + "/").startswith(real + "/"):
            return self.fail(f"cannot copy a directory, '{source}', into itself, '{target}'")
        try:
            if not files.exists(path):
                files.mkdir(path, mode=stat.permissions & ~process.shell.state.umask | 0o700, by=by)
            names = sorted(files.listdir(process.path(source), by=by))
        except OSError as problem:
            verb = "cannot access" if problem.filename == process.path(source) else "cannot create directory"
            return self.fail(f"{verb} '{target if 'create' in verb else source}': {reason(problem)}")
        done = [self.copy(posixpath.join(source, name), posixpath.join(target, name)) for name in names]
        return self._attributes(path, stat) and all(done)

    def _attributes(self, path: str, stat: Stat) -> bool:
        if self.preserve:
            process = self.process
            files, by = process.files, process.by
            if by.uid == 0:
                files.chown(path, stat.uid, stat.gid, by=by)
            files.chmod(path, stat.permissions, by=by)
            files.utime(path, stat.atime, stat.mtime, by=by)
        return True


def _targets(process: Process, found: Options) -> list[tuple[str, str]]:
    """Pairs of source and target name."""
    operands = list(found.operands)
    if "t" in found:
        need(process, operands)
        return [
            (name, posixpath.join(found.get("t"), posixpath.basename(name.rstrip("/")))) for name in operands
        ]
    if not operands:
        raise CommandProblem(f"missing file operand\nTry '{process.name} --help' for more information.")
    if len(operands) < 2:
        raise CommandProblem(
            f"missing destination file operand after '{operands[0]}'\n"
            f"Try '{process.name} --help' for more information."
        )
    *sources, place = operands
    try:
        folder = process.files.stat(process.path(place), by=process.by).is_dir and "T" not in found
    except OSError:
        folder = False
    if not folder and len(sources) > 1:
        there = process.files.exists(process.path(place))
        raise CommandProblem(
            f"target '{place}': {'Not a directory' if there else 'No such file or directory'}"
        )
    if not folder:
        return [(sources[0], place)]
    return [(name, posixpath.join(place, posixpath.basename(name.rstrip("/")) or ".")) for name in sources]


_LONG = {
    "recursive": "r",
    "archive": "a",
    "force": "f",
    "no-clobber": "n",
    "verbose": "v",
    "preserve=?": "p",
    "target-directory": "t",
    "update": "u",
    "no-target-directory": "T",
    "interactive": "i",
    "backup=?": "b",
}


def _skip(process: Process, found: Options, source: str, target: str) -> bool:
    """Whether -n, -u or a refusal under -i keeps the target as it is."""
    path = process.path(target)
    if not process.files.exists(path, by=process.by):
        return False
    kind = found.last("nif")
    if kind == "i":
        process.say(f"{process.name}: overwrite '{target}'? ")
        return process.stdin.readline()[:1] not in (b"y", b"Y")
    if "u" in found:
        newer = (
            process.files.stat(path).mtime >= process.files.stat(process.path(source), by=process.by).mtime
        )
        return newer or kind == "n"
    return kind == "n"


@program("cp")
def cp(process: Process) -> int:
    found = process.options("rRadpPfinuvt:TLb", _LONG)
    if "b" in found or "L" in found:
        raise CommandProblem("simulated host: backups and -L are not supported", 2)
    recursive = bool(found.last("rRa"))
    copier = Copier(
        process,
        recursive=recursive,
        preserve=bool(found.last("pa")),
        follow=not (recursive or found.last("dP")),
        force="f" in found,
    )
    for source, target in _targets(process, found):
        if not _skip(process, found, source, target) and copier.copy(source, target) and "v" in found:
            process.out(f"'{source}' -> '{target}'\n")
    return copier.status


@program("mv")
def mv(process: Process) -> int:
    found = process.options("finuvt:Tb", _LONG)
    if "b" in found:
        raise CommandProblem("simulated host: backups are not supported", 2)
    files, by = process.files, process.by
    status = 0
    for source, target in _targets(process, found):
        try:
            files.lstat(process.path(source), by=by)
        except OSError as problem:
            process.error(f"cannot stat '{source}': {reason(problem)}")
            status = 1
            continue
        if _skip(process, found, source, target):
            continue
        try:
            _move(process, source, target)
        except OSError as problem:
            process.error(_mv_problem(problem, source, target))
            status = 1
            continue
        except CommandProblem as problem:
            process.error(problem.message)
            status = 1
            continue
        if "v" in found:
            process.out(f"renamed '{source}' -> '{target}'\n")
    return status


def _mv_problem(problem: OSError, source: str, target: str) -> str:
    if problem.errno == errno.EINVAL:
        return f"cannot move '{source}' to a subdirectory of itself, '{target}'"
    if problem.errno == errno.EISDIR:
        return f"cannot overwrite directory '{target}' with non-directory"
    if problem.errno == errno.ENOTDIR:
        return f"cannot overwrite non-directory '{target}' with directory '{source}'"
    return f"cannot move '{source}' to '{target}': {reason(problem)}"


def _move(process: Process, source: str, target: str) -> None:
    files, by = process.files, process.by
    old, new = process.path(source), process.path(target)
    if files.exists(new) and files.lstat(old, by=by).number == files.lstat(new, by=by).number:
        raise CommandProblem(f"'{source}' and '{target}' are the same file")
    try:
        files.rename(old, new, by=by)
    except OSError as problem:
        if problem.errno != errno.EXDEV:
            raise
        copier = Copier(process, recursive=True, preserve=True, follow=False)
        if copier.copy(source, target):
            files.remove_tree(old, by=by)
        else:
            raise CommandProblem(f"cannot move '{source}' to '{target}'") from None


@program("install")
def install(process: Process) -> int:
    """``install [-dD] [-m mode] [-o owner] [-g group] [-t folder] source ... target``."""
    found = process.options(
        "dDm:o:g:t:pvcT", {"mode": "m", "owner": "o", "group": "g", "directory": "d", "target-directory": "t"}
    )
    files, by = process.files, process.by
    mode = change_mode(found.get("m", "755"), 0, False, 0)
    users = process.machine.users
    uid = users.uid_of(found.get("o")) if "o" in found else -1
    gid = users.gid_of(found.get("g")) if "g" in found else -1
    if uid is None or gid is None:
        raise CommandProblem(
            f"invalid {'user' if uid is None else 'group'} "
            f"‘{found.get('o') if uid is None else found.get('g')}’"
        )
    made = []
    try:
        if "d" in found:
            need(process, found.operands)
            for name in found.operands:
                files.mkdir(process.path(name), parents=True, by=by)
                made.append(name)
        else:
            if "D" in found and len(found.operands) == 2:
                files.mkdir(posixpath.dirname(process.path(found.operands[1])), parents=True, by=by)
            for source, target in _targets(process, found):
                content = files.read(process.path(source), by=by)
                if files.exists(process.path(target), by=by):
                    files.remove(process.path(target), by=by)
                files.write(process.path(target), content, mode=0o600, by=by)
                made.append(target)
        for name in made:
            files.chown(process.path(name), uid, gid, by=by)
            files.chmod(process.path(name), mode, by=by)
    except OSError as problem:
        name = made[-1] if made else found.operands[-1]
        verb = (
            "cannot stat"
            if problem.errno == errno.ENOENT
            else "cannot change ownership of"
            if problem.errno == errno.EPERM
            else "cannot create regular file"
        )
        raise CommandProblem(f"{verb} '{name}': {reason(problem)}") from None
    return 0
