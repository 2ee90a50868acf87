import connection_records
import pytest

from labkit.checks import call, expect


@pytest.mark.parametrize(
    ("record", "tag", "expected"),
    [
        (("web", ["prod"]), "eu", ("web", ["prod", "eu"])),
        (("web", []), "eu", ("web", ["eu"])),
        (("web", ["eu"]), "eu", ("web", ["eu", "eu"])),
        (("db", ["a"]), "bc", ("db", ["a", "bc"])),
    ],
)
def test_one_more_tag(record, tag, expected):
    """The new record has the same name, and one more tag at the end."""
    call(connection_records.with_tag, record, tag).returns(expected)


def test_the_old_record_stays():
    """The given record keeps its tags."""
    tags = ["prod"]
    record = ("web", tags)
    connection_records.with_tag(record, "eu")
    expect((record, tags), "record and tags after with_tag(record, 'eu')").equals(
        (("web", ["prod"]), ["prod"]),
        look="append changes the list that both records would share: make a new list",
    )


def test_old_and_new_share_nothing():
    """Whoever changes the tags of the new record changes none of the old one."""
    record = ("web", ["prod"])
    changed = connection_records.with_tag(record, "eu")
    changed[1].append("x")
    expect(record, "the old record").equals(("web", ["prod"]))


@pytest.mark.parametrize(
    ("record", "expected"), [(("web", ["prod", "eu"]), ("web", ("prod", "eu"))), (("db", []), ("db", ()))]
)
def test_frozen(record, expected):
    """A frozen record has a tuple of tags."""
    call(connection_records.frozen, record).returns(
        expected,
        slips=[
            (record, "the list is still a list"),
            ((record[0], *record[1]), "the tags are a tuple inside"),
        ],
    )


def test_a_frozen_record_is_a_key():
    """A frozen record can be a key of a dictionary."""
    result = call(connection_records.frozen, ("web", ["prod"]))
    result.expect({result.value: 1}.get(("web", ("prod",))), "value found by the frozen record").equals(1)
