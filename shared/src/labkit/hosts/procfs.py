"""Files whose content the kernel (or the account table) makes up at each opening."""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit.hosts.machine import Machine


def uptime(machine: Machine) -> str:
    seconds = machine.metrics.uptime
    idle = seconds * max(0.0, machine.metrics.cpus - machine.metrics.load[2])
    return f"{seconds:.2f} {idle:.2f}\n"


def loadavg(machine: Machine) -> str:
    one, five, fifteen = machine.metrics.load
    return (
        f"{one:.2f} {five:.2f} {fifteen:.2f} 1/{98 + 2 * machine.metrics.cpus} {machine.services.last_pid}\n"
    )


def meminfo(machine: Machine) -> str:
    memory = machine.metrics.memory
    rows = {
        "MemTotal": memory.total,
        "MemFree": memory.free,
        "MemAvailable": memory.available,
        "Buffers": memory.cached // 10,
        "Cached": memory.cached - memory.cached // 10,
        "SwapCached": 0,
        "SwapTotal": memory.swap_total,
        "SwapFree": memory.swap_total - memory.swap_used,
        "Shmem": memory.shared,
    }
    return "".join(f"{name + ':':<16}{amount >> 10:>8} kB\n" for name, amount in rows.items())


def cpuinfo(machine: Machine) -> str:
    return "".join(
        f"processor\t: {number}\nvendor_id\t: GenuineIntel\nmodel name\t: Intel Xeon Processor (Skylake)\n"
        f"cpu MHz\t\t: 2494.140\ncache size\t: 16384 KB\ncpu cores\t: {machine.metrics.cpus}\n"
        "flags\t\t: fpu vme de pse tsc msr pae mce cx8 apic sep\n\n"
        for number in range(machine.metrics.cpus)
    )


def stat(machine: Machine) -> str:
    ticks = int(machine.metrics.uptime * 100)
    busy = int(ticks * min(1.0, machine.metrics.load[2] / machine.metrics.cpus))
    line = f"{busy} 0 {busy // 4} {ticks - busy} 120 0 35 0 0 0"
    rows = [f"cpu  {line}"] + [f"cpu{number} {line}" for number in range(machine.metrics.cpus)]
    return "\n".join([*rows, f"btime {int(machine.metrics.booted_at)}", ""])


def mounts(machine: Machine) -> str:
    return "".join(f"{d.device} {d.mount} {d.kind} rw,relatime 0 0\n" for d in machine.files.disks)


def version(machine: Machine) -> str:
    metrics = machine.metrics
    return (
        f"Linux version {metrics.kernel} (debian-kernel@lists.debian.org) "
        "(gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) "
        f"{metrics.kernel_version}\n"
    )


def passwd(machine: Machine) -> str:
    return "".join(account.line() + "\n" for account in machine.users.accounts())


def group(machine: Machine) -> str:
    return "".join(f"{name}:x:{gid}:{','.join(members)}\n" for name, gid, members in machine.users.groups())


def shadow(machine: Machine) -> str:
    """Locked or set, never a password: the hash is a stand-in."""
    rows = []
    for account in machine.users.accounts():
        has = account.name in machine.users and machine.users[account.name].password is not None
        rows.append(f"{account.name}:{'$y$j9T$simulated' if has else '*'}:19800:0:99999:7:::\n")
    return "".join(rows)


def _digest(machine: Machine, salt: str) -> bytes:
    return hashlib.sha256(f"{salt} {machine.name} {machine.seed}".encode()).digest()[:16]


def machine_id(machine: Machine) -> str:
    return _digest(machine, "machine-id").hex() + "\n"


def boot_id(machine: Machine) -> str:
    return f"{uuid.UUID(bytes=_digest(machine, f'boot {machine.metrics.booted_at}'))}\n"
