import config_registry
import pytest

from labkit.checks import call

LIBRARY = {
    "Pipes": {"author": "Ken", "year": 1974},
    "Sockets": {"author": "Ada", "year": 2001},
    "Ports": {"author": "Bob", "year": 2021},
    "Names": {"author": "Ada", "year": 2015},
}


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (1900, ["Ada", "Bob", "Ken"]),
        (1974, ["Ada", "Bob"]),
        (2000, ["Ada", "Bob"]),
        (2015, ["Bob"]),
        (2021, []),
    ],
)
def test_authors(year, expected):
    """Authors of books from after the year are listed, each once, in alphabetical order."""
    call(config_registry.authors_after, LIBRARY, year).returns(
        expected, look="after the year: a book of that very year does not count"
    )


@pytest.mark.parametrize(
    "book", [{"author": "Eve"}, {"author": "Eve", "year": None}, {"year": 2020}, {}], ids=str
)
def test_incomplete_books(book):
    """A book without an author or a year is passed over."""
    call(
        config_registry.authors_after, {"Odd": book, "Ports": {"author": "Bob", "year": 2021}}, 2000
    ).returns(["Bob"])


def test_an_empty_library():
    """An empty library has no authors."""
    call(config_registry.authors_after, {}, 1).returns([])
