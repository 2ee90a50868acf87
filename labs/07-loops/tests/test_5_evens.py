import patient_connection

from labkit.checks import Stream, call


def test_even_numbers_are_added():
    """Even numbers are added, odd ones are not."""
    call(patient_connection.sum_of_evens, [4, 7, 2, 9, 0]).returns(6)


def test_what_comes_after_zero_does_not_count():
    """After the first 0 nothing counts any more."""
    call(patient_connection.sum_of_evens, [4, 0, 100, 0]).returns(
        4, slips=[(104, "0 ends it: leave the loop, do not just skip the 0")]
    )


def test_nothing_is_read_after_zero():
    """Nothing is taken from the numbers after the first 0."""
    numbers = Stream([2, 3, 0, 8, 8])
    result = call(patient_connection.sum_of_evens, numbers)
    result.returns(2)
    result.expect(numbers.taken, "numbers taken").equals(
        3, look="`break` ends the loop; a list of all numbers reads on"
    )


def test_without_a_zero():
    """Where no 0 comes, all numbers count."""
    call(patient_connection.sum_of_evens, [1, 2, 3, 4]).returns(6)


def test_no_numbers():
    """Without numbers, and with odd ones only, the sum is 0."""
    for numbers in ([], [0], [1, 3, 0]):
        call(patient_connection.sum_of_evens, numbers).returns(0)


def test_negative_numbers():
    """Negative even numbers count as well."""
    call(patient_connection.sum_of_evens, [-2, -3, 10, 0]).returns(8)
