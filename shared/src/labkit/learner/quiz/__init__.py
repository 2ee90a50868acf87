"""The questions of a lab: read from its quiz.toml, asked, judged. Nothing here prints."""

from __future__ import annotations

from labkit.learner.quiz.asking import Answered, Session
from labkit.learner.quiz.model import Option, Prompt, Question, Quiz, read_quiz

__all__ = ["Answered", "Option", "Prompt", "Question", "Quiz", "Session", "read_quiz"]
