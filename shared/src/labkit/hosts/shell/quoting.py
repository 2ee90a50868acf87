"""Quoting a text so that a shell reads it back."""

from __future__ import annotations

import re

_SAFE = re.compile(r"[A-Za-z0-9_./:=@%^,+-]+")


def quote(text: str) -> str:
    """As ``set -x`` shows a word."""
    if _SAFE.fullmatch(text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"


def backslash_quote(text: str) -> str:
    """As ``printf %q`` shows a word."""
    if not text:
        return "''"
    if re.search(r"[\x00-\x1f\x7f]", text):
        escapes = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "'": "\\'", "\\": "\\\\"}
        return "$'" + "".join(escapes.get(char, char) for char in text) + "'"
    return re.sub(r"([^A-Za-z0-9_./:=@%+\-\x80-\U0010ffff])", r"\\\1", text)
