"""Retry until it works: loops that count, loops that wait for a word, loops that give up in time."""

from __future__ import annotations

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
    """Give a message for each port from ``start`` to ``end``, both included.

    >>> port_messages(80, 81)
    ['checking port 80', 'checking port 81']
    """
    return [f"checking port {port}" for port in range(start, end + 1)]


def watch_disk() -> None:
    """Ask for readings until 0; warn where one is above 90, and print the average at the end."""
    readings = []
    while True:
        try:
            answer = input("Percent used: ")
        except EOFError:
            break
        try:
            reading = float(answer)
        except ValueError:
            reading = -1.0
        if not 0 <= reading <= 100:
            print(f"not a reading: {answer!r}")
            continue
        if reading == 0:
            break
        readings.append(reading)
        if reading > 90:
            print(f"warning: {answer.strip()} percent")
    if readings:
        print(f"average: {sum(readings) / len(readings):.1f}")
    else:
        print("no readings")


def fizz_buzz(end: int = 50) -> list[str]:
    """Count from 1 to ``end``, with words for the multiples of 3 and 5.

    >>> fizz_buzz(5)
    ['1', '2', 'Fizz', '4', 'Buzz']
    """
    words = []
    for number in range(1, end + 1):
        word = ("Fizz" if number % 3 == 0 else "") + ("Buzz" if number % 5 == 0 else "")
        words.append(word or str(number))
    return words


def multiplication_table(size: int) -> str:
    """Lay out all products of the numbers from 1 to ``size`` in columns.

    >>> print(multiplication_table(3))
    1  2  3
    2  4  6
    3  6  9
    """
    width = len(str(size * size))
    numbers = range(1, size + 1)
    return "\n".join("  ".join(f"{row * column:{width}}" for column in numbers) for row in numbers)


def sum_of_evens(numbers: Iterable[int]) -> int:
    """Add the even numbers that come before the first 0, and read no further.

    >>> sum_of_evens([4, 7, 2, 0, 100])
    6
    """
    total = 0
    for number in numbers:
        if number == 0:
            break
        if number % 2 == 0:
            total += number
    return total


def first_outage(
    regions: Sequence[str], services: Sequence[str], is_up: Callable[[str, str], bool]
) -> tuple[str, str] | None:
    """Check each service in each region, and stop everything at the first one that is down.

    >>> first_outage(["eu", "us"], ["web", "db"], lambda region, service: service != "db")
    ('eu', 'db')
    """
    for region in regions:
        for service in services:
            if not is_up(region, service):
                return region, service
    return None


def find_free_port(ports: Iterable[int], in_use: Callable[[int], bool]) -> int:
    """Give the first port that is not in use; raise LookupError when there is none.

    >>> find_free_port(range(8000, 8010), lambda port: port < 8002)
    8002
    """
    for port in ports:
        if not in_use(port):
            break
    else:
        raise LookupError("no port is free")
    return port


def connect(
    operation: Callable[[], T],
    attempts: int = 5,
    *,
    base: float = 0.5,
    cap: float = 8.0,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[T, int]:
    """Call ``operation`` until it works; give its result, and how many attempts it took.

    Between two attempts it waits ``base`` seconds, then twice as long each time, but at most ``cap``.
    Raises GaveUp when all attempts have failed.
    """
    if attempts < 1:
        raise ValueError(f"attempts is {attempts}, at least 1 is needed")
    pause = base
    for attempt in range(1, attempts + 1):
        try:
            return operation(), attempt
        except Exception as error:
            if attempt == attempts:
                raise GaveUp(attempts) from error
        sleep(min(pause, cap))
        pause *= 2
    raise AssertionError("unreachable")
