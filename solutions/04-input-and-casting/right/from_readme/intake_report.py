"""Never trust input: from typed text to values, and a report that asks until the answers make sense."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


def checked(text: str) -> str:
    """Give a typed number without white space around it; raise ValueError for what is none."""
    number = text.strip()
    if re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", number) is None:
        raise ValueError(f"{text!r} is no number")
    return number


def convert_storage(text: str) -> dict[str, float]:
    """Convert a typed number of gigabytes (GB, 1000 ** 3 bytes) to other units, with two decimals.

    >>> convert_storage("250")
    {'MB': 250000.0, 'TB': 0.25, 'MiB': 238418.58, 'TiB': 0.23}
    """
    size = float(checked(text)) * 1000**3
    if size < 0:
        raise ValueError(f"{text!r}: a size is not negative")
    if math.isinf(size):
        raise ValueError(f"{text!r} is too large")
    units = {"MB": 1000**2, "TB": 1000**4, "MiB": 1024**2, "TiB": 1024**4}
    return {unit: round(size / bytes_, 2) for unit, bytes_ in units.items()}


def whole_number(text: str) -> int:
    """Read a typed number and cut off its fraction.

    >>> whole_number(" -3.9 ")
    -3
    """
    number = checked(text)
    try:
        if number.lstrip("+-").isdigit():
            return int(number)
        return int(float(number))
    except (OverflowError, ValueError):
        raise ValueError(f"{text!r} is too large") from None


def parse_flag(text: str) -> bool:
    """Read a typed yes or no.

    >>> parse_flag("Off")
    False
    """
    word = text.strip().lower()
    if word in ("yes", "true", "on"):
        return True
    if word in ("no", "false", "off"):
        return False
    raise ValueError(f"{text!r} is none of yes, true, on, no, false, off")


def join_values(values: Iterable[Any], separator: str = " | ") -> str:
    """Join values of any type to one text.

    >>> join_values(["web-7", 8, 0.5, True, None])
    'web-7 | 8 | 0.50 | yes | -'
    """
    pieces = []
    for value in values:
        if value is None:
            pieces.append("-")
        elif isinstance(value, bool):
            pieces.append("yes" if value else "no")
        elif isinstance(value, float):
            pieces.append(f"{value:.2f}")
        else:
            pieces.append(str(value))
    return separator.join(pieces)


def parse_port(text: str) -> int:
    """Read a typed port number.

    >>> parse_port("8080")
    8080
    """
    digits = text.strip()
    if re.fullmatch("[0-9]+", digits) is None:
        raise ValueError(f"{text!r} is no port number")
    digits = digits.lstrip("0")
    if not digits or len(digits) > 5 or int(digits) > 65535:
        raise ValueError(f"{text!r}: a port is from 1 to 65535")
    return int(digits)


def ask(prompt: str, convert: Callable[[str], T]) -> T:
    """Ask with ``prompt`` until ``convert`` accepts the answer, and give back what it made of it.

    ``convert`` raises ValueError for an answer that will not do; its message is shown before asking again.
    """
    while True:
        answer = input(prompt)
        try:
            return convert(answer)
        except ValueError as error:
            print(error)


def hostname(text: str) -> str:
    """Read a hostname: one word."""
    words = text.split()
    if len(words) != 1:
        raise ValueError(f"{text!r}: a hostname is one word")
    return words[0]


def cpu_count(text: str) -> int:
    """Read a number of processors."""
    count = whole_number(text)
    if count < 1:
        raise ValueError(f"{text!r}: there is at least one processor")
    return count


def uptime_in_days(text: str) -> float:
    """Read seconds and give days."""
    seconds = whole_number(text)
    if seconds < 0:
        raise ValueError(f"{text!r}: an uptime is not negative")
    try:
        return seconds / 86400
    except OverflowError:
        raise ValueError(f"{text!r} is too large") from None


def system_report() -> str:
    """Ask for the four facts of a system, and give back the report on it."""
    host = ask("Hostname: ", hostname)
    cpus = ask("CPU count: ", cpu_count)
    days = ask("Uptime in seconds: ", uptime_in_days)
    production = ask("Production (yes/no): ", parse_flag)
    return "\n".join(
        [
            f"host:       {host}",
            f"cpus:       {cpus}",
            f"uptime:     {days:.1f} days",
            f"production: {'yes' if production else 'no'}",
        ]
    )


def main() -> int:
    """Print the report that the answers make; give back the exit status."""
    try:
        report = system_report()
    except EOFError:
        print("\ninput ended before all questions were answered", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130
    print(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
