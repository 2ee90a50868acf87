"""One sitting of a quiz: every question once, then those that went wrong until they go right."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from labkit.learner.quiz.model import Question, Quiz


@dataclass(frozen=True)
class Answered:
    """A question, what was answered, and whether it was right.

    Attributes:
        number: of the question, from 1.
        question: itself.
        given: the answer.
        right: whether it was right.
        again: whether the question had been asked before.
    """

    number: int
    question: Question
    given: str
    right: bool
    again: bool


class Session:
    """What is asked next, and how it went so far.

    Attributes:
        total: how many questions there are.
        answered: the first answer to each question that was asked.
    """

    def __init__(self, quiz: Quiz) -> None:
        self.total = len(quiz.questions)
        self.answered: list[Answered] = []
        self._waiting = deque(enumerate(quiz.questions, 1))

    @property
    def next(self) -> tuple[int, Question] | None:
        """Number and question that wait for an answer; None when all went right."""
        return self._waiting[0] if self._waiting else None

    @property
    def again(self) -> bool:
        """Whether the next question has been asked before."""
        return len(self.answered) == self.total

    @property
    def right(self) -> int:
        """Questions that were answered right at the first try."""
        return sum(answer.right for answer in self.answered)

    def answer(self, given: str) -> Answered:
        """Judge an answer to the next question. One that is wrong comes back at the end."""
        number, question = self._waiting[0]
        answered = Answered(number, question, given, question.judge(given), self.again)
        self._waiting.popleft()
        if not answered.again:
            self.answered.append(answered)
        if not answered.right:
            self._waiting.append((number, question))
        return answered
