import cloud_bill
import pytest

from labkit.checks import call, call_raises, expect


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("7 / 2", 3.5),
        ("6 / 2", 3.0),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("7 % 3", 1),
        ("-7 % 3", 2),
        ("7 % -3", -2),
        ("2 ** 10", 1024),
        ("-2 ** 2", -4),
        ("2 ** 3 ** 2", 512),
        ("2 ** -1", 0.5),
        ("10 - 3 - 2", 5),
        ("+5", 5),
        ("--5", 5),
        ("1.5 * 2", 3.0),
        ("  8  ", 8),
        ("True", True),
    ],
)
def test_arithmetic(expression, value):
    """Arithmetic gives what Python gives, with its precedence and its types."""
    call(cloud_bill.evaluate, expression).returns(value)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("3 > 2", True),
        ("3 >= 3", True),
        ("2 < 2", False),
        ("2 <= 1", False),
        ("1 == 1.0", True),
        ("1 != 1", False),
        ("1 < 2 < 3", True),
        ("1 < 3 < 2", False),
        ("3 > 2 > 1 > 0", True),
        ("5 > 3 == True", False),
        ("not 1 == 2", True),
        ("not 0", True),
        ("1 + 1 == 2 and 3 * 3 > 8", True),
    ],
)
def test_comparison_and_logic(expression, value):
    """Comparisons, chained ones too, and logic give what Python gives."""
    call(cloud_bill.evaluate, expression).returns(value)


@pytest.mark.parametrize(
    ("expression", "value"),
    [("0 or 5", 5), ("3 or 5", 3), ("0 and 5", 0), ("3 and 5", 5), ("0 or 0.0", 0.0), ("1 and 2 and 3", 3)],
)
def test_and_and_or_give_a_value(expression, value):
    """The words and and or give back the value that decided, not just True or False."""
    call(cloud_bill.evaluate, expression).returns(value)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("False and 1 / 0", False),
        ("True or 1 / 0", True),
        ("0 and 1 / 0 or 7", 7),
        ("1 > 2 > 1 / 0", False),
        ("2 < 1 and 1 // 0 == 0", False),
    ],
)
def test_short_circuit(expression, value):
    """What does not decide any more is not computed."""
    try:
        came = cloud_bill.evaluate(expression)
    except ZeroDivisionError:
        came = "ZeroDivisionError"
    expect(came, f"evaluate({expression!r})").equals(
        value, look="the right side must not be computed when the left one has decided"
    )


@pytest.mark.parametrize("expression", ["1 / 0", "1 // 0", "1 % 0", "True and 5 % (3 - 3)"])
def test_division_by_zero(expression):
    """A division by zero that is reached raises ZeroDivisionError."""
    call_raises(ZeroDivisionError, cloud_bill.evaluate, expression)


SMUGGLED = [
    "print('run')",
    "__import__('os').listdir('.')",
    "open('left_behind', 'w')",
    "[print('run') for _ in (1, 2)]",
    "(lambda: print('run'))()",
    "True and print('run')",
    "1 if print('run') else 2",
    "f\"{print('run')}\"",
    "().__class__",
    "x",
    "x + 1",
    "'a' * 3",
    "'a'",
    "[1]",
    "(1, 2)",
    "{1: 2}",
    "1j",
    "None",
    "...",
    "1 is 1",
    "1 in (1,)",
    "1 | 2",
    "1 << 3",
    "~1",
    "y := 3",
    "(y := 3)",
]


@pytest.mark.parametrize("expression", SMUGGLED)
def test_what_is_no_arithmetic(expression, capsys, tmp_path, monkeypatch):
    """Everything that is no arithmetic, comparison or logic raises ValueError, and nothing of it is run."""
    monkeypatch.chdir(tmp_path)
    call_raises(
        ValueError,
        cloud_bill.evaluate,
        expression,
        look="allow what you know, and refuse the rest; eval() would run it",
    )
    expect(capsys.readouterr().out, f"what {expression} printed").equals("")
    expect([file.name for file in tmp_path.iterdir()], f"files that {expression} made").equals([])


@pytest.mark.parametrize("expression", ["", "   ", "1 +", "(1", "1 2", "x = 1", "import os", "1;2"])
def test_what_is_no_expression(expression):
    """What Python cannot read as one expression raises ValueError."""
    call_raises(ValueError, cloud_bill.evaluate, expression)


@pytest.mark.parametrize(
    "expression", ["9 ** 9 ** 9", "101 ** 2", "2 ** 101", "(-101) ** 2", "2 ** -101", "(99 ** 99) ** 2"]
)
def test_powers_without_end(expression):
    """A power with a base or an exponent beyond 100 raises ValueError, before it is computed."""
    call_raises(ValueError, cloud_bill.evaluate, expression, look="judge the two numbers before you compute")


def test_powers_at_the_limit():
    """100 is not beyond 100."""
    call(cloud_bill.evaluate, "100 ** 2").returns(10_000)
    call(cloud_bill.evaluate, "2 ** 100").returns(2**100)


@pytest.mark.parametrize("expression", ["-" * 100_000 + "1", "(" * 1_000 + "1" + ")" * 1_000])
def test_nested_too_deeply(expression):
    """An expression that nests too deeply to be read raises ValueError."""
    call_raises(
        ValueError,
        cloud_bill.evaluate,
        expression,
        look="MemoryError and RecursionError are two more answers",
    )


def test_wrong_predictions_are_listed():
    """Wrong predictions are listed in order, with expression, prediction and value."""
    call(cloud_bill.wrong_predictions, [("2 + 3 * 4", 20), ("7 // 2", 3), ("-7 // 2", -3)]).returns(
        [("2 + 3 * 4", 20, 14), ("-7 // 2", -3, -4)]
    )


def test_all_predictions_right():
    """Where all predictions are right, and where there are none, the list is empty."""
    call(cloud_bill.wrong_predictions, [("1 + 1", 2), ("7 / 2", 3.5)]).returns([])
    call(cloud_bill.wrong_predictions, []).returns([])


def test_the_type_counts():
    """A prediction of another type is wrong, although the values are equal."""
    call(cloud_bill.wrong_predictions, [("6 / 2", 3), ("1 == 1", 1), ("True + 0", True)]).returns(
        [("6 / 2", 3, 3.0), ("1 == 1", 1, True), ("True + 0", True, 1)],
        look="3 and 3.0 are equal, and so are 1 and True: compare the types as well",
    )


def test_a_predicted_error():
    """For a division by zero the value is the text ZeroDivisionError, and that can be predicted."""
    call(cloud_bill.wrong_predictions, [("1 / 0", "ZeroDivisionError"), ("1 % 0", 0)]).returns(
        [("1 % 0", 0, "ZeroDivisionError")]
    )


def test_a_smuggled_expression_ends_it():
    """An expression that is refused raises ValueError, it is no wrong prediction."""
    call_raises(ValueError, cloud_bill.wrong_predictions, [("1", 1), ("print(1)", None)])
