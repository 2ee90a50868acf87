import first_functions

from labkit.checks import call, call_raises


def test_a_plain_version():
    """Python 3.12.1 is three numbers and an empty suffix."""
    call(first_functions.parse_version, "Python 3.12.1").returns(
        (3, 12, 1, ""),
        slips=[
            (("3", "12", "1", ""), "the numbers are still texts: int() makes numbers of them"),
            ((3, 12, 1), "the suffix is missing: it is an empty text here"),
            ([3, 12, 1, ""], "four values in round brackets make a tuple"),
        ],
    )


def test_the_line_end_does_not_matter():
    """The line end that a program writes behind its output does not matter."""
    call(first_functions.parse_version, "Python 3.11.9\n").returns((3, 11, 9, ""))
    call(first_functions.parse_version, "Python 3.11.9\r\n").returns((3, 11, 9, ""))


def test_numbers_of_two_digits():
    """Each of the numbers may have several digits."""
    call(first_functions.parse_version, "Python 10.204.33").returns((10, 204, 33, ""))


def test_zeros():
    """A 0 is a number like any other."""
    call(first_functions.parse_version, "Python 3.0.0").returns((3, 0, 0, ""))


def test_a_release_candidate():
    """What stands right behind the third number is the suffix."""
    for suffix in ("rc1", "a4", "b2"):
        call(first_functions.parse_version, f"Python 3.14.0{suffix}").returns((3, 14, 0, suffix))


def test_a_build_between_releases():
    """A plus belongs to the suffix, alone or after letters."""
    call(first_functions.parse_version, "Python 3.13.0+").returns((3, 13, 0, "+"))
    call(first_functions.parse_version, "Python 3.13.0a4+").returns((3, 13, 0, "a4+"))


def test_words_behind_the_version():
    """What distributors write behind the version, after a blank or in further lines, is left out."""
    call(first_functions.parse_version, "Python 3.9.7 :: Anaconda, Inc.").returns((3, 9, 7, ""))
    call(first_functions.parse_version, "Python 3.10.14 (39dc8d3c85a7)\n[PyPy 7.3.17]").returns(
        (3, 10, 14, ""), look="the second word holds the version; nothing after it counts"
    )


def test_what_is_not_a_version():
    """Anything else raises a ValueError that shows what was given."""
    for output in (
        "Python",
        "Python 3.12",
        "Python three.twelve.one",
        "Python 3.12.",
        "Python .3.12",
        "Python -3.12.1",
        "Python 3.1-2.5",
        "command not found: python",
        "Perl 5.36.0",
        "3.12.1",
        "python 3.12.1",
        "Python3.12.1",
    ):
        call_raises(
            ValueError,
            first_functions.parse_version,
            output,
            saying=output,
            look="raise ValueError with a message that holds the text you were given",
        )


def test_an_empty_output():
    """An empty output is not a version, either."""
    for output in ("", "\n", "   "):
        call_raises(
            ValueError,
            first_functions.parse_version,
            output,
            look="where nothing came, there is no second word: find out before you take it",
        )


def test_a_fourth_number():
    """Four numbers are not a version of Python."""
    call_raises(ValueError, first_functions.parse_version, "Python 3.12.1.4", saying="3.12.1.4")


def test_any_version(rng):
    """Whatever the numbers and the suffix, they come back as they were written."""
    for _ in range(30):
        numbers = tuple(rng.choice([0, 2, 9, 10, 11, 33, 104]) for _ in range(3))
        suffix = rng.choice(["", "a1", "b12", "rc3", "+", "rc1+"])
        text = "Python " + ".".join(map(str, numbers)) + suffix + rng.choice(["", "\n", " (main)\n"])
        call(first_functions.parse_version, text).returns((*numbers, suffix))
