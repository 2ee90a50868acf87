"""Hints lead to the idea, they never hold the code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from labkit.proofs.lint.context import Context, line_of
from labkit.proofs.lint.leaks import plain, telling_lines
from labkit.proofs.model import Finding

#: What may stand between backticks: one name, dotted or called with nothing, one option, one operator.
_ONE_TOKEN = re.compile(r"@?[\w.\-/]+(\(\))?|[^\w\s()\[\]{}]{1,3}|\(\)|\[\]|\{\}|\"\w*\"|'\w*'")


def check(context: Context) -> Iterator[Finding]:
    file = context.lab.path / "lab.toml"
    text = context.text(file) or ""
    secrets = telling_lines(context)
    for task in context.lab.tasks:
        if task.title.rstrip().endswith("."):
            yield context.at(
                file, f"task {task.number}: the title ends without a full stop", line_of(text, task.title)
            )
        for number, hint in enumerate(task.hints, 1):
            where, line = f"task {task.number}, hint {number}", line_of(text, hint[:30])
            if "```" in hint:
                yield context.at(file, f"{where} holds a block of code: say the idea in words", line)
                continue
            for code in re.findall(r"`([^`]+)`", hint):
                if not _ONE_TOKEN.fullmatch(code.strip()):
                    yield context.at(
                        file, f"{where} holds code, `{code}`: name one thing, or say it in words", line
                    )
            if any(secret in plain(hint) for secret in secrets):
                yield context.at(file, f"{where} holds a line of the solution", line)
        if len(set(task.hints)) < len(task.hints):
            yield context.at(
                file, f"task {task.number} says the same hint twice", line_of(text, task.hints[0][:30])
            )
