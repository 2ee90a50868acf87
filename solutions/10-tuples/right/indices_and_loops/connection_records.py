"""Connection records that cannot change: tuples, packed, unpacked, with names, and as keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")


class Connection(NamedTuple):
    """How to reach a database. There is no password in it."""

    host: str
    port: int
    database: str
    user: str


def error_of_change(record):
    name = ""
    try:
        record[0] = "something"
    except BaseException as error:
        name = error.__class__.__name__
    return name


def need(items, count):
    if len(items) != count:
        raise ValueError(str(count) + " items are needed, not " + str(len(items)))


def service_message(record):
    need(record, 3)
    return record[0] + " on port " + str(record[1]) + " is " + record[2]


def swap(pair):
    need(pair, 2)
    return (pair[1], pair[0])


def rotate(triple):
    need(triple, 3)
    return (triple[1], triple[2], triple[0])


def mark_summary(marks):
    if not marks:
        raise ValueError("no marks")
    highest = marks[0]
    lowest = marks[0]
    hundreds = 0
    for mark in marks:
        if mark > highest:
            highest = mark
        if mark < lowest:
            lowest = mark
        if mark == 100:
            hundreds += 1
    return (highest, lowest, hundreds)


def split_row(row):
    if len(row) < 2:
        raise ValueError("too short")
    middle = []
    for index in range(1, len(row) - 1):
        middle.append(row[index])
    return (row[0], middle, row[len(row) - 1])


def disk_figures(sizes):
    count = total = largest = 0
    for size in sizes:
        count += 1
        total += size
        if size > largest:
            largest = size
    return (count, total, largest)


def disk_line(sizes):
    figures = disk_figures(sizes)
    if figures[0] == 0:
        return "no disks"
    line = str(figures[0]) + " disk"
    if figures[0] != 1:
        line += "s"
    return line + ", " + str(figures[1]) + " GB in all, the largest has " + str(figures[2]) + " GB"


def with_tag(record, tag):
    tags = record[1].copy()
    tags.append(tag)
    return (record[0], tags)


def frozen(record):
    tags = ()
    for tag in record[1]:
        tags += (tag,)
    return (record[0], tags)


def make_registry(rows):
    registry = {}
    number = 0
    for row in rows:
        number += 1
        where = "row " + str(number)
        if len(row) < 6 or len(row) > 7:
            raise ValueError(where + ": wrong number of fields")
        port = row[3]
        if isinstance(port, bool) or not isinstance(port, int) or port < 1 or port > 65535:
            raise ValueError(where + ": bad port")
        key = (row[0], row[1])
        if key in registry:
            raise ValueError(where + ": duplicate of " + row[0] + "/" + row[1])
        registry[key] = Connection(host=row[2], port=port, database=row[4], user=row[5])
    return registry


def find_connection(registry, environment, name):
    environments = []
    names = []
    for key in registry:
        if key == (environment, name):
            return registry[key]
        if key[0] not in environments:
            environments.append(key[0])
        if key[0] == environment:
            names.append(key[1])
    if not names:
        environments.sort()
        raise LookupError("unknown environment " + environment + ", known: " + ", ".join(environments))
    names.sort()
    raise LookupError("unknown name " + name + ", known: " + ", ".join(names))


def escaped(text):
    allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-~"
    result = ""
    for character in text:
        if character in allowed:
            result += character
        else:
            for byte in character.encode("utf-8"):
                result += "%" + format(byte, "02X")
    return result


def dsn(connection):
    result = "postgresql://" + escaped(connection.user) + "@" + connection.host
    return result + ":" + str(connection.port) + "/" + escaped(connection.database)
