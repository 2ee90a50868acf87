import patient_connection
import pytest

from labkit.checks import Stream, call, call_raises


def test_the_first_free_port():
    """The first port that is not in use is returned."""
    call(patient_connection.find_free_port, [8000, 8001, 8002, 8003], lambda port: port < 8002).returns(
        8002, slips=[(8003, "the last free one was returned: stop at the first")]
    )


def test_the_last_port_may_be_it():
    """A free port at the very end is found."""
    call(patient_connection.find_free_port, [1, 2, 3], lambda port: port != 3).returns(3)


def test_port_zero_is_a_port_here():
    """A free port with number 0 is returned like any other."""
    call(patient_connection.find_free_port, [0, 1], lambda port: False).returns(0)


def test_nothing_is_checked_after_it():
    """After the first free port nothing more is taken or checked."""
    ports, asked = Stream([1, 2, 3]), []
    result = call(patient_connection.find_free_port, ports, lambda port: asked.append(port) or port == 1)
    result.returns(2)
    result.expect((ports.taken, asked), "ports taken, ports checked").equals((2, [1, 2]))


@pytest.mark.parametrize("ports", [[], [8000], [8000, 8001]])
def test_none_is_free(ports):
    """When no port is free, LookupError is raised."""
    call_raises(LookupError, patient_connection.find_free_port, ports, lambda port: True)


def test_errors_of_the_check_go_on():
    """An error of the check itself goes on to the caller."""

    def broken(port):
        raise OSError("no permission")

    call_raises(OSError, patient_connection.find_free_port, [1, 2], broken, saying="no permission")
