"""quiz.toml: questions of known kinds, a reason for every option, prompts for an interview."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

from labkit.proofs.lint.context import Context, line_of
from labkit.proofs.model import Finding

_WITH_OPTIONS = ("single", "multiple", "ordering")
KINDS = (*_WITH_OPTIONS, "short", "prints")
LEAST_QUESTIONS, LEAST_PROMPTS = 5, 3
_KEYS = {"kind", "text", "code", "options", "answers", "because"}


def check(context: Context) -> Iterator[Finding]:
    file = context.quiz
    text = context.text(file)
    if text is None:
        yield context.at(file, "is missing")
        return
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        yield context.at(file, f"not valid TOML: {problem}")
        return
    for key in table.keys() - {"questions", "interview"}:
        yield context.at(
            file, f"unknown table {key!r}; there are questions and interview", line_of(text, key)
        )
    yield from _questions(context, text, _tables(table, "questions"))
    yield from _interview(context, text, _tables(table, "interview"))


def _questions(context: Context, text: str, questions: list[dict[str, Any]]) -> Iterator[Finding]:
    file = context.quiz
    if len(questions) < LEAST_QUESTIONS:
        yield context.at(file, f"{len(questions)} questions, at least {LEAST_QUESTIONS} are needed")
    for number, question in enumerate(questions, 1):
        line = _line(text, "[[questions]]", number)
        for problem in _question(question):
            yield context.at(file, f"question {number}: {problem}", line)


def _interview(context: Context, text: str, prompts: list[dict[str, Any]]) -> Iterator[Finding]:
    file = context.quiz
    if len(prompts) < LEAST_PROMPTS:
        yield context.at(file, f"{len(prompts)} interview prompts, at least {LEAST_PROMPTS} are needed")
    for number, prompt in enumerate(prompts, 1):
        line = _line(text, "[[interview]]", number)
        if not _text(prompt.get("prompt")):
            yield context.at(file, f"interview {number}: prompt is missing", line)
        if not _texts(prompt.get("strong")):
            yield context.at(
                file, f"interview {number}: strong must list the points a strong answer covers", line
            )


def _question(question: dict[str, Any]) -> Iterator[str]:
    kind = question.get("kind")
    for key in question.keys() - _KEYS:
        yield f"unknown key {key!r}; there are {', '.join(sorted(_KEYS))}"
    if kind not in KINDS:
        yield f"kind is {kind!r}; there are {', '.join(KINDS)}"
        return
    if not _text(question.get("text")):
        yield "text is missing"
    if kind == "prints" and not _text(question.get("code")):
        yield "kind prints needs the code that prints"
    if kind not in _WITH_OPTIONS:
        if not _texts(question.get("answers")):
            yield "answers must list the texts that are accepted"
        if not _text(question.get("because")):
            yield "because is missing: it says why"
        return
    yield from _options(str(kind), _tables(question, "options"))


def _options(kind: str, options: list[dict[str, Any]]) -> Iterator[str]:
    if len(options) < 2:
        yield "at least two [[questions.options]] are needed"
    for number, option in enumerate(options, 1):
        if not _text(option.get("text")):
            yield f"option {number} has no text"
        if not _text(option.get("because")):
            yield f"option {number} has no because: it says why it is right or wrong"
        if kind != "ordering" and not isinstance(option.get("right"), bool):
            yield f"option {number}: right must be true or false"
    right = sum(option.get("right") is True for option in options)
    if kind == "single" and right != 1:
        yield f"kind single has exactly one right option, not {right}"
    if kind == "multiple" and right < 1:
        yield "at least one option must be right"
    texts = [option.get("text") for option in options]
    if len({str(text) for text in texts}) < len(texts):
        yield "two options have the same text"


def _tables(table: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = table.get(key, [])
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(_text(entry) for entry in value)


def _line(text: str, header: str, number: int) -> int:
    """The line of the ``number``-th table of that header."""
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.strip().replace(" ", "") == header]
    return lines[number - 1] if number <= len(lines) else 0
