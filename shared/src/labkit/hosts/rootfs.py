"""The files a machine has from the start: a small Debian 12."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from labkit.hosts import procfs
from labkit.hosts.files import Plan

if TYPE_CHECKING:
    from labkit.hosts.machine import Machine

DAY = 86400.0


def _dir(content: Mapping[str, Plan] | Callable[[Any], Mapping[str, Plan]], mode: int = 0o755) -> Plan:
    return Plan("directory", mode, content, age=42 * DAY)


def _file(content: bytes | str | Callable[[Any], bytes], mode: int = 0o644, gid: int = 0) -> Plan:
    data = content.encode() if isinstance(content, str) else content
    return Plan("file", mode, data, gid=gid, age=42 * DAY)


def _live(content: Callable[[Any], str], mode: int = 0o444, gid: int = 0) -> Plan:
    return Plan(
        "file", mode, lambda machine: content(machine).encode(), gid=gid, live=True, sized=mode != 0o444
    )


def _link(target: str) -> Plan:
    return Plan("link", 0o777, target, age=42 * DAY)


def _device(name: str, mode: int = 0o666) -> Plan:
    return Plan("device", mode, name)


OS_RELEASE = """\
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
SUPPORT_URL="https://www.debian.org/support"
BUG_REPORT_URL="https://bugs.debian.org/"
"""
_MOTD = """
The programs included with the Debian GNU/Linux system are free software;
the exact distribution terms for each program are described in the
individual files in /usr/share/doc/*/copyright.

Debian GNU/Linux comes with ABSOLUTELY NO WARRANTY, to the extent
permitted by applicable law.
"""
_SSHD_CONFIG = """\
Include /etc/ssh/sshd_config.d/*.conf
Port 22
PermitRootLogin no
PasswordAuthentication yes
KbdInteractiveAuthentication no
UsePAM yes
X11Forwarding no
PrintMotd no
AcceptEnv LANG LC_*
Subsystem sftp /usr/lib/openssh/sftp-server
"""
_NGINX_CONF = """\
user www-data;
worker_processes auto;
pid /run/nginx.pid;

events {
    worker_connections 768;
}

http {
    sendfile on;
    access_log /var/log/nginx/access.log;
    error_log /var/log/nginx/error.log;
    include /etc/nginx/conf.d/*.conf;
    include /etc/nginx/sites-enabled/*;
}
"""
_INDEX_HTML = "<!DOCTYPE html>\n<html><body><h1>Welcome to nginx!</h1></body></html>\n"


def _hosts(machine: Machine) -> bytes:
    return f"127.0.0.1\tlocalhost\n127.0.1.1\t{machine.name}\n::1\tlocalhost ip6-localhost\n".encode()


def _homes(machine: Machine) -> dict[str, Plan]:
    homes = {}
    for account in machine.users.accounts():
        if account.uid >= 1000 and account.home == f"/home/{account.name}":
            homes[account.name] = Plan("directory", 0o755, {}, account.uid, account.gid, age=DAY)
    return homes


@cache
def _program_plans() -> Mapping[str, Plan]:
    """One executable file per command, so that ``ls /usr/bin`` and ``test -x`` tell the truth."""
    from labkit.hosts.commands import program_names

    plan = _file(b"\x7fELF\x02\x01\x01\x00".decode("latin-1"), 0o755)
    return dict.fromkeys(program_names(), plan)


def _programs(_machine: Machine) -> Mapping[str, Plan]:
    return _program_plans()


_ETC = {
    "apt": _dir({"sources.list": _file("deb http://mirror.internal/debian bookworm main\n")}),
    "cron.d": _dir({}),
    "debian_version": _file("12.7\n"),
    "default": _dir({}),
    "fstab": _file("/dev/vda1 / ext4 errors=remount-ro 0 1\n"),
    "group": _live(procfs.group, 0o644),
    "hostname": _file(lambda machine: f"{machine.name}\n".encode()),
    "hosts": _file(_hosts),
    "issue": _file("Debian GNU/Linux 12 \\n \\l\n\n"),
    "localtime": _link("/usr/share/zoneinfo/Etc/UTC"),
    "logrotate.d": _dir({}),
    "machine-id": _file(lambda machine: procfs.machine_id(machine).encode()),
    "motd": _file(_MOTD),
    "nginx": _dir(
        {
            "conf.d": _dir({}),
            "nginx.conf": _file(_NGINX_CONF),
            "sites-available": _dir({}),
            "sites-enabled": _dir({}),
        }
    ),
    "os-release": _link("../usr/lib/os-release"),
    "passwd": _live(procfs.passwd, 0o644),
    "profile": _file("# /etc/profile: system-wide .profile file for the Bourne shell\n"),
    "resolv.conf": _file("nameserver 192.0.2.53\n"),
    "security": _dir({}),
    "shadow": _live(procfs.shadow, 0o640, 42),
    "shells": _file("/bin/sh\n/bin/bash\n/usr/bin/bash\n/usr/sbin/nologin\n"),
    "ssh": _dir({"sshd_config": _file(_SSHD_CONFIG), "sshd_config.d": _dir({})}),
    "sudoers": _file("Defaults\tenv_reset\nroot\tALL=(ALL:ALL) ALL\n%sudo\tALL=(ALL:ALL) ALL\n", 0o440),
    "systemd": _dir({"system": _dir({})}),
    "timezone": _file("Etc/UTC\n"),
}

#: The whole tree. Directories turn into inodes when somebody first looks into them.
ROOT = _dir(
    {
        "bin": _link("usr/bin"),
        "boot": _dir({}),
        "dev": _dir(
            {
                "full": _device("full"),
                "null": _device("null"),
                "random": _device("random"),
                "shm": _dir({}, 0o1777),
                "stderr": _link("/proc/self/fd/2"),
                "stdin": _link("/proc/self/fd/0"),
                "stdout": _link("/proc/self/fd/1"),
                "tty": _device("tty"),
                "urandom": _device("urandom"),
                "zero": _device("zero"),
            }
        ),
        "etc": _dir(_ETC),
        "home": _dir(_homes),
        "lib": _link("usr/lib"),
        "media": _dir({}),
        "mnt": _dir({}),
        "opt": _dir({}),
        "proc": _dir(
            {
                "cpuinfo": _live(procfs.cpuinfo),
                "filesystems": _live(lambda _machine: "nodev\tproc\nnodev\ttmpfs\n\text4\n"),
                "loadavg": _live(procfs.loadavg),
                "meminfo": _live(procfs.meminfo),
                "mounts": _live(procfs.mounts),
                "stat": _live(procfs.stat),
                "sys": _dir(
                    {
                        "kernel": _dir(
                            {
                                "hostname": _live(lambda machine: machine.name + "\n"),
                                "osrelease": _live(lambda machine: machine.metrics.kernel + "\n"),
                                "random": _dir({"boot_id": _live(procfs.boot_id)}),
                            }
                        )
                    }
                ),
                "uptime": _live(procfs.uptime),
                "version": _live(procfs.version),
            },
            0o555,
        ),
        "root": _dir({}, 0o700),
        "run": _dir({"lock": _dir({}, 0o1777), "sshd.pid": _file("640\n")}),
        "sbin": _link("usr/sbin"),
        "srv": _dir({}),
        "sys": _dir({}, 0o555),
        "tmp": _dir({}, 0o1777),
        "usr": _dir(
            {
                "bin": _dir(_programs),
                "lib": _dir({"os-release": _file(OS_RELEASE)}),
                "local": _dir({"bin": _dir({}), "sbin": _dir({})}),
                "sbin": _dir({}),
                "share": _dir({"doc": _dir({}), "zoneinfo": _dir({"Etc": _dir({"UTC": _file(b"TZif2")})})}),
            }
        ),
        "var": _dir(
            {
                "backups": _dir({}),
                "cache": _dir({}),
                "lib": _dir({"dpkg": _dir({}), "misc": _dir({})}),
                "log": _dir(
                    {
                        "auth.log": _file(b"", 0o640, 4),
                        "dpkg.log": _file(b""),
                        "nginx": _dir({"access.log": _file(b""), "error.log": _file(b"")}),
                        "syslog": _file(b"", 0o640, 4),
                    }
                ),
                "mail": _dir({}, 0o2775),
                "run": _link("/run"),
                "spool": _dir({"cron": _dir({})}),
                "tmp": _dir({}, 0o1777),
                "www": _dir({"html": _dir({"index.html": _file(_INDEX_HTML)})}),
            }
        ),
    }
)
