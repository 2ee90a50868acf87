"""No text of the solution in what the learner gets."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from labkit.proofs.lint.context import Context
from labkit.proofs.model import Finding
from labkit.proofs.source import Module, SourceError

#: Below so many tokens a line says nothing (``return result``); tests may need the same words by chance.
_TELLING, _TELLING_IN_TESTS = 7, 10
_SHORTEST = 16
_COMMON = ("import ", "from ", "def ", "async def ", "class ", "@", "with open(", "raise ", "except ")


def check(context: Context) -> Iterator[Finding]:
    lab = context.lab
    secrets = telling_lines(context)
    if not secrets:
        return
    places = [context.readme, context.quiz, *(lab.skeleton / file for file in lab.files)]
    for file in places:
        yield from _search(context, file, secrets, _TELLING)
    for file in context.test_files:
        yield from _search(context, file, secrets, _TELLING_IN_TESTS)


def telling_lines(context: Context) -> dict[str, int]:
    """Lines of the solution's functions that give it away, with how many tokens each has."""
    found: dict[str, int] = {}
    known: set[str] = set()
    for name in context.python_files:
        try:
            solution = context.module(context.lab.solution / name)
            skeleton = context.module(context.lab.skeleton / name)
        except SourceError:
            continue
        known |= {plain(line) for line in skeleton.lines}
        for line in _body_lines(solution):
            tokens = _tokens(line)
            if tokens >= _TELLING and len(line) >= _SHORTEST and not line.startswith(_COMMON):
                found[line.removeprefix("return ").removeprefix("yield ")] = tokens
    return {line: tokens for line, tokens in found.items() if line not in known}


def plain(text: str) -> str:
    """Without differences in white space."""
    return " ".join(text.split())


def _search(context: Context, file: Path, secrets: dict[str, int], least: int) -> Iterator[Finding]:
    text = context.text(file)
    if text is None:
        return
    for number, line in enumerate(text.splitlines(), 1):
        words = plain(line)
        for secret, tokens in secrets.items():
            if tokens >= least and secret in words:
                yield context.at(file, f"holds a line of the solution: {secret}", number)


def _body_lines(module: Module) -> Iterator[str]:
    """The lines inside functions, without docstrings and comments."""
    functions = [n for n in ast.walk(module.tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    seen: set[int] = set()
    for function in functions:
        for statement in function.body:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                continue
            for number in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1):
                line = plain(module.lines[number - 1])
                if number not in seen and line and not line.startswith("#"):
                    seen.add(number)
                    yield line


@lru_cache(maxsize=4096)
def _tokens(line: str) -> int:
    number = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(line).readline):
            number += token.type in (tokenize.NAME, tokenize.OP, tokenize.NUMBER, tokenize.STRING)
    except (tokenize.TokenError, SyntaxError):
        pass  # one line of several: what was counted so far will do
    return number
