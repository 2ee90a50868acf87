"""Shell patterns (``*``, ``?``, ``[...]``) as regular expressions, and globbing over the files."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit.hosts.files import Credentials, VirtualFilesystem

_CLASSES = {
    "alnum": r"0-9A-Za-z",
    "alpha": r"A-Za-z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": r"0-9",
    "graph": r"\x21-\x7e",
    "lower": r"a-z",
    "print": r"\x20-\x7e",
    "punct": r"!-/:-@\[-`{-~",
    "space": r" \t\n\r\f\v",
    "upper": r"A-Z",
    "xdigit": r"0-9A-Fa-f",
}
_MAGIC = re.compile(r"(?<!\\)(?:\\\\)*[*?\[]")


def escape(text: str) -> str:
    """Make a text stand for itself in a pattern."""
    return re.sub(r"([*?\[\]\\])", r"\\\1", text)


def unescape(pattern: str) -> str:
    return re.sub(r"\\(.)", r"\1", pattern, flags=re.DOTALL)


def has_magic(pattern: str) -> bool:
    """Whether a pattern holds an unescaped wildcard."""
    return _MAGIC.search(pattern) is not None


def bracket(text: str, at: int) -> tuple[str, int] | None:
    """The bracket expression at ``[`` as one of :mod:`re`, and where it ends; None when unclosed."""
    index = at + 1
    out = "["
    if text[index : index + 1] in ("!", "^"):
        out += "^"
        index += 1
    first = True
    while index < len(text):
        char = text[index]
        if char == "]" and not first:
            return out + "]", index + 1
        first = False
        if char == "[" and text[index + 1 : index + 2] == ":":
            close = text.find(":]", index)
            name = text[index + 2 : close] if close > 0 else ""
            if name in _CLASSES:
                out += _CLASSES[name]
                index = close + 2
                continue
        if char == "\\" and index + 1 < len(text):
            index += 1
            char = text[index]
            out += re.escape(char)
        elif char == "-":
            out += "-"
        else:
            out += re.escape(char)
        index += 1
    return None


@lru_cache(maxsize=1024)
def to_regex(pattern: str, *, greedy: bool = True) -> str:
    """A shell pattern as the source of a regular expression."""
    out: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "*":
            out.append(".*" if greedy else ".*?")
        elif char == "?":
            out.append(".")
        elif char == "[" and (found := bracket(pattern, at)):
            out.append(found[0])
            at = found[1]
            continue
        elif char == "\\" and at + 1 < len(pattern):
            at += 1
            out.append(re.escape(pattern[at]))
        else:
            out.append(re.escape(char))
        at += 1
    return "".join(out)


@lru_cache(maxsize=1024)
def compiled(pattern: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    try:
        return re.compile(to_regex(pattern), flags)
    except re.error:
        return re.compile(re.escape(unescape(pattern)), flags)


def matches(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Whether the whole text matches a shell pattern."""
    return compiled(pattern, ignore_case=ignore_case).fullmatch(text) is not None


def glob(pattern: str, files: VirtualFilesystem, by: Credentials, cwd: str) -> list[str]:
    """The existing paths that a pattern stands for, sorted; empty when there are none."""
    start = "/" if pattern.startswith("/") else ""
    found = [start]
    names = [name for name in pattern.split("/") if name]
    for position, name in enumerate(names):
        last = position == len(names) - 1
        found = [
            path
            for prefix in found
            for path in _level(prefix, name, files, by, cwd)
            if last or _is_dir(path, files, by, cwd)
        ]
    if pattern.endswith("/"):
        found = [path + "/" for path in found if _is_dir(path, files, by, cwd)]
    return sorted(found)


def _is_dir(path: str, files: VirtualFilesystem, by: Credentials, cwd: str) -> bool:
    try:
        return files.stat(posixpath.join(cwd, path), by=by).is_dir
    except OSError:
        return False


def _level(prefix: str, name: str, files: VirtualFilesystem, by: Credentials, cwd: str) -> list[str]:
    if not has_magic(name):
        plain = posixpath.join(prefix, unescape(name))
        try:
            files.lstat(posixpath.join(cwd, plain), by=by)
        except OSError:
            return []
        return [plain]
    try:
        names = files.listdir(posixpath.join(cwd, prefix), by=by)
    except OSError:
        return []
    if name.startswith("."):
        names = [*names, ".", ".."]
    return [
        posixpath.join(prefix, found)
        for found in names
        if matches(name, found) and (not found.startswith(".") or name.startswith("."))
    ]
