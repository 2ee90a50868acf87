"""A service registry: lists that are sorted, cut, turned and copied, and one that holds a state."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")


def sort_addresses(addresses):
    old, new = [], []
    for text in addresses:
        address = ipaddress.ip_address(text)
        pair = (int(address), text)
        if address.version == 4:
            old.append(pair)
        else:
            new.append(pair)
    old.sort()
    new.sort()
    result = []
    for _, text in old + new:
        result.append(text)
    return result


def above_threshold(footprints, threshold):
    result = []
    for footprint in footprints:
        if footprint > threshold:
            result.append(footprint)
    return result


def transpose(matrix):
    if not matrix:
        return []
    for index in range(len(matrix)):
        if len(matrix[index]) != len(matrix[0]):
            raise ValueError("look at row " + str(index + 1))
    result = []
    for column in range(len(matrix[0])):
        new = []
        for row in matrix:
            new.append(row[column])
        result.append(new)
    return result


def first_and_last(guests):
    if len(guests) == 0:
        raise ValueError("no guests")
    first = last = guests[0]
    for guest in guests:
        if guest.lower() < first.lower():
            first = guest
        if guest.lower() > last.lower():
            last = guest
    return [first, last]


def affordable(items, budget):
    if budget < 0:
        raise ValueError("negative")
    names = []
    total = 0
    for name, price in items:
        if total + price <= budget:
            names.append(name)
            total += price
    return names, total


def shared_rows(grid):
    pairs = []
    for first in range(len(grid)):
        for second in range(len(grid)):
            if first < second and id(grid[first]) == id(grid[second]):
                pairs.append((first, second))
    return pairs


def make_grid(rows, columns, value):
    grid = []
    for _ in range(rows):
        row = []
        for _ in range(columns):
            row.append(value)
        grid.append(row)
    return grid


def rotate(items, steps):
    result = items.copy()
    if result:
        for _ in range(steps % len(result)):
            result.insert(0, result.pop())
    return result


def chunk(items, size):
    if size <= 0:
        raise ValueError("size")
    pieces = []
    piece = []
    for item in items:
        piece.append(item)
        if len(piece) == size:
            pieces.append(piece)
            piece = []
    if piece:
        pieces.append(piece)
    return pieces


def run_menu(services, lines):
    output = []
    waiting = ""
    for line in lines:
        text = line.strip()
        if waiting == "name":
            waiting = ""
            name = text.lower()
            if name == "":
                output.append("a name is needed")
            elif name in services:
                output.append(name + " is registered already")
            else:
                services.append(name)
                output.append("registered " + name)
        elif waiting == "number":
            waiting = ""
            for number in range(1, len(services) + 1):
                if text == str(number):
                    output.append("decommissioned " + services[number - 1])
                    del services[number - 1]
                    break
            else:
                output.append("no service number " + repr(text))
        elif text == "1":
            if not services:
                output.append("no services")
            for number in range(len(services)):
                output.append(str(number + 1) + ". " + services[number])
        elif text == "2":
            waiting = "name"
        elif text == "3":
            waiting = "number"
        elif text == "4":
            break
        else:
            output.append("no such choice: " + repr(text))
    output.append("bye")
    return output
