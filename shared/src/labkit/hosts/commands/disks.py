"""df, du, fallocate, truncate, sync, mount."""

# ruff: noqa: RUF001 - the typographic marks are those of the real programs

from __future__ import annotations

import math
import posixpath

from labkit.hosts.commands import program
from labkit.hosts.commands.reading import size_of
from labkit.hosts.files import Disk
from labkit.hosts.files.disks import blocks
from labkit.hosts.shell.options import Options
from labkit.hosts.shell.process import CommandProblem, Process, reason


def human(amount: int, base: int = 1024) -> str:
    """A size as GNU coreutils abbreviates it: rounded up, one decimal place below ten."""
    if amount < base:
        return str(amount)
    scaled = float(amount)
    for unit in "KMGTPE":
        scaled /= base
        if scaled < 10:
            up = math.ceil(scaled * 10) / 10
            if up < 10:
                return f"{up:.1f}{unit if base == 1024 else unit.replace('K', 'k')}"
        up = math.ceil(scaled)
        if up < base or unit == "E":
            return f"{up}{unit if base == 1024 else unit.replace('K', 'k')}"
    raise AssertionError("sizes end with E")


def percent(used: int, available: int) -> str:
    """Use% of ``df``: rounded up, a dash where there is nothing to divide."""
    total = used + available
    return f"{-(-used * 100 // total)}%" if total else "-"


_LONG = {
    "human-readable": "h",
    "si": "H",
    "portability": "P",
    "inodes": "i",
    "print-type": "T",
    "all": "a",
    "type": "t",
    "exclude-type": "x",
    "local": "l",
    "block-size": "B",
    "total": "total",
    "output=?": "output",
}
_OUTPUT = {
    "source": "Filesystem",
    "fstype": "Type",
    "size": "1K-blocks",
    "used": "Used",
    "avail": "Avail",
    "pcent": "Use%",
    "target": "Mounted on",
}


@program("df")
def df(process: Process) -> int:
    """``df [-hHPkmiTal] [-t type] [-x type] [--output=fields] [--total] [file ...]``."""
    found = process.options("hHPkmiTalt:x:B:", _LONG)
    disks, status = _chosen(process, found)
    if "output" in found:
        header, rows = _custom(found, disks)
    elif "i" in found:
        header, rows = _inodes(found, disks)
    else:
        header, rows = _space(found, disks)
    if not rows:
        if not status:
            raise CommandProblem("no file systems processed")
        return status
    process.out(_table(header, rows))
    return status


def _chosen(process: Process, found: Options) -> tuple[list[Disk], int]:
    status = 0
    if not found.operands:
        disks = list(process.files.disks)
    else:
        disks = []
        for name in found.operands:
            device = next((disk for disk in process.files.disks if disk.device == name), None)
            try:
                disks.append(device or process.files.disk(process.path(name), by=process.by))
            except OSError as problem:
                process.error(f"{name}: {reason(problem)}")
                status = 1
    if "t" in found:
        disks = [disk for disk in disks if disk.kind in found.all("t")]
    return [disk for disk in disks if disk.kind not in found.all("x")], status


def _unit(found: Options) -> tuple[str, int]:
    """Column title and bytes per unit; 0 stands for human-readable."""
    letter = found.last("hHkmB")
    if letter in ("h", "H"):
        return "Size", 0
    if letter == "m" or (letter == "B" and found.get("B").upper() in ("M", "1M")):
        return "1M-blocks", 1 << 20
    if letter == "B":
        text = found.get("B").upper()
        if text in ("G", "1G"):
            return "1G-blocks", 1 << 30
        if text in ("1", "B", "1B"):
            return "1B-blocks", 1
        if text not in ("K", "1K"):
            raise CommandProblem(f"invalid -B argument ‘{found.get('B')}’")
    return ("1024-blocks" if "P" in found else "1K-blocks"), 1024


def _space(found: Options, disks: list[Disk]) -> tuple[list[str], list[list[str]]]:
    title, unit = _unit(found)

    def show(amount: int) -> str:
        if not unit:
            return human(amount, 1000 if found.last("hH") == "H" else 1024)
        return str(-(-amount // unit))

    header = ["Filesystem", title, "Used", "Avail" if not unit else "Available", "Use%", "Mounted on"]
    if "P" in found:
        header[3:5] = ["Available", "Capacity"]
    rows = []
    shown = list(disks)
    if "total" in found:
        shown.append(
            Disk(
                "-",
                sum(d.size for d in disks),
                sum(d.used for d in disks),
                "total",
                "-",
                sum(d.reserved for d in disks),
            )
        )
    for disk in shown:
        use = percent(disk.used, disk.available)
        rows.append([disk.device, show(disk.size), show(disk.used), show(disk.available), use, disk.mount])
    if "T" in found:
        header.insert(1, "Type")
        for row, disk in zip(rows, shown, strict=True):
            row.insert(1, disk.kind)
    return header, rows


def _inodes(found: Options, disks: list[Disk]) -> tuple[list[str], list[list[str]]]:
    def show(count: int) -> str:
        return human(count) if found.last("hH") else str(count)

    rows = []
    for disk in disks:
        free = max(0, disk.inodes - disk.inodes_used)
        use = percent(disk.inodes_used, free)
        rows.append([disk.device, show(disk.inodes), show(disk.inodes_used), show(free), use, disk.mount])
    return ["Filesystem", "Inodes", "IUsed", "IFree", "IUse%", "Mounted on"], rows


def _custom(found: Options, disks: list[Disk]) -> tuple[list[str], list[list[str]]]:
    fields = [field for text in found.all("output") for field in text.split(",") if field]
    fields = fields or list(_OUTPUT)
    for field in fields:
        if field not in _OUTPUT:
            raise CommandProblem(f"option --output: field ‘{field}’ unknown")
    title, unit = _unit(found)
    heads = {**_OUTPUT, "size": title}
    rows = []
    for disk in disks:
        sizes = {"size": disk.size, "used": disk.used, "avail": disk.available}
        texts = {
            "source": disk.device,
            "fstype": disk.kind,
            "target": disk.mount,
            "pcent": percent(disk.used, disk.available),
        }
        for name, amount in sizes.items():
            texts[name] = str(-(-amount // unit)) if unit else human(amount)
        rows.append([texts[field] for field in fields])
    return [heads[field] for field in fields], rows


_LEFT = ("Filesystem", "Type", "Mounted on")


def _table(header: list[str], rows: list[list[str]]) -> str:
    """Columns as wide as their widest cell; the first at least 14, sizes at least 5."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    for column, title in enumerate(header):
        if title == "Filesystem":
            widths[column] = max(widths[column], 14)
        elif title not in (*_LEFT, "Use%", "IUse%", "Capacity"):
            widths[column] = max(widths[column], 5)
    lines = []
    for row in [header, *rows]:
        cells = [
            f"{cell:<{width}}" if title in _LEFT else f"{cell:>{width}}"
            for cell, width, title in zip(row, widths, header, strict=True)
        ]
        lines.append(" ".join(cells).rstrip() + "\n")
    return "".join(lines)


@program("du")
def du(process: Process) -> int:
    """``du [-shakmbc] [-d depth] [file ...]``."""
    found = process.options(
        "shakmbcd:xLl0",
        {
            "summarize": "s",
            "human-readable": "h",
            "all": "a",
            "bytes": "b",
            "total": "c",
            "max-depth": "d",
            "apparent-size": "apparent",
            "one-file-system": "x",
        },
    )
    depth = 0 if "s" in found else int(found.get("d") or -1)
    status = total = 0
    for name in found.operands or ["."]:
        try:
            size, rows = _usage(process, name, found, depth)
        except OSError as problem:
            process.error(f"cannot access '{name}': {reason(problem)}")
            status = 1
            continue
        total += size
        for amount, path in rows:
            process.out(f"{_du_text(amount, found)}\t{path}\n")
    if "c" in found:
        process.out(f"{_du_text(total, found)}\ttotal\n")
    return status


def _du_text(amount: int, found: Options) -> str:
    letter = found.last("hkmb")
    if letter == "h":
        return human(amount)
    return str(-(-amount // {"": 1024, "k": 1024, "m": 1 << 20, "b": 1}[letter]))


def _usage(process: Process, name: str, found: Options, depth: int) -> tuple[int, list[tuple[int, str]]]:
    rows: list[tuple[int, str]] = []
    apparent = "b" in found or "apparent" in found

    def visit(path: str, shown: str, level: int) -> int:
        process.tick()
        stat = process.files.lstat(path, by=process.by)
        own = stat.size if apparent else blocks(stat.size) if stat.kind != "link" else 0
        if stat.is_dir:
            try:
                names = process.files.listdir(path, by=process.by)
            except OSError as problem:
                process.error(f"cannot read directory '{shown}': {reason(problem)}")
                names = []
            for child in names:
                own += visit(posixpath.join(path, child), posixpath.join(shown, child), level + 1)
        if (stat.is_dir or "a" in found or level == 0) and (depth < 0 or level <= depth):
            rows.append((own, shown))
        return own

    return visit(process.path(name), name, 0), rows


@program("truncate")
def truncate(process: Process) -> int:
    found = process.options("s:c", {"size": "s", "no-create": "c"})
    if "s" not in found:
        raise CommandProblem(
            "you must specify either ‘--size’ or ‘--reference’\nTry 'truncate --help' for more information."
        )
    text = found.get("s")
    amount = size_of(text.lstrip("+-<>/%"), "Invalid number")
    for name in found.operands:
        path = process.path(name)
        exists = process.files.exists(path, by=process.by)
        if not exists and "c" in found:
            continue
        try:
            handle = process.files.open(
                path, write=True, create=True, mode=0o666 & ~process.shell.state.umask, by=process.by
            )
            size = handle.stat().size
            handle.truncate({"+": size + amount, "-": max(0, size - amount)}.get(text[:1], amount))
        except OSError as problem:
            raise CommandProblem(f"failed to truncate '{name}': {reason(problem)}") from None
    return 0


@program("fallocate")
def fallocate(process: Process) -> int:
    found = process.options("l:", {"length": "l"})
    if "l" not in found or len(found.operands) != 1:
        raise CommandProblem("no length argument specified" if "l" not in found else "no filename specified")
    name = found.operands[0]
    try:
        process.files.allocate(
            process.path(name), size_of(found.get("l"), "invalid length value specified"), by=process.by
        )
    except OSError as problem:
        raise CommandProblem(f"fallocate failed: {reason(problem)}") from None
    return 0


@program("sync")
def sync(_process: Process) -> int:
    return 0


@program("mount")
def mount(process: Process) -> int:
    found = process.options("")
    if found.operands:
        raise CommandProblem("simulated host: nothing can be mounted; set machine.metrics.disks", 2)
    for disk in process.files.disks:
        process.out(f"{disk.device} on {disk.mount} type {disk.kind} (rw,relatime)\n")
    return 0
