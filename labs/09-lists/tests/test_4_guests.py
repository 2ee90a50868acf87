import pytest
import service_registry

from labkit.checks import call, call_raises


@pytest.mark.parametrize(
    ("guests", "expected"),
    [
        (["mia", "Zoe", "Ana"], ["Ana", "Zoe"]),
        (["bob", "Zoe", "adam"], ["adam", "Zoe"]),
        (["zoe", "Mia"], ["Mia", "zoe"]),
        (["c", "b", "a", "b"], ["a", "c"]),
    ],
)
def test_first_and_last_in_the_alphabet(guests, expected):
    """The first and the last one in alphabetical order come back, whatever their case, as they are spelt."""
    call(service_registry.first_and_last, guests).returns(
        expected, look="capitals come before all small letters unless a key says otherwise"
    )


def test_one_guest():
    """A single guest is the first and the last."""
    call(service_registry.first_and_last, ["Mia"]).returns(["Mia", "Mia"])


def test_no_guests():
    """Without guests a ValueError is raised."""
    call_raises(ValueError, service_registry.first_and_last, [])


def test_the_given_list_stays():
    """The list that is passed in keeps its order."""
    call(service_registry.first_and_last, ["mia", "Zoe", "Ana"]).changes_nothing()
