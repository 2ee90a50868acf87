"""sudo and su."""

from __future__ import annotations

from labkit.hosts.commands import program
from labkit.hosts.shell.expansion import decode
from labkit.hosts.shell.options import UsageProblem
from labkit.hosts.shell.process import CommandProblem, Process
from labkit.hosts.shell.running import run_program
from labkit.hosts.shell.session import ROOT_PATH, login_environment

_TRIES = 3


@program("sudo", package="sudo")
def sudo(process: Process) -> int:  # noqa: C901 - one branch per case
    """``sudo [-nSkEHbivls] [-p prompt] [-u user] [NAME=value ...] command``."""
    try:
        found = process.options(
            "nSkKEHbivlsu:p:g:A",
            {
                "non-interactive": "n",
                "stdin": "S",
                "user": "u",
                "prompt": "p",
                "login": "i",
                "shell": "s",
                "preserve-env=?": "E",
                "set-home": "H",
                "reset-timestamp": "k",
                "validate": "v",
                "list": "l",
            },
            permute=False,
        )
    except UsageProblem as problem:
        process.say(
            f"sudo: {problem}\nusage: sudo -h | -K | -k | -V\n"
            "usage: sudo -v [-ABkNnS] [-g group] [-h host] [-p prompt] [-u user]\n"
        )
        return 1
    session = process.shell.session
    if "k" in found or "K" in found:
        session.sudo_known = False
        if not found.operands:
            return 0
    target = found.get("u", "root").removeprefix("#")
    users = process.machine.users
    if target.isdigit():
        target = users.user_name(int(target))
    if target not in users:
        raise CommandProblem(f"unknown user {target}\nsudo: error initializing audit plugin sudoers_audit")
    words = list(found.operands)
    variables = {}
    while words and "=" in words[0] and "/" not in words[0].partition("=")[0]:
        name, _, value = words.pop(0).partition("=")
        variables[name] = value
    shell = "i" in found or "s" in found
    if not words and not shell and "v" not in found and "l" not in found:
        process.say(
            "usage: sudo -h | -K | -k | -V\n"
            "usage: sudo -v [-ABkNnS] [-g group] [-h host] [-p prompt] [-u user]\n"
        )
        return 1
    refused = _authenticate(
        process,
        target,
        ask="n" not in found,
        use_stdin="S" in found,
        prompt=found.get("p", "") if "p" in found else None,
    )
    if refused is not None:
        return refused
    if "v" in found:
        return 0
    if "l" in found:
        process.out(
            f"User {process.user} may run the following commands on {process.machine.name}:\n"
            "    (ALL : ALL) ALL\n"
        )
        return 0
    if shell:
        words = [users.account(target).shell, *(["-c", " ".join(words)] if words else [])]
    return run_as(process, target, words, variables, keep="E" in found, login="i" in found)


def _authenticate(  # noqa: C901 - one branch per case
    process: Process, target: str, *, ask: bool, use_stdin: bool, prompt: str | None
) -> int | None:
    """None when the user may; otherwise the status."""
    machine = process.machine
    name = process.user
    if process.is_root or name == target:
        return None
    user = machine.users[name]
    session = process.shell.session
    if user.sudo == "nopasswd" or session.sudo_known:
        return None if user.sudo else _not_allowed(process)
    if not ask:
        process.say("sudo: a password is required\n")
        return 1
    if not use_stdin and not session.tty:
        process.say(
            "sudo: a terminal is required to read the password; either use the -S option to read from "
            "standard input or configure an askpass helper\nsudo: a password is required\n"
        )
        return 1
    text = "[sudo] password for %p: " if prompt is None else prompt
    for escape, value in (
        ("%p", name),
        ("%u", name),
        ("%U", target),
        ("%h", machine.name),
        ("%H", machine.name),
    ):
        text = text.replace(escape, value)
    for attempt in range(1, _TRIES + 1):
        process.say(text)
        line = process.stdin.readline()
        if not line:
            process.say(
                "\nsudo: no password was provided\n"
                if attempt == 1
                else f"\nsudo: {attempt - 1} incorrect password attempt{'s' * (attempt > 2)}\n"
            )
            if attempt == 1:
                process.say("sudo: a password is required\n")
            return 1
        if session.tty:
            process.say("\n")
        if machine.users.check_password(name, decode(line).rstrip("\r\n")):
            if not user.sudo:
                return _not_allowed(process)
            session.sudo_known = True
            return None
        if attempt < _TRIES:
            process.say("Sorry, try again.\n")
    process.say(f"sudo: {_TRIES} incorrect password attempts\n")
    machine.log("sudo", f"{name} : {_TRIES} incorrect password attempts")
    return 1


def _not_allowed(process: Process) -> int:
    process.say(f"{process.user} is not in the sudoers file.\n")
    process.machine.log("sudo", f"{process.user} : user NOT in sudoers")
    return 1


def run_as(
    process: Process, target: str, words: list[str], variables: dict[str, str], *, keep: bool, login: bool
) -> int:
    """Run a program as another user, with the environment sudo gives it."""
    process.flush()
    shell = process.shell
    machine = process.machine
    child = shell.child()
    state = child.state
    before = state.environment()
    caller = state.account
    account = machine.users.account(target)
    fresh = login_environment(machine, target)
    environment = (
        dict(before)
        if keep
        else {name: before[name] for name in ("TERM", "LANG", "DISPLAY") if name in before}
    )
    environment |= fresh
    environment["PATH"] = ROOT_PATH
    environment |= {
        "SUDO_USER": caller.name,
        "SUDO_UID": str(caller.uid),
        "SUDO_GID": str(caller.gid),
        "SUDO_COMMAND": " ".join(words),
    }
    environment |= variables
    state.account = account
    state.credentials = machine.credentials(target)
    state.variables = dict(environment)
    state.exported = set(environment)
    state.functions = {}
    state.readonly = set()
    if login:
        state.cwd = account.home if machine.files.exists(account.home) else "/"
    state.variables["PWD"] = state.cwd
    machine.log("sudo", f"{caller.name} : PWD={shell.state.cwd} ; USER={target} ; COMMAND={' '.join(words)}")
    return child.finish(lambda: run_program(child, words, caller="sudo"))


@program("su")
def su(process: Process) -> int:
    """``su [-] [user] [-c command]``: asks for the target's password unless root."""
    arguments = ["--login" if argument == "-" else argument for argument in process.args]
    process.args = arguments
    found = process.options("lc:s:m", {"login": "l", "command": "c", "shell": "s"})
    target = found.operands[0] if found.operands else "root"
    users = process.machine.users
    if target not in users:
        raise CommandProblem(
            f"user {target} does not exist or the user entry does not contain all the required fields"
        )
    if not process.is_root:
        process.say("Password: ")
        given = decode(process.stdin.readline()).rstrip("\r\n")
        if process.shell.session.tty:
            process.say("\n")
        if not users.check_password(target, given):
            raise CommandProblem("Authentication failure")
    words = [users.account(target).shell, *(["-c", found.get("c")] if "c" in found else [])]
    return run_as(process, target, words, {}, keep=False, login="l" in found)
