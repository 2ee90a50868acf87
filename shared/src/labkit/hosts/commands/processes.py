"""ps, pgrep, pidof, pkill, kill, top, ss."""

from __future__ import annotations

import re
from dataclasses import dataclass

from labkit.hosts.commands import program
from labkit.hosts.commands.dates import clock_text
from labkit.hosts.shell.builtins.jobs import SIGNALS, kill
from labkit.hosts.shell.process import CommandProblem, Process

program("kill")(kill)


@dataclass(frozen=True)
class Task:
    """A row of the process table."""

    pid: int
    parent: int
    user: str
    command: str
    started: float
    tty: str = "?"

    @property
    def name(self) -> str:
        """The short name, as in /proc/PID/comm."""
        return self.command.split()[0].rstrip(":").rsplit("/", 1)[-1][:15].lstrip("-")


def tasks(process: Process) -> list[Task]:
    """What runs on the machine: init, the services, and the caller's own shell and command."""
    machine = process.machine
    booted = machine.metrics.booted_at
    found = [Task(1, 0, "root", "/sbin/init", booted)]
    for service in machine.services:
        if service.active:
            since = booted + 3 if service.since is None else service.since
            found.append(Task(service.pid, 1, service.user, service.command or service.name, since))
    session = process.shell.session
    tty = "pts/0" if session.tty else "?"
    found.append(Task(session.pid, 640, session.user, "bash", process.shell.state.started, tty))
    own = " ".join([process.name, *process.args])
    found.append(Task(session.pid + 1, session.pid, process.user, own, process.time, tty))
    return sorted(found, key=lambda task: task.pid)


def others(process: Process) -> list[Task]:
    """Everything that runs but the asking command itself."""
    own = process.shell.session.pid + 1
    return [task for task in tasks(process) if task.pid != own]


_FIELDS = {
    "pid": ("PID", 7), "ppid": ("PPID", 7), "user": ("USER", -8), "uid": ("UID", 5), "comm": ("COMMAND", -15),
    "args": ("COMMAND", -27), "cmd": ("CMD", -27), "command": ("COMMAND", -27), "tty": ("TT", -8),
    "etime": ("ELAPSED", 11),
    "stat": ("STAT", -4), "%cpu": ("%CPU", 4), "pcpu": ("%CPU", 4), "%mem": ("%MEM", 4), "pmem": ("%MEM", 4),
    "rss": ("RSS", 6), "vsz": ("VSZ", 7), "time": ("TIME", 8), "etimes": ("ELAPSED", 7),
}  # fmt: skip


def _elapsed(seconds: float) -> str:
    total = int(seconds)
    days, hours, minutes = total // 86400, total // 3600 % 24, total // 60 % 60
    text = f"{minutes:02d}:{total % 60:02d}"
    if days:
        return f"{days}-{hours:02d}:{text}"
    return f"{hours:02d}:{text}" if hours else text


def _field(process: Process, task: Task, name: str) -> str:
    users = process.machine.users
    values = {
        "pid": str(task.pid), "ppid": str(task.parent), "user": task.user,
        "uid": str(users.uid_of(task.user) or 0),
        "comm": task.name, "args": task.command, "cmd": task.command, "command": task.command,
        "tty": task.tty,
        "etime": _elapsed(process.time - task.started), "etimes": str(int(process.time - task.started)),
        "stat": "Ss",
        "%cpu": "0.0", "pcpu": "0.0", "%mem": "0.3", "pmem": "0.3", "rss": "6144", "vsz": "16384",
        "time": "00:00:00",
    }  # fmt: skip
    return values[name]


@program("ps")
def ps(process: Process) -> int:
    """``ps``, ``ps aux``, ``ps -ef``, and ``-o`` with ``-e``, ``-p``, ``-C``, ``-u``."""
    given = list(process.args)
    arguments = [("-" + a if re.fullmatch(r"[auxwf]+", a) else a) for a in process.args]
    bsd = any(re.fullmatch(r"[auxwf]+", a) for a in process.args)
    process.args = arguments
    found = (
        process.options("aAefuxwo:p:C:U:", {"no-headers": "h", "pid": "p", "sort=": "sort", "format": "o"})
        if bsd or "-u" not in arguments
        else process.options("aAefxwo:p:C:u:U:")
    )
    process.args = given
    rows = tasks(process)
    if "p" in found:
        wanted = {int(text) for text in re.split(r"[, ]+", found.get("p")) if text.isdigit()}
        rows = [task for task in rows if task.pid in wanted]
    elif "C" in found:
        rows = [task for task in rows if task.name in found.get("C").split(",")]
    elif found.last("uU") and not bsd:
        rows = [task for task in rows if task.user == found.get(found.last("uU"))]
    elif not (found.last("eA") or (bsd and "x" in found)):
        rows = [task for task in rows if task.user == process.user and task.pid >= process.shell.session.pid]
    if "o" in found:
        _custom(process, rows, found.all("o"), header="h" not in found)
    elif bsd and "u" in found:
        _bsd(process, rows)
    elif "f" in found:
        process.out("UID          PID    PPID  C STIME TTY          TIME CMD\n")
        for task in rows:
            process.out(
                f"{task.user:<8} {task.pid:>7} {task.parent:>7}  0 {_start(process, task):>5} "
                f"{task.tty:<8} 00:00:00 {task.command}\n"
            )
    else:
        process.out("    PID TTY          TIME CMD\n")
        for task in rows:
            process.out(f"{task.pid:>7} {task.tty:<8} 00:00:00 {task.name}\n")
    return int(not rows)


def _start(process: Process, task: Task) -> str:
    return clock_text(task.started, "%H:%M" if process.time - task.started < 86400 else "%b%d")


def _bsd(process: Process, rows: list[Task]) -> None:
    process.out("USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n")
    for task in rows:
        process.out(
            f"{task.user:<8} {task.pid:>7}  0.0  0.3  16384  6144 {task.tty:<8} Ss   "
            f"{_start(process, task):>5}   0:00 {task.command}\n"
        )


def _custom(process: Process, rows: list[Task], texts: list[str], *, header: bool) -> None:
    columns = []
    for text in texts:
        for part in re.split(r"[, ]+", text):
            name, equals, title = part.partition("=")
            if name not in _FIELDS:
                raise CommandProblem(f'unknown user-defined format specifier "{name}"')
            columns.append((name, title if equals else _FIELDS[name][0], _FIELDS[name][1]))
    table = [[_field(process, task, name) for name, _title, _width in columns] for task in rows]
    if header and any(title for _name, title, _width in columns):
        table.insert(0, [title for _name, title, _width in columns])
    for row in table:
        cells = [
            f"{cell:<{-width}}" if width < 0 else f"{cell:>{width}}"
            for cell, (_n, _t, width) in zip(row, columns, strict=True)
        ]
        process.out(" ".join(cells).rstrip() + "\n")


@program("pgrep", "pkill", usage_status=2)
def pgrep(process: Process) -> int:
    found = process.options("fluxcan9e", {"full": "f", "exact": "x", "count": "c"})
    if not found.operands:
        raise CommandProblem(
            f"no matching criteria specified\nTry `{process.name} --help' for more information.", 2
        )
    pattern = re.compile(found.operands[-1])
    chosen = []
    for task in others(process):
        text = task.command if "f" in found else task.name
        if (pattern.fullmatch if "x" in found else pattern.search)(text):
            chosen.append(task)
    if process.name == "pkill":
        process.args = [
            f"-{SIGNALS['KILL' if '9' in found else 'TERM']}",
            *(str(task.pid) for task in chosen),
        ]
        return kill(process) if chosen else 1
    if "c" in found:
        process.out(f"{len(chosen)}\n")
    else:
        for task in chosen:
            tail = f" {task.command}" if "a" in found else f" {task.name}" if "l" in found else ""
            process.out(f"{task.pid}{tail}\n")
    return int(not chosen)


@program("pidof")
def pidof(process: Process) -> int:
    found = process.options("sx")
    numbers = [str(task.pid) for task in reversed(others(process)) if task.name in found.operands]
    if numbers:
        process.out(" ".join(numbers[:1] if "s" in found else numbers) + "\n")
    return int(not numbers)


@program("ss")
def ss(process: Process) -> int:
    """Only listening TCP sockets: ``ss -tln`` and its relatives."""
    process.options("tlnpaH4")
    process.out("State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n")
    for service in process.machine.services:
        for port in service.ports if service.active else ():
            process.out(f"LISTEN 0      511          0.0.0.0:{port:<5}      0.0.0.0:*\n")
    return 0
