"""``$name`` and ``${name...}``, assignments, arrays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from labkit.hosts.shell import patterns
from labkit.hosts.shell.control import ExpansionProblem
from labkit.hosts.shell.state import Value
from labkit.hosts.shell.syntax import Assignment, Parameter, Word

if TYPE_CHECKING:
    from labkit.hosts.shell.expansion import Expander


class ParameterExpander:
    """Reads and sets the variables of one shell."""

    def __init__(self, expander: Expander) -> None:
        self.expander = expander
        self.shell = expander.shell

    # -- reading ---------------------------------------------------------------------------------

    def special(self, name: str) -> str | None:
        """The value of a parameter that is no variable; None when it is unset or a variable."""
        state = self.shell.state
        if name == "?":
            return str(state.status)
        if name == "#":
            return str(len(state.arguments))
        if name == "$":
            return str(self.shell.session.pid)
        if name == "!":
            return str(state.last_background) if state.last_background else None
        if name == "-":
            return "".join(sorted(option for option in state.options if len(option) == 1)) + "hBc"
        if name == "0":
            return self.shell.argument_zero
        if name.isdigit():
            position = int(name)
            return state.arguments[position - 1] if position <= len(state.arguments) else None
        return None

    def computed(self, name: str) -> str | None:
        """Variables that change by themselves."""
        state = self.shell.state
        clock = self.shell.session.machine.clock
        if name == "RANDOM":
            return str(self.shell.session.random())
        if name == "SECONDS":
            return str(int(clock.peek() - state.started))
        if name == "EPOCHSECONDS":
            return str(int(clock.peek()))
        if name == "LINENO":
            return str(state.line)
        if name in ("UID", "EUID"):
            return str(state.account.uid)
        if name == "PPID":
            return str(self.shell.session.pid - 1)
        if name == "HOSTNAME":
            return self.shell.session.machine.name
        if name == "BASH_VERSION":
            return "5.2.15(1)-release"
        return None

    def lookup(self, name: str) -> Value | None:
        """A variable's value, whole; None when unset."""
        value = self.shell.state.variables.get(name)
        if value is not None:
            return value
        if name == "PIPESTATUS":
            return {index: str(status) for index, status in enumerate(self.shell.state.pipe_status)}
        if name and (name[0].isalpha() or name[0] == "_"):
            return self.computed(name)
        return self.special(name)

    def scalar(self, part: Parameter) -> str | None:
        """The single value that ``name`` or ``name[index]`` has."""
        value = self.lookup(part.name)
        if part.index is None:
            if isinstance(value, dict):
                return (
                    self.shell.state.get(part.name)
                    if part.name != "PIPESTATUS"
                    else str(next(iter(value.values())))
                )
            return value
        if isinstance(value, str):
            value = {0: value}
        if value is None:
            return None
        return value.get(self.key(value, part.index))  # type: ignore[arg-type]

    def key(self, value: Value | dict[int | str, str] | None, index: Word) -> int | str:
        if isinstance(value, dict) and getattr(value, "associative", False):
            return self.expander.text(index)
        number = self.expander.arithmetic(index)
        if number < 0 and isinstance(value, dict) and value:
            number += max(int(key) for key in value) + 1
        return number

    def many(self, part: Parameter) -> list[str] | None:
        """The values of ``$@``, ``$*``, ``${name[@]}``; None when it is another kind."""
        if part.name in ("@", "*"):
            return list(self.shell.state.arguments)
        if part.index is not None and part.index.raw in ("@", "*"):
            value = self.lookup(part.name)
            if isinstance(value, dict):
                return [value[key] for key in sorted(value, key=_order)]  # type: ignore[index]
            return [] if value is None else [value]
        return None

    def value(self, part: Parameter) -> str | list[str]:
        operator = part.operator
        if operator == "bad":
            raise ExpansionProblem(f"{part.raw}: bad substitution")
        values = self.many(part)
        if values is not None:
            return self._of_many(part, values)
        if operator == "prefix":
            return sorted(name for name in self.shell.state.variables if name.startswith(part.name))
        text = self.scalar(part)
        if operator == "indirect":
            return self._indirect(part, text)
        if not operator:
            return self._required(part, text)
        if operator[-1] in "-=?+":
            return self._conditional(part, text)
        text = self._required(part, text)
        if operator == "length":
            return str(len(text))
        return self._transformed(part, text)

    def _required(self, part: Parameter, text: str | None) -> str:
        if text is None:
            if "u" in self.shell.state.options:
                raise ExpansionProblem(f"{part.name}: unbound variable", 127)
            return ""
        return text

    def _of_many(self, part: Parameter, values: list[str]) -> str | list[str]:
        operator = part.operator
        if operator == "length":
            return str(len(values))
        if operator == "keys":
            value = self.lookup(part.name)
            return [str(key) for key in sorted(value, key=_order)] if isinstance(value, dict) else ["0"]
        if operator == "slice":
            return self._slice_list(part, values)
        if operator and operator[-1] in "-=?+":
            there = " ".join(values) if values else None
            chosen = self._conditional(part, there)
            return values if values and "+" not in operator else chosen
        if operator:
            return [self._transformed(part, value) for value in values]
        return values

    def _slice_list(self, part: Parameter, values: list[str]) -> list[str]:
        offset = self.expander.arithmetic(part.argument) if part.argument else 0
        items = [self.shell.argument_zero, *values] if part.name in ("@", "*") else values
        start = offset if offset >= 0 else max(0, len(items) + offset)
        length = len(items) if part.second is None else self.expander.arithmetic(part.second)
        return items[start : start + max(0, length)]

    def _indirect(self, part: Parameter, text: str | None) -> str:
        if not text:
            raise ExpansionProblem(f"{part.name}: invalid indirect expansion")
        return self._required(part, self.scalar(Parameter(text, part.quoted)))

    def _conditional(self, part: Parameter, text: str | None) -> str:
        operator = part.operator
        missing = text is None or (operator[0] == ":" and text == "")
        kind = operator[-1]
        if kind == "+":
            return "" if missing else self.expander.text(part.argument)
        if not missing:
            return text or ""
        if kind == "-":
            return self.expander.text(part.argument)
        if kind == "=":
            value = self.expander.text(part.argument)
            self.assign_text(part.name, value)
            return value
        default = "parameter null or not set" if operator[0] == ":" else "parameter not set"
        raise ExpansionProblem(f"{part.name}: {self.expander.text(part.argument) or default}", 127)

    def _transformed(self, part: Parameter, text: str) -> str:
        operator = part.operator
        if operator == "slice":
            return self._slice(part, text)
        pattern = self.expander.pattern(part.argument)
        if operator in ("#", "##", "%", "%%"):
            return _trim(text, pattern, operator)
        if operator[0] == "/":
            return self._replace(part, text, pattern)
        change = str.upper if operator[0] == "^" else str.lower
        wanted = patterns.compiled(pattern or "?")
        if len(operator) == 2:
            return "".join(change(char) if wanted.fullmatch(char) else char for char in text)
        return change(text[:1]) + text[1:] if text and wanted.fullmatch(text[0]) else text

    def _slice(self, part: Parameter, text: str) -> str:
        offset = self.expander.arithmetic(part.argument) if part.argument else 0
        start = offset if offset >= 0 else len(text) + offset
        if start < 0 or start > len(text):
            return ""
        if part.second is None:
            return text[start:]
        length = self.expander.arithmetic(part.second)
        end = start + length if length >= 0 else len(text) + length
        if end < start:
            raise ExpansionProblem(f"{length}: substring expression < 0")
        return text[start:end]

    def _replace(self, part: Parameter, text: str, pattern: str) -> str:
        if not pattern:
            return text
        replacement = self.expander.text(part.second) if part.second else ""
        source = patterns.to_regex(pattern)
        if part.operator == "/#":
            source = r"\A" + source
        elif part.operator == "/%":
            source += r"\Z"
        count = 0 if part.operator == "//" else 1
        return re.sub(source, lambda _match: replacement, text, count=count, flags=re.DOTALL)

    # -- setting ---------------------------------------------------------------------------------

    def assign(self, assignment: Assignment) -> None:
        """Carry out one assignment."""
        name = assignment.name
        if assignment.elements is not None:
            self._assign_array(assignment)
        elif assignment.index is not None:
            self.check_writable(name)
            value = self._array(name)
            key = self.key(value, assignment.index)
            old = value.get(key, "") if assignment.append else ""
            value[key] = old + self.expander.text(assignment.value)
        else:
            text = self.expander.text(assignment.value)
            if assignment.append:
                text = (self.shell.state.get(name) or "") + text
            self.assign_text(name, text)

    def _array(self, name: str) -> dict[int | str, str]:
        value = self.shell.state.variables.get(name)
        if not isinstance(value, dict):
            value = {} if value is None else {0: value}
            self.shell.state.variables[name] = value
        return value  # type: ignore[return-value]

    def _assign_array(self, assignment: Assignment) -> None:
        name = assignment.name
        self.check_writable(name)
        old = self.shell.state.variables.get(name)
        if isinstance(old, AssociativeArray):
            fresh: dict[int | str, str] = AssociativeArray(old if assignment.append else {})  # type: ignore[assignment]
        elif assignment.append:
            fresh = dict(self._array(name))
        else:
            fresh = {}
        position = max((key for key in fresh if isinstance(key, int)), default=-1) + 1
        for index, word in assignment.elements or ():
            if index is not None:
                key = self.key(fresh, index)
                fresh[key] = self.expander.text(word)
                position = key + 1 if isinstance(key, int) else position
            else:
                for field in self.expander.fields([word]):
                    fresh[position] = field
                    position += 1
        self.shell.state.variables[name] = fresh  # type: ignore[assignment]

    def check_writable(self, name: str) -> None:
        if name in self.shell.state.readonly:
            raise ExpansionProblem(f"{name}: readonly variable")

    def assign_text(self, name: str, text: str) -> None:
        """Set a plain variable, or element 0 of an array."""
        state = self.shell.state
        self.check_writable(name)
        if not (name[:1].isalpha() or name[:1] == "_"):
            raise ExpansionProblem(f"${name}: cannot assign in this way")
        value = state.variables.get(name)
        if isinstance(value, dict):
            value[0] = text  # type: ignore[index]
        else:
            state.variables[name] = text
        if "a" in state.options:
            state.exported.add(name)

    def arithmetic_get(self, name: str) -> str:
        base, _, index = name.partition("[")
        if not index:
            value = self.scalar(Parameter(base, False))
        else:
            from labkit.hosts.shell.words import parse_quoted

            value = self.scalar(Parameter(base, False, index=parse_quoted(index[:-1])))
        if value is None and "u" in self.shell.state.options:
            raise ExpansionProblem(f"{base}: unbound variable", 127)
        return value or ""

    def arithmetic_put(self, name: str, text: str) -> None:
        base, _, index = name.partition("[")
        if not index:
            self.assign_text(base, text)
            return
        from labkit.hosts.shell.words import literal, parse_quoted

        self.assign(Assignment(base, literal(text), None, parse_quoted(index[:-1])))


class AssociativeArray(dict[str, str]):
    """An array made by ``declare -A``."""

    associative = True

    def copy(self) -> AssociativeArray:
        return AssociativeArray(self)


def _order(key: int | str) -> tuple[bool, int, str]:
    return (isinstance(key, str), key if isinstance(key, int) else 0, str(key))


def _trim(text: str, pattern: str, operator: str) -> str:
    """Remove the shortest (one sign) or longest (two) matching prefix (#) or suffix (%)."""
    matcher = patterns.compiled(pattern)
    lengths = range(len(text) + 1) if len(operator) == 1 else range(len(text), -1, -1)
    for length in lengths:
        if operator[0] == "#" and matcher.fullmatch(text, 0, length):
            return text[length:]
        if operator[0] == "%" and matcher.fullmatch(text, len(text) - length):
            return text[: len(text) - length]
    return text
