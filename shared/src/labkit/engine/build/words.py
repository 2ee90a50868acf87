"""Words of a Dockerfile: quotes, variables, names with values.

Source: moby/buildkit, frontend/dockerfile/shell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from labkit.engine.problems import bad

_VARIABLE: Final = re.compile(
    r"\\(?P<escaped>.)|\$\{(?P<braced>[A-Za-z_]\w*)(?::(?P<kind>[-+?])(?P<word>[^}]*))?\}|\$(?P<bare>[A-Za-z_]\w*|[0-9@*#])"
)


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replace variables, and take one level of quotes away.

    Raises:
        EngineError: a variable that must be set is not (``${x:?words}``).
    """
    found: list[str] = []
    quote, at = "", 0
    while at < len(text):
        letter = text[at]
        if quote == "'":
            if letter == "'":
                quote = ""
            else:
                found.append(letter)
            at += 1
        elif letter == '"':
            quote = "" if quote else '"'
            at += 1
        elif letter == "'" and not quote:
            quote = "'"
            at += 1
        elif match := _VARIABLE.match(text, at):
            found.append(_value(match, variables))
            at = match.end()
        else:
            found.append(letter)
            at += 1
    return "".join(found)


def _value(match: re.Match[str], variables: Mapping[str, str]) -> str:
    if match["escaped"] is not None:
        return match["escaped"] if match["escaped"] in "\"'$\\ " else match[0]
    name = match["braced"] or match["bare"]
    value = variables.get(name, "")
    kind, word = match["kind"], match["word"] or ""
    if kind == "-":
        return value or expand(word, variables)
    if kind == "+":
        return expand(word, variables) if value else ""
    if kind == "?" and not value:
        raise bad(f"failed to process {match[0]!r}: {name}: {word or 'not set'}")
    return value


def split(text: str) -> list[str]:
    """Return the words of a line; quotes stay, and keep their blanks."""
    return re.findall(r"""(?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|[^\s"'])+""", text)


def pairs(name: str, text: str) -> list[tuple[str, str]]:
    """Return names and values of ENV and LABEL, quotes still there.

    Raises:
        EngineError: a value is missing.
    """
    words = split(text)
    if not words:
        return []
    if "=" not in words[0]:
        first, _, rest = text.strip().partition(" ")
        if not rest.strip():
            raise bad(f"failed to parse Dockerfile: {name} must have two arguments")
        return [(first, rest.strip())]
    found = []
    for word in words:
        if "=" not in word:
            raise bad(
                f'failed to parse Dockerfile: Syntax error - can\'t find = in "{word}". '
                "Must be of the form: name=value"
            )
        key, _, value = word.partition("=")
        found.append((key, value))
    return found


def array(text: str) -> list[str] | None:
    """Return the words of the form in brackets; None for a line of the shell."""
    if not text.lstrip().startswith("["):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
        return None
    return found
