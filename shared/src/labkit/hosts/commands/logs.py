"""journalctl, logger, dmesg, crontab."""

from __future__ import annotations

from labkit.hosts.commands import program
from labkit.hosts.commands.dates import clock_text, parse_date
from labkit.hosts.commands.services import journal_line
from labkit.hosts.shell.expansion import decode
from labkit.hosts.shell.process import CommandProblem, Process


@program("journalctl", package="systemd")
def journalctl(process: Process) -> int:  # noqa: C901 - one branch per case
    """``journalctl [-u unit] [-n lines] [-r] [-b] [--since time] [--until time] [-o cat] [-g pattern]``."""
    found = process.options(
        "u:n:rbeo:xqfS:U:t:p:k",
        {
            "unit": "u",
            "lines": "n",
            "reverse": "r",
            "boot=?": "b",
            "pager-end": "e",
            "output": "o",
            "no-pager": "pager",
            "since": "S",
            "until": "U",
            "quiet": "q",
            "identifier": "t",
            "priority": "p",
            "dmesg": "k",
        },
    )
    if found.last("fpk"):
        raise CommandProblem(f"simulated host: -{found.last('fpk')} is not supported", 2)
    machine = process.machine
    if not process.is_root and not process.by.in_group(4):
        process.say(
            "Hint: You are currently not seeing messages from other users and the system.\n"
            "      Users in groups 'adm', 'systemd-journal' can see all messages.\n"
            "      Pass -q to turn off this notice.\n"
            if "q" not in found
            else ""
        )
    units = [name.removesuffix(".service") for name in found.all("u")]
    entries = list(machine.journal)
    if units:
        entries = [
            entry
            for entry in entries
            if entry[1] in units
            or (entry[1] == "systemd" and any(f"{unit}.service" in entry[2] for unit in units))
        ]
    if "t" in found:
        entries = [entry for entry in entries if entry[1] in found.all("t")]
    try:
        if "S" in found:
            since = parse_date(found.get("S"), process.time)
            entries = [entry for entry in entries if entry[0] >= since]
        if "U" in found:
            until = parse_date(found.get("U"), process.time)
            entries = [entry for entry in entries if entry[0] <= until]
    except ValueError:
        raise CommandProblem(f"Failed to parse timestamp: {found.get('S') or found.get('U')}") from None
    count = found.get("n") or ("10" if "n" in found else "")
    if count and count != "all":
        if not count.isdigit():
            raise CommandProblem(f"Failed to parse lines '{count}'")
        entries = entries[-int(count) :] if int(count) else []
    if "r" in found:
        entries.reverse()
    if not entries:
        process.out("-- No entries --\n")
    style = found.get("o")
    for entry in entries:
        if style == "cat":
            process.out(entry[2] + "\n")
        elif style == "short-iso":
            line = journal_line(machine.name, entry)
            process.out(clock_text(entry[0], "%Y-%m-%dT%H:%M:%S%z") + line[15:])
        elif style in ("", "short"):
            process.out(journal_line(machine.name, entry))
        else:
            raise CommandProblem(f"simulated host: the output {style} is not supported", 2)
    return 0


@program("logger")
def logger(process: Process) -> int:
    found = process.options("t:p:sin:P:d", {"tag": "t", "priority": "p", "stderr": "s", "id": "i"})
    tag = found.get("t") or process.user
    lines = [" ".join(found.operands)] if found.operands else decode(process.stdin.read()).splitlines()
    machine = process.machine
    for line in lines:
        machine.log(tag, line)
        text = f"{clock_text(process.time, '%b %e %H:%M:%S')} {machine.name} {tag}: {line}\n"
        machine.files.append("/var/log/syslog", text)
        if "s" in found:
            process.say(f"{tag}: {line}\n")
    return 0


@program("dmesg")
def dmesg(process: Process) -> int:
    if not process.is_root:
        raise CommandProblem("read kernel buffer failed: Operation not permitted")
    metrics = process.machine.metrics
    process.out(f"[    0.000000] Linux version {metrics.kernel} {metrics.kernel_version}\n")
    process.out(f"[    0.004210] Memory: {metrics.memory.total >> 10}K available\n")
    return 0


@program("crontab")
def crontab(process: Process) -> int:
    """``crontab -l | -r | file``: kept in /var/spool/cron/crontabs."""
    found = process.options("lru:ei")
    user = found.get("u", process.user)
    if user != process.user and not process.is_root:
        process.say("must be privileged to use -u\n")
        return 1
    files = process.files
    path = f"/var/spool/cron/crontabs/{user}"
    if "l" in found or "r" in found:
        if not files.exists(path):
            process.say(f"no crontab for {user}\n")
            return 1
        if "r" in found:
            files.remove(path)
        else:
            process.out(files.read(path))
        return 0
    if "e" in found or not found.operands:
        raise CommandProblem("simulated host: there is no editor; give a file", 2)
    content = process.open(found.operands[0]).read()
    files.mkdir("/var/spool/cron/crontabs", mode=0o1730, parents=True)
    files.write(path, content, mode=0o600)
    return 0
