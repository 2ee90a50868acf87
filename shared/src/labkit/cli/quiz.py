"""``lab quiz``: the questions of a lab, and its interview."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from labkit.catalog import Lab
from labkit.cli.arguments import lab_named
from labkit.cli.terminal import Terminal
from labkit.errors import UsageError
from labkit.learner.progress import note_quiz
from labkit.learner.quiz import Answered, Question, Quiz, Session, read_quiz
from labkit.learner.quiz.model import LETTERS

_LEAVE = ("q", "quit", "exit")


def quiz(
    lab: Annotated[str | None, typer.Argument(metavar="[LAB]", help="id, folder or start of a slug")] = None,
    interview: Annotated[
        bool, typer.Option("--interview", help="prompts to talk through, then strong answers")
    ] = False,
    answers: Annotated[
        str | None, typer.Option(metavar="FILE", help="judge a file with an answer per line; - for the input")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="with --answers: print JSON")] = False,
) -> int:
    """Answer the questions of a lab. Every option is explained; what went wrong comes back."""
    chosen = lab_named(lab)
    found = read_quiz(chosen)
    terminal = Terminal(sys.stdout)
    if as_json and answers is None:
        raise UsageError("--json goes with --answers FILE")
    if interview:
        _talk(terminal, chosen, found)
        return 0
    if answers is not None:
        return _judge_file(terminal, chosen, found, _lines(answers), as_json)
    return _ask_all(terminal, chosen, found)


def _ask_all(terminal: Terminal, lab: Lab, found: Quiz) -> int:
    session, began = Session(found), time.monotonic()
    terminal.line(terminal.style(f"Quiz of lab {lab.id}: {lab.title}", "bold"))
    terminal.line(terminal.style(f"{session.total} questions; q leaves, what you answered is kept.", "dim"))
    try:
        while session.next is not None:
            number, question = session.next
            _show(terminal, number, session.total, question, again=session.again)
            given = _input(terminal, question)
            if given is None:
                break
            _explain(terminal, session.answer(given))
    finally:
        # Also after Ctrl-C: what was answered counts.
        _close(terminal, lab, session, time.monotonic() - began)
    return 0 if len(session.answered) == session.total else 1


def _close(terminal: Terminal, lab: Lab, session: Session, seconds: float) -> None:
    asked = len(session.answered)
    if not asked:
        return
    with contextlib.suppress(OSError):
        note_quiz(lab, session.right, asked, session.total, seconds, datetime.now(UTC))
    rest = f", {session.total - asked} not asked" if asked < session.total else ""
    terminal.line()
    terminal.line(
        terminal.style(f"{session.right} of {asked} right at the first try{rest}.", "bold")
        + terminal.style(f" Interview: ./lab quiz {lab.id} --interview", "dim")
    )


def _show(terminal: Terminal, number: int, total: int, question: Question, *, again: bool) -> None:
    terminal.line()
    once_more = ", once more" if again else ""
    terminal.line(terminal.style(f"Question {number} of {total}{once_more}", "bold"))
    terminal.field("", question.text)
    for line in question.code.splitlines():
        terminal.line(f"                {line}")
    for letter, option in zip(LETTERS, question.options, strict=False):
        terminal.field(f"       {letter})", option.text)


def _input(terminal: Terminal, question: Question) -> str | None:
    """An answer in the right form; None when there is no more input, or the learner leaves."""
    while True:
        terminal.stream.write(terminal.style(f"  {question.wants}: ", "dim"))
        terminal.stream.flush()
        line = sys.stdin.readline()
        if not sys.stdin.isatty():
            terminal.line(line.rstrip("\n"))  # a transcript reads as the dialogue it was
        if not line or line.strip().casefold() in _LEAVE:
            return None
        problem = question.problem(line)
        if not problem:
            return line.strip()
        terminal.field("", problem, "yellow")


def _explain(terminal: Terminal, answered: Answered) -> None:
    question = answered.question
    if answered.right:
        terminal.field("right", question.because or "", "green")
    else:
        terminal.field("wrong", f"the answer is: {question.answer}", "red")
    if not question.options:
        if not answered.right:
            terminal.field("because", question.because)
        return
    shown = list(zip(LETTERS, question.options, strict=False))
    if question.kind == "ordering":
        shown.sort(key=lambda pair: question.order.index(pair[0]))
    for letter, option in shown:
        good = option.right or question.kind == "ordering"
        terminal.field(f"       {letter})", option.because, *(("green",) if good else ()))


def _talk(terminal: Terminal, lab: Lab, found: Quiz) -> None:
    """One prompt after the other; the points come when the learner has answered aloud."""
    if not found.interview:
        raise UsageError(f"Lab {lab.id} has no interview prompts.")
    for number, prompt in enumerate(found.interview, 1):
        terminal.line()
        terminal.line(terminal.style(f"Interview {number} of {len(found.interview)}", "bold"))
        terminal.field("", prompt.prompt)
        if sys.stdin.isatty():
            terminal.stream.write(terminal.style("  Answer aloud, then press Enter: ", "dim"))
            terminal.stream.flush()
            if sys.stdin.readline().strip().casefold() in _LEAVE:
                return
        terminal.line(terminal.style("  A strong answer covers", "dim"))
        for point in prompt.strong:
            terminal.field("        -", point)


def _lines(name: str) -> list[str]:
    if name == "-":
        return sys.stdin.read().splitlines()
    try:
        return Path(name).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(f"--answers {name}: {getattr(problem, 'strerror', None) or problem}") from None


def _judge_file(terminal: Terminal, lab: Lab, found: Quiz, lines: list[str], as_json: bool) -> int:
    """Judge answers that were written down: line n answers question n. Nothing is kept of it."""
    if len(lines) > len(found.questions):
        raise UsageError(f"{len(lines)} answers, but lab {lab.id} has {len(found.questions)} questions")
    lines += [""] * (len(found.questions) - len(lines))
    rows = [
        (number, question, given.strip(), not question.problem(given) and question.judge(given))
        for number, (question, given) in enumerate(zip(found.questions, lines, strict=True), 1)
    ]
    right = sum(good for *_, good in rows)
    if as_json:
        answers = [
            {"number": number, "given": given, "right": good, "answer": question.answer}
            for number, question, given, good in rows
        ]
        shown = {"schema": 1, "lab": lab.id, "right": right, "total": len(rows), "answers": answers}
        print(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        for number, question, given, good in rows:
            if good:
                terminal.line(f"  {terminal.style('right', 'green')}  {number:>2}  {given}")
            else:
                said = given or "(no answer)"
                terminal.line(
                    f"  {terminal.style('wrong', 'red')}  {number:>2}  {said}; it is {question.answer}"
                )
        terminal.line(terminal.style(f"{right} of {len(rows)} right.", "bold"))
    return 0 if right == len(rows) else 1
