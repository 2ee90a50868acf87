"""Functions that ask: answers are typed from a script, and the conversation is judged."""

from __future__ import annotations

import sys

import pytest

from labkit.checks import CheckFailed, call_with_answers


def greet() -> str:
    name = input("Name: ")
    sys.stdout.write(f"hello {name}\n")
    return name


def ask_until_number() -> int:
    while True:
        text = input("CPU count: ")
        try:
            return int(text)
        except ValueError:
            sys.stdout.write(f"{text!r} is no number\n")


def test_answers_are_typed_one_by_one() -> None:
    """Each time the function asks, it gets the next line, without what the user types being printed."""
    talk = call_with_answers(["web-1"], greet)
    talk.returns("web-1")
    talk.prints("Name: hello web-1\n")
    assert talk.prompts == ["Name: "]
    assert talk.answered == 1


def test_prompts_hold_what_was_printed_since_the_last_answer() -> None:
    """A complaint and the next prompt belong together."""
    talk = call_with_answers(["x", "4"], ask_until_number)
    talk.returns(4)
    assert talk.prompts == ["CPU count: ", "'x' is no number\nCPU count: "]
    talk.asks(2)


def test_input_ends_after_the_last_answer() -> None:
    """After the last answer input() raises EOFError, as after Ctrl-D."""
    with pytest.raises(EOFError):
        call_with_answers([], greet)


def test_ctrl_c_at_a_prompt() -> None:
    """KeyboardInterrupt among the answers is raised where the function asks."""
    with pytest.raises(KeyboardInterrupt):
        call_with_answers(["x", KeyboardInterrupt], ask_until_number)


def test_lines_of_standard_input() -> None:
    """Whoever reads sys.stdin line by line, or as a whole, gets the answers too."""
    call_with_answers(["a", "b"], lambda: [line.strip() for line in sys.stdin]).returns(["a", "b"])
    call_with_answers(["a", "b"], lambda: sys.stdin.read()).returns("a\nb\n")


def test_standard_input_is_put_back() -> None:
    """After the call standard input is what it was, also when the call raises."""
    before = sys.stdin
    with pytest.raises(EOFError):
        call_with_answers([], greet)
    assert sys.stdin is before


@pytest.mark.parametrize("swallowed", [EOFError, Exception, BaseException])
def test_a_loop_that_never_stops_asking_is_ended(swallowed: type[BaseException]) -> None:
    """Asking on after the end of input fails with words, whatever the loop swallows for a while."""

    def stubborn() -> None:
        for _ in range(200):
            try:
                input("? ")
            except swallowed:
                continue

    with pytest.raises(CheckFailed) as caught:
        call_with_answers(["x"], stubborn)
    assert "EOFError" in caught.value.expected
    assert "while the user types 'x'" in caught.value.called


def test_says_wants_the_parts_in_order() -> None:
    """The parts must be printed in their order; the failure tells a wrong order from absence."""
    talk = call_with_answers(["Ana"], greet)
    talk.says("NAME", "hello ana")
    with pytest.raises(CheckFailed, match="order"):
        talk.says("hello", "Name")
    with pytest.raises(CheckFailed) as caught:
        talk.says("goodbye")
    assert "goodbye" in caught.value.expected


def test_lacks_and_asks_fail_with_words() -> None:
    """What must not be printed, and how often to ask, are told in the failure."""
    talk = call_with_answers(["Ana"], greet)
    talk.lacks("bye")
    with pytest.raises(CheckFailed, match="not to print 'hello'"):
        talk.lacks("hello")
    with pytest.raises(CheckFailed, match="to ask twice"):
        talk.asks(2)
