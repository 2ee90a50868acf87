"""Programs that run others: sh, bash, env, nohup, nice, timeout, time, setsid."""

# ruff: noqa: RUF001 - the typographic marks are those of the real programs

from __future__ import annotations

import re

from labkit.hosts.commands import program
from labkit.hosts.shell.expansion import decode
from labkit.hosts.shell.interpreter import Shell
from labkit.hosts.shell.options import parse
from labkit.hosts.shell.process import CommandProblem, Process, reason
from labkit.hosts.shell.running import run_program
from labkit.hosts.shell.state import State


def _fresh_state(process: Process, name: str) -> State:
    """What a new shell gets from the old: the exported environment, the folder, the umask."""
    old = process.shell.state
    state = State(old.account, old.credentials, old.cwd, old.environment())
    state.umask = old.umask
    state.name = name
    state.started = process.time
    state.dash = process.name in ("sh", "dash")
    state.variables["PWD"] = state.cwd
    return state


@program("sh", "bash", "dash", usage_status=2)
def sh(process: Process) -> int:  # noqa: C901 - one branch per case
    """``sh [-eux] [-o option] [-c text [name arguments] | script arguments]``; without either, stdin."""
    arguments = list(process.args)
    switches: list[str] = []
    command = from_stdin = False
    while arguments and re.fullmatch(r"[-+][A-Za-z]+|--|--[a-z]+", arguments[0]):
        argument = arguments.pop(0)
        if argument == "--":
            break
        if argument in ("--login", "--norc", "--noprofile", "--posix"):
            continue
        if argument.startswith("--"):
            process.say(f"{process.name}: {argument}: invalid option\n")
            return 2
        from_stdin = from_stdin or "s" in argument
        letters = argument[1:].translate(str.maketrans("", "", "lis"))
        command = command or "c" in letters
        letters = letters.replace("c", "")
        if letters.endswith("o") and arguments:
            switches += [argument[0] + letters, arguments.pop(0)]
        elif letters:
            switches.append(argument[0] + letters)
    if command and not arguments:
        process.say(f"{process.name}: -c: option requires an argument\n")
        return 2
    if command:
        text, name, label = arguments[0], process.name, "-c"
        zero = arguments[1] if len(arguments) > 1 else process.name
        positional = arguments[2:]
    elif arguments and not from_stdin:
        name = zero = arguments[0]
        label, positional = "", arguments[1:]
        try:
            text = decode(process.files.read(process.path(name), by=process.by))
        except OSError as problem:
            return _no_script(process, name, problem)
    else:
        text, name, label, zero, positional = None, process.name, "", process.name, arguments
    state = _fresh_state(process, zero if command and len(arguments) > 1 else name)
    state.arguments = positional
    child = process.shell.child(state=state)
    child.argument_zero = zero
    child.guarded = child.loops = 0
    if switches and (status := _switch(process, child, switches)):
        return status
    process.flush()
    return child.finish(lambda: _lines(child) if text is None else child.run_text(text, label))


def _switch(process: Process, child: Shell, switches: list[str]) -> int:
    from labkit.hosts.shell.builtins.settings import set_

    inner = Process(child, "set", switches)
    inner.name = process.name
    return set_(inner)


def _no_script(process: Process, name: str, problem: OSError) -> int:
    if process.name in ("sh", "dash"):
        text = "No such file" if problem.errno == 2 else reason(problem)
        process.say(f"{process.name}: 0: cannot open {name}: {text}\n")
        return 2 if problem.errno == 2 else 126
    process.say(f"bash: {name}: {reason(problem)}\n")
    return 127 if problem.errno == 2 else 126


def _lines(child: Shell) -> int:
    """A script that comes from stdin: each command runs as soon as it is complete."""
    reader = child.fds.get(0)
    pending = ""
    status = 0
    while True:
        line = decode(reader.readline()) if reader is not None else ""  # type: ignore[union-attr]
        pending += line
        if not pending.strip():
            if not line:
                return status
            pending = ""
            continue
        program_ = child.session.parse(pending)
        if line and ((program_.problem and program_.problem.incomplete) or program_.warnings):
            continue
        text, pending = pending, ""
        status = child.run_text(text, "")
        if not line:
            return status


@program("env", "printenv", usage_status=125)
def env(process: Process) -> int:
    if process.name == "printenv":
        return _printenv(process)
    found = process.options("iu:0", {"ignore-environment": "i", "unset": "u", "null": "0"}, permute=False)
    child = process.shell.child()
    state = child.state
    if "i" in found or found.operands[:1] == ["-"]:
        for name in list(state.exported):
            state.variables.pop(name, None)
        state.exported.clear()
    for name in found.all("u"):
        state.variables.pop(name, None)
        state.exported.discard(name)
    words = [word for word in found.operands if word != "-"] if "i" in found else list(found.operands)
    while words and "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        state.variables[name] = value
        state.exported.add(name)
    if not words:
        end = "\0" if "0" in found else "\n"
        for name, value in state.environment().items():
            process.out(f"{name}={value}{end}")
        return 0
    process.flush()
    return child.finish(lambda: run_program(child, words, caller="env"))


def _printenv(process: Process) -> int:
    found = process.options("0", {"null": "0"})
    environment = process.shell.state.environment()
    if not found.operands:
        process.out("".join(f"{name}={value}\n" for name, value in environment.items()))
        return 0
    for name in found.operands:
        if name in environment:
            process.out(environment[name] + "\n")
    return int(any(name not in environment for name in found.operands))


@program("nohup", "setsid", usage_status=125)
def nohup(process: Process) -> int:
    found = process.options("", permute=False)
    if not found.operands:
        raise CommandProblem(f"missing operand\nTry '{process.name} --help' for more information.", 125)
    return process.run(found.operands)


@program("nice", "ionice", usage_status=125)
def nice(process: Process) -> int:
    found = process.options("n:c:t", {"adjustment": "n"}, permute=False)
    if not found.operands:
        process.out("0\n")
        return 0
    return process.run(found.operands)


@program("timeout", usage_status=125)
def timeout(process: Process) -> int:
    """Runs a command; it counts as too late when the virtual clock moved on by more than was allowed."""
    found = process.options(
        "k:s:v", {"kill-after": "k", "signal": "s", "preserve-status": "preserve"}, permute=False
    )
    if len(found.operands) < 2:
        raise CommandProblem("missing operand\nTry 'timeout --help' for more information.", 125)
    match = re.fullmatch(r"(\d+\.?\d*)([smhd]?)", found.operands[0])
    if not match:
        raise CommandProblem(
            f"invalid time interval ‘{found.operands[0]}’\nTry 'timeout --help' for more information.", 125
        )
    limit = float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]
    status = 0
    with process.shell.session.deadline(limit) as deadline:
        status = process.run(found.operands[1:])
    if deadline.passed:
        return 143 if "preserve" in found else 124
    return status


@program("time")
def time(process: Process) -> int:
    words = parse(process.args, "p", permute=False).operands
    started = process.time
    status = process.run(words)
    process.say(f"real {process.time - started:.2f}\nuser 0.00\nsys 0.00\n")
    return status


@program("which")
def which(process: Process) -> int:
    from labkit.hosts.shell.running import find_program

    found = process.options("a")
    status = 0
    for name in found.operands:
        path = find_program(process.shell, name)
        if path is None or ("/" in name and not process.files.exists(process.path(name))):
            status = 1
        else:
            process.out(path + "\n")
    return status
