"""What a quiz is, and how an answer is judged."""

from __future__ import annotations

import random
import re
import tomllib
from dataclasses import dataclass
from typing import Any

from labkit.catalog import Lab
from labkit.errors import UsageError

#: Kinds whose options are lettered, and what to say about the answer that each kind wants.
_WANTS = {
    "single": "one letter",
    "multiple": "all letters that are right, such as ac",
    "ordering": "the letters in the right order, such as bca",
    "short": "a word or two",
    "prints": "what it prints",
}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Option:
    """A choice: its text, whether it is right, and why it is or is not."""

    text: str
    right: bool
    because: str


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        kind: ``single``, ``multiple``, ``ordering``, ``short`` or ``prints``.
        text: the question.
        code: Python that it is about; empty for none.
        options: in the order in which they are shown; none for ``short`` and ``prints``.
        order: for ``ordering``, the letters in the right order.
        answers: for ``short`` and ``prints``, the texts that are accepted, the usual one first.
        because: for ``short`` and ``prints``, why.
    """

    kind: str
    text: str
    code: str
    options: tuple[Option, ...]
    order: str
    answers: tuple[str, ...]
    because: str

    @property
    def wants(self) -> str:
        """What form the answer has."""
        return _WANTS[self.kind]

    @property
    def answer(self) -> str:
        """The right answer, in the form it is given in."""
        if self.kind == "ordering":
            return self.order
        if self.options:
            return "".join(LETTERS[n] for n, option in enumerate(self.options) if option.right)
        return self.answers[0]

    def problem(self, given: str) -> str:
        """Why ``given`` is no answer at all, to be asked again; empty when it is one."""
        if not given.strip():
            return f"an answer is {self.wants}"
        if not self.options:
            return ""
        letters = _letters(given)
        known = LETTERS[: len(self.options)]
        wrong_form = not set(letters) <= set(known) or len(set(letters)) != len(letters)
        if not letters or wrong_form or (self.kind == "single" and len(letters) != 1):
            return f"an answer is {self.wants}; the letters are {known[0]} to {known[-1]}"
        if self.kind == "ordering" and len(letters) != len(known):
            return f"all {len(known)} letters are needed, each once"
        return ""

    def judge(self, given: str) -> bool:
        """Whether ``given`` is right. Case, blanks and commas between letters do not matter."""
        if self.kind == "ordering":
            return _letters(given) == self.order
        if self.options:
            return sorted(_letters(given)) == sorted(self.answer)
        # White space is forgiven, so that several lines of output can be typed in one; case only in words.
        return any(_plain(given, self.kind) == _plain(answer, self.kind) for answer in self.answers)


@dataclass(frozen=True)
class Prompt:
    """A question of an interview, and what a strong answer covers."""

    prompt: str
    strong: tuple[str, ...]


@dataclass(frozen=True)
class Quiz:
    """Questions and interview prompts of a lab."""

    questions: tuple[Question, ...]
    interview: tuple[Prompt, ...]


def read_quiz(lab: Lab) -> Quiz:
    """Read the quiz of ``lab``. Options stand in a random order that is the same each time, for everybody.

    Raises:
        UsageError: the lab has none, or one that cannot be read.
    """
    file = lab.path / "quiz.toml"
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        return Quiz(
            tuple(_question(lab, n, entry) for n, entry in enumerate(table.get("questions", []), 1)),
            tuple(Prompt(entry["prompt"], tuple(entry["strong"])) for entry in table.get("interview", [])),
        )
    except FileNotFoundError:
        raise UsageError(f"Lab {lab.id} has no quiz: {file} is missing.") from None
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise UsageError(
            f"{file} cannot be read ({problem!r}); ./lab reset {lab.id} does not touch it."
        ) from None


def _question(lab: Lab, number: int, entry: dict[str, Any]) -> Question:
    options = [
        Option(option["text"], bool(option.get("right", False)), option["because"])
        for option in entry.get("options", [])
    ]
    places = list(range(len(options)))
    random.Random(f"{lab.id} {number}").shuffle(places)  # noqa: S311 - an order, not a secret
    return Question(
        entry["kind"],
        entry["text"],
        entry.get("code", "").strip("\n"),
        tuple(options[place] for place in places),
        "".join(LETTERS[places.index(place)] for place in range(len(places))),
        tuple(entry.get("answers", ())),
        entry.get("because", ""),
    )


def _letters(given: str) -> str:
    return re.sub(r"[\s,;.)]", "", given).casefold()


def _plain(text: str, kind: str) -> str:
    words = " ".join(text.split()).strip("`")
    return words.casefold() if kind == "short" else words.replace('"', "'")
