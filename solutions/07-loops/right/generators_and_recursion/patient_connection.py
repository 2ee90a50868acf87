"""Retry until it works: loops that count, loops that wait for a word, loops that give up in time."""

from __future__ import annotations

import itertools
import math
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")


class GaveUp(Exception):
    """All attempts have failed; ``attempts`` is how many there were. The last error is the cause of it."""

    def __init__(self, attempts: int) -> None:
        super().__init__(f"gave up after {attempts} attempts")
        self.attempts = attempts


def port_messages(start: int, end: int) -> list[str]:
    return list(map("checking port {}".format, range(start, end + 1)))


def _typed():
    """Answers until input ends."""
    while True:
        try:
            yield input("Percent used: ")
        except EOFError:
            return


def _readings():
    for answer in _typed():
        try:
            value = float(answer)
        except ValueError:
            value = math.nan
        if not 0 <= value <= 100:
            print(f"not a reading: {answer!r}")
        elif value:
            if value > 90:
                print(f"warning: {answer.strip()} percent")
            yield value
        else:
            return


def watch_disk() -> None:
    readings = list(_readings())
    print(f"average: {statistics.fmean(readings):.1f}" if readings else "no readings")


def fizz_buzz(end: int = 50) -> list[str]:
    words = (("Fizz" * (n % 3 == 0) + "Buzz" * (n % 5 == 0)) or f"{n}" for n in itertools.count(1))
    return list(itertools.islice(words, max(end, 0)))


def multiplication_table(size: int) -> str:
    numbers = list(range(1, size + 1))
    rows = [[str(row * column) for column in numbers] for row in numbers]
    width = max((len(cell) for row in rows for cell in row), default=0)
    return "\n".join("  ".join(cell.rjust(width) for cell in row) for row in rows)


def sum_of_evens(numbers: Iterable[int]) -> int:
    return sum(number for number in itertools.takewhile(bool, numbers) if number % 2 == 0)


def first_outage(
    regions: Sequence[str], services: Sequence[str], is_up: Callable[[str, str], bool]
) -> tuple[str, str] | None:
    return next((pair for pair in itertools.product(regions, services) if not is_up(*pair)), None)


def find_free_port(ports: Iterable[int], in_use: Callable[[int], bool]) -> int:
    free = itertools.filterfalse(in_use, ports)
    try:
        return next(free)
    except StopIteration:
        raise LookupError("no port is free") from None


def connect(
    operation: Callable[[], T],
    attempts: int = 5,
    *,
    base: float = 0.5,
    cap: float = 8.0,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[T, int]:
    if attempts < 1:
        raise ValueError(attempts)

    def attempt(number: int, pause: float) -> tuple[T, int]:
        try:
            return operation(), number
        except Exception as error:
            if number >= attempts:
                raise GaveUp(number) from error
        sleep(min(pause, cap))
        return attempt(number + 1, pause * 2)

    return attempt(1, base)
