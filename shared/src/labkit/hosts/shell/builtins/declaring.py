"""export, local, readonly, declare: builtins whose arguments are assignments."""

from __future__ import annotations

import re
from collections.abc import Callable

from labkit.hosts.shell.options import UsageProblem
from labkit.hosts.shell.parameters import AssociativeArray
from labkit.hosts.shell.parser import is_name
from labkit.hosts.shell.process import CommandProblem, Process
from labkit.hosts.shell.syntax import Assignment, Simple
from labkit.hosts.shell.words import literal


def _assignments(process: Process, node: Simple | None) -> tuple[set[str], list[Assignment | str]]:
    """Option letters, and the operands: assignments or plain names."""
    flags: set[str] = set()
    operands: list[Assignment | str] = []
    declared = {} if node is None else {a.name: a for _position, a in node.declared}
    written = set(declared)
    options = True
    for argument in process.args:
        if options and re.match(r"[-+][A-Za-z]", argument):
            flags |= set(argument[1:]) if argument[0] == "-" else {"+" + letter for letter in argument[1:]}
            continue
        if argument == "--" and options:
            options = False
            continue
        options = False
        name = argument.partition("=")[0].rstrip("+").partition("[")[0]
        if name in written:
            operands.append(declared[name])
            written.discard(name)
        elif "=" in argument and is_name(name):
            text = argument.partition("=")[2]
            operands.append(Assignment(name, literal(text)))
        else:
            operands.append(argument)
    return flags, operands


def _each(
    process: Process, operands: list[Assignment | str], prepare: Callable[[str], None]
) -> tuple[list[str], int]:
    names, status = [], 0
    for operand in operands:
        name = operand.name if isinstance(operand, Assignment) else operand
        if not is_name(name):
            process.error(f"`{name}': not a valid identifier")
            status = 1
            continue
        if isinstance(operand, Assignment):
            # The value is worked out before a local variable of the same name hides the old one.
            value = operand.value
            if value is not None and value.plain is None:
                operand = Assignment(
                    name, literal(process.shell.expander.text(value)), None, operand.index, operand.append
                )
            prepare(name)
            process.shell.expander.parameters.assign(operand)
        else:
            prepare(name)
        names.append(name)
    return names, status


def _quoted(text: str) -> str:
    return '"' + re.sub(r'(["$`\\])', r"\\\1", text) + '"'


def export(process: Process, node: Simple | None) -> int:
    flags, operands = _assignments(process, node)
    _check(flags, "fnp")
    state = process.shell.state
    if not operands:
        for name, value in state.environment().items():
            process.out(f"declare -x {name}={_quoted(value)}\n")
        return 0
    names, status = _each(process, operands, lambda _name: None)
    if "n" in flags:
        state.exported.difference_update(names)
    elif "f" not in flags:
        state.exported.update(names)
    return status


def _check(flags: set[str], known: str) -> None:
    for flag in sorted(flags):
        if flag[-1] not in known:
            raise UsageProblem(f"invalid option -- '{flag}'")


def readonly(process: Process, node: Simple | None) -> int:
    flags, operands = _assignments(process, node)
    _check(flags, "apf")
    names, status = _each(process, operands, lambda _name: None)
    process.shell.state.readonly.update(names)
    return status


def local(process: Process, node: Simple | None) -> int:
    if not process.shell.state.locals:
        raise CommandProblem("can only be used in a function")
    return _declare(process, node, inside=True)


def declare(process: Process, node: Simple | None) -> int:
    return _declare(process, node, inside=bool(process.shell.state.locals))


def _declare(process: Process, node: Simple | None, *, inside: bool) -> int:  # noqa: C901 - one branch per case
    flags, operands = _assignments(process, node)
    _check(flags, "aAfFgilprux" if process.name != "local" else "aAilrux")
    if flags & {"i", "l", "u"}:
        raise CommandProblem(f"simulated host: the attribute -{min(flags & set('ilu'))} is not supported", 2)
    state = process.shell.state
    if flags & {"f", "F"}:
        names = [operand if isinstance(operand, str) else operand.name for operand in operands]
        if "f" in flags and any(name in state.functions for name in names or state.functions):
            raise CommandProblem("simulated host: showing functions is not supported", 2)
        for name in names or sorted(state.functions):
            if name in state.functions:
                process.out(f"{name}\n" if names else f"declare -f {name}\n")
        return int(any(name not in state.functions for name in names))
    if "p" in flags:
        return _show(process, operands)

    def prepare(name: str) -> None:
        if inside and "g" not in flags:
            state.make_local([name])
        if "A" in flags and not isinstance(state.variables.get(name), AssociativeArray):
            state.variables[name] = AssociativeArray()
        elif "a" in flags and not isinstance(state.variables.get(name), dict):
            state.variables[name] = {}

    names, status = _each(process, operands, prepare)
    if "x" in flags:
        state.exported.update(names)
    if "r" in flags:
        state.readonly.update(names)
    return status


def _show(process: Process, operands: list[Assignment | str]) -> int:
    state = process.shell.state
    status = 0
    for operand in operands:
        name = operand if isinstance(operand, str) else operand.name
        value = state.variables.get(name)
        if value is None:
            process.error(f"{name}: not found")
            status = 1
            continue
        letters = ("x" if name in state.exported else "") + ("r" if name in state.readonly else "")
        if isinstance(value, dict):
            letters = ("A" if isinstance(value, AssociativeArray) else "a") + letters
            shown = "(" + " ".join(f"[{key}]={_quoted(text)}" for key, text in value.items()) + ")"
        else:
            shown = _quoted(value)
        process.out(f"declare -{letters or '-'} {name}={shown}\n")
    return status


DECLARING: dict[str, Callable[[Process, Simple | None], int]] = {
    "declare": declare,
    "export": export,
    "local": local,
    "readonly": readonly,
    "typeset": declare,
}
