"""Where quotes, substitutions and words end in the text of a script."""

from __future__ import annotations

from labkit.hosts.shell.syntax import ShellSyntaxError

BLANKS = " \t"
_META = " \t\n;&|<>()"


def unterminated(text: str, start: int, mark: str) -> ShellSyntaxError:
    line = text.count("\n", 0, start) + 1
    return ShellSyntaxError(f"unexpected EOF while looking for matching `{mark}'", line, incomplete=True)


def skip_single(text: str, at: int) -> int:
    """``at`` is just behind a single quote; the result just behind the closing one."""
    end = text.find("'", at)
    if end < 0:
        raise unterminated(text, at - 1, "'")
    return end + 1


def skip_ansi(text: str, at: int) -> int:
    """The same for ``$'...'``, where a backslash escapes."""
    start = at
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text[at] == "'":
            return at + 1
        else:
            at += 1
    raise unterminated(text, start - 1, "'")


def skip_double(text: str, at: int) -> int:
    start = at
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 2
        elif char == '"':
            return at + 1
        elif char == "$" or char == "`":
            at = skip_expansion(text, at, quoted=True)
        else:
            at += 1
    raise unterminated(text, start - 1, '"')


def skip_backtick(text: str, at: int) -> int:
    start = at
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text[at] == "`":
            return at + 1
        else:
            at += 1
    raise unterminated(text, start - 1, "`")


def skip_expansion(text: str, at: int, *, quoted: bool = False) -> int:
    """``at`` is a ``$`` or a backtick; the result is just behind what it introduces."""
    if text[at] == "`":
        return skip_backtick(text, at + 1)
    following = text[at + 1 : at + 2]
    if following == "(":
        if text.startswith("((", at + 1):
            end = try_arithmetic(text, at + 3)
            if end is not None:
                return end
        return skip_parentheses(text, at + 2)
    if following == "{":
        return skip_braces(text, at + 2)
    if not quoted and following == "'":
        return skip_ansi(text, at + 2)
    if not quoted and following == '"':
        return skip_double(text, at + 2)
    return at + 1


def try_arithmetic(text: str, at: int) -> int | None:
    """Behind the ``))`` that matches a ``((`` before ``at``; None when it is none."""
    depth = 0
    while at < len(text):
        char = text[at]
        if char == "(":
            depth += 1
        elif char == ")":
            if depth == 0:
                return at + 2 if text.startswith("))", at) else None
            depth -= 1
        elif char in "$`" and text[at + 1 : at + 2] in ("(", "{"):
            at = skip_expansion(text, at, quoted=True)
            continue
        elif char == "\\":
            at += 1
        at += 1
    return None


def skip_braces(text: str, at: int) -> int:
    """Behind the ``}`` of a ``${``."""
    start = at
    while at < len(text):
        char = text[at]
        if char == "}":
            return at + 1
        at = _skip_quoted(text, at)
    raise unterminated(text, start - 1, "}")


def _skip_quoted(text: str, at: int) -> int:
    """Step over one character, or over everything that it quotes."""
    char = text[at]
    if char == "\\":
        return at + 2
    if char == "'":
        return skip_single(text, at + 1)
    if char == '"':
        return skip_double(text, at + 1)
    if char in "$`":
        return skip_expansion(text, at)
    return at + 1


def skip_parentheses(text: str, at: int) -> int:  # noqa: C901 - one branch per case
    """Behind the ``)`` of a ``$(``: quotes, comments, ``case`` items and here-documents are stepped over."""
    depth = cases = 0
    documents: list[tuple[str, bool]] = []
    while at < len(text):
        char = text[at]
        if char == ")":
            if depth == 0 and cases == 0:
                return at + 1
            depth -= depth > 0
            at += 1
        elif char == "(":
            depth += 1
            at += 1
        elif char == "#" and (at == 0 or text[at - 1] in " \t\n;&|("):
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
        elif text.startswith("<<", at) and not text.startswith("<<<", at):
            at = _note_document(text, at + 2, documents)
        elif char == "\n":
            at += 1
            for delimiter, strip in documents:
                at = skip_document(text, at, delimiter, strip)[1]
            documents.clear()
        elif char.isalpha() and (at == 0 or not (text[at - 1].isalnum() or text[at - 1] in "_-./$")):
            end = at
            while end < len(text) and (text[end].isalnum() or text[end] == "_"):
                end += 1
            cases += (text[at:end] == "case") - (text[at:end] == "esac" and cases > 0)
            at = end
        elif text.startswith("<<<", at):
            at += 3
        else:
            at = _skip_quoted(text, at)
    raise ShellSyntaxError(
        "unexpected EOF while looking for matching `)'",
        text.count("\n") + 1,
        incomplete=True,
    )


def _note_document(text: str, at: int, documents: list[tuple[str, bool]]) -> int:
    strip = text[at : at + 1] == "-"
    at += strip
    while at < len(text) and text[at] in BLANKS:
        at += 1
    end = skip_word(text, at)
    documents.append((unquote(text[at:end]), strip))
    return max(end, at)


def skip_document(text: str, at: int, delimiter: str, strip: bool) -> tuple[str, int, bool]:
    """The body of a here-document that begins at ``at``: body, end, whether its end was found."""
    lines: list[str] = []
    while at < len(text):
        newline = text.find("\n", at)
        end = len(text) if newline < 0 else newline + 1
        line = text[at:end]
        if strip:
            line = line.lstrip("\t")
        at = end
        if line.rstrip("\n") == delimiter:
            return "".join(lines), at, True
        lines.append(line)
    return "".join(lines), at, False


def skip_word(text: str, at: int) -> int:
    """Behind the word that begins at ``at``."""
    while at < len(text) and text[at] not in _META:
        at = _skip_quoted(text, at)
    return min(at, len(text))


def unquote(raw: str) -> str:
    """Remove quotes without expanding anything, as for the delimiter of a here-document."""
    out: list[str] = []
    at = 0
    while at < len(raw):
        char = raw[at]
        if char == "\\":
            out.append(raw[at + 1 : at + 2])
            at += 2
        elif char == "'":
            end = skip_single(raw, at + 1)
            out.append(raw[at + 1 : end - 1])
            at = end
        elif char == '"':
            end = skip_double(raw, at + 1)
            out.append(raw[at + 1 : end - 1].replace("\\", ""))
            at = end
        else:
            out.append(char)
            at += 1
    return "".join(out)
