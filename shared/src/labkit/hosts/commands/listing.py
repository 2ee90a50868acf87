"""ls, stat, file."""

from __future__ import annotations

import posixpath
import re
import stat as st

from labkit.hosts.commands import program
from labkit.hosts.commands.dates import clock_text
from labkit.hosts.commands.disks import human
from labkit.hosts.files import Stat
from labkit.hosts.files.disks import blocks
from labkit.hosts.shell.options import Options
from labkit.hosts.shell.process import CommandProblem, Process, reason
from labkit.hosts.shell.quoting import quote

_LONG = {
    "all": "a", "almost-all": "A", "human-readable": "h", "reverse": "r", "recursive": "R", "directory": "d",
    "inode": "i", "size": "s", "classify": "F", "numeric-uid-gid": "n", "no-group": "G", "color=?": "color",
    "full-time": "full", "time-style=": "style", "group-directories-first": "group", "sort=": "sort",
}  # fmt: skip
_HALF_YEAR = 15778476


@program("ls", "dir", usage_status=2)
def ls(process: Process) -> int:
    """``ls [-1AaCdFhilnpRrSstU] [file ...]``; columns only on a terminal."""
    found = process.options("1AaCdFGghilLmnNopRrSstuUvx", _LONG)
    for letter in "Lmuv":
        if letter in found:
            raise CommandProblem(f"simulated host: ls -{letter} is not supported", 2)
    lister = _Lister(process, found)
    files: list[tuple[str, Stat]] = []
    folders: list[tuple[str, Stat]] = []
    for name in found.operands or ["."]:
        try:
            entry = (name, lister.look(process.path(name), operand=True))
        except OSError as problem:
            process.flush()
            process.error(f"cannot access '{name}': {reason(problem)}")
            lister.status = 2
            continue
        (folders if entry[1].is_dir and "d" not in found else files).append(entry)
    if files:
        lister.show(lister.ordered(files), "")
    several = len(found.operands) > 1 or "R" in found
    for position, (name, _stat) in enumerate(lister.ordered(folders)):
        if several:
            process.out(("\n" if position or files else "") + f"{name}:\n")
        lister.folder(name)
    return lister.status


def mode_text(mode: int) -> str:
    """``drwxr-xr-x`` and so on."""
    return st.filemode(mode)


class _Lister:
    def __init__(self, process: Process, found: Options) -> None:
        self.process = process
        self.found = found
        self.long = bool(found.last("lnog")) or "full" in found
        self.status = 0
        self.users = process.machine.users

    def look(self, path: str, *, operand: bool = False) -> Stat:
        files, by = self.process.files, self.process.by
        if operand and not self.long and "d" not in self.found:
            try:
                return files.stat(path, by=by)
            except OSError:
                return files.lstat(path, by=by)
        return files.lstat(path, by=by)

    def ordered(self, entries: list[tuple[str, Stat]]) -> list[tuple[str, Stat]]:
        found = self.found
        entries = sorted(entries, key=lambda entry: entry[0].encode("utf-8", "surrogateescape"))
        key = found.last("StU") or {"size": "S", "time": "t", "none": "U"}.get(found.get("sort"), "")
        if key == "t":
            entries.sort(key=lambda entry: -entry[1].mtime)
        elif key == "S":
            entries.sort(key=lambda entry: -entry[1].size)
        if "r" in found:
            entries.reverse()
        if "group" in found:
            entries.sort(key=lambda entry: not entry[1].is_dir)
        return entries

    def folder(self, name: str) -> None:
        process = self.process
        path = process.path(name)
        try:
            entries = process.files.scandir(path, by=process.by)
        except OSError as problem:
            process.flush()
            process.error(f"cannot open directory '{name}': {reason(problem)}")
            self.status = 2
            return
        if self.found.last("aA") == "a":
            entries += [(dot, process.files.stat(posixpath.join(path, dot))) for dot in (".", "..")]
        elif "A" not in self.found:
            entries = [entry for entry in entries if not entry[0].startswith(".")]
        entries = self.ordered(entries)
        if self.long or "s" in self.found:
            total = sum(self.blocks(stat) for _name, stat in entries)
            process.out(f"total {human(total) if 'h' in self.found else total // 1024}\n")
        self.show(entries, path)
        if "R" in self.found:
            for child, stat in entries:
                if stat.is_dir and child not in (".", ".."):
                    below = posixpath.join(name, child)
                    process.out(f"\n{below}:\n")
                    self.folder(below)

    def blocks(self, stat: Stat) -> int:
        return blocks(stat.size) if stat.kind in ("file", "directory") else 0

    def mark(self, stat: Stat) -> str:
        if stat.is_dir:
            return "/" if self.found.last("Fp") else ""
        if "F" not in self.found:
            return ""
        return "@" if stat.is_link and not self.long else "*" if stat.is_file and stat.mode & 0o111 else ""

    def show(self, entries: list[tuple[str, Stat]], folder: str) -> None:
        process = self.process
        if self.long:
            self.rows(entries, folder)
            return
        names = []
        for name, stat in entries:
            front = f"{stat.number} " if "i" in self.found else ""
            front += f"{self.blocks(stat) // 1024} " if "s" in self.found else ""
            names.append(front + self.name(name) + self.mark(stat))
        columns = process.shell.session.tty and process.stdout is process.shell.session.stdout
        if (columns and "1" not in self.found) or self.found.last("Cx1") in ("C", "x"):
            process.out(_columns(names))
        else:
            process.out("".join(name + "\n" for name in names))

    def name(self, name: str) -> str:
        terminal = self.process.shell.session.tty and self.process.stdout is self.process.shell.session.stdout
        return (
            quote(name)
            if terminal and "N" not in self.found and re.search(r"[\s'\"$`*?!&;|<>(){}\[\]\\]", name)
            else name
        )

    def rows(self, entries: list[tuple[str, Stat]], folder: str) -> None:
        numeric = "n" in self.found
        table = []
        for name, stat in entries:
            owner = str(stat.uid) if numeric else self.users.user_name(stat.uid)
            group = str(stat.gid) if numeric else self.users.group_name(stat.gid)
            size = (
                "1, 3" if stat.kind == "device" else human(stat.size) if "h" in self.found else str(stat.size)
            )
            shown = self.name(name) + self.mark(stat) + (f" -> {stat.target}" if stat.is_link else "")
            cells = [mode_text(stat.mode), str(stat.links), owner, group, size, self.time(stat.mtime), shown]
            if "g" in self.found:
                cells[2] = ""
            if "o" in self.found or "G" in self.found:
                cells[3] = ""
            table.append((f"{stat.number} " if "i" in self.found else "", cells))
        widths = [max((len(cells[at]) for _front, cells in table), default=0) for at in range(6)]
        for front, (mode, links, owner, group, size, time, shown) in table:
            line = f"{front}{mode} {links:>{widths[1]}} "
            line += f"{owner:<{widths[2]}} " if "g" not in self.found else ""
            line += f"{group:<{widths[3]}} " if not self.found.last("oG") else ""
            self.process.out(f"{line}{size:>{widths[4]}} {time} {shown}\n")

    def time(self, moment: float) -> str:
        style = self.found.get("style")
        if "full" in self.found or style == "full-iso":
            return clock_text(moment, "%Y-%m-%d %H:%M:%S.%N %z")
        if style == "long-iso":
            return clock_text(moment, "%Y-%m-%d %H:%M")
        if style.startswith("+"):
            return clock_text(moment, style[1:])
        now = self.process.time
        recent = now - _HALF_YEAR < moment <= now + 1
        return clock_text(moment, "%b %e %H:%M" if recent else "%b %e  %Y")


def _columns(names: list[str], width: int = 80) -> str:
    """Names in as few lines as fit, filled downwards."""
    for lines in range(1, len(names) + 1):
        groups = [names[at : at + lines] for at in range(0, len(names), lines)]
        widths = [max(map(len, group)) + 2 for group in groups]
        if sum(widths) - 2 < width or lines == len(names):
            rows = []
            for line in range(lines):
                cells = [
                    group[line].ljust(size)
                    for group, size in zip(groups, widths, strict=True)
                    if line < len(group)
                ]
                rows.append("".join(cells).rstrip() + "\n")
            return "".join(rows)
    return ""


_KINDS = {
    "file": "regular file",
    "directory": "directory",
    "link": "symbolic link",
    "device": "character special file",
}


def _kind(stat: Stat) -> str:
    return "regular empty file" if stat.is_file and not stat.size else _KINDS[stat.kind]


@program("stat")
def stat_(process: Process) -> int:
    """``stat [-L] [-c format] file ...``; the long form as GNU prints it."""
    found = process.options("Lc:t", {"format": "c", "dereference": "L", "printf=": "printf"})
    if not found.operands:
        raise CommandProblem("missing operand\nTry 'stat --help' for more information.")
    if "t" in found:
        raise CommandProblem("simulated host: -t is not supported", 2)
    status = 0
    for name in found.operands:
        path = process.path(name)
        try:
            stat = (process.files.stat if "L" in found else process.files.lstat)(path, by=process.by)
        except OSError as problem:
            process.flush()
            process.error(f"cannot statx '{name}': {reason(problem)}")
            status = 1
            continue
        if "c" in found:
            process.out(_formatted(process, found.get("c"), name, stat) + "\n")
        elif "printf" in found:
            from labkit.hosts.shell.builtins.printing import unescape

            process.out(unescape(_formatted(process, found.get("printf"), name, stat), echo=False))
        else:
            process.out(_full(process, name, stat))
    return status


_STAMP = "%Y-%m-%d %H:%M:%S.%N %z"


def _formatted(process: Process, form: str, name: str, stat: Stat) -> str:
    users = process.machine.users
    fields = {
        "n": name, "N": f"'{name}'" + (f" -> '{stat.target}'" if stat.is_link else ""), "s": str(stat.size),
        "b": str(blocks(stat.size) // 512), "B": "512", "a": f"{stat.permissions:o}",
        "A": mode_text(stat.mode),
        "f": f"{stat.mode:x}", "F": _kind(stat), "u": str(stat.uid), "U": users.user_name(stat.uid),
        "g": str(stat.gid), "G": users.group_name(stat.gid), "i": str(stat.number), "h": str(stat.links),
        "d": "65025", "o": "4096", "X": str(int(stat.atime)), "Y": str(int(stat.mtime)),
        "Z": str(int(stat.ctime)),
        "W": "0", "x": clock_text(stat.atime, _STAMP), "y": clock_text(stat.mtime, _STAMP),
        "z": clock_text(stat.ctime, _STAMP), "w": "-", "%": "%", "t": "0", "T": "0",
    }  # fmt: skip
    if "%m" in form:
        fields["m"] = process.files.disk(process.path(name)).mount
    return re.sub(r"%([-#0 ]*\d*)([A-Za-z%])", lambda m: f"%{m[1]}s" % fields.get(m[2], "?"), form)


def _full(process: Process, name: str, stat: Stat) -> str:
    users = process.machine.users
    shown = f"{name} -> {stat.target}" if stat.is_link else name
    return (
        f"  File: {shown}\n"
        f"  Size: {stat.size:<10}\tBlocks: {blocks(stat.size) // 512 if not stat.is_link else 0:<10} "
        f"IO Block: 4096   {_kind(stat)}\n"
        f"Device: 254,1\tInode: {stat.number:<11} Links: {stat.links}\n"
        f"Access: ({stat.permissions:04o}/{mode_text(stat.mode)})  Uid: "
        f"({stat.uid:>5}/{users.user_name(stat.uid):>8})"
        f"   Gid: ({stat.gid:>5}/{users.group_name(stat.gid):>8})\n"
        f"Access: {clock_text(stat.atime, _STAMP)}\n"
        f"Modify: {clock_text(stat.mtime, _STAMP)}\n"
        f"Change: {clock_text(stat.ctime, _STAMP)}\n"
        " Birth: -\n"
    )


@program("file")
def file(process: Process) -> int:
    found = process.options("bLi", {"brief": "b"})
    width = max(map(len, found.operands), default=0) + 1
    for name in found.operands:
        label = "" if "b" in found else f"{name + ':':<{width}} "
        process.out(f"{label}{_describe(process, name)}\n")
    return 0


def _describe(process: Process, name: str) -> str:
    try:
        stat = process.files.lstat(process.path(name), by=process.by)
    except OSError as problem:
        return f"cannot open `{name}' ({reason(problem)})"
    if stat.kind != "file":
        return f"symbolic link to {stat.target}" if stat.is_link else _KINDS[stat.kind]
    if not process.files.access(process.path(name), 4, by=process.by):
        return "regular file, no read permission"
    start = process.files.open(process.path(name), by=process.by).read_at(0, 4096)
    if not start:
        return "empty"
    if start.startswith(b"\x1f\x8b"):
        return "gzip compressed data"
    if start.startswith(b"#!"):
        interpreter = start[2:].split(b"\n", 1)[0].decode("utf-8", "replace").strip()
        shell = "POSIX shell script" if interpreter.endswith("/sh") else f"a {interpreter} script"
        return f"{shell}, ASCII text executable"
    if b"\0" in start:
        return "data"
    return "ASCII text" if start.isascii() else "Unicode text, UTF-8 text"
