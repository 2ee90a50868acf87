import patient_connection

from labkit.checks import call


def test_a_small_table():
    """A table of 3 has three rows of three numbers, with two blanks between them."""
    call(patient_connection.multiplication_table, 3).returns("1  2  3\n2  4  6\n3  6  9")


def test_columns_are_as_wide_as_the_largest_number():
    """All columns are as wide as the largest product, numbers at the right."""
    call(patient_connection.multiplication_table, 4).returns(
        " 1   2   3   4\n 2   4   6   8\n 3   6   9  12\n 4   8  12  16",
        look="every column has the width of the largest number of the table",
    )


def test_one():
    """A table of 1 is 1."""
    call(patient_connection.multiplication_table, 1).returns("1")


def test_three_digits():
    """From 10 on the columns have three digits."""
    rows = call(patient_connection.multiplication_table, 10).value.split("\n")
    result = call(lambda rows: (rows[0], rows[-1]), rows)
    result.returns(
        (
            "  1    2    3    4    5    6    7    8    9   10",
            " 10   20   30   40   50   60   70   80   90  100",
        )
    )


def test_no_size():
    """A table of 0 or less is empty."""
    call(patient_connection.multiplication_table, 0).returns("")
    call(patient_connection.multiplication_table, -2).returns("")
