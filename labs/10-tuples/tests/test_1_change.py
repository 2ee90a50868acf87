import connection_records
import pytest

from labkit.checks import call, call_raises


@pytest.mark.parametrize("record", [("web", 80, "up"), (1,), (), ([1], 2)])
def test_a_tuple_takes_no_assignment(record):
    """Assigning to an item of a tuple raises TypeError, whatever is in it."""
    call(connection_records.error_of_change, record).returns("TypeError")


def test_the_error_is_found_out():
    """The name is that of the error which came, so an object that raises another one gives another name."""

    class Stubborn(tuple):
        def __setitem__(self, index, value):
            raise PermissionError(f"item {index} is locked") if index == 0 else IndexError(index)

    call(connection_records.error_of_change, Stubborn(("web",))).returns(
        "PermissionError", look="try it, and give the name of what was raised"
    )


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (("web", 80, "up"), "web on port 80 is up"),
        (("größe db", 5432, "down"), "größe db on port 5432 is down"),
    ],
)
def test_a_record_becomes_a_sentence(record, message):
    """Name, port and state are in the sentence."""
    call(connection_records.service_message, record).returns(message)


@pytest.mark.parametrize("record", [("web",), ("web", 80), ("web", 80, "up", "eu"), ()])
def test_records_of_another_size(record):
    """A record that has not three items raises ValueError."""
    call_raises(ValueError, connection_records.service_message, record, look="unpack it into three names")
