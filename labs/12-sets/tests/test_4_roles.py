import log_deduplicator
import pytest

from labkit.checks import call, expect

USERS = {
    "eve": ["read", "write"],
    "bob": ["write", "read", "read"],
    "ann": ["admin"],
    "dan": [],
    "cid": ["write", "read"],
}


def test_groups():
    """Users with the same roles are in one group, whatever their order, and however often one is there."""
    call(log_deduplicator.users_by_roles, USERS).returns(
        {
            frozenset({"read", "write"}): ["bob", "cid", "eve"],
            frozenset({"admin"}): ["ann"],
            frozenset(): ["dan"],
        }
    )


def test_no_users():
    """Without users there are no groups."""
    call(log_deduplicator.users_by_roles, {}).returns({})


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (["write", "read"], ["bob", "cid", "eve"]),
        ({"read", "write"}, ["bob", "cid", "eve"]),
        (("admin", "admin"), ["ann"]),
        ([], ["dan"]),
        (["read"], []),
        (["read", "write", "admin"], []),
    ],
)
def test_users_with(roles, expected):
    """Users with exactly these roles are found, whatever the roles come in; nobody is an empty list."""
    groups = {
        frozenset({"read", "write"}): ["bob", "cid", "eve"],
        frozenset({"admin"}): ["ann"],
        frozenset(): ["dan"],
    }
    call(log_deduplicator.users_with, groups, roles).returns(expected)


def test_looking_adds_nothing():
    """Asking for a combination that nobody has puts none in."""
    groups = {frozenset({"admin"}): ["ann"]}
    log_deduplicator.users_with(groups, ["read"])
    expect(groups, "the groups after the question").equals({frozenset({"admin"}): ["ann"]})
