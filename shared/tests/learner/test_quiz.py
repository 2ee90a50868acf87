"""The quiz: every kind of question, piped or from a file; wrong answers come back; the result is kept."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labkit.catalog import Lab, load
from labkit.learner.progress import progress
from labkit.learner.quiz import Session, read_quiz

if TYPE_CHECKING:
    from conftest import Checkout, Said  # type: ignore[import-not-found]

QUIZ = """
[[questions]]
kind = "single"
text = "One?"
[[questions.options]]
text = "yes"
right = true
because = "It is."
[[questions.options]]
text = "no"
right = false
because = "It is not."
[[questions.options]]
text = "perhaps"
right = false
because = "Never."

[[questions]]
kind = "multiple"
text = "Which?"
[[questions.options]]
text = "A"
right = true
because = "a."
[[questions.options]]
text = "B"
right = false
because = "b."
[[questions.options]]
text = "C"
right = true
because = "c."

[[questions]]
kind = "ordering"
text = "In which order?"
[[questions.options]]
text = "first"
because = "1."
[[questions.options]]
text = "second"
because = "2."
[[questions.options]]
text = "third"
because = "3."

[[questions]]
kind = "short"
text = "Which word?"
answers = ["ord", "ord()"]
because = "It gives the number."

[[questions]]
kind = "prints"
text = "What does this print?"
code = '''
print(["a"])
print(2)
'''
answers = ["['a']\\n2"]
because = "A list, and a number."

[[interview]]
prompt = "Why?"
strong = ["Because.", "Or not."]
"""


@pytest.fixture
def quizzed(checkout: Checkout) -> Lab:
    made: Lab = checkout.lab()
    (made.path / "quiz.toml").write_text(QUIZ, encoding="utf-8")
    return made


def right_answers(lab: Lab) -> list[str]:
    return [question.answer.replace("\n", " ") for question in read_quiz(lab).questions]


@pytest.fixture
def typed(lab: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """`lab quiz 08 WORDS` with these lines as its input."""

    def call(lines: list[str], *words: str) -> Said:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return lab("quiz", "08", *words)

    return call


def test_all_right(quizzed: Lab, typed: Callable[..., Said]) -> None:
    """Answers from a pipe are judged, every option is explained, and the result is kept."""
    status, said, _ = typed(right_answers(quizzed))
    assert status == 0
    assert "5 of 5 right at the first try." in said
    for because in (
        "It is.",
        "It is not.",
        "Never.",
        "a.",
        "1.",
        "It gives the number.",
        "A list, and a number.",
    ):
        assert because in said
    quiz = progress([quizzed], quizzed.root)[0].quiz
    assert (quiz["right"], quiz["asked"], quiz["total"], quiz["best"]) == (5, 5, 5, 5)


def test_what_went_wrong_comes_back(quizzed: Lab, typed: Callable[..., Said]) -> None:
    """A wrong answer shows the right one, is asked again at the end, and counts as wrong."""
    right = right_answers(quizzed)
    status, said, _ = typed([*right[:3], "chr", right[4], "hex", "ORD"])
    assert status == 0
    assert "the answer is: ord" in said
    assert said.count("Question 4 of 5, once more") == 2
    assert "4 of 5 right at the first try." in said


def test_the_best_result_stays(quizzed: Lab, typed: Callable[..., Said]) -> None:
    """A worse second try does not take away the best one."""
    right = right_answers(quizzed)
    typed(right)
    typed(["a", "a", "abc", "x", "y", "q"])
    quiz = progress([quizzed], quizzed.root)[0].quiz
    assert quiz["best"] == 5
    assert quiz["right"] < 5


def test_leaving_keeps_what_was_answered(quizzed: Lab, typed: Callable[..., Said]) -> None:
    """q and the end of the input leave; the questions that were answered count."""
    for lines in ([right_answers(quizzed)[0], "q"], right_answers(quizzed)[:1]):
        status, said, _ = typed(lines)
        assert status == 1
        assert "1 of 1 right at the first try, 4 not asked." in said


def test_what_is_no_answer_is_asked_again(quizzed: Lab, typed: Callable[..., Said]) -> None:
    """An answer that is none, letters that are not there say, is not counted as wrong."""
    _, said, _ = typed(["", "z", "ab", *right_answers(quizzed)])
    assert said.count("an answer is one letter") == 3
    assert "5 of 5 right" in said


@pytest.mark.parametrize(
    ("number", "given", "right"),
    [
        (2, "{1}, {0}", True),
        (2, "{0}", False),
        (3, "{0} {1} {2}", True),
        (3, "{1} {0} {2}", False),
        (4, "  Ord ", True),
        (5, "['a'] 2", True),
        (5, '["a"]  2', True),
        (5, "['A'] 2", False),
    ],
)
def test_forms_of_answers(quizzed: Lab, number: int, given: str, right: bool) -> None:
    """The order of letters matters only where an order is asked for; white space is forgiven everywhere."""
    question = read_quiz(quizzed).questions[number - 1]
    assert question.judge(given.format(*question.answer)) is right


def test_the_same_letters_for_everybody(quizzed: Lab) -> None:
    """Options are mixed in the same way each time, so that a class can talk about letter b."""
    assert read_quiz(quizzed) == read_quiz(quizzed)


def test_answers_from_a_file(quizzed: Lab, lab: Callable[..., Said], tmp_path: Path) -> None:
    """--answers judges a line per question, keeps nothing, and tells programs as JSON."""
    file = tmp_path / "answers.txt"
    right = right_answers(quizzed)
    file.write_text("\n".join([*right[:2], "", right[3]]), encoding="utf-8")
    status, said, _ = lab("quiz", "08", "--answers", str(file))
    assert status == 1
    assert "3 of 5 right." in said
    assert "(no answer)" in said
    told = json.loads(lab("quiz", "08", "--answers", str(file), "--json")[1])
    assert (told["right"], told["total"]) == (3, 5)
    assert [answer["right"] for answer in told["answers"]] == [True, True, False, True, False]
    assert progress([quizzed], quizzed.root)[0].quiz == {}
    file.write_text("\n".join(right), encoding="utf-8")
    assert lab("quiz", "08", "--answers", str(file))[0] == 0


@pytest.mark.parametrize("words", [("--answers", "nowhere.txt"), ("--json",)])
def test_bad_usage(quizzed: Lab, lab: Callable[..., Said], words: tuple[str, ...]) -> None:
    """A file that is not there, or JSON without a file, is bad usage."""
    assert lab("quiz", "08", *words)[0] == 2


def test_interview(quizzed: Lab, typed: Callable[..., Said]) -> None:
    """The interview shows each prompt and what a strong answer covers."""
    status, said, _ = typed([], "--interview")
    assert status == 0
    assert [word in said for word in ("Why?", "- Because.", "- Or not.")] == [True] * 3


def test_a_lab_without_a_quiz(checkout: Checkout, lab: Callable[..., Said]) -> None:
    """A lab that has no quiz, or a broken one, says so."""
    made = checkout.lab()
    assert lab("quiz", "08")[0] == 2
    (made.path / "quiz.toml").write_text("[[questions]]\n", encoding="utf-8")
    status, _, problem = lab("quiz", "08")
    assert status == 2
    assert "cannot be read" in problem


def test_every_quiz_here() -> None:
    """Each quiz of this repository can be answered: its own right answers are judged as right."""
    for lab in load(Path(__file__).parents[3]).labs:
        session = Session(read_quiz(lab))
        while session.next is not None:
            _, question = session.next
            assert question.problem(question.answer) == "", (lab.id, question.text)
            assert session.answer(question.answer).right, (lab.id, question.text)
        assert session.right == session.total
