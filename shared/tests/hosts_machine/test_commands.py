"""Commands whose output depends on the machine: formats as Debian 12 prints them."""

# ruff: noqa: RUF001 - the typographic marks are those of the real programs

from __future__ import annotations

import pytest

from labkit.clock import Clock
from labkit.hosts import Disk, Machine, User

_GIB = 1 << 30


def machine(**options: object) -> Machine:
    """A machine with one user of each kind of sudo."""
    users = (User("ops", password="pw", sudo=True), User("dev", password="dv"), User("bot", sudo="nopasswd"))
    return Machine(users=users, clock=Clock(polling=False), **options)  # type: ignore[arg-type]


DF_H = """\
Filesystem      Size  Used Avail Use% Mounted on
udev            964M     0  964M   0% /dev
tmpfs           197M  612K  197M   1% /run
/dev/vda1        20G  6.0G   14G  30% /
tmpfs           984M     0  984M   0% /dev/shm
tmpfs           5.0M     0  5.0M   0% /run/lock
"""
PERMISSIONS = [
    ("touch /etc/x", "touch: cannot touch '/etc/x': Permission denied\n"),
    ("mkdir /opt/x", "mkdir: cannot create directory ‘/opt/x’: Permission denied\n"),
    ("rm /etc/motd", "rm: cannot remove '/etc/motd': Permission denied\n"),
    ("cat /etc/shadow", "cat: /etc/shadow: Permission denied\n"),
    ("ls /root", "ls: cannot open directory '/root': Permission denied\n"),
    ("cd /root", "bash: line 1: cd: /root: Permission denied\n"),
    ("mv /etc/motd /tmp", "mv: cannot move '/etc/motd' to '/tmp/motd': Permission denied\n"),
    ("cp /etc/motd /etc/m", "cp: cannot create regular file '/etc/m': Permission denied\n"),
    ("echo a >> /etc/motd", "bash: line 1: /etc/motd: Permission denied\n"),
    ("sh -c 'echo a > /etc/motd'", "sh: 1: cannot create /etc/motd: Permission denied\n"),
    ("chmod 777 /etc/motd", "chmod: changing permissions of '/etc/motd': Operation not permitted\n"),
    ("chown ops /etc/motd", "chown: changing ownership of '/etc/motd': Operation not permitted\n"),
    ("echo a | tee /etc/x > /dev/null", "tee: /etc/x: Permission denied\n"),
    ("ln -s a /etc/x", "ln: failed to create symbolic link '/etc/x': Permission denied\n"),
    ("dd if=/dev/zero of=/etc/x count=1", "dd: failed to open '/etc/x': Permission denied\n"),
    ("dmesg", "dmesg: read kernel buffer failed: Operation not permitted\n"),
    (
        "systemctl restart nginx",
        (
            "Failed to restart nginx.service: Interactive authentication required.\n"
            "See system logs and 'systemctl status nginx.service' for details.\n"
        ),
    ),
    (
        "apt-get install -y unzip",
        (
            "E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\n"
            "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?\n"
        ),
    ),
    ("reboot", "bash: line 1: reboot: command not found\n"),
    ("python3 -V", "bash: line 1: python3: command not found\n"),
]
OUTPUTS = [
    ("uptime", " 10:00:00 up 42 days,  3:07,  1 user,  load average: 0.15, 0.10, 0.05\n"),
    ("uptime -p", "up 6 weeks, 3 hours, 7 minutes\n"),
    ("uptime -s", "2026-01-19 06:53:00\n"),
    ("df -h", DF_H),
    ("cat /proc/loadavg", "0.15 0.10 0.05 1/102 2107\n"),
    ("cat /proc/uptime", "3640020.00 7098039.00\n"),
    ("head -1 /proc/meminfo", "MemTotal:        2097152 kB\n"),
    ("grep -c ^processor /proc/cpuinfo", "2\n"),
    (". /etc/os-release; echo $ID $VERSION_ID", "debian 12\n"),
    ("date", "Mon Mar  2 10:00:00 UTC 2026\n"),
    ("id", "uid=1000(ops) gid=1000(ops) groups=1000(ops),27(sudo)\n"),
    ("id dev", "uid=1001(dev) gid=1001(dev) groups=1001(dev)\n"),
    ("groups; whoami; hostname; nproc; pwd", "ops sudo\nops\nweb-1\n2\n/home/ops\n"),
    ("uname -a | cut -d' ' -f1-3", "Linux web-1 6.1.0-25-amd64\n"),
    ("getent passwd dev", "dev:x:1001:1001::/home/dev:/bin/bash\n"),
    (
        "free -m | sed -n 2p",
        "Mem:            2048         412         906           2         730        1636\n",
    ),
    ("systemctl is-active nginx; systemctl is-enabled nginx", "active\nenabled\n"),
    (
        "systemctl status nginx | sed -n 3p",
        "     Active: active (running) since Mon 2026-01-19 06:53:03 UTC; 1 month 1 week ago\n",
    ),
    ("command -v ls cd; which tar", "/usr/bin/ls\ncd\n/usr/bin/tar\n"),
    (
        "ls -l /etc/os-release",
        "lrwxrwxrwx 1 root root 21 Jan 19 10:00 /etc/os-release -> ../usr/lib/os-release\n",
    ),
    ("stat -c '%U:%G %a' /home/ops /tmp /etc/shadow", "ops:ops 755\nroot:root 1777\nroot:42 640\n"),
    ("dpkg-query -W -f '${Status} ${Version}\\n' nginx", "install ok installed 1.22.1-9\n"),
    ("pidof nginx; pgrep -a sshd", "655\n640 sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups\n"),
    ("ps -o pid,comm -p 1", "    PID COMMAND\n      1 init\n"),
    ("echo $HOME $USER $SHELL $LANG", "/home/ops ops /bin/bash C.UTF-8\n"),
    ("sleep 3600; date +%T", "11:00:00\n"),
    ("timeout 10 sleep 60; echo $?; date +%T", "124\n10:00:10\n"),
    ("sleep 100 & date +%T; wait", "10:00:00\n"),
    ("time sleep 90 2>&1 | tail -1; date +%T", "10:01:30\n"),
]


@pytest.mark.parametrize(("script", "stdout"), OUTPUTS, ids=[row[0] for row in OUTPUTS])
def test_output(script: str, stdout: str) -> None:
    """A command prints what it prints on Debian 12."""
    done = machine().run(script)
    assert done.stdout.decode() == stdout, done.stderr.decode()


@pytest.mark.parametrize(("script", "stderr"), PERMISSIONS, ids=[row[0] for row in PERMISSIONS])
def test_ordinary_user_is_refused(script: str, stderr: str) -> None:
    """What needs root fails for an ordinary user, in the words of the real program."""
    done = machine().run(script)
    assert done.stderr.decode() == stderr
    assert done.stdout == b""


@pytest.mark.parametrize(
    "script",
    [
        "sh -c 'touch /etc/x && rm /etc/x'",
        "sh -c 'echo hi > /etc/motd' && grep -q hi /etc/motd",
        "cat /etc/shadow > /dev/null",
        "chown dev:dev /etc/motd && test $(stat -c %U /etc/motd) = dev",
        "systemctl restart nginx",
        "apt-get install -y unzip > /dev/null && command -v unzip",
        "reboot",
    ],
)
def test_root_may(script: str) -> None:
    """With sudo the same things succeed."""
    assert machine().run(f"sudo {script}", user="bot").status == 0


def test_metrics_can_be_set() -> None:
    """Load, processors and uptime show in every command that reports them."""
    host = machine()
    host.metrics.load = (3.5, 2.25, 1.0)
    host.metrics.cpus = 8
    host.metrics.uptime = 90
    assert host.run("uptime").stdout.decode().endswith("up 1 min,  1 user,  load average: 3.50, 2.25, 1.00\n")
    assert host.run("cut -d' ' -f1-3 /proc/loadavg; nproc").stdout == b"3.50 2.25 1.00\n8\n"
    host.clock.advance(2 * 86400)
    assert b"up 2 days, 1 min," in host.run("uptime").stdout.replace(b"  ", b" ")


def test_each_command_takes_a_step_of_a_polling_clock() -> None:
    """Whoever polls a machine sees its time go by."""
    host = Machine(clock=Clock(step=30.0))
    assert host.run("date +%T").stdout == b"10:00:30\n"
    assert host.run("date +%T").stdout == b"10:01:00\n"


def test_df_follows_files() -> None:
    """Written files take space on their disk, and removing them gives it back."""
    host = machine()
    host.metrics.disks = [Disk("/", 10 * _GIB, 4 * _GIB), Disk("/var", 2 * _GIB, 1 * _GIB, "/dev/vdb1")]
    script = "df -P /var | awk 'NR==2 {print $3, $5}'"
    assert host.run(script).stdout == b"1048576 50%\n"
    host.files.allocate("/var/log/big.log", _GIB // 2)
    assert host.run(script).stdout == b"1572864 75%\n"
    assert host.run("du -sm /var/log/big.log").stdout == b"512\t/var/log/big.log\n"
    assert host.run("sudo rm /var/log/big.log; " + script, user="bot").stdout == b"1048576 50%\n"


def test_full_disk() -> None:
    """Writers on a full disk fail as on Linux, and what they wrote before stays."""
    host = machine()
    host.metrics.disks = [Disk("/", 10 << 20, 9 << 20)]
    done = host.run(
        "dd if=/dev/zero of=big bs=1M count=2 status=none; echo hi > small; cp big copy; df / | tail -1"
    )
    assert done.stderr.decode() == (
        "dd: error writing 'big': No space left on device\n"
        "bash: line 1: echo: write error: No space left on device\n"
        "cp: error writing 'copy': No space left on device\n"
    )
    assert done.stdout.split()[-2] == b"100%"
    assert host.run("rm big; echo hi > small; cat small").stdout == b"hi\n"


def test_reboot_changes_boot_time() -> None:
    """After a reboot the machine is up for seconds, /tmp is empty and stopped services run again."""
    host = machine()
    host.run("touch /tmp/x; sudo systemctl stop nginx; sudo reboot", user="bot")
    assert b"up 0 min" in host.run("uptime").stdout
    assert host.run("ls /tmp; systemctl is-active nginx").stdout == b"active\n"


def test_command_handlers() -> None:
    """A test answers a command itself, also inside a pipeline and under sudo."""
    host = machine()
    host.on(r"^mysqladmin", lambda call: call.stdout.write(b"mysqld is alive\n") or 0)
    host.on(r"^broken", lambda call: 7)
    assert host.run("mysqladmin ping").stdout == b"mysqld is alive\n"
    assert host.run("mysqladmin ping | tr a-z A-Z; broken x; echo $?").stdout == b"MYSQLD IS ALIVE\n7\n"
    assert host.run("sudo mysqladmin ping", user="bot").stdout == b"mysqld is alive\n"


def test_history_keeps_user_command_and_status() -> None:
    """Every command line is recorded with who ran it and how it ended."""
    host = machine()
    host.run("false", user="dev")
    entry = host.history[-1]
    assert (entry.user, entry.command, entry.status) == ("dev", "false", 1)
