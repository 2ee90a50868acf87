"""Command-line options as GNU getopt reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


class UsageProblem(Exception):
    """An option that does not exist or lacks its argument; the text is GNU's."""


@dataclass
class Options:
    """What was given: ``found`` in order, as (letter, value), and the operands."""

    found: list[tuple[str, str]] = field(default_factory=list)
    operands: list[str] = field(default_factory=list)

    def __contains__(self, letter: str) -> bool:
        return any(name == letter for name, _value in self.found)

    def get(self, letter: str, default: str = "") -> str:
        """The last value of an option."""
        return next((value for name, value in reversed(self.found) if name == letter), default)

    def all(self, letter: str) -> list[str]:
        return [value for name, value in self.found if name == letter]

    def last(self, letters: str) -> str:
        """Which of several options came last; empty when none did."""
        return next((name for name, _value in reversed(self.found) if name in letters), "")


def parse(
    arguments: Sequence[str],
    short: str = "",
    long: Mapping[str, str] | None = None,
    *,
    permute: bool = True,
    numbers: str = "",
) -> Options:
    """Read options.

    Args:
        short: letters as for getopt; ``x:`` takes a value, ``x::`` may have one attached.
        long: long names to letters (``"lines": "n"``); a letter may be any text. A name that takes
            a value of its own ends in ``=`` (``"color=": "color"``), an optional one in ``=?``.
        permute: whether options may follow operands.
        numbers: the letter that ``-5`` stands for.

    Raises:
        UsageProblem: with the wording of getopt, without the command's name.
    """
    result = Options()
    todo = list(arguments)
    while todo:
        argument = todo.pop(0)
        if argument == "--":
            result.operands += todo
            break
        if argument.startswith("--"):
            _long(argument[2:], todo, long or {}, short, result)
        elif len(argument) > 1 and argument[0] == "-":
            if numbers and argument[1:].isdigit():
                result.found.append((numbers, argument[1:]))
            else:
                _cluster(argument[1:], todo, short, result)
        else:
            result.operands.append(argument)
            if not permute:
                result.operands += todo
                break
    return result


def _takes(short: str, letter: str) -> str:
    """``:`` or ``::`` when an option letter takes a value."""
    at = short.find(letter)
    if at < 0 or letter == ":":
        raise UsageProblem(f"invalid option -- '{letter}'")
    after = short[at + 1 : at + 3]
    return after if after == "::" else ":" if after[:1] == ":" else ""


def _cluster(letters: str, todo: list[str], short: str, result: Options) -> None:
    while letters:
        letter, letters = letters[0], letters[1:]
        takes = _takes(short, letter)
        if not takes:
            result.found.append((letter, ""))
            continue
        if letters or takes == "::":
            value = letters
        elif todo:
            value = todo.pop(0)
        else:
            raise UsageProblem(f"option requires an argument -- '{letter}'")
        result.found.append((letter, value))
        return


def _long(text: str, todo: list[str], long: Mapping[str, str], short: str, result: Options) -> None:
    name, equals, value = text.partition("=")
    names = {key.rstrip("=?"): key for key in long}
    matching = [key for key in names if key == name] or [key for key in names if key.startswith(name)]
    if not matching:
        raise UsageProblem(f"unrecognized option '--{name}'")
    if len(matching) > 1:
        shown = " ".join(f"'--{key}'" for key in matching)
        raise UsageProblem(f"option '--{name}' is ambiguous; possibilities: {shown}")
    full = matching[0]
    key = names[full]
    letter = long[key]
    takes = "?" if key.endswith("?") else key.endswith("=") or (len(letter) == 1 and f"{letter}:" in short)
    if equals and not takes:
        raise UsageProblem(f"option '--{full}' doesn't allow an argument")
    if takes and takes != "?" and not equals:
        if not todo:
            raise UsageProblem(f"option '--{full}' requires an argument")
        value = todo.pop(0)
    result.found.append((letter, value))
