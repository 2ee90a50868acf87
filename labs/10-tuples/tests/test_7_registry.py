import connection_records
import pytest

from labkit.checks import Stream, call, call_raises, expect

ROW = ("prod", "orders", "db-1", 5432, "shop", "app")


def connection(host="db-1", port=5432, database="shop", user="app"):
    return connection_records.Connection(host, port, database, user)


def test_rows_become_connections():
    """Each row becomes a connection under its environment and name."""
    rows = [
        ROW,
        ("test", "orders", "localhost", 15432, "shop_test", "dev"),
        ["prod", "users", "db-2", 5433, "u", "app"],
    ]
    call(connection_records.make_registry, rows).returns(
        {
            ("prod", "orders"): connection(),
            ("test", "orders"): connection("localhost", 15432, "shop_test", "dev"),
            ("prod", "users"): connection("db-2", 5433, "u", "app"),
        }
    )


def test_the_records_are_connections():
    """The records are Connection tuples: they have names, and cannot be changed."""
    record = call(connection_records.make_registry, [ROW]).value["prod", "orders"]
    expect(type(record).__name__, "type of a record").equals("Connection")
    expect(record.port, "port by name").equals(5432)
    with pytest.raises(AttributeError):
        record.port = 1


def test_a_password_is_left_out():
    """A seventh field is a password, and is nowhere in the registry."""
    result = call(connection_records.make_registry, [(*ROW, "correct-horse")])
    result.returns({("prod", "orders"): connection()})
    result.expect("correct-horse" in repr(result.value), "the password is in the registry").equals(False)


def test_rows_are_read_once():
    """The rows may come from anything that can be looped over once, and there may be none."""
    call(connection_records.make_registry, Stream([ROW])).returns({("prod", "orders"): connection()})
    call(connection_records.make_registry, []).returns({})


def test_duplicates():
    """A second row for the same environment and name raises ValueError with both, and its number."""
    rows = [ROW, ("test", *ROW[1:]), ("prod", "orders", "db-9", 1, "x", "y")]
    call_raises(ValueError, connection_records.make_registry, rows, saying=["row 3", "prod", "orders"])


def test_the_same_row_twice():
    """Even an equal row is a duplicate."""
    call_raises(ValueError, connection_records.make_registry, [ROW, ROW], saying="row 2")


@pytest.mark.parametrize("row", [(), ROW[:5], (*ROW, "x", "y"), ("prod",)])
def test_rows_of_another_size(row):
    """A row that has not six or seven fields raises ValueError with its number."""
    call_raises(
        ValueError, connection_records.make_registry, [ROW, row], saying="row 2", look="count rows from 1"
    )


@pytest.mark.parametrize("port", [1, 65535])
def test_first_and_last_port(port):
    """1 and 65535 are ports."""
    registry = call(connection_records.make_registry, [(*ROW[:3], port, *ROW[4:])]).value
    expect(registry["prod", "orders"].port, "the port in the registry").equals(port)


@pytest.mark.parametrize("port", [0, 65536, -1, "5432", 5432.0, None, True])
def test_ports_that_are_none(port):
    """A port that is no whole number from 1 to 65535 raises ValueError with the number of the row."""
    call_raises(ValueError, connection_records.make_registry, [(*ROW[:3], port, *ROW[4:])], saying="row 1")


def test_no_password_in_an_error():
    """No error shows a password."""
    for rows in ([(*ROW, "correct-horse", "extra")], [ROW, (*ROW, "correct-horse")]):
        problem = call_raises(ValueError, connection_records.make_registry, rows)
        expect("correct-horse" in str(problem), f"the password is in {problem!s}").equals(False)


def registry():
    return {
        ("prod", "orders"): connection(),
        ("prod", "accounts"): connection("db-3"),
        ("test", "orders"): connection("localhost"),
    }


def test_a_connection_is_found():
    """A connection is found by environment and name."""
    call(connection_records.find_connection, registry(), "test", "orders").returns(connection("localhost"))


def test_an_unknown_name():
    """An unknown name raises LookupError, whose message says which names the environment has, in order."""
    call_raises(
        LookupError,
        connection_records.find_connection,
        registry(),
        "prod",
        "stock",
        saying=["stock", "accounts, orders"],
    )


def test_names_of_other_environments():
    """A name that only another environment has is unknown, and is not offered."""
    problem = call_raises(
        LookupError,
        connection_records.find_connection,
        registry(),
        "test",
        "accounts",
        saying=["accounts", "orders"],
    )
    expect("accounts, orders" in str(problem), "names of another environment are offered").equals(False)


def test_an_unknown_environment():
    """An unknown environment raises LookupError, whose message says which there are, in order."""
    call_raises(
        LookupError,
        connection_records.find_connection,
        registry(),
        "stage",
        "orders",
        saying=["stage", "prod, test"],
    )
    places = ("us", "ap", "eu", "sa", "af", "me")
    many = {(place, "orders"): connection() for place in places}
    call_raises(
        LookupError,
        connection_records.find_connection,
        many,
        "stage",
        "orders",
        saying=["stage", "af, ap, eu, me, sa, us"],
    )


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (("db-1", 5432, "shop", "app"), "postgresql://app@db-1:5432/shop"),
        (("10.0.0.7", 1, "a", "b"), "postgresql://b@10.0.0.7:1/a"),
        (("db", 5432, "shop", "team/app@eu"), "postgresql://team%2Fapp%40eu@db:5432/shop"),
        (("db", 5432, "my shop", "größe"), "postgresql://gr%C3%B6%C3%9Fe@db:5432/my%20shop"),
        (("db", 5432, "a/b?c", "x:y"), "postgresql://x%3Ay@db:5432/a%2Fb%3Fc"),
    ],
)
def test_the_address(record, expected):
    """User and database are escaped, so that the address can be taken apart again."""
    call(connection_records.dsn, connection(*record)).returns(expected)
