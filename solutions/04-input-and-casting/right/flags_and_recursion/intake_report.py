"""Never trust input: from typed text to values, and a report that asks until the answers make sense."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


def number(text):
    cleaned = text.strip().lower()
    for character in cleaned:
        if character not in "0123456789+-.e":
            raise ValueError("not a number: " + repr(text))
    try:
        value = float(cleaned)
    except ValueError:
        raise ValueError("not a number: " + repr(text)) from None
    if value - value != 0:
        raise ValueError("too large a number: " + repr(text))
    return value


def convert_storage(text):
    value = number(text)
    if value < 0:
        raise ValueError("negative: " + repr(text))
    in_bytes = value * 1000000000
    result = {}
    result["MB"] = round(in_bytes / 1000000, 2)
    result["TB"] = round(in_bytes / 1000000000000, 2)
    result["MiB"] = round(in_bytes / (1024 * 1024), 2)
    result["TiB"] = round(in_bytes / (1024 * 1024 * 1024 * 1024), 2)
    return result


def whole_number(text):
    value = number(text)
    try:
        return int(text)
    except ValueError:
        return int(value)


def parse_flag(text):
    cleaned = text.strip().upper()
    if cleaned == "YES" or cleaned == "TRUE" or cleaned == "ON":
        return True
    elif cleaned == "NO" or cleaned == "FALSE" or cleaned == "OFF":
        return False
    else:
        raise ValueError("please type yes, no, true, false, on or off, not " + repr(text))


def join_values(values, separator=" | "):
    result = ""
    first = True
    for value in values:
        if not first:
            result += separator
        first = False
        if value is True:
            result += "yes"
        elif value is False:
            result += "no"
        elif value is None:
            result += "-"
        elif type(value) is float:
            result += "%.2f" % value
        else:
            result += str(value)
    return result


def parse_port(text):
    cleaned = text.strip()
    if cleaned == "":
        raise ValueError("no port: " + repr(text))
    for character in cleaned:
        if character not in "0123456789":
            raise ValueError("no port: " + repr(text))
    port = int(cleaned)
    if port < 1 or port > 65535:
        raise ValueError("ports go from 1 to 65535, not " + repr(text))
    return port


def ask(prompt, convert):
    answer = input(prompt)
    try:
        value = convert(answer)
    except ValueError as problem:
        print("Please try again:", problem)
    else:
        return value
    return ask(prompt, convert)


def host_name(text):
    name = text.strip()
    if name == "" or " " in name or "\t" in name:
        raise ValueError(f"{text!r} cannot be the name of a host")
    return name


def at_least(least):
    def convert(text):
        value = whole_number(text)
        if value < least:
            raise ValueError(repr(text) + " is less than " + str(least))
        return value

    return convert


def system_report():
    report = "host:       " + ask("Hostname: ", host_name) + "\n"
    report += "cpus:       " + str(ask("CPU count: ", at_least(1))) + "\n"
    report += "uptime:     " + str(round(ask("Uptime in seconds: ", at_least(0)) / 86400, 1)) + " days\n"
    if ask("Production (yes/no): ", parse_flag):
        return report + "production: yes"
    return report + "production: no"


def main():
    status = 0
    report = None
    try:
        report = system_report()
    except (EOFError, KeyboardInterrupt) as end:
        if isinstance(end, EOFError):
            status = 1
            sys.stderr.write("input ended too early\n")
        else:
            status = 130
            sys.stderr.write("\ninterrupted\n")
    if report is not None:
        print(report)
    return status


if __name__ == "__main__":
    sys.exit(main())
