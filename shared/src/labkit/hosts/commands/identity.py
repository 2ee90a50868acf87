"""id, whoami, groups, logname, getent, passwd."""

# ruff: noqa: RUF001 - the typographic marks are those of the real programs

from __future__ import annotations

from labkit.hosts import procfs
from labkit.hosts.commands import program
from labkit.hosts.shell.expansion import decode
from labkit.hosts.shell.process import CommandProblem, Process


@program("whoami")
def whoami(process: Process) -> int:
    process.options("")
    process.out(process.user + "\n")
    return 0


@program("logname")
def logname(process: Process) -> int:
    process.out(process.shell.session.user + "\n")
    return 0


@program("id")
def id_(process: Process) -> int:
    found = process.options("ugGnr", {"user": "u", "group": "g", "groups": "G", "name": "n", "real": "r"})
    users = process.machine.users
    name = found.operands[0] if found.operands else process.user
    if name.isdigit():
        name = users.user_name(int(name))
    if name in users:
        account = users.account(name)
        groups = users.group_ids(name)
    else:
        match = next((account for account in users.accounts() if account.name == name), None)
        if match is None:
            raise CommandProblem(f"‘{name}’: no such user")
        account, groups = match, [(match.gid, users.group_name(match.gid))]
    named = "n" in found
    if "u" in found:
        process.out(f"{account.name if named else account.uid}\n")
    elif "g" in found:
        process.out(f"{users.group_name(account.gid) if named else account.gid}\n")
    elif "G" in found:
        process.out(" ".join(group if named else str(gid) for gid, group in groups) + "\n")
    elif named:
        raise CommandProblem("cannot print only names or real IDs in default format")
    else:
        shown = ",".join(f"{gid}({group})" for gid, group in groups)
        primary = users.group_name(account.gid)
        process.out(f"uid={account.uid}({account.name}) gid={account.gid}({primary}) groups={shown}\n")
    return 0


@program("groups")
def groups(process: Process) -> int:
    found = process.options("")
    users = process.machine.users
    for name in found.operands or [process.user]:
        if name not in users:
            raise CommandProblem(f"‘{name}’: no such user")
        text = " ".join(group for _gid, group in users.group_ids(name))
        process.out(f"{name} : {text}\n" if found.operands else f"{text}\n")
    return 0


@program("getent", usage_status=64)
def getent(process: Process) -> int:
    found = process.options("")
    if not found.operands:
        raise CommandProblem("wrong number of arguments", 1)
    tables = {"passwd": procfs.passwd, "group": procfs.group}
    database, *keys = found.operands
    if database == "hosts":
        lines = decode(process.files.read("/etc/hosts")).splitlines()
        rows = [line for line in lines if not keys or any(key in line.split() for key in keys)]
    elif database in tables:
        lines = tables[database](process.machine).splitlines()
        rows = [
            line
            for line in lines
            if not keys or any(key in (line.split(":")[0], line.split(":")[2]) for key in keys)
        ]
    else:
        process.say(
            f"Unknown database: {database}\nTry `getent --help' or `getent --usage' for more information.\n"
        )
        return 1
    process.out("".join(row + "\n" for row in rows))
    return 0 if rows or not keys else 2


@program("passwd")
def passwd(process: Process) -> int:
    """Asks for the new password twice, after the current one unless root."""
    found = process.options("lud", {"lock": "l", "unlock": "u", "delete": "d"})
    users = process.machine.users
    name = found.operands[0] if found.operands else process.user
    if name != process.user and not process.is_root:
        raise CommandProblem(f"You may not view or modify password information for {name}.")
    if name not in users:
        raise CommandProblem(f"user '{name}' does not exist")
    user = users[name]
    if "l" in found or "d" in found:
        user.password = None
        process.out("passwd: password changed.\n")
        return 0
    if not process.is_root:
        process.out(f"Changing password for {name}.\n")
        process.flush()
        if _ask(process, "Current password: ") != (user.password or ""):
            return _refuse(process, "Authentication token manipulation error")
    new = _ask(process, "New password: ")
    again = _ask(process, "Retype new password: ")
    if not new:
        process.say("No password has been supplied.\n")
        return _refuse(process, "Authentication token manipulation error")
    if new != again:
        process.say("Sorry, passwords do not match.\n")
        return _refuse(process, "Authentication token manipulation error")
    if not process.is_root and len(new) < 6:
        process.say("You must choose a longer password.\n")
        return _refuse(process, "Authentication token manipulation error")
    with process.machine.lock:
        user.password = new
    process.say("passwd: password updated successfully\n")
    return 0


def _ask(process: Process, prompt: str) -> str:
    process.say(prompt)
    line = decode(process.stdin.readline()).rstrip("\r\n")
    if process.shell.session.tty:
        process.say("\n")
    return line


def _refuse(process: Process, text: str) -> int:
    process.say(f"passwd: {text}\npasswd: password unchanged\n")
    return 10


@program("chpasswd", sbin=True)
def chpasswd(process: Process) -> int:
    for line in decode(process.stdin.read()).splitlines():
        name, colon, password = line.partition(":")
        if not colon or name not in process.machine.users:
            raise CommandProblem(
                f"(user {name}) pam_chauthtok() failed, error:\nAuthentication token manipulation error"
            )
        process.machine.users[name].password = password
    return 0
