"""gzip, gunzip, zcat and tar."""

from __future__ import annotations

import gzip as gz
import io
import posixpath
import tarfile
import zlib
from contextlib import suppress

from labkit.hosts.commands import program
from labkit.hosts.commands.dates import clock_text
from labkit.hosts.commands.listing import mode_text
from labkit.hosts.shell import patterns
from labkit.hosts.shell.options import Options
from labkit.hosts.shell.process import CommandProblem, Process, reason

_LONG = {
    "decompress": "d",
    "stdout": "c",
    "keep": "k",
    "force": "f",
    "verbose": "v",
    "test": "t",
    "fast": "1",
    "best": "9",
    "quiet": "q",
    "recursive": "r",
}


@program("gzip", "gunzip", "zcat")
def gzip(process: Process) -> int:
    found = process.options("dckfvtqr123456789nN", _LONG)
    if "r" in found:
        raise CommandProblem("simulated host: -r is not supported", 2)
    level = int(found.last("123456789") or 6)
    unpack = process.name != "gzip" or bool(found.last("dt"))
    to_stdout = "c" in found or process.name == "zcat" or "t" in found
    status = 0
    if not found.operands or found.operands == ["-"]:
        data = _convert(process, process.stdin.read(), "stdin", level, unpack=unpack)
        process.out(data if "t" not in found else b"")
        return 0
    for name in found.operands:
        try:
            done = _one(process, name, found, level, unpack=unpack, to_stdout=to_stdout)
        except CommandProblem as problem:
            process.flush()
            process.say(
                f"\ngzip: {problem.message}\n"
                if "unexpected" in problem.message or "not in gzip" in problem.message
                else f"gzip: {problem.message}\n"
            )
            done = problem.status
        status = max(status, done)
    return status


def _convert(process: Process, data: bytes, name: str, level: int, *, unpack: bool) -> bytes:
    process.tick()
    if not unpack:
        return gz.compress(data, level, mtime=int(process.time))
    if not data.startswith(b"\x1f\x8b"):
        raise CommandProblem(f"{name}: not in gzip format")
    try:
        return gz.decompress(data)
    except EOFError:
        raise CommandProblem(f"{name}: unexpected end of file") from None
    except (OSError, zlib.error):
        raise CommandProblem(f"{name}: invalid compressed data--crc error") from None


def _one(process: Process, name: str, found: Options, level: int, *, unpack: bool, to_stdout: bool) -> int:  # noqa: C901 - one branch per case
    files, by = process.files, process.by
    path = process.path(name)
    if unpack and not files.exists(path, by=by) and files.exists(path + ".gz", by=by):
        name, path = name + ".gz", path + ".gz"
    try:
        stat = files.lstat(path, by=by)
        if stat.is_dir:
            raise CommandProblem(f"{name} is a directory -- ignored", 2)
        if stat.is_link and not to_stdout and "f" not in found:
            raise CommandProblem(f"{name}: Too many levels of symbolic links")
        data = files.read(path, by=by)
    except OSError as problem:
        raise CommandProblem(f"{name}: {reason(problem)}") from None
    if not unpack and name.endswith((".gz", ".tgz")) and not to_stdout and "f" not in found:
        raise CommandProblem(f"{name} already has .gz suffix -- unchanged", 2)
    if unpack and not name.endswith((".gz", ".tgz")) and not to_stdout:
        raise CommandProblem(f"{name}: unknown suffix -- ignored", 2)
    result = _convert(process, data, name, level, unpack=unpack)
    if to_stdout:
        process.out(result if "t" not in found else b"")
        return 0
    target = (
        name + ".gz"
        if not unpack
        else name.removesuffix(".gz")
        if name.endswith(".gz")
        else name[:-4] + ".tar"
    )
    there = process.path(target)
    if files.exists(there, by=by) and "f" not in found:
        process.say(f"gzip: {target} already exists;")
        process.say("\tnot overwritten\n")
        return 2
    try:
        files.write(there, result, mode=stat.permissions, by=by)
        if by.uid == 0:
            files.chown(there, stat.uid, stat.gid)
        files.utime(there, stat.atime, stat.mtime, by=by)
        if "k" not in found:
            files.remove(path, by=by)
    except OSError as problem:
        raise CommandProblem(f"{target}: {reason(problem)}") from None
    if "v" in found:
        ratio = 100 * (1 - len(result) / len(data)) if data and not unpack else 0.0
        process.say(
            f"{name}:\t{ratio:5.1f}% -- {'replaced with' if 'k' not in found else 'created'} {target}\n"
        )
    return 0


@program("tar", usage_status=64)
def tar(process: Process) -> int:
    """``tar -c|-x|-t [-zvfpk] [-C folder] [--exclude pattern] [--strip-components n] name ...``."""
    if process.args and not process.args[0].startswith("-"):
        # Old style: the letters first, their values in order behind them.
        letters, *rest = process.args
        values = [letter for letter in letters if letter in "fC"]
        process.args = ["-" + "".join(letter for letter in letters if letter not in "fC")]
        for letter in values:
            process.args += ["-" + letter, rest.pop(0) if rest else ""]
        process.args += rest
        process.args = [argument for argument in process.args if argument != "-"]
    found = process.options(
        "cxtzvf:C:pkhOmj",
        {
            "create": "c",
            "extract": "x",
            "get": "x",
            "list": "t",
            "gzip": "z",
            "verbose": "v",
            "file": "f",
            "directory": "C",
            "exclude=": "exclude",
            "strip-components=": "strip",
            "to-stdout": "O",
            "remove-files": "remove",
            "preserve-permissions": "p",
            "dereference": "h",
        },
    )
    if "j" in found:
        raise CommandProblem("simulated host: only gzip compression is supported", 2)
    kind = found.last("cxt")
    if not kind:
        raise CommandProblem(
            "You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\n"
            "Try 'tar --help' or 'tar --usage' for more information.",
            2,
        )
    archive = _Tar(process, found)
    return archive.create() if kind == "c" else archive.read(extract=kind == "x")


class _Tar:
    """One archive."""

    def __init__(self, process: Process, found: Options) -> None:
        self.process = process
        self.found = found
        self.name = found.get("f", "-")
        self.folder = process.path(found.get("C")) if "C" in found else process.shell.state.cwd
        self.status = 0
        self.bare = False

    def fail(self, text: str) -> None:
        self.process.flush()
        self.process.error(text)
        self.status = 2

    def create(self) -> int:
        process, found = self.process, self.found
        if not found.operands:
            raise CommandProblem(
                "Cowardly refusing to create an empty archive\n"
                "Try 'tar --help' or 'tar --usage' for more information.",
                2,
            )
        buffer = io.BytesIO()
        compressed = "z" in found
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
            for name in found.operands:
                self._add(archive, name)
        data = buffer.getvalue()
        if compressed:
            data = gz.compress(data, mtime=int(process.time))
        if self.name == "-":
            process.out(data)
        else:
            try:
                process.files.write(
                    process.path(self.name), data, mode=0o666 & ~process.shell.state.umask, by=process.by
                )
            except OSError as problem:
                raise CommandProblem(
                    f"{self.name}: Cannot open: {reason(problem)}\n"
                    "tar: Error is not recoverable: exiting now",
                    2,
                ) from None
        if "remove" in found and not self.status:
            for name in found.operands:
                process.files.remove_tree(posixpath.join(self.folder, name), by=process.by)
        return self._end()

    def _end(self) -> int:
        if self.status:
            self.process.error("Exiting with failure status due to previous errors")
        return self.status

    def _add(self, archive: tarfile.TarFile, name: str) -> None:
        process = self.process
        files, by = process.files, process.by
        process.tick()
        path = posixpath.join(self.folder, name)
        if any(
            patterns.matches(text, name) or patterns.matches(text, posixpath.basename(name))
            for text in self.found.all("exclude")
        ):
            return
        try:
            stat = (files.stat if "h" in self.found else files.lstat)(path, by=by)
        except OSError as problem:
            self.fail(f"{name}: Cannot stat: {reason(problem)}")
            return
        stored = name.lstrip("/")
        if stored != name and not self.bare:
            self.bare = True
            process.error("Removing leading `/' from member names")
        info = tarfile.TarInfo(stored)
        info.mode, info.uid, info.gid, info.mtime = stat.permissions, stat.uid, stat.gid, int(stat.mtime)
        info.uname = process.machine.users.user_name(stat.uid)
        info.gname = process.machine.users.group_name(stat.gid)
        if "v" in self.found:
            shown = name + ("/" if stat.is_dir and not name.endswith("/") else "")
            (process.say if self.name == "-" else process.out)(shown + "\n")
        try:
            if stat.is_dir:
                info.type = tarfile.DIRTYPE
                archive.addfile(info)
                for child in sorted(files.listdir(path, by=by)):
                    self._add(archive, posixpath.join(name, child))
            elif stat.is_link:
                info.type, info.linkname = tarfile.SYMTYPE, stat.target
                archive.addfile(info)
            elif stat.is_file:
                data = files.read(path, by=by)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        except OSError as problem:
            self.fail(f"{name}: Cannot open: {reason(problem)}")

    def read(self, *, extract: bool) -> int:
        process = self.process
        try:
            data = process.open(self.name).read()
        except OSError as problem:
            raise CommandProblem(
                f"{self.name}: Cannot open: {reason(problem)}\ntar: Error is not recoverable: exiting now", 2
            ) from None
        if data.startswith(b"\x1f\x8b"):
            try:
                data = gz.decompress(data)
            except (OSError, EOFError, zlib.error):
                raise CommandProblem(
                    "Child returned status 1\ntar: Error is not recoverable: exiting now", 2
                ) from None
        elif "z" in self.found:
            process.say("\ngzip: stdin: not in gzip format\n")
            raise CommandProblem("Child returned status 1\ntar: Error is not recoverable: exiting now", 2)
        try:
            with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
                members = archive.getmembers()
                missing = [
                    name for name in self.found.operands if not any(_wanted(m.name, [name]) for m in members)
                ]
                for member in members:
                    if not _wanted(member.name, self.found.operands):
                        continue
                    process.tick()
                    if extract:
                        self._extract(archive, member)
                    else:
                        self._list(member)
        except tarfile.TarError:
            process.error("This does not look like a tar archive")
            self.status = 2
            return self._end()
        for name in missing:
            self.fail(f"{name}: Not found in archive")
        return self._end()

    def _list(self, member: tarfile.TarInfo) -> None:
        name = member.name + ("/" if member.isdir() else "")
        if "v" in self.found:
            kind = 0o040000 if member.isdir() else 0o120000 if member.issym() else 0o100000
            owner = f"{member.uname or member.uid}/{member.gname or member.gid}"
            size = f"{member.size:>{max(1, 18 - len(owner))}}"
            link = f" -> {member.linkname}" if member.issym() else ""
            when = clock_text(member.mtime, "%Y-%m-%d %H:%M")
            name = f"{mode_text(kind | member.mode)} {owner} {size} {when} {name}{link}"
        self.process.out(name + "\n")

    def _extract(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        process = self.process
        files, by = process.files, process.by
        parts = member.name.split("/")
        strip = int(self.found.get("strip") or 0)
        name = "/".join(parts[strip:])
        if not name:
            return
        if ".." in parts:
            self.fail(f"{member.name}: Member name contains '..'")
            return
        if "v" in self.found:
            process.out(member.name + ("/" if member.isdir() else "") + "\n")
        if "O" in self.found:
            reader = archive.extractfile(member) if member.isfile() else None
            process.out(reader.read() if reader else b"")
            return
        path = posixpath.join(self.folder, name.lstrip("/"))
        mode = (
            member.mode & 0o777 & (0o777 if "p" in self.found or by.uid == 0 else ~process.shell.state.umask)
        )
        try:
            files.mkdir(posixpath.dirname(path), parents=True, by=by)
            if member.isdir():
                files.mkdir(path, mode=mode | 0o700, exist_ok=True, by=by)
            else:
                with suppress(FileNotFoundError):
                    files.remove(path, by=by)
                self._write(archive, member, path, mode)
            if not member.issym() and "m" not in self.found:
                files.utime(path, member.mtime, member.mtime, by=by)
        except OSError as problem:
            self.fail(f"{member.name}: Cannot {'mkdir' if member.isdir() else 'open'}: {reason(problem)}")

    def _write(self, archive: tarfile.TarFile, member: tarfile.TarInfo, path: str, mode: int) -> None:
        files, by = self.process.files, self.process.by
        if member.issym():
            files.symlink(member.linkname, path, by=by)
            return
        reader = archive.extractfile(member)
        files.write(path, reader.read() if reader else b"", mode=mode, by=by)
        if by.uid == 0:
            files.chown(path, member.uid, member.gid)


def _wanted(name: str, names: list[str]) -> bool:
    return not names or any(
        name == wanted.rstrip("/") or name.startswith(wanted.rstrip("/") + "/") for wanted in names
    )
