import pytest
import source_reader

from labkit.checks import call, call_raises, expect


@pytest.mark.parametrize(
    ("expression", "value", "type_name"),
    [
        ("42", 42, "int"),
        ("-7", -7, "int"),
        ("3.50", 3.5, "float"),
        ("'web-7'", "web-7", "str"),
        ('"it\'s up"', "it's up", "str"),
        ("True", True, "bool"),
        ("None", None, "NoneType"),
        ("[80, 443]", [80, 443], "list"),
        ("('a', 1)", ("a", 1), "tuple"),
        ("{'port': 80}", {"port": 80}, "dict"),
        ("{1, 2}", {1, 2}, "set"),
        ("b'ok'", b"ok", "bytes"),
        ("0x1F", 31, "int"),
    ],
)
def test_literals(expression, value, type_name):
    """A literal gives its value and the name of its type."""
    call(source_reader.evaluate, expression).returns(
        (value, type_name),
        slips=[
            ((value, type(value)), "the name of the type is wanted, as a text"),
            (value, "the name is missing"),
        ],
    )


def test_blanks_around_it():
    """Blanks around a literal do not matter."""
    call(source_reader.evaluate, "  [1]  ").returns(([1], "list"))


SMUGGLED = [
    "print('run')",
    "__import__('os').listdir('.')",
    "open('left_behind', 'w')",
    "[print('run') for _ in '1']",
    "(lambda: print('run'))()",
    "().__class__.__bases__[0].__subclasses__()",
    "x",
    "'a'.upper()",
    "f'{print(\"run\")}'",
    "2 ** 3",
    "exec('print(1)')",
]


@pytest.mark.parametrize("expression", SMUGGLED)
def test_nothing_is_run(expression, capsys, tmp_path, monkeypatch):
    """Whatever is not a literal raises ValueError, and nothing of it is run."""
    monkeypatch.chdir(tmp_path)
    call_raises(
        ValueError,
        source_reader.evaluate,
        expression,
        look="eval() runs what it is given; the module ast has a function that does not",
    )
    expect(capsys.readouterr().out, f"what {expression} printed").equals("")
    expect([file.name for file in tmp_path.iterdir()], f"files that {expression} made").equals([])


@pytest.mark.parametrize("expression", ["", "   ", "[1, 2", "1 2", "x = 1", "import os", "'open", "1\n2"])
def test_what_is_no_expression(expression):
    """What Python cannot read as one expression raises ValueError as well."""
    call_raises(ValueError, source_reader.evaluate, expression)


def test_a_list_as_a_key():
    """A value that cannot exist, such as a list as a key, raises ValueError."""
    call_raises(
        ValueError, source_reader.evaluate, "{[1]: 2}", look="literal_eval has several ways to complain"
    )
    call_raises(ValueError, source_reader.evaluate, "{{}, 1}")


@pytest.mark.parametrize("expression", ["(" * 500 + ")" * 500, "-" * 100_000 + "1", "[" * 100_000])
def test_nested_too_deeply(expression):
    """Brackets and signs nested too deeply to be read raise ValueError."""
    call_raises(
        ValueError,
        source_reader.evaluate,
        expression,
        look="MemoryError and RecursionError are among the ways to complain",
    )
