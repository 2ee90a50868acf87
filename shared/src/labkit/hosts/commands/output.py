"""Programs that make output out of nothing: echo, printf, yes, seq, true, false, test, sleep."""

# ruff: noqa: RUF001 - the typographic marks are those of the real programs

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation

from labkit.hosts.commands import program
from labkit.hosts.shell.builtins.printing import echo, printf, pwd
from labkit.hosts.shell.builtins.truth import bracket, false, test, true
from labkit.hosts.shell.process import CommandProblem, Process

program("echo")(echo)
program("printf")(printf)
program("pwd")(pwd)
program("test")(test)
program("[")(bracket)
program("true")(true)
program("false")(false)


@program("yes")
def yes(process: Process) -> int:
    """Repeats a line until nobody reads it."""
    line = (" ".join(process.args) or "y") + "\n"
    block = line.encode("utf-8", "surrogateescape")
    block *= max(1, 8192 // len(block))
    while True:
        process.tick()
        process.out(block)
        process.flush()


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise CommandProblem(
            f"invalid floating point argument: ‘{text}’\nTry 'seq --help' for more information."
        ) from None


@program("seq")
def seq(process: Process) -> int:
    """``seq [-w] [-s separator] [-f format] [first [step]] last``."""
    negative = [re.fullmatch(r"-\.?\d.*", argument) is not None for argument in process.args]
    first_operand = negative.index(True) if True in negative else len(process.args)
    rest = process.args[first_operand:]
    process.args = process.args[:first_operand]
    found = process.options("ws:f:", {"equal-width": "w", "separator": "s", "format": "f"}, permute=False)
    operands = found.operands + rest
    if not operands:
        raise CommandProblem("missing operand\nTry 'seq --help' for more information.")
    if len(operands) > 3:
        raise CommandProblem(f"extra operand ‘{operands[3]}’\nTry 'seq --help' for more information.")
    numbers = [_decimal(text) for text in operands]
    first = numbers[0] if len(numbers) > 1 else Decimal(1)
    step = numbers[1] if len(numbers) > 2 else Decimal(1)
    last = numbers[-1]
    if step == 0:
        raise CommandProblem(f"invalid Zero increment value: ‘{operands[1]}’")
    given = [str(first), str(step)] if len(numbers) > 1 else ["1"]
    places = max(len(text.partition(".")[2]) for text in given)
    width = max(len(f"{number:.{places}f}") for number in (first, last)) if "w" in found else 0
    form = found.get("f")
    separator = found.get("s", "\n")
    value, count = first, 0
    while value <= last if step > 0 else value >= last:
        if count % 1000 == 0:
            process.tick()
        text = form % value if form else f"{value:.{places}f}".zfill(width)
        process.out((separator if count else "") + text)
        value += step
        count += 1
    if count:
        process.out("\n")
    return 0


@program("sleep")
def sleep(process: Process) -> int:
    """Returns at once; the clock of the machine moves on."""
    if not process.args:
        raise CommandProblem("missing operand\nTry 'sleep --help' for more information.")
    found = process.options("")
    seconds = 0.0
    for text in found.operands:
        match = re.fullmatch(r"(\d+\.?\d*|\.\d+|infinity|inf)([smhd]?)", text)
        if not match:
            raise CommandProblem(f"invalid time interval ‘{text}’\nTry 'sleep --help' for more information.")
        seconds += float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]
    if math.isinf(seconds):
        process.flush()
        process.shell.session.wait_for_cancel()
        return 0
    process.sleep(seconds)
    return 0
