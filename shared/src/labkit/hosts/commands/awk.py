"""awk: patterns, fields, BEGIN and END, print and printf, arrays, control flow, the string functions.

Refused aloud: getline, user functions, pipes and output files inside a program.
"""

from __future__ import annotations

import re

from labkit.hosts.commands import program
from labkit.hosts.commands.awkparse import AwkProblem, Parser
from labkit.hosts.commands.awkrun import Runner
from labkit.hosts.shell.builtins.printing import unescape
from labkit.hosts.shell.expansion import decode
from labkit.hosts.shell.process import CommandProblem, Process, reason


@program("awk", "mawk", usage_status=2)
def awk(process: Process) -> int:
    """``awk [-F separator] [-v name=value] [-f file | program] [file | name=value ...]``."""
    process.args = list(process.args)
    found = process.options("F:v:f:", permute=False)
    operands = list(found.operands)
    if "f" in found:
        try:
            text = "\n".join(decode(process.open(name).read()) for name in found.all("f"))
        except OSError as problem:
            raise CommandProblem(f"cannot open {found.get('f')} ({reason(problem)})", 2) from None
    elif operands:
        text = operands.pop(0)
    else:
        process.say("usage: awk [-F value] [-v var=value] [-f file | program] [file ...]\n")
        return 2
    try:
        runner = Runner(process, Parser(text).program())
    except AwkProblem as problem:
        raise CommandProblem(str(problem), 2) from None
    if "F" in found:
        runner.variables["FS"] = "\t" if found.get("F") == "t" else unescape(found.get("F"), echo=False)
    for setting in found.all("v"):
        runner.assign(setting)
    try:
        return runner.run([name for name in operands if name] or ["-"])
    except AwkProblem as problem:
        raise CommandProblem(str(problem), 2) from None


def is_assignment(text: str) -> bool:
    """Whether an operand sets a variable instead of naming a file."""
    return re.match(r"[A-Za-z_]\w*=", text) is not None
