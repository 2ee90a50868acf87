import first_functions

from labkit.checks import call


def test_three_lines():
    """A triangle of height 3 has lines of 1, 2 and 3 stars."""
    call(first_functions.triangle, 3).returns(
        "*\n**\n***",
        slips=[
            ("*\n**\n***\n", "there is a line end behind the last line: it stands between lines only"),
            ("***\n**\n*", "it stands on its head: the first line has one star"),
            ("*\n**", "the last line is missing: range() does not include its end"),
            ("\n*\n**", "the counting begins with 0, so the first line is empty: begin with 1"),
            ("\n*\n**\n***", "the counting begins with 0, so the first line is empty: begin with 1"),
            ("  *\n **\n***", "no blanks in front: the right angle is at the left"),
            ("* \n** \n*** ", "no blanks behind the stars"),
        ],
    )


def test_one_line():
    """A triangle of height 1 is one star."""
    call(first_functions.triangle, 1).returns("*")


def test_height_zero():
    """A triangle of height 0 is an empty text."""
    call(first_functions.triangle, 0).returns("")


def test_negative_height():
    """A negative height gives an empty text, too."""
    for height in (-1, -7):
        call(first_functions.triangle, height).returns("")


def test_a_large_triangle():
    """A triangle of any height has as many lines as its height, each one star longer."""
    result = call(first_functions.triangle, 40)
    lines = result.value.split("\n")
    result.expect([len(line) for line in lines], "lengths of the lines").equals(list(range(1, 41)))
    result.expect(set(result.value), "the characters in it").equals({"*", "\n"})
