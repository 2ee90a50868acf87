import intake_report
import pytest

from labkit.checks import call_with_answers, expect, run_script

GOOD = ["web-7", "8", "216000", "yes"]
REPORT = "host:       web-7\ncpus:       8\nuptime:     2.5 days\nproduction: yes"
PROMPTS = ["Hostname: ", "CPU count: ", "Uptime in seconds: ", "Production (yes/no): "]


def talk(*answers):
    return call_with_answers(list(answers), intake_report.system_report)


def even(text):
    if not text.isdigit() or int(text) % 2:
        raise ValueError(f"{text!r} is no even number")
    return int(text)


def test_ask_returns_what_was_made_of_the_answer():
    """ask prompts once, and returns the converted answer."""
    result = call_with_answers(["12"], intake_report.ask, "Even number: ", even)
    result.returns(12)
    result.expect(result.prompts, "the prompts").equals(["Even number: "])


def test_ask_asks_again():
    """After an answer that will not do, ask shows the message of the error and asks again."""
    result = call_with_answers(["x", "3", "4"], intake_report.ask, "Even number: ", even)
    result.returns(4)
    result.asks(3)
    result.says(
        "Even number: ", "'x' is no even number", "Even number: ", "'3' is no even number", "Even number: "
    )


def test_falsy_answers_are_answers():
    """What is converted to 0, False or nothing is an answer like any other."""
    call_with_answers(["0"], intake_report.ask, "? ", int).returns(0)
    call_with_answers(["no"], intake_report.ask, "? ", lambda text: False).returns(False)
    result = call_with_answers([""], intake_report.ask, "? ", str)
    result.returns("", look="an empty text is what the converter made: return it")


def test_ask_lets_the_end_of_input_through():
    """At the end of input ask raises EOFError, also after a bad answer."""
    for answers in ([], ["x"]):
        with pytest.raises(EOFError):
            call_with_answers(answers, intake_report.ask, "Even number: ", even)


def test_ask_lets_ctrl_c_through():
    """Ctrl-C at a prompt goes through ask."""
    with pytest.raises(KeyboardInterrupt):
        call_with_answers([KeyboardInterrupt], intake_report.ask, "Even number: ", even)


def test_ask_lets_other_errors_through():
    """An error of the converter that is no ValueError is a bug, and goes through."""

    def broken(text):
        raise KeyError(text)

    with pytest.raises(KeyError):
        call_with_answers(["a", "b"], intake_report.ask, "? ", broken)


def test_four_questions_and_a_report():
    """Four questions in order, then the report."""
    result = talk(*GOOD)
    result.returns(REPORT)
    result.expect(result.prompts, "the prompts").equals(PROMPTS)


def test_a_bad_answer_is_asked_again():
    """A bad answer is asked again, at that question, with a message that shows the answer."""
    result = talk("web-7", "eight", "8", "216000", "yes")
    result.returns(REPORT)
    result.expect([prompt.splitlines()[-1] for prompt in result.prompts], "the questions").equals(
        ["Hostname: ", "CPU count: ", "CPU count: ", "Uptime in seconds: ", "Production (yes/no): "]
    )
    result.says("'eight'")


@pytest.mark.parametrize(
    ("question", "bad"),
    [
        (0, ""),
        (0, "   "),
        (0, "web 7"),
        (1, "0"),
        (1, "-2"),
        (1, "0x10"),
        (1, "0.9"),
        (1, "nan"),
        (2, "-1"),
        (2, "1,000"),
        (2, "inf"),
        (2, ""),
        (3, "perhaps"),
        (3, ""),
    ],
)
def test_answers_that_will_not_do(question, bad):
    """Each question refuses what makes no sense, and accepts the next answer."""
    answers = list(GOOD)
    answers.insert(question, bad)
    result = talk(*answers)
    result.returns(REPORT)
    result.says(repr(bad), look="the message before asking again shows the answer, as repr does")


def test_many_bad_answers():
    """It asks as often as it takes."""
    result = talk("web-7", *["?"] * 15, "8", "216000", "yes")
    result.returns(REPORT)


@pytest.mark.parametrize(
    ("answers", "report"),
    [
        (
            [" db-1 ", "4.9", "43200", "OFF"],
            "host:       db-1\ncpus:       4\nuptime:     0.5 days\nproduction: no",
        ),
        (["a.b", "1", "0", "no"], "host:       a.b\ncpus:       1\nuptime:     0.0 days\nproduction: no"),
        (
            ["x", "1e2", "1e6", "True"],
            "host:       x\ncpus:       100\nuptime:     11.6 days\nproduction: yes",
        ),
        (["x", "2", "86399.9", "on"], "host:       x\ncpus:       2\nuptime:     1.0 days\nproduction: yes"),
    ],
)
def test_other_systems(answers, report):
    """Answers are cleaned and converted: blanks, fractions, exponents, other words for yes and no."""
    talk(*answers).returns(report)


def test_the_command_prints_the_report(code_folder):
    """The program prints the report as its last lines, with exit status 0."""
    ran = run_script(code_folder / "intake_report.py", stdin="\n".join(GOOD) + "\n")
    ran.exits(0)
    ran.expect(ran.stdout.endswith(REPORT + "\n"), f"the output {ran.stdout!r} ends with the report").equals(
        True
    )


def test_the_command_asks_again(code_folder):
    """The program asks again after a bad answer, too."""
    answers = "web-7\n8\nyesterday\n216000\nyes\n"
    run_script(code_folder / "intake_report.py", stdin=answers).exits(0).says("'yesterday'", "2.5 days")


@pytest.mark.parametrize("stdin", ["", "web-7\neight\n"])
def test_the_end_of_input(code_folder, stdin):
    """When input ends early, the program says so on standard error and exits with 1, without a traceback."""
    ran = run_script(code_folder / "intake_report.py", stdin=stdin)
    ran.exits(1, look="catch EOFError in main()").complains("input ended")
    ran.expect(ran.stderr.splitlines()[-1], "the last line of standard error").matches("^input ended")
    ran.expect("production:" in ran.stdout, "half a report was printed").equals(False)


def test_the_last_line_may_lack_its_end(code_folder):
    """The last answer counts without a line end, too."""
    run_script(code_folder / "intake_report.py", stdin="\n".join(GOOD)).exits(0).says("2.5 days")


def test_ctrl_c_ends_it(capsys):
    """Ctrl-C ends it with status 130 and a message on standard error."""
    result = call_with_answers(["web-7", KeyboardInterrupt], intake_report.main)
    result.returns(130, look="130 is the status of a program that Ctrl-C ended")
    expect(capsys.readouterr().err.strip(), "standard error").equals("interrupted")


def test_the_status_of_a_report():
    """When the report is printed, main returns 0."""
    result = call_with_answers(GOOD, intake_report.main)
    result.says("2.5 days")
    result.returns(0)
