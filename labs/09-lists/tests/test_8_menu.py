import pytest
import service_registry

from labkit.checks import Stream, call, expect


def run(services, *lines):
    """Output of a session, and the services afterwards."""
    return service_registry.run_menu(services, list(lines)), services


def session(services, lines, output, left, look=""):
    came, after = run(services, *lines)
    expect(came, f"output of run_menu({services!r}, {lines!r})").equals(output, look=look)
    expect(after, f"services after {lines!r}").equals(left, look=look or "change the given list itself")


def test_listing():
    """1 lists the services, numbered from 1."""
    session(["web", "db"], ["1", "4"], ["1. web", "2. db", "bye"], ["web", "db"])


def test_listing_nothing():
    """1 says so when there are none."""
    session([], ["1", "4"], ["no services", "bye"], [])


def test_registering():
    """2 takes the next line as a name, and appends it to the list."""
    session(["web"], ["2", "db", "1", "4"], ["registered db", "1. web", "2. db", "bye"], ["web", "db"])


def test_output_is_kept():
    """What was put out before a registration stays."""
    session(["web"], ["1", "2", "db", "4"], ["1. web", "registered db", "bye"], ["web", "db"])


def test_names_are_cleaned():
    """A name is trimmed and in lower case."""
    session([], ["2", "  Web-1 ", "4"], ["registered web-1", "bye"], ["web-1"])


def test_duplicates_are_refused():
    """A name that is registered already is refused, whatever its case."""
    session(["web"], ["2", "WEB", "4"], ["web is registered already", "bye"], ["web"])


@pytest.mark.parametrize("name", ["", "   "])
def test_blank_names(name):
    """A blank name is refused."""
    session(["web"], ["2", name, "4"], ["a name is needed", "bye"], ["web"])


def test_decommissioning():
    """3 takes the next line as a number, and removes that service."""
    session(
        ["web", "db", "mail"],
        ["3", "2", "1", "4"],
        ["decommissioned db", "1. web", "2. mail", "bye"],
        ["web", "mail"],
    )


def test_first_and_last_number():
    """The first and the last number are numbers of services."""
    session(
        ["a", "b", "c"], ["3", " 1 ", "3", "2", "4"], ["decommissioned a", "decommissioned c", "bye"], ["b"]
    )


@pytest.mark.parametrize("number", ["0", "-1", "4", "99", "two", "", "1.0"])
def test_numbers_that_are_none(number):
    """A number that no service has is refused, 0 and negative ones included."""
    session(
        ["a", "b", "c"],
        ["3", number, "4"],
        [f"no service number {number!r}", "bye"],
        ["a", "b", "c"],
        look="index -1 is the last item: check the number before you use it",
    )


def test_decommissioning_from_nothing():
    """An empty registry has no numbers."""
    session([], ["3", "1", "4"], ["no service number '1'", "bye"], [])


@pytest.mark.parametrize("choice", ["5", "list", "", "1.", "-1"])
def test_bad_choices(choice):
    """A choice that is none is refused, and the next line is a choice again."""
    session(["a"], [choice, "1", "4"], [f"no such choice: {choice!r}", "1. a", "bye"], ["a"])


def test_blanks_around_a_choice():
    """White space around a choice does not count."""
    session(["a"], [" 1\n", "4"], ["1. a", "bye"], ["a"])


def test_nothing_is_read_after_the_exit():
    """4 ends it: nothing more is read."""
    lines = Stream(["4", "1", "2", "x"])
    services = ["a"]
    call(service_registry.run_menu, services, lines).returns(["bye"])
    expect(lines.taken, "lines taken").equals(1)


@pytest.mark.parametrize("lines", [[], ["1"], ["2"], ["3"]])
def test_the_end_of_the_lines(lines):
    """The end of the lines ends it like 4, also where a name or a number is missing."""
    came, after = run(["a"], *lines)
    expect(came, f"output of {lines!r}").equals(["1. a", "bye"] if lines == ["1"] else ["bye"])
    expect(after, "services").equals(["a"])


def test_two_sessions_share_nothing():
    """Each call works on the list that it is given."""
    run(["a"], "2", "b", "4")
    session(["x"], ["1", "4"], ["1. x", "bye"], ["x"])
