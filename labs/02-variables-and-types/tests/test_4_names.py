import keyword

import pytest
import resource_report

from labkit.checks import call, call_raises


def problem(name, expected, look="", slips=()):
    call(resource_report.name_problem, name).returns(expected, look=look, slips=slips)


@pytest.mark.parametrize("name", ["disk", "disk_used", "_private", "disk2", "CamelCase", "__x__", "a"])
def test_names_that_will_do(name):
    """Letters, digits and underscores make a name."""
    problem(name, None)


@pytest.mark.parametrize("name", ["größe", "größe_2", "température", "диск", "磁盘"])
def test_letters_of_any_language(name):
    """Letters of any language are letters."""
    problem(name, None, look="names may hold letters of any language: ask str.isidentifier()")


def test_an_empty_name():
    """An empty text is no name."""
    problem("", "is empty")


@pytest.mark.parametrize("name", ["class", "for", "None", "True", "lambda", "async"])
def test_keywords(name):
    """A keyword is no name."""
    problem(name, "is a keyword")


def test_every_keyword():
    """All keywords of this Python are refused."""
    for name in keyword.kwlist:
        problem(name, "is a keyword")


@pytest.mark.parametrize("name", ["For", "none", "classes", "match", "case", "print", "list"])
def test_what_is_no_keyword(name):
    """Names that only look like keywords, and those of built-ins, can be bound."""
    problem(name, None)


@pytest.mark.parametrize("name", ["2nd_disk", "0", "7up"])
def test_a_digit_in_front(name):
    """A name does not begin with a digit."""
    problem(name, "begins with a digit")


@pytest.mark.parametrize(
    ("name", "character"),
    [
        ("disk-used", "-"),
        ("disk used", " "),
        ("a.b", "."),
        ("cpu%", "%"),
        ("a\tb", "\t"),
        ("x!y?", "!"),
        ("-", "-"),
    ],
)
def test_characters_that_cannot_be(name, character):
    """The first character that cannot stand in a name is shown."""
    problem(name, f"must not contain {character!r}")


def test_the_first_reason_counts():
    """A digit in front is told before characters that cannot be."""
    problem("2nd-disk", "begins with a digit")


@pytest.mark.parametrize("name", [None, 7, ["disk"]])
def test_only_texts(name):
    """Anything but a text raises TypeError."""
    call_raises(TypeError, resource_report.name_problem, name)
