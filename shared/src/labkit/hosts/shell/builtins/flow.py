"""exit, return, break, continue, shift."""

from __future__ import annotations

from labkit.hosts.shell.control import ExitShell, LeaveLoop, ReturnFrom
from labkit.hosts.shell.process import CommandProblem, Process


def _status(process: Process) -> int:
    if not process.args:
        return process.shell.state.status
    try:
        return int(process.args[0]) & 255
    except ValueError:
        process.error(f"{process.args[0]}: numeric argument required")
        return 2


def exit_(process: Process) -> int:
    if len(process.args) > 1 and process.args[0].lstrip("-").isdigit():
        raise CommandProblem("too many arguments")
    if process.shell.state.interactive and process.shell is process.shell.session.shell:
        process.say("logout\n")
    raise ExitShell(_status(process))


def return_(process: Process) -> int:
    shell = process.shell
    if not shell.state.locals and not shell.session.sourcing:
        raise CommandProblem("can only `return' from a function or sourced script", 2)
    raise ReturnFrom(_status(process))


def _levels(process: Process) -> int:
    try:
        levels = int(process.args[0]) if process.args else 1
    except ValueError:
        raise CommandProblem(f"{process.args[0]}: numeric argument required", 128) from None
    if levels < 1:
        raise CommandProblem(f"{process.args[0]}: loop count out of range")
    return levels


def break_(process: Process) -> int:
    if not process.shell.loops:
        raise CommandProblem("only meaningful in a `for', `while', or `until' loop", 0)
    raise LeaveLoop(_levels(process), again=False)


def continue_(process: Process) -> int:
    if not process.shell.loops:
        raise CommandProblem("only meaningful in a `for', `while', or `until' loop", 0)
    raise LeaveLoop(_levels(process), again=True)


def shift(process: Process) -> int:
    try:
        count = int(process.args[0]) if process.args else 1
    except ValueError:
        raise CommandProblem(f"{process.args[0]}: numeric argument required") from None
    arguments = process.shell.state.arguments
    if count < 0 or count > len(arguments):
        return 1
    process.shell.state.arguments = arguments[count:]
    return 0
