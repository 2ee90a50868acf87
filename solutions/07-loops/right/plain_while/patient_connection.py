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


def port_messages(start, end):
    result = []
    port = start
    while port <= end:
        result.append("checking port " + str(port))
        port += 1
    return result


def watch_disk():
    total = 0
    count = 0
    done = False
    while not done:
        try:
            text = input("Percent used: ")
            value = float(text)
        except EOFError:
            done = True
            continue
        except ValueError:
            value = -1
        if not value >= 0 or value > 100:
            print("not a reading:", repr(text))
        elif value == 0:
            done = True
        else:
            if value > 90:
                print("warning:", text.strip(), "percent")
            total += value
            count += 1
    if count == 0:
        print("no readings")
    else:
        print("average: " + "%.1f" % (total / count))


def fizz_buzz(end=50):
    result = []
    number = 1
    while number <= end:
        word = ""
        if number % 3 == 0:
            word += "Fizz"
        if number % 5 == 0:
            word += "Buzz"
        result.append(word or str(number))
        number += 1
    return result


def multiplication_table(size):
    if size < 1:
        return ""
    width = len(str(size**2))
    text = ""
    row = 1
    while row <= size:
        column = 1
        while column <= size:
            text += str(row * column).rjust(width)
            if column < size:
                text += "  "
            column += 1
        if row < size:
            text += "\n"
        row += 1
    return text


def sum_of_evens(numbers):
    total = 0
    for number in numbers:
        if number != 0:
            if number & 1:
                continue
            total = total + number
            continue
        return total
    return total


def first_outage(regions, services, is_up):
    found = None
    for region in regions:
        for service in services:
            if not is_up(region, service):
                found = (region, service)
                break
        if found is not None:
            break
    return found


def find_free_port(ports, in_use):
    for port in ports:
        if in_use(port):
            continue
        break
    else:
        raise LookupError("none")
    return port


def connect(operation, attempts=5, *, base=0.5, cap=8.0, sleep=time.sleep):
    if attempts <= 0:
        raise ValueError("attempts must be positive")
    made = 0
    pause = base
    while True:
        made += 1
        try:
            result = operation()
        except Exception as error:
            if made == attempts:
                raise GaveUp(made) from error
            if pause > cap:
                pause = cap
            sleep(pause)
            pause = pause * 2
        else:
            return result, made
