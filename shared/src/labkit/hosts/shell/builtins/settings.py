"""cd, set, unset, trap, umask and other settings of the shell."""

from __future__ import annotations

import posixpath

from labkit.hosts.files import EXECUTE
from labkit.hosts.shell.process import CommandProblem, Process, reason

_OPTIONS = {
    "allexport": "a",
    "errexit": "e",
    "noglob": "f",
    "nounset": "u",
    "xtrace": "x",
    "pipefail": "pipefail",
}
_IGNORED = {
    "B",
    "b",
    "h",
    "m",
    "H",
    "P",
    "braceexpand",
    "emacs",
    "hashall",
    "history",
    "histexpand",
    "monitor",
    "vi",
}
_SIGNALS = ("EXIT", "HUP", "INT", "QUIT", "TERM", "PIPE", "USR1", "USR2", "CHLD", "ALRM")


def cd(process: Process) -> int:
    state = process.shell.state
    found = process.options("LPe@", permute=False)
    if len(found.operands) > 1:
        raise CommandProblem("too many arguments")
    target = found.operands[0] if found.operands else state.get("HOME")
    if target is None:
        raise CommandProblem("HOME not set")
    show = target == "-"
    if show:
        previous = state.get("OLDPWD")
        if previous is None:
            raise CommandProblem("OLDPWD not set")
        target = previous
    logical = posixpath.normpath(posixpath.join(state.cwd, target)) if target else state.cwd
    logical = "/" + logical.lstrip("/")
    try:
        stat = process.files.stat(logical, by=process.by)
    except OSError as problem:
        raise CommandProblem(f"{target}: {reason(problem)}") from None
    if not stat.is_dir:
        raise CommandProblem(f"{target}: Not a directory")
    if not process.files.access(logical, EXECUTE, by=process.by):
        raise CommandProblem(f"{target}: Permission denied")
    if "P" in found:
        logical = process.files.realpath(logical, by=process.by)
    state.variables["OLDPWD"] = state.cwd
    state.cwd = logical
    state.variables["PWD"] = logical
    state.exported.update(("PWD", "OLDPWD"))
    if show:
        process.out(logical + "\n")
    return 0


def set_(process: Process) -> int:
    state = process.shell.state
    arguments = list(process.args)
    if not arguments:
        for name in sorted(state.variables):
            process.out(f"{name}={state.get(name) or ''}\n")
        return 0
    while arguments and arguments[0][:1] in ("-", "+") and len(arguments[0]) > 1:
        argument = arguments.pop(0)
        if argument == "--":
            state.arguments = arguments
            return 0
        if not _switch(process, argument, arguments):
            return 2
    if arguments:
        state.arguments = arguments[1:] if arguments[0] == "-" else arguments
    return 0


def _switch(process: Process, argument: str, arguments: list[str]) -> bool:
    on = argument[0] == "-"
    for letter in argument[1:]:
        name = letter
        if letter == "o":
            if not arguments:
                _show_options(process)
                return True
            name = arguments.pop(0)
            if name not in _OPTIONS and name not in _IGNORED:
                process.error(f"{name}: invalid option name")
                return False
            name = _OPTIONS.get(name, name)
        if name in _IGNORED:
            continue
        if name in ("C", "n", "v", "k", "p", "t", "E", "T"):
            raise CommandProblem(f"simulated host: the option -{name} is not supported", 2)
        if name not in _OPTIONS.values():
            process.error(f"{argument[0]}{letter}: invalid option")
            process.say("set: usage: set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]\n")
            return False
        (process.shell.state.options.add if on else process.shell.state.options.discard)(name)
    return True


def _show_options(process: Process) -> None:
    for name, letter in sorted(_OPTIONS.items()):
        process.out(f"{name:<15}\t{'on' if letter in process.shell.state.options else 'off'}\n")


def unset(process: Process) -> int:
    found = process.options("fvn", permute=False)
    state = process.shell.state
    status = 0
    for name in found.operands:
        base, _, index = name.partition("[")
        if base in state.readonly:
            process.error(f"{base}: cannot unset: readonly variable")
            status = 1
        elif index and isinstance(state.variables.get(base), dict):
            key = index.rstrip("]")
            state.variables[base].pop(int(key) if key.isdigit() else key, None)  # type: ignore[union-attr,arg-type]
        elif "f" in found or (name not in state.variables and "v" not in found):
            state.functions.pop(name, None)
        else:
            state.variables.pop(name, None)
            state.exported.discard(name)
    return status


def trap(process: Process) -> int:
    """Only EXIT is ever raised here; ERR, DEBUG and RETURN are refused rather than ignored."""
    state = process.shell.state
    arguments = process.args[1:] if process.args[:1] == ["--"] else process.args
    if not arguments or arguments[0] in ("-p", "-l"):
        for name, action in state.traps.items():
            process.out(f"trap -- '{action}' {name}\n")
        return 0
    action, *names = arguments
    if not names:
        action, names = "-", [action]
    status = 0
    for given in names:
        name = given.upper().removeprefix("SIG")
        name = {"0": "EXIT", "1": "HUP", "2": "INT", "3": "QUIT", "15": "TERM"}.get(name, name)
        if name in ("ERR", "DEBUG", "RETURN"):
            raise CommandProblem(f"simulated host: the trap {name} is not supported", 2)
        if name not in _SIGNALS:
            process.error(f"{given}: invalid signal specification")
            status = 1
        elif action == "-":
            state.traps.pop(name, None)
        else:
            state.traps[name] = action
    return status


def umask(process: Process) -> int:
    found = process.options("S")
    state = process.shell.state
    if found.operands:
        text = found.operands[0]
        if not (text.isdigit() and all(digit in "01234567" for digit in text)):
            if text[:1].isdigit():
                raise CommandProblem(f"{text}: octal number out of range")
            raise CommandProblem("simulated host: symbolic masks are not supported", 2)
        state.umask = int(text, 8) & 0o777
    elif "S" in found:
        allowed = 0o777 & ~state.umask
        parts = [f"{who}={_letters(allowed >> shift)}" for who, shift in (("u", 6), ("g", 3), ("o", 0))]
        process.out(",".join(parts) + "\n")
    else:
        process.out(f"{state.umask:04o}\n")
    return 0


def _letters(bits: int) -> str:
    return "".join(letter for bit, letter in ((4, "r"), (2, "w"), (1, "x")) if bits & bit)


def let(process: Process) -> int:
    from labkit.hosts.shell.words import parse_quoted

    if not process.args:
        raise CommandProblem("expression expected")
    value = 0
    for text in process.args:
        value = process.shell.expander.arithmetic(parse_quoted(text))
    return int(value == 0)


def shopt(process: Process) -> int:
    """Accepts the settings that are the defaults here, refuses those that would change something."""
    found = process.options("supqo")
    harmless = {
        "expand_aliases",
        "checkwinsize",
        "histappend",
        "cmdhist",
        "interactive_comments",
        "login_shell",
    }
    for name in found.operands:
        if "s" in found and name not in harmless:
            raise CommandProblem(f"simulated host: the setting {name} is not supported", 2)
    return 0


def alias(process: Process) -> int:
    if process.args:
        raise CommandProblem("simulated host: aliases are not supported", 2)
    return 0


def times(process: Process) -> int:
    process.out("0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n")
    return 0


def ulimit(process: Process) -> int:
    """Shows limits; setting one changes nothing on this machine, so it is refused."""
    found = process.options("HSabcdefilmnpqrstuvx")
    if found.operands and found.operands[0] != "unlimited":
        raise CommandProblem("simulated host: limits cannot be set", 2)
    process.out("1024\n" if "n" in found else "unlimited\n")
    return 0
