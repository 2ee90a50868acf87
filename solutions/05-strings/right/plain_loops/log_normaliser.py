"""Normalise a system log: from single characters to records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Record:
    """One line of a log; ``time`` and ``host`` are None where the line does not tell."""

    time: str | None
    host: str | None
    level: str
    message: str


def mask_hostname(name):
    result = ""
    for place in range(len(name)):
        if place == 0 or place == len(name) - 1:
            result += name[place]
        else:
            result += "*"
    return result


def status_column(line):
    field = ""
    commas = 0
    for character in line:
        if character == ",":
            commas += 1
        elif commas == 2:
            field += character
    field = field.strip()
    if field == "":
        return None
    return field.upper()


def reverse(text):
    result = ""
    for character in text:
        result = character + result
    return result


def every_second(text):
    result = ""
    take = True
    for character in text:
        if take:
            result += character
        take = not take
    return result


def windows(text, size):
    if size <= 0:
        raise ValueError("size")
    result = []
    start = 0
    while start + size <= len(text):
        result.append(text[start : start + size])
        start += 1
    return result


def escape(value):
    result = ""
    for character in value:
        number = ord(character)
        if character == "\\":
            result += "\\\\"
        elif character == '"':
            result += '\\"'
        elif number == 10:
            result += "\\n"
        elif number == 13:
            result += "\\r"
        elif number == 9:
            result += "\\t"
        elif number < 32 or number == 127:
            digits = "0123456789abcdef"
            result += "\\x" + digits[number // 16] + digits[number % 16]
        else:
            result += character
    return result


def unescape(text):
    result = ""
    place = 0
    while place < len(text):
        if text[place] != "\\":
            result += text[place]
            place += 1
            continue
        letter = text[place + 1 : place + 2]
        if letter == "n":
            result += "\n"
        elif letter == "r":
            result += "\r"
        elif letter == "t":
            result += "\t"
        elif letter == "\\" or letter == '"':
            result += letter
        elif letter == "x":
            number = 0
            for offset in (2, 3):
                digit = text[place + offset : place + offset + 1].lower()
                if digit == "" or digit not in "0123456789abcdef":
                    raise ValueError("two hexadecimal digits are missing")
                number = number * 16 + "0123456789abcdef".index(digit)
            result += chr(number)
            place += 2
        else:
            raise ValueError("bad escape: " + letter)
        place += 2
    return result


def load_table(rows):
    kept = []
    width = 4
    for row in rows:
        kept.append(row)
        if len(row[0]) > width:
            width = len(row[0])
    text = "host".ljust(width) + "  " + "load".rjust(8) + "  " + "requests".rjust(12)
    for host, load, requests in kept:
        text += "\n" + host.ljust(width) + "  "
        text += ("%.2f" % load).rjust(8) + "  " + format(requests, ",").rjust(12)
    return text


def level_of(word):
    word = word.upper()
    if word.endswith(":"):
        word = word[:-1]
    if word.startswith("[") and word.endswith("]"):
        word = word[1:-1]
    if word == "WARN":
        word = "WARNING"
    elif word == "ERR":
        word = "ERROR"
    elif word == "CRIT":
        word = "CRITICAL"
    if word in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        return word
    return ""


def normalise(text):
    records = []
    rejected = []
    number = 0
    for line in text.split("\n"):
        number += 1
        line = line.strip()
        if line == "":
            continue
        fields = line.split(None, 3)
        level = ""
        if len(fields) >= 3:
            level = level_of(fields[2])
        if level == "":
            rejected.append((number, line))
            continue
        message = ""
        if len(fields) == 4:
            message = fields[3]
        time = fields[0]
        if time == "-":
            time = None
        host = fields[1]
        if host == "-":
            host = None
        records.append(Record(time, host, level, message))
    return records, rejected


def format_record(record):
    host = record.host
    if host is None:
        host = "unknown host"
    time = record.time
    if time is None:
        time = "unknown"
    block = "[" + record.level + "] " + host + "\n  time:    " + time + "\n  message:"
    if record.message != "":
        block += " " + record.message
    return block
