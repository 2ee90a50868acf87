import math

import pytest
import resource_report

from labkit.checks import call, call_raises

RAW = {"host": "web-7", "cpus": "8", "load": "0.75", "healthy": "true", "owner": "ops"}
TYPED = {"host": "web-7", "cpus": 8, "load": 0.75, "healthy": True, "owner": "ops"}


def typed(expected, look="", slips=(), **fields):
    wrong = [({**TYPED, **values}, told) for values, told in slips]
    call(resource_report.typed_fields, {**RAW, **fields}).returns(
        {**TYPED, **expected}, look=look, slips=wrong
    )


def refused(look="", **fields):
    ((name, text),) = fields.items()
    call_raises(ValueError, resource_report.typed_fields, {**RAW, **fields}, saying=[name, text], look=look)


def test_each_field_gets_its_type():
    """The fields host and owner are texts, cpus is an int, load a float, healthy a bool."""
    typed({})


def test_texts_that_look_like_numbers():
    """A host called 0017 stays a text."""
    typed({"host": "0017", "owner": "42"}, host="0017", owner="42")


def test_a_load_without_a_fraction_is_a_float():
    """A load of 3 is the float 3.0."""
    typed({"load": 3.0}, load="3")


@pytest.mark.parametrize(
    ("text", "value"), [("false", False), ("FALSE", False), ("True", True), ("tRuE", True)]
)
def test_healthy_in_any_case(text, value):
    """The words true and false are understood in upper and lower case."""
    wrong = [({"healthy": True}, "bool() of a text only says whether it is empty: compare it with words")]
    typed({"healthy": value}, slips=[] if value else wrong, healthy=text)


def test_blanks_around_a_field():
    """White space around a field does not count."""
    typed({}, host=" web-7 ", cpus=" 8\n", load="\t0.75", healthy=" true ")


def test_negative_numbers_are_numbers():
    """Signs are part of a number."""
    typed({"cpus": -1, "load": -0.5}, cpus="-1", load="-0.5")


@pytest.mark.parametrize("nothing", ["", "-", "  ", " - "])
@pytest.mark.parametrize("name", ["host", "cpus", "load", "healthy", "owner"])
def test_fields_that_are_not_known(name, nothing):
    """An empty field, or one with a hyphen alone, is None, whatever the field."""
    typed({name: None}, look="what is not known is None, not an empty text and not 0", **{name: nothing})


def test_a_whole_number_is_wanted():
    """Values of cpus that are no whole number raise ValueError with the name of the field and its text."""
    for text in ("eight", "8.0", "8 cores", "0x8"):
        refused(cpus=text, look="int() refuses such a text; the message needs the name of the field as well")


def test_a_number_is_wanted():
    """A load that is no number raises ValueError with the name of the field and its text."""
    for text in ("high", "0,75", "1.2.3"):
        refused(load=text)


@pytest.mark.parametrize("text", ["nan", "NaN", "inf", "-inf", "Infinity"])
def test_a_load_that_is_not_finite(text):
    """The texts nan and inf are no load: ValueError."""
    refused(load=text, look="float() accepts nan and inf: ask math.isfinite()")


def test_true_or_false_is_wanted():
    """Anything but true and false for healthy raises ValueError."""
    for text in ("yes", "1", "0", "truely"):
        refused(healthy=text)


def test_the_given_fields_stay():
    """The dictionary that is passed in is not changed."""
    call(resource_report.typed_fields, dict(RAW)).changes_nothing()


def test_the_order_of_the_fields_does_not_matter():
    """Fields may come in any order; the result has the same keys."""
    reversed_fields = dict(reversed(list(RAW.items())))
    result = call(resource_report.typed_fields, reversed_fields)
    result.returns(TYPED)
    result.expect(math.isclose(result.value["load"], 0.75), "load is 0.75").equals(True)
