"""The text format of metrics: read as strictly as the gateway reads it, and written as Go writes it.

The parser of prometheus_client is more lenient (it takes ``x{ 1`` and input without an end of line), so what
it accepts a real gateway may refuse.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

TYPES: Final = ("counter", "gauge", "histogram", "summary", "untyped")
#: Suffixes of the series that make up one metric.
_PARTS: Final = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count")}

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_ESCAPES = {"\\": "\\", '"': '"', "n": "\n"}


class BadText(Exception):
    """Text that is not in the format; the message has the number of the line."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"text format parsing error in line {line}: {reason}")


@dataclass
class Sample:
    """One series with its value; labels without those of the group."""

    name: str
    labels: dict[str, str]
    value: float
    timestamp: int | None = None


@dataclass
class Family:
    """All series of one metric."""

    name: str
    type: str = "untyped"
    help: str | None = None
    samples: list[Sample] = field(default_factory=list)


def parse(text: str) -> dict[str, Family]:
    """Read metrics.

    Raises:
        BadText: it is not in the format.
    """
    found: dict[str, Family] = {}
    lines = text.split("\n")
    if lines.pop():
        raise BadText(len(lines) + 1, "unexpected end of input stream")
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if stripped.startswith("#"):
            _comment(stripped, number, found)
        elif stripped:
            sample = _sample(stripped, number)
            family = _family(found, sample.name)
            family.samples.append(sample)
            _normalise(family, sample, number)
    return {name: family for name, family in found.items() if family.samples}


def _family(found: dict[str, Family], name: str) -> Family:
    for suffix in ("_bucket", "_sum", "_count"):
        known = found.get(name.removesuffix(suffix)) if name.endswith(suffix) else None
        if known is not None and suffix in _PARTS.get(known.type, ()):
            return known
    return found.setdefault(name, Family(name))


def _normalise(family: Family, sample: Sample, line: int) -> None:
    """Bounds of histograms and summaries are numbers: ``1.0`` is kept, and comes back, as ``1``."""
    label = {"histogram": "le", "summary": "quantile"}.get(family.type, "")
    if label in sample.labels:
        try:
            sample.labels[label] = number(float(sample.labels[label]))
        except ValueError:
            reason = f'expected float as value for "{label}" label, got "{sample.labels[label]}"'
            raise BadText(line, reason) from None


def _comment(line: str, number: int, found: dict[str, Family]) -> None:
    words = line[1:].split(maxsplit=2)
    if len(words) < 2 or words[0] not in ("HELP", "TYPE"):
        return
    if not _NAME.fullmatch(words[1]):
        raise BadText(number, "invalid metric name in comment")
    family = found.setdefault(words[1], Family(words[1]))
    rest = words[2] if len(words) > 2 else ""
    if words[0] == "HELP":
        if family.help is not None:
            raise BadText(number, f'second HELP line for metric name "{family.name}"')
        family.help = rest.replace("\\n", "\n").replace("\\\\", "\\")
        return
    if family.samples:
        reason = f'second TYPE line for metric name "{family.name}", or TYPE reported after samples'
        raise BadText(number, reason)
    if rest not in TYPES:
        raise BadText(number, f'unknown metric type "{rest}"')
    family.type = rest


def _sample(line: str, number: int) -> Sample:
    name = _NAME.match(line)
    if not name:
        raise BadText(number, "invalid metric name")
    position = name.end()
    labels: dict[str, str] = {}
    if line[position : position + 1] == "{":
        labels, position = _labels(line, position + 1, name[0], number)
    words = line[position:].split()
    if not words:
        raise BadText(number, 'expected float as value, got ""')
    try:
        value = float(words[0].replace("_", "?"))
    except ValueError:
        raise BadText(number, f'expected float as value, got "{words[0]}"') from None
    if len(words) > 2:
        raise BadText(number, f'spurious string after timestamp: "{words[2]}"')
    try:
        moment = int(words[1]) if len(words) == 2 else None
    except ValueError:
        raise BadText(number, f'expected integer as timestamp, got "{words[1]}"') from None
    return Sample(name[0], labels, value, moment)


def _labels(line: str, position: int, name: str, number: int) -> tuple[dict[str, str], int]:
    found: dict[str, str] = {}
    while True:
        position = _skip(line, position)
        if line[position : position + 1] == "}":
            return found, position + 1
        label = _LABEL.match(line, position)
        if not label:
            raise BadText(number, f'invalid label name for metric "{name}"')
        position = _skip(line, label.end())
        if line[position : position + 1] != "=":
            raise BadText(number, f"expected '=' after label name, found {line[position : position + 1]!r}")
        position = _skip(line, position + 1)
        if line[position : position + 1] != '"':
            at = line[position : position + 1]
            raise BadText(number, f"expected '\"' at start of label value, found {at!r}")
        if label[0] in found:
            raise BadText(number, f'duplicate label names for metric "{name}"')
        found[label[0]], position = _value(line, position + 1, number)
        position = _skip(line, position)
        if line[position : position + 1] == ",":
            position += 1
        elif line[position : position + 1] != "}":
            raise BadText(number, f'unexpected end of label value "{found[label[0]]}"')


def _skip(line: str, position: int) -> int:
    while line[position : position + 1] in (" ", "\t"):
        position += 1
    return position


def _value(line: str, position: int, number: int) -> tuple[str, int]:
    found: list[str] = []
    while position < len(line):
        letter = line[position]
        if letter == '"':
            return "".join(found), position + 1
        if letter == "\\":
            position += 1
            escaped = line[position : position + 1]
            if escaped not in _ESCAPES:
                raise BadText(number, f"invalid escape sequence '\\{escaped}'")
            letter = _ESCAPES[escaped]
        found.append(letter)
        position += 1
    raise BadText(number, "label value contains unescaped new-line")


def render(families: Iterable[Family]) -> str:
    """Write metrics, the families by name and the labels of a series likewise."""
    lines = []
    for family in sorted(families, key=lambda each: each.name):
        if family.help:
            text = family.help.replace("\\", "\\\\").replace("\n", "\\n")
            lines.append(f"# HELP {family.name} {text}")
        lines.append(f"# TYPE {family.name} {family.type}")
        lines += [series(each.name, each.labels, each.value) for each in family.samples]
    return "\n".join(lines) + "\n" if lines else ""


def series(name: str, labels: dict[str, str], value: float) -> str:
    """One line; ``le`` and ``quantile`` come last."""
    order = sorted(labels, key=lambda each: (each in ("le", "quantile"), each))
    shown = ",".join(f'{key}="{_escaped(labels[key])}"' for key in order)
    return f"{name}{{{shown}}} {number(value)}" if shown else f"{name} {number(value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def number(value: float) -> str:
    """A number as Go's ``%g`` writes it: ``1e+06``, ``NaN``, ``+Inf``."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value == 0 or 1e-5 < abs(value) < 1e6:
        return repr(int(value)) if value == int(value) else repr(float(value))
    digits, _, exponent = f"{value!r}".partition("e")
    if not exponent:
        sign, text = ("-" if value < 0 else ""), f"{abs(value)!r}"
        whole, _, rest = text.partition(".")
        power = len(whole) - 1
        mantissa = (whole + (rest if rest != "0" else "")).rstrip("0")
        digits, exponent = sign + mantissa[0] + (f".{mantissa[1:]}" if mantissa[1:] else ""), str(power)
    digits = digits.removesuffix(".0")
    power = int(exponent)
    return f"{digits}e{'-' if power < 0 else '+'}{abs(power):02}"
