"""What is not supported is said aloud: on stderr, with a status that is not 0, and nothing else happens."""

from __future__ import annotations

import pytest

from labkit.hosts import Machine

SYNTAX = [
    ("select x in a b; do echo $x; done", "select"),
    ("coproc cat", "coproc"),
    ("echo a | tee >(cat)", "process substitution >(...)"),
    ("echo ${x@Q}", "${x@Q}"),
]


@pytest.mark.parametrize(("script", "what"), SYNTAX)
def test_unsupported_syntax(script: str, what: str) -> None:
    """Unsupported Bash ends with status 2 and its name, before any command has run."""
    host = Machine()
    done = host.run(f"touch ran; {script}")
    assert (done.stdout, done.stderr.decode(), done.status) == (b"", f"unsupported shell syntax: {what}\n", 2)
    assert not host.files.exists("/home/ops/ran")


@pytest.mark.parametrize(
    "script",
    [
        "ls --hyperlink", "ls -m", "grep -b x", "sed -z p", "sed -n 'l'", "awk 'BEGIN{getline}'",
        "find . -ls",
        "awk 'function f(x){return x} BEGIN{print f(1)}'", "awk 'BEGIN{print 1 > \"f\"}'", "trap 'x' ERR",
        "trap 'x' DEBUG", "declare -i x", "shopt -s globstar", "alias ll=ls", "tar -cjf x.tar y",
        "sort --parallel=2",
        "cp -b a b", "gzip -r d", "journalctl -f", "crontab -e", "systemctl mask nginx",
        "systemctl frobnicate",
        "printf %a 1", "stat -t x", "ps -Z", "df -Z", "mount /dev/x /mnt", "apt-get", "dpkg -i x.deb",
        "xargs -p",
        "read -e x", "mapfile -d x", "umask u=rwx", "column x", "find . -newermt 2020-01-01", "ln -r a b",
        "set -C", "ulimit -n 5", "apt-cache search x", "cat -Q", "uptime -z", "free -Z", "sudo -Z true",
        "nproc -x",
    ],
)  # fmt: skip
def test_unsupported_option(script: str) -> None:
    """An option or feature that is not there fails and is named; it is never ignored."""
    done = Machine().run(f"{script} < /dev/null")
    assert done.status != 0
    assert done.stderr
    assert done.stdout == b""


def test_installed_but_not_simulated() -> None:
    """A package's command exists once it is installed, and says that it cannot run here."""
    host = Machine()
    assert host.run("curl http://x").stderr == b"bash: line 1: curl: command not found\n"
    host.packages.add("jq")
    host.packages.add("python3")
    done = host.run("python3 -c 'print(1)'")
    assert done.status == 126
    assert done.stderr == b"simulated host: the program 'python3' is installed but cannot run here\n"


def test_endless_loop_ends() -> None:
    """A loop that never ends is stopped by the step budget, with a message and status 137."""
    host = Machine()
    host.step_budget = 5000
    for script in (
        "while :; do :; done",
        "f() { f; }; f",
        "yes > /dev/null",
        "awk 'BEGIN{while(1){}}'",
        "echo a | sed ':x;bx'",
    ):
        done = host.run(script)
        assert done.status != 0
        assert b"simulated host:" in done.stderr
