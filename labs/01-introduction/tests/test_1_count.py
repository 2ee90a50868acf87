import pytest
import source_reader

from labkit.checks import call


def counts(source, code, comment, blank, look="", slips=()):
    expected = source_reader.LineCounts(code, comment, blank)
    wrong = [(source_reader.LineCounts(*numbers), told) for numbers, told in slips]
    call(source_reader.count_lines, source).returns(expected, look=look, slips=wrong)


def test_each_kind_is_counted():
    """Lines of code, comments and blank lines are counted apart."""
    counts("# rota\n\nteam = 'a'\nshift = 2\n", 2, 1, 1)


def test_a_comment_behind_code():
    """A line with code and a comment behind it is a line of code."""
    counts(
        "x = 1  # one\n",
        1,
        0,
        0,
        slips=[((0, 1, 0), "there is code in front of the comment: the line is code")],
    )


def test_a_hash_inside_a_text():
    """A # inside a text starts no comment."""
    counts(
        "channel = '#incidents'\nurl = \"http://x/#top\"\n", 2, 0, 0, look="a # between quotes is a character"
    )


def test_comments_may_be_indented():
    """A comment with blanks or tabs in front of it is a comment."""
    counts("if True:\n    # why\n\t# tab\n    x = 1\n", 2, 2, 0)


def test_lines_of_white_space_are_blank():
    """A line that holds nothing but blanks and tabs is blank."""
    counts("x = 1\n   \n\t\n\n", 1, 0, 3)


def test_lines_inside_a_long_text_are_code():
    """All lines of a text over several lines are code, also those that look like a comment or blank."""
    source = 'text = """first\n# no comment\n\nlast"""\n'
    counts(
        source,
        4,
        0,
        0,
        slips=[
            ((2, 1, 1), "the text goes on over four lines: what is inside it is neither comment nor blank"),
            ((1, 0, 3), "only the line in which the text begins was counted: it ends three lines further on"),
            ((2, 0, 2), "only the first and the last line of the text were counted"),
        ],
    )


def test_docstrings_are_code():
    """A docstring is a text, not a comment."""
    counts('def f():\n    """Say\n\n    why.\n    """\n', 5, 0, 0)


def test_code_over_several_lines():
    """A statement over several lines counts with all of them, blanks and comments in it apart."""
    counts("ports = [\n    80,\n    # TLS\n\n    443,\n]\ntotal = 1 + \\\n    2\n", 6, 1, 1)


def test_an_empty_file():
    """An empty file has no lines."""
    counts("", 0, 0, 0)


def test_only_comments():
    """A file of comments alone has no code."""
    counts("#!/usr/bin/env python3\n#\n# end\n", 0, 3, 0)


def test_no_line_end_at_the_end():
    """The last line counts with and without a line end behind it."""
    counts("x = 1\n# end", 1, 1, 0)
    counts("# end\nx = 1", 1, 1, 0)
    counts("x = 1\n  ", 1, 0, 1)


@pytest.mark.parametrize(
    "source", ["x = = 1\n", "a = 1\nb = (2\n", "print('x)\n", "if True:\nx = 1\n", 'x = """\n']
)
def test_invalid_source_is_reported(refused, source):
    """What is not valid Python raises BadSource with the line and the column."""
    refused(source_reader.count_lines, source)


def test_any_source(rng):
    """Whatever lines a source is made of, each counts for its kind."""
    code = ["x = 1", "y = '#'  # why", "print('a')", "z = [1,  # one\n     2]"]
    for _ in range(20):
        lines = (
            rng.choices(code, k=3) + rng.choices(["# a", "  # b = 2"], k=2) + rng.choices(["", "   "], k=2)
        )
        rng.shuffle(lines)
        several = sum("\n" in line for line in lines)
        counts("\n".join(lines) + "\n", 3 + several, 2, 2)
