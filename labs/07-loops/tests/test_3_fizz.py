import patient_connection

from labkit.checks import call

FIFTEEN = [
    "1",
    "2",
    "Fizz",
    "4",
    "Buzz",
    "Fizz",
    "7",
    "8",
    "Fizz",
    "Buzz",
    "11",
    "Fizz",
    "13",
    "14",
    "FizzBuzz",
]


def test_the_first_fifteen():
    """Multiples of 3 are Fizz, of 5 Buzz, of both FizzBuzz; all others are the number as a text."""
    call(patient_connection.fizz_buzz, 15).returns(
        FIFTEEN,
        slips=[
            ([*FIFTEEN[:-1], "Fizz"], "15 is a multiple of both: ask for that first"),
            ([*FIFTEEN[:-1], "Buzz"], "15 is a multiple of both: ask for that first"),
            (FIFTEEN[:-1], "the last number is missing: range() does not include its end"),
            ([int(word) if word.isdigit() else word for word in FIFTEEN], "numbers are texts, too"),
        ],
    )


def test_fifty_by_default():
    """Without an end it counts to 50."""
    result = call(patient_connection.fizz_buzz)
    result.expect(len(result.value), "number of items").equals(50)
    result.expect(result.value[-6:], "the last six").equals(["FizzBuzz", "46", "47", "Fizz", "49", "Buzz"])


def test_nothing_to_count():
    """To 0 or less there is nothing to count."""
    call(patient_connection.fizz_buzz, 0).returns([])
    call(patient_connection.fizz_buzz, -3).returns([])
