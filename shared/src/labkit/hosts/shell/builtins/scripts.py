"""eval, source, command, type, exec."""

from __future__ import annotations

from labkit.hosts.shell.control import ExitShell, ReturnFrom
from labkit.hosts.shell.expansion import decode
from labkit.hosts.shell.parser import RESERVED
from labkit.hosts.shell.process import CommandProblem, Process, reason


def eval_(process: Process) -> int:
    text = " ".join(process.args)
    if not text.strip():
        return 0
    line = process.shell.state.line
    status = process.shell.run_text(text, "eval")
    process.shell.state.line = line
    return status


def source(process: Process) -> int:
    if not process.args:
        process.error("filename argument required")
        process.say(f"{process.name}: usage: {process.name} filename [arguments]\n")
        return 2
    name, *arguments = process.args
    shell = process.shell
    try:
        text = decode(process.files.read(process.path(name), by=process.by))
    except OSError as problem:
        shell.complain(f"{name}: {reason(problem)}")
        return 1
    before = shell.state.arguments
    if arguments:
        shell.state.arguments = arguments
    shell.session.sourcing += 1
    try:
        return shell.run_text(text, "")
    except ReturnFrom as leaving:
        return leaving.status
    finally:
        shell.session.sourcing -= 1
        if arguments:
            shell.state.arguments = before


def _describe(process: Process, name: str) -> tuple[str, str] | None:
    """What a name is: (kind, path or name)."""
    from labkit.hosts.shell.builtins import BUILTINS
    from labkit.hosts.shell.running import find_program

    if name in RESERVED:
        return "keyword", name
    if name in process.shell.state.functions:
        return "function", name
    if name in BUILTINS:
        return "builtin", name
    path = find_program(process.shell, name)
    if path is not None and ("/" not in name or process.files.exists(process.path(name), by=process.by)):
        return "file", path
    return None


def command(process: Process) -> int:
    """``command [-vV] name arguments``: no functions."""
    from labkit.hosts.shell.builtins import BUILTINS
    from labkit.hosts.shell.builtins.declaring import DECLARING
    from labkit.hosts.shell.running import guard, run_program

    found = process.options("vVp", permute=False)
    if "v" in found or "V" in found:
        status = 1 if found.operands else 0
        for name in found.operands:
            what = _describe(process, name)
            if what is None:
                if "V" in found:
                    process.error(f"{name}: not found")
                continue
            status = 0
            process.out(_sentence(name, *what) if "V" in found else what[1] + "\n")
        return status
    if not found.operands:
        return 0
    name, *arguments = found.operands
    inner = Process(process.shell, name, arguments, builtin=True)
    if name in DECLARING:
        return DECLARING[name](inner, None)
    if name in BUILTINS:
        return guard(inner, BUILTINS[name])
    return run_program(process.shell, found.operands)


def builtin(process: Process) -> int:
    from labkit.hosts.shell.builtins import BUILTINS
    from labkit.hosts.shell.running import guard

    if not process.args:
        return 0
    name = process.args[0]
    if name not in BUILTINS:
        raise CommandProblem(f"{name}: not a shell builtin")
    return guard(Process(process.shell, name, process.args[1:], builtin=True), BUILTINS[name])


def _sentence(name: str, kind: str, where: str) -> str:
    if kind == "keyword":
        return f"{name} is a shell keyword\n"
    if kind == "builtin":
        return f"{name} is a shell builtin\n"
    return f"{name} is a function\n" if kind == "function" else f"{name} is {where}\n"


def type_(process: Process) -> int:
    found = process.options("tpPaf")
    status = 0
    for name in found.operands:
        what = _describe(process, name)
        if what is None:
            status = 1
            if "t" not in found and "p" not in found and "P" not in found:
                process.error(f"{name}: not found")
        elif "t" in found:
            process.out(what[0] + "\n")
        elif "p" in found or "P" in found:
            process.out(what[1] + "\n" if what[0] == "file" else "")
        else:
            process.out(_sentence(name, *what))
    return status


def exec_(process: Process) -> int:
    """With a command: the shell ends with it. Without: its redirections stay."""
    from labkit.hosts.shell.running import find_program, run_program

    found = process.options("a:cl", permute=False)
    if not found.operands:
        process.shell.keep_descriptors = True
        return 0
    name = found.operands[0]
    if find_program(process.shell, name) is None:
        process.error(f"{name}: not found")
        raise ExitShell(127)
    process.shell.state.traps.pop("EXIT", None)
    raise ExitShell(run_program(process.shell, found.operands))
