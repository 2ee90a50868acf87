import patient_connection

from labkit.checks import call


def test_both_ends_are_included():
    """There is a message for each port, the last one included."""
    call(patient_connection.port_messages, 8080, 8082).returns(
        ["checking port 8080", "checking port 8081", "checking port 8082"],
        slips=[(["checking port 8080", "checking port 8081"], "range() does not include its end")],
    )


def test_a_single_port():
    """A range from a port to itself has one message."""
    call(patient_connection.port_messages, 22, 22).returns(["checking port 22"])


def test_start_above_end():
    """A range whose start is above its end has no messages."""
    call(patient_connection.port_messages, 90, 80).returns([], look="nothing lies between: an empty list")
    call(patient_connection.port_messages, 81, 80).returns([])


def test_a_long_range():
    """A long range has all of its messages, in order."""
    result = call(patient_connection.port_messages, 1, 3000)
    result.expect(len(result.value), "number of messages").equals(3000)
    result.expect(result.value[1499], "message 1500").equals("checking port 1500")
