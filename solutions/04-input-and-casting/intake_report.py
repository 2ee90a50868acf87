"""Never trust input: from typed text to values, and a report that asks until the answers make sense."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

T = TypeVar("T")
_BYTES = {"MB": 1000**2, "TB": 1000**4, "MiB": 1024**2, "TiB": 1024**4}
_DAY = 24 * 60 * 60
_YES = ("yes", "true", "on")
_NO = ("no", "false", "off")
_DIGITS = re.compile(r"[+-]?[0-9]+")
#: Sign, digits with a point somewhere, exponent. float() alone would accept nan, inf and 1_000 as well.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def convert_storage(text: str) -> dict[str, float]:
    """Convert a typed number of gigabytes (GB, 1000 ** 3 bytes) to other units, with two decimals.

    >>> convert_storage("250")
    {'MB': 250000.0, 'TB': 0.25, 'MiB': 238418.58, 'TiB': 0.23}
    """
    gigabytes = _number(text)
    if gigabytes < 0:
        raise ValueError(f"{text!r}: a size is 0 or more")
    return {unit: round(gigabytes * 1000**3 / size, 2) for unit, size in _BYTES.items()}


def whole_number(text: str) -> int:
    """Read a typed number and cut off its fraction.

    >>> whole_number(" -3.9 ")
    -3
    """
    if _DIGITS.fullmatch(text.strip()):
        return int(text)  # a float would lose digits
    return int(_number(text))


def parse_flag(text: str) -> bool:
    """Read a typed yes or no.

    >>> parse_flag("Off")
    False
    """
    word = text.strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError(f"{text!r} is none of {', '.join(_YES + _NO)}")


def join_values(values: Iterable[Any], separator: str = " | ") -> str:
    """Join values of any type to one text.

    >>> join_values(["web-7", 8, 0.5, True, None])
    'web-7 | 8 | 0.50 | yes | -'
    """
    return separator.join(_shown(value) for value in values)


def parse_port(text: str) -> int:
    """Read a typed port number.

    >>> parse_port("8080")
    8080
    """
    digits = text.strip()
    if not (digits.isascii() and digits.isdecimal() and 1 <= int(digits) <= 65535):
        raise ValueError(f"{text!r} is no port: a whole number from 1 to 65535")
    return int(digits)


def ask(prompt: str, convert: Callable[[str], T]) -> T:
    """Ask with ``prompt`` until ``convert`` accepts the answer, and give back what it made of it.

    ``convert`` raises ValueError for an answer that will not do; its message is shown before asking again.
    """
    while True:
        try:
            return convert(input(prompt))
        except ValueError as error:
            print(error)


def system_report() -> str:
    """Ask for the four facts of a system, and give back the report on it."""
    host = ask("Hostname: ", _hostname)
    cpus = ask("CPU count: ", _cpu_count)
    seconds = ask("Uptime in seconds: ", _uptime)
    production = ask("Production (yes/no): ", parse_flag)
    return "\n".join(
        [
            f"host:       {host}",
            f"cpus:       {cpus}",
            f"uptime:     {seconds / _DAY:.1f} days",
            f"production: {_shown(production)}",
        ]
    )


def main() -> int:
    """Print the report that the answers make; give back the exit status."""
    try:
        report = system_report()
    except EOFError:
        print("input ended before the report was complete", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    print(report)
    return 0


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text.strip()):
        raise ValueError(f"{text!r} is no number")
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text!r} is too large")
    return number


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}"
    return str(value)


def _hostname(text: str) -> str:
    if len(text.split()) != 1:
        raise ValueError(f"{text!r} is no hostname: one word is wanted")
    return text.strip()


def _cpu_count(text: str) -> int:
    count = whole_number(text)
    if count < 1:
        raise ValueError(f"{text!r}: there is at least one CPU")
    return count


def _uptime(text: str) -> int:
    seconds = whole_number(text)
    if seconds < 0:
        raise ValueError(f"{text!r}: an uptime is 0 or more")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
