"""sudo, su and passwd: who is asked what, and on which stream."""

from __future__ import annotations

import pytest

from labkit.hosts import Machine, User

_PROMPT = "[sudo] password for ops: "
_NO_TERMINAL = (
    "sudo: a terminal is required to read the password; either use the -S option to read from "
    "standard input or configure an askpass helper\nsudo: a password is required\n"
)
CASES = [
    ("ops", "sudo -n id -u", b"", "", "sudo: a password is required\n", 1),
    ("ops", "sudo id -u", b"", "", _NO_TERMINAL, 1),
    ("ops", "sudo -S id -u", b"pw\n", "0\n", _PROMPT, 0),
    ("ops", "sudo -S -p '[sudo] password: ' id -u", b"pw\n", "0\n", "[sudo] password: ", 0),
    ("ops", "sudo -S -p 'pw %u@%h:' whoami", b"pw\n", "root\n", "pw ops@web-1:", 0),
    ("ops", "sudo -S whoami", b"no\npw\n", "root\n", f"{_PROMPT}Sorry, try again.\n{_PROMPT}", 0),
    (
        "ops",
        "sudo -S whoami",
        b"a\nb\nc\n",
        "",
        f"{_PROMPT}Sorry, try again.\n" * 2 + f"{_PROMPT}sudo: 3 incorrect password attempts\n",
        1,
    ),
    ("ops", "sudo -S true; sudo -n whoami", b"pw\n", "root\n", _PROMPT, 0),
    (
        "ops",
        "sudo -S true; sudo -k; sudo -n whoami",
        b"pw\n",
        "",
        _PROMPT + "sudo: a password is required\n",
        1,
    ),
    ("ops", "sudo -S cat", b"pw\nrest\n", "rest\n", _PROMPT, 0),
    ("dev", "sudo -S id", b"dv\n", "", "[sudo] password for dev: dev is not in the sudoers file.\n", 1),
    ("bot", "sudo -n id -u", b"", "0\n", "", 0),
    ("bot", "sudo -u ops whoami", b"", "ops\n", "", 0),
    ("bot", "sudo nosuch", b"", "", "sudo: nosuch: command not found\n", 1),
    ("bot", "sudo cd /root", b"", "", "sudo: cd: command not found\n", 1),
    ("bot", "sudo A=1 sh -c 'echo $A $SUDO_USER $HOME'", b"", "1 bot /root\n", "", 0),
    ("bot", "X=1; export X; sudo sh -c 'echo ${X-gone}'; sudo -E sh -c 'echo $X'", b"", "gone\n1\n", "", 0),
    ("bot", "sudo sh -c 'exit 9'", b"", "", "", 9),
    ("bot", "sudo -i pwd; pwd", b"", "/root\n/home/bot\n", "", 0),
    ("bot", "echo x | sudo tee /etc/motd; cat /etc/motd", b"", "x\nx\n", "", 0),
    ("root", "whoami; sudo whoami; pwd; umask", b"", "root\nroot\n/root\n0022\n", "", 0),
    ("ops", "su -c whoami", b"pw\n", "", "Password: su: Authentication failure\n", 1),
    ("ops", "su dev -c 'whoami'", b"dv\n", "dev\n", "Password: ", 0),
    ("root", "su - dev -c 'whoami; pwd'", b"", "dev\n/home/dev\n", "", 0),
]


def machine() -> Machine:
    return Machine(users=(User("ops", "pw", sudo=True), User("dev", "dv"), User("bot", sudo="nopasswd")))


@pytest.mark.parametrize(("user", "script", "stdin", "stdout", "stderr", "status"), CASES)
def test_sudo(user: str, script: str, stdin: bytes, stdout: str, stderr: str, status: int) -> None:
    """sudo asks on stderr, counts attempts, and lets only those through who may."""
    done = machine().run(script, user=user, stdin=stdin)
    assert (done.stdout.decode(), done.stderr.decode(), done.status) == (stdout, stderr, status)


def test_password_change() -> None:
    """passwd asks three times, and from then on only the new password counts."""
    host = machine()
    done = host.run("passwd", stdin=b"pw\nnew-secret\nnew-secret\n")
    assert done.status == 0
    assert done.stderr.decode() == (
        "Current password: New password: Retype new password: passwd: password updated successfully\n"
    )
    assert not host.users.check_password("ops", "pw")
    assert host.users.check_password("ops", "new-secret")


@pytest.mark.parametrize("stdin", [b"wrong\n", b"pw\nnew-one\nother\n", b"pw\n\n\n", b""])
def test_password_change_refused(stdin: bytes) -> None:
    """A wrong password, two different new ones, or none leave everything as it was."""
    host = machine()
    assert host.run("passwd", stdin=stdin).status == 10
    assert host.users.check_password("ops", "pw")
