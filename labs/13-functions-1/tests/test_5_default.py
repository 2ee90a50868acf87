import cost_calculator

from labkit.checks import call, expect


def test_a_new_list():
    """Without a list, a new one with just this host comes back."""
    call(cost_calculator.with_host, "web-1").returns(["web-1"])


def test_each_call_has_its_own():
    """The next call without a list knows nothing of the call before."""
    first = cost_calculator.with_host("web-1")
    second = cost_calculator.with_host("web-2")
    expect(second, "with_host('web-2') after with_host('web-1')").equals(
        ["web-2"], look="a default is made once and then remembers: make the list inside the function"
    )
    expect(first, "what the first call had returned").equals(["web-1"])


def test_a_given_list():
    """A list that is given gets the host, and the same list comes back."""
    hosts = ["db-1"]
    result = cost_calculator.with_host("web-1", hosts)
    expect(hosts, "the list that was given").equals(["db-1", "web-1"])
    expect(result is hosts, "the list that came back is the one that was given").equals(True)


def test_a_given_empty_list():
    """An empty list that is given gets the host as well."""
    hosts = []
    cost_calculator.with_host("web-1", hosts)
    expect(hosts, "the list that was given").equals(
        ["web-1"], look="an empty list is false in a condition, and yet it was given"
    )
