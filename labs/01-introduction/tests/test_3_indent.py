import pytest
import source_reader

from labkit.checks import call

MIXED, NO_LEVEL = "tabs and spaces mixed", "back to no level"
UNEXPECTED, MISSING = "indented without a reason", "block missing"


def found(source, line, reason, look="", slips=()):
    wrong = [(source_reader.IndentProblem(*values), told) for values, told in slips]
    call(source_reader.first_indent_problem, source).returns(
        source_reader.IndentProblem(line, reason), look=look, slips=wrong
    )


def fine(source):
    call(source_reader.first_indent_problem, source).returns(None)


def test_a_source_without_problems():
    """A source that Python accepts has no problem, however far it is indented."""
    fine("if True:\n  x = 1\n  if x:\n      y = 2\nz = 3\n")
    fine("def f():\n\treturn 1\n")
    fine("")


def test_blanks_inside_brackets_do_not_count():
    """Lines inside brackets and texts may be indented at will."""
    fine("ports = [\n        80,\n  443,\n]\ntext = '''\n    a\n  b\n'''\n")


def test_back_to_no_level():
    """A line that goes back to a level which nothing has is the problem."""
    found("if True:\n    x = 1\n  y = 2\n", 3, NO_LEVEL)
    found("def f():\n    if 1:\n        x = 1\n      y = 2\n    return x\n", 4, NO_LEVEL)


def test_indented_without_a_reason():
    """A line that is indented although nothing before it opens a block is the problem."""
    found("x = 1\n    y = 2\n", 2, UNEXPECTED)
    found("if True:\n    x = 1\n        y = 2\n", 3, UNEXPECTED)


def test_a_first_line_that_is_indented():
    """Even the first line must not be indented."""
    found("  x = 1\n", 1, UNEXPECTED)


def test_a_block_that_is_missing():
    """A line that should be indented and is not is the problem: the line behind the colon's."""
    found("if True:\nx = 1\n", 2, MISSING)
    found("for port in [80]:\n# only a comment\nprint(port)\n", 3, MISSING)


def test_tabs_and_spaces_mixed():
    """Tabs and spaces that only fit together by some width of a tab are the problem."""
    found(
        "if True:\n        x = 1\n\ty = 2\n", 3, MIXED, slips=[((3, NO_LEVEL), "Python calls it a TabError")]
    )
    found("def f():\n\tx = 1\n        y = 2\n", 3, MIXED)


def test_the_first_problem_counts():
    """Of several problems the first one is told."""
    found("if True:\nx = 1\n    y = 2\n", 2, MISSING)
    found("x = 1\n  y = 2\nif True:\nz = 3\n", 2, UNEXPECTED)


@pytest.mark.parametrize("source", ["x = = 1\n", "print('a'\n"])
def test_other_errors_are_reported(refused, source):
    """What is wrong in another way raises BadSource with the line and the column."""
    refused(source_reader.first_indent_problem, source)
