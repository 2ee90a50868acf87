import sys

import pytest
import source_reader

from labkit.checks import call, expect


def lines(source, expected, look="", slips=()):
    return call(source_reader.run_order, source).returns(expected, look=look, slips=slips)


def test_top_to_bottom():
    """Lines come in the order in which they are printed: from top to bottom."""
    lines("print('first')\nprint('second')\nprint('third')\n", ["first", "second", "third"])


def test_a_function_runs_when_it_is_called():
    """What stands in a function is printed when it is called, not where it is written."""
    source = "def alarm():\n    print('alarm')\n\nprint('ready')\nalarm()\nprint('done')\nalarm()\n"
    lines(source, ["ready", "alarm", "done", "alarm"])


def test_what_never_runs_is_not_printed():
    """A branch that is not taken and a function that nobody calls print nothing."""
    lines("if 2 < 1:\n    print('never')\ndef unused():\n    print('never')\nprint('end')\n", ["end"])


def test_nothing_printed():
    """A program that prints nothing, and an empty one, give an empty list."""
    lines("x = 1\n", [])
    lines("", [])


def test_lines_not_calls():
    """The list has a line for each line of output, however print was called."""
    lines(
        "print('a', 'b')\nprint('c\\nd')\nprint('e', end=' ')\nprint('f')\nprint()\n",
        ["a b", "c", "d", "e f", ""],
        look="collect the whole output first, and take its lines apart at the end",
    )


def test_the_last_line_may_lack_its_end():
    """Output without a line end at the end gives its last line all the same."""
    lines("print('no end', end='')", ["no end"])


def test_an_exception_ends_the_program():
    """What was printed before an exception is there, then the class and the line of the exception."""
    lines(
        "print('start')\nports = {}\nprint(ports['web'])\nprint('never')\n",
        ["start", "KeyError in line 3"],
    )


def test_an_exception_inside_a_function():
    """The line is the one in which it happened, not the one of the call."""
    lines(
        "def rate(total):\n    return total / 0\n\nprint('a')\nrate(3)\n",
        ["a", "ZeroDivisionError in line 2"],
        slips=[(["a", "ZeroDivisionError in line 5"], "that is the line of the call: the last place counts")],
    )


def test_an_exception_inside_a_library():
    """When it happens inside a library, the line is that of the program which called it."""
    lines(
        "import json\nprint('reading')\njson.loads('{')\n",
        ["reading", "JSONDecodeError in line 3"],
        look="the last place that belongs to the given program counts, not the one inside the library",
    )


def test_an_exception_that_is_caught_ends_nothing():
    """An exception that the program catches itself is not mentioned."""
    lines("try:\n    1 / 0\nexcept ZeroDivisionError:\n    print('caught')\n", ["caught"])


def test_output_that_was_not_finished_before_an_exception():
    """The exception has a line of its own, also behind output without a line end."""
    lines("print('half', end='')\n1 / 0\n", ["half", "ZeroDivisionError in line 2"])


def test_leaving_early_is_no_failure():
    """A program that leaves with sys.exit just ends there."""
    lines("import sys\nprint('a')\nsys.exit(3)\nprint('never')\n", ["a"])


def test_it_runs_as_a_program():
    """The program runs as one: the part behind if __name__ == '__main__' runs too."""
    lines("if __name__ == '__main__':\n    print('main')\n", ["main"])


def test_functions_see_names_of_the_program():
    """A function of the program sees its names, and the names of earlier programs are gone."""
    lines("base = 3\ndef twice():\n    return base * 2\nprint(twice())\nleft_behind = 1\n", ["6"])
    lines("print('left_behind' in globals())\n", ["False"], look="each program gets names of its own")


@pytest.mark.parametrize(
    "source", ["print('a')\nprint('b'\n", "print('a')\nx = = 1\n", "print('a')\n  y = 2\n"]
)
def test_invalid_source_is_reported(refused, source, capsys):
    """What is not valid Python raises BadSource with line and column, and not one line of it runs."""
    refused(source_reader.run_order, source)
    expect(capsys.readouterr().out, "what was printed").equals("")


def test_standard_output_is_put_back():
    """Afterwards print writes to where it wrote before, also when the program failed."""
    before = sys.stdout
    try:
        source_reader.run_order("print('inside')\n1 / 0\n")
        after = sys.stdout
    finally:
        sys.stdout = before
    expect(after is before, "standard output is what it was before").equals(True)


def test_ctrl_c_goes_on():
    """KeyboardInterrupt is not swallowed: whoever presses Ctrl-C wants the end of everything."""
    try:
        call(source_reader.run_order, "raise KeyboardInterrupt\n")
    except KeyboardInterrupt:
        return
    expect("nothing was raised", "a program interrupted by Ctrl-C").equals("KeyboardInterrupt")
