"""uname, hostname, uptime, nproc, free, who, reboot: what the machine says about itself."""

# ruff: noqa: RUF001 - the typographic marks are those of the real programs

from __future__ import annotations

from labkit.hosts.commands import program
from labkit.hosts.commands.dates import clock_text
from labkit.hosts.shell.process import CommandProblem, Process


@program("uname")
def uname(process: Process) -> int:
    found = process.options(
        "asnrvmpio",
        {
            "all": "a",
            "kernel-name": "s",
            "nodename": "n",
            "kernel-release": "r",
            "kernel-version": "v",
            "machine": "m",
            "operating-system": "o",
        },
    )
    if found.operands:
        raise CommandProblem(f"extra operand ‘{found.operands[0]}’\nTry 'uname --help' for more information.")
    machine = process.machine
    fields = {
        "s": "Linux",
        "n": machine.name,
        "r": machine.metrics.kernel,
        "v": machine.metrics.kernel_version,
        "m": "x86_64",
        "o": "GNU/Linux",
        "p": "unknown",
        "i": "unknown",
    }
    wanted = "snrvmo" if "a" in found else [letter for letter in fields if letter in found] or "s"
    process.out(" ".join(fields[letter] for letter in wanted) + "\n")
    return 0


@program("hostname")
def hostname(process: Process) -> int:
    found = process.options(
        "fsdiI", {"fqdn": "f", "long": "f", "short": "s", "domain": "d", "all-ip-addresses": "I"}
    )
    machine = process.machine
    if found.operands:
        if not process.is_root:
            raise CommandProblem("you must be root to change the host name")
        machine.name = found.operands[0]
        return 0
    letter = found.last("fsdiI")
    name = {
        "s": machine.name.split(".")[0],
        "d": machine.name.partition(".")[2],
        "i": "127.0.1.1",
        "I": "127.0.0.1 ",
    }
    process.out(name.get(letter, machine.name) + "\n")
    return 0


@program("nproc")
def nproc(process: Process) -> int:
    found = process.options("", {"all": "all", "ignore=": "ignore"})
    ignored = int(found.get("ignore") or 0)
    process.out(f"{max(1, process.machine.metrics.cpus - ignored)}\n")
    return 0


@program("arch")
def arch(process: Process) -> int:
    process.options("")
    process.out("x86_64\n")
    return 0


def _pretty(seconds: float) -> str:
    minutes = int(seconds) // 60
    parts = []
    for count, word in (
        (minutes // (60 * 24 * 7), "week"),
        (minutes // (60 * 24) % 7, "day"),
        (minutes // 60 % 24, "hour"),
        (minutes % 60, "minute"),
    ):
        if count:
            parts.append(f"{count} {word}{'s' * (count != 1)}")
    return "up " + (", ".join(parts) or "0 minutes")


def uptime_text(process: Process) -> str:
    """The line of ``uptime``, as procps 4 formats it."""
    machine = process.machine
    metrics = machine.metrics
    minutes = int(metrics.uptime) // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    text = f" {clock_text(process.time, '%H:%M:%S')} up "
    if days:
        text += f"{days} day{'s' if days > 1 else ''}, "
    text += f"{hours:2d}:{rest:02d}" if hours else f"{rest} min"
    users = f"{metrics.logins:2d} user{'' if metrics.logins == 1 else 's'}"
    one, five, fifteen = metrics.load
    return f"{text}, {users},  load average: {one:.2f}, {five:.2f}, {fifteen:.2f}"


@program("uptime")
def uptime(process: Process) -> int:
    found = process.options("ps", {"pretty": "p", "since": "s"})
    if found.operands:
        raise CommandProblem("extra operand")
    if "p" in found:
        process.out(_pretty(process.machine.metrics.uptime) + "\n")
    elif "s" in found:
        process.out(clock_text(process.machine.metrics.booted_at, "%Y-%m-%d %H:%M:%S") + "\n")
    else:
        process.out(uptime_text(process) + "\n")
    return 0


@program("w")
def w(process: Process) -> int:
    process.options("")
    process.out(uptime_text(process) + "\n")
    process.out("USER     TTY      FROM             LOGIN@   IDLE   JCPU   PCPU WHAT\n")
    login = clock_text(process.time - 600, "%H:%M")
    process.out(f"{process.user:<8} pts/0    192.0.2.10       {login}    0.00s  0.01s  0.00s w\n")
    return 0


@program("who")
def who(process: Process) -> int:
    found = process.options("bqHr", {"boot": "b", "heading": "H"})
    if "b" in found:
        booted = clock_text(process.machine.metrics.booted_at, "%Y-%m-%d %H:%M")
        process.out(f"         system boot  {booted}\n")
        return 0
    login = clock_text(process.time - 600, "%Y-%m-%d %H:%M")
    process.out(f"{process.user:<8} pts/0        {login} (192.0.2.10)\n")
    return 0


@program("free")
def free(process: Process) -> int:
    found = process.options(
        "bkmght", {"bytes": "b", "kibi": "k", "mebi": "m", "gibi": "g", "human": "h", "total": "t"}
    )
    memory = process.machine.metrics.memory
    unit = found.last("bkmgh") or "k"

    def show(amount: int) -> str:
        return _human(amount) if unit == "h" else str(amount >> {"b": 0, "k": 10, "m": 20, "g": 30}[unit])

    rows: list[tuple[str | int, ...]] = [
        ("Mem:", memory.total, memory.used, memory.free, memory.shared, memory.cached, memory.available),
        ("Swap:", memory.swap_total, memory.swap_used, memory.swap_total - memory.swap_used),
    ]
    if "t" in found:
        sums = [int(a) + int(b) for a, b in zip(rows[0][1:4], rows[1][1:4], strict=True)]
        rows.append(("Total:", *sums))
    heads = ("total", "used", "free", "shared", "buff/cache", "available")
    process.out(" " * 8 + "".join(f"{head:>12}" for head in heads) + "\n")
    for name, *amounts in rows:
        process.out(f"{name:<8}" + "".join(f"{show(int(amount)):>12}" for amount in amounts) + "\n")
    return 0


def _human(amount: int) -> str:
    """As procps: at most one decimal place."""
    scaled = float(amount)
    for unit in ("B", "Ki", "Mi", "Gi", "Ti"):
        if scaled < 1024 or unit == "Ti":
            break
        scaled /= 1024
    if unit == "B":
        return f"{amount}B"
    return f"{scaled:.1f}{unit}" if scaled < 10 else f"{scaled:.0f}{unit}"


@program("reboot", "shutdown", "poweroff", "halt", sbin=True)
def reboot(process: Process) -> int:
    """``reboot`` and ``shutdown -r``: the machine has a new boot time. Switching off is refused."""
    if not process.is_root:
        process.say("Failed to set wall message, ignoring: Interactive authentication required.\n")
        raise CommandProblem("Access denied")
    if process.name in ("poweroff", "halt") or (process.name == "shutdown" and "-r" not in process.args):
        raise CommandProblem("simulated host: it cannot be switched off, only restarted", 2)
    process.machine.reboot()
    return 0
