"""Never trust input: from typed text to values, and a report that asks until the answers make sense."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

T = TypeVar("T")


_FLAGS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


def _typed(text: str) -> Decimal:
    if not set(text.strip()) <= set("0123456789+-.eE"):
        raise ValueError(f"{text!r} holds more than a number")
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        raise ValueError(f"{text!r} is no number") from None


def convert_storage(text: str) -> dict[str, float]:
    gigabytes = float(_typed(text))
    if gigabytes < 0:
        raise ValueError(f"{text!r} is below zero")
    return {
        "MB": round(gigabytes * 1000, 2),
        "TB": round(gigabytes / 1000, 2),
        "MiB": round(gigabytes * 1000 * (1000 / 1024) ** 2, 2),
        "TiB": round(gigabytes / 1000 * (1000 / 1024) ** 4, 2),
    }


def whole_number(text: str) -> int:
    number = _typed(text)
    if number.adjusted() > 300:
        raise ValueError(f"{text!r} is larger than anything that is counted")
    return int(number)


def parse_flag(text: str) -> bool:
    try:
        return _FLAGS[text.strip().casefold()]
    except KeyError:
        raise ValueError(f"{text!r} is not one of {'/'.join(_FLAGS)}") from None


def join_values(values: Iterable[Any], separator: str = " | ") -> str:
    forms: dict[type, Callable[[Any], str]] = {
        bool: lambda value: ("no", "yes")[value],
        float: "{:.2f}".format,
        type(None): lambda _: "-",
    }
    return separator.join([forms.get(type(value), str)(value) for value in values])


def parse_port(text: str) -> int:
    numbers = {str(number): number for number in range(1, 65536)}
    try:
        return numbers[text.strip().lstrip("0")]
    except KeyError:
        raise ValueError(f"{text!r} is not among the ports 1 to 65535") from None


def ask(prompt: str, convert: Callable[[str], T]) -> T:
    done = False
    while not done:
        answer = input(prompt)
        try:
            value = convert(answer)
            done = True
        except ValueError as error:
            print(f"{answer!r} will not do: {error}")
    return value


def _hostname(text: str) -> str:
    (name,) = text.split()
    return name


def _from(least: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        if (number := whole_number(text)) < least:
            raise ValueError(f"{least} is the least")
        return number

    return convert


_QUESTIONS: dict[str, tuple[str, Callable[[str], Any], Callable[[Any], str]]] = {
    "host": ("Hostname: ", _hostname, str),
    "cpus": ("CPU count: ", _from(1), str),
    "uptime": ("Uptime in seconds: ", _from(0), lambda seconds: f"{seconds / 86_400:.1f} days"),
    "production": ("Production (yes/no): ", parse_flag, lambda flag: join_values([flag])),
}


def system_report() -> str:
    lines = []
    for name, (prompt, convert, show) in _QUESTIONS.items():
        lines.append(f"{name + ':':<12}{show(ask(prompt, convert))}")
    return "\n".join(lines)


def main() -> int:
    try:
        print(system_report())
        return 0
    except EOFError:
        print("input ended: four answers are needed", file=sys.stderr)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())
