import intake_report

from labkit.checks import Stream, call


def test_values_of_many_types():
    """Texts and whole numbers stay as they are, floats get two decimals."""
    call(intake_report.join_values, ["web-7", 8, 0.5]).returns("web-7 | 8 | 0.50")


def test_bools_are_yes_and_no():
    """True is yes and False is no."""
    call(intake_report.join_values, [True, False]).returns(
        "yes | no",
        slips=[("True | False", "bools have words of their own"), ("1 | 0", "bools have words of their own")],
    )


def test_numbers_that_equal_bools():
    """1 and 0 are numbers, not yes and no."""
    call(intake_report.join_values, [1, 0, 1.0]).returns(
        "1 | 0 | 1.00", look="1 == True, so a comparison cannot tell them apart: ask for the type"
    )


def test_none_is_a_hyphen():
    """None is a hyphen; an empty text stays empty."""
    call(intake_report.join_values, [None, "", None]).returns("- |  | -", look="an empty text is not None")


def test_anything_else_as_a_text():
    """Everything else is turned into a text as str does it."""
    call(intake_report.join_values, [[1, 2], ("a",), {"b": 1}, b"c"]).returns(
        "[1, 2] | ('a',) | {'b': 1} | b'c'"
    )


def test_floats_are_rounded():
    """Floats are rounded to two decimals, large and negative ones too."""
    call(intake_report.join_values, [0.126, -3.0, 1234567.891, 1e-9]).returns(
        "0.13 | -3.00 | 1234567.89 | 0.00"
    )


def test_another_separator():
    """The separator stands between values only."""
    call(intake_report.join_values, ["a", 1, None], ", ").returns("a, 1, -")
    call(intake_report.join_values, ["a", "b"], separator="").returns("ab")


def test_few_values():
    """One value has no separator, and no values give an empty text."""
    call(intake_report.join_values, [5]).returns("5")
    call(intake_report.join_values, []).returns("")


def test_values_are_read_once():
    """The values may come from anything that can be looped over once."""
    call(intake_report.join_values, Stream(["a", 1])).returns("a | 1")


def test_the_given_list_stays():
    """The list that is passed in is not changed."""
    call(intake_report.join_values, ["a", 1, None]).changes_nothing()
