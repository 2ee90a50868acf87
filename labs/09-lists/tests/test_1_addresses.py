import pytest
import service_registry

from labkit.checks import call, call_raises


def test_numbers_not_texts():
    """Addresses are sorted by number, part by part."""
    call(service_registry.sort_addresses, ["10.0.0.10", "10.0.0.9", "9.255.0.1", "10.0.0.100"]).returns(
        ["9.255.0.1", "10.0.0.9", "10.0.0.10", "10.0.0.100"],
        slips=[(["10.0.0.10", "10.0.0.100", "10.0.0.9", "9.255.0.1"], "that is the order of texts")],
    )


def test_both_versions():
    """IPv4 addresses come before IPv6 addresses."""
    call(service_registry.sort_addresses, ["fe80::2", "192.0.2.1", "::1", "10.0.0.1"]).returns(
        ["10.0.0.1", "192.0.2.1", "::1", "fe80::2"],
        look="the two versions cannot be compared with each other",
    )


def test_ipv6_by_number():
    """IPv6 addresses are sorted by number, in any spelling, and keep theirs."""
    call(service_registry.sort_addresses, ["2001:db8::a", "2001:db8::9", "2001:DB8:0::8"]).returns(
        ["2001:DB8:0::8", "2001:db8::9", "2001:db8::a"]
    )


def test_duplicates_stay():
    """An address that occurs twice stays twice."""
    call(service_registry.sort_addresses, ["10.0.0.2", "10.0.0.1", "10.0.0.2"]).returns(
        ["10.0.0.1", "10.0.0.2", "10.0.0.2"]
    )


def test_nothing_to_sort():
    """An empty inventory stays empty."""
    call(service_registry.sort_addresses, []).returns([])


def test_the_given_list_stays():
    """The list that is passed in keeps its order."""
    call(service_registry.sort_addresses, ["10.0.0.2", "10.0.0.1"]).changes_nothing()


@pytest.mark.parametrize("text", ["10.0.0", "10.0.0.256", "web-1", "", "10.0.0.1/24"])
def test_what_is_no_address(text):
    """A text that is no address raises ValueError with that text."""
    call_raises(ValueError, service_registry.sort_addresses, ["10.0.0.1", text], saying=repr(text))
