"""Mutants: which are made, how they are judged, and what the report says."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path
from typing import Any

import pytest

from labkit.catalog import is_repository
from labkit.proofs import mutants
from labkit.proofs.mutants.generation import Mutant, generate
from labkit.proofs.mutants.survivors import SurvivorsError, as_entry, read_excuses

ROOT = next(parent for parent in Path(__file__).parents if is_repository(parent))


def made(source: str) -> list[Mutant]:
    return generate("sample.py", textwrap.dedent(source))


def becomes(source: str) -> set[str]:
    """What the changed lines look like, over all mutants."""
    return {mutant.mutant for mutant in made(source)}


@pytest.mark.parametrize(
    ("source", "mutant"),
    [
        ("x = a < b", "x = a <= b"),
        ("x = a < b", "x = a >= b"),
        ("x = a and b", "x = a or b"),
        ("x = a and b", "x = b"),
        ("x = not a", "x = a"),
        ("x = a + b", "x = a - b"),
        ("x = 80", "x = 81"),
        ("x = 80", "x = 79"),
        ("x = True", "x = False"),
        ("x = 'up'", "x = 'XXupXX'"),
        ("x = f'{a:.2f} %'", "x = f'XX %'"),
        ("x = f'{a:.2f} %'", "x = f'{a} %'"),
        ("def f():\n    return a", "return None"),
        ("f(a)", "pass"),
        ("x = sorted(a)", "x = a"),
        ("x = a.strip()", "x = a"),
        ("x[0] = a", "pass"),
        ("x += 1", "x = 1"),
        ("x = f(a, b)", "x = f(b, a)"),
        ("x = f(a, b)", "x = f(a)"),
        ("x = f(a, b)", "x = f(a, None)"),
        ("x = f(a, key=b)", "x = f(a)"),
        ("x = f(a, key=b)", "x = f(a, key=None)"),
        ("def f(a=5): pass", "def f(a=6):"),
        ("def f(a=Limits()): pass", "def f(a=None):"),
        ("@dataclass(frozen=True)\nclass A: pass", "@dataclass()"),
        ("x = a[1:]", "x = a[:]"),
        ("x = [b for b in a if b]", "x = [b for b in a]"),
        ("x = f(timeout=30)", "x = f(timeout=1)"),
        ("x = a if b else c", "x = a"),
        ("try:\n    f()\nexcept ValueError:\n    g()", "except Exception:"),
        ("try:\n    f()\nexcept (ValueError, KeyError):\n    g()", "except (ValueError,):"),
        ("if a:\n    f()\nelif b:\n    g()", "elif False:"),
        ("while a:\n    if b:\n        break", "continue"),
    ],
)
def test_operators(source: str, mutant: str) -> None:
    """Each operator makes its change."""
    assert mutant in becomes(source)


def test_context_manager_removed() -> None:
    """Without its context manager a block runs on, and nothing is closed after it."""
    texts = [
        m.text for m in made("with open(a) as b:\n    f(b)\n") if m.operator == "context manager removed"
    ]
    assert [ast.unparse(ast.parse(text)) for text in texts] == ["b = open(a)\nf(b)"]


@pytest.mark.parametrize(
    "source",
    [
        "def f(a: int) -> str | None: ...",
        "x: dict[str, int | None]",
        "log.warning('lost %s', 5)",
        "self.logger.info(f'{a} is {b}')",
        "'''Documentation.'''",
        "def f():\n    '''Documentation.'''",
    ],
)
def test_left_alone(source: str) -> None:
    """Annotations, logging and documentation are no places for mutants."""
    assert made(source) == []


def test_texts_of_exceptions_are_left_alone() -> None:
    """An exception may be dropped; what it says is for people."""
    assert becomes("raise ValueError(f'{a} is no port: {b!r}')") == {"pass"}
    assert "raise KeyError('XXsizeXX')" in becomes("raise KeyError('size')")
    own = "class Gone(LookupError):\n    def __init__(self, a):\n        super().__init__(f'{a[:5]} is gone')"
    assert becomes(own) == set()


def test_what_the_starter_hands_over_is_left_alone() -> None:
    """What the starter has in the same words, heads of classes included, is not changed; functions are."""
    solution = """
        LIMIT = 80
        own = 1

        @dataclass(frozen=True)
        class Node:
            size: int = 3
            age: int = 4

            def old(self, days=30):
                return self.age > days

        if __name__ == "__main__":
            main(1)
        """
    starter = solution.replace("own = 1", "own = 2").replace("age: int = 4", "age: int = 5")
    starter = starter.replace("return self.age > days", 'raise NotImplementedError("task 1")')
    mutants_made = generate("sample.py", textwrap.dedent(solution), textwrap.dedent(starter))
    assert {mutant.was for mutant in mutants_made} == {
        "own = 1",
        "age: int = 4",
        "def old(self, days=30):",
        "return self.age > days",
    }


@pytest.mark.parametrize(
    ("definition", "call", "possible"),
    [
        ("def f(a, b): ...", "f(x, y)", set()),
        ("def f(a, b=1): ...", "f(x, y)", {"f(x)", "f(y)"}),
        ("def f(a, *, b): ...", "f(x, b=y)", set()),
        ("def f(a, *, b=1): ...", "f(x, b=y)", {"f(x)"}),
        ("def f(a, /, *more): ...", "f(x, y)", {"f(x)", "f(y)"}),
        ("def f(a, b): ...", "f(x, *y)", {"f(*y)"}),
        ("def f(a, b): ...", "f(x, **y)", {"f(**y)"}),
        ("@dataclass\nclass f:\n    a: int\n    b: int = field(repr=False)", "f(x, y)", set()),
        (
            "@dataclass\nclass f:\n    a: int\n    b: list = field(default_factory=list)",
            "f(x, y)",
            {"f(x)", "f(y)"},
        ),
        ("class f:\n    def __init__(self, a, b): ...", "f(x, y)", {"f(x)", "f(y)"}),
        ("def f(a, b): ...\nclass f: ...", "f(x, y)", {"f(x)", "f(y)"}),
        ("from elsewhere import f", "f(x, y)", {"f(x)", "f(y)"}),
    ],
)
def test_calls_that_cannot_be_made(definition: str, call: str, possible: set[str]) -> None:
    """An argument is not dropped where the function of this very file needs it: that is only a TypeError."""
    dropped = {m.mutant for m in made(f"{definition}\nz = {call}\n") if m.operator.endswith("dropped")}
    assert {mutant.removeprefix("z = ") for mutant in dropped if mutant.startswith("z = ")} == possible


def test_the_order_of_some_arguments_says_nothing() -> None:
    """The arguments of min and max are not swapped: it is the same value."""
    assert "x = f(b, a)" in becomes("x = f(a, b)")
    assert "x = max(b, a)" not in becomes("x = max(a, b)")


def test_same_bytecode_is_dropped() -> None:
    """What compiles to the same is no mutant, and no two mutants compile to the same."""
    assert "x = None" not in becomes("def f(x=None): ...")
    both = [m.mutant for m in made("x = a or a")]
    assert len(both) == len(set(both))


def test_the_text_is_the_source_with_one_statement_changed() -> None:
    """Each mutant of every solution can be read, and the lines above the change stay as they were."""
    for file in sorted(ROOT.glob("solutions/*/*.py")):
        source = file.read_text(encoding="utf-8")
        for mutant in generate(file.name, source):
            ast.parse(mutant.text)
            assert mutant.text != source
            assert mutant.text.splitlines()[: mutant.first - 2] == source.splitlines()[
                : mutant.first - 2
            ] or ("elif" in source.splitlines()[mutant.first - 1])


def result(tiny: Any, **options: Any) -> Any:
    return mutants.examine(tiny.lab, **options)


def endings(report: Any) -> list[tuple[str, str]]:
    return [
        (one.mutant.diff(), "survived" if one.survived else "killed") for one in report.examination.judged
    ]


LOOP = """\
    number = 0
    while states:
        number += states[0].casefold() == "open"
        states = states[1:]
    return number
"""


@pytest.fixture
def looping(tiny: Any) -> Any:
    """The tiny lab with a loop that a mutant makes endless."""
    tiny.edit(
        "solutions/01-tiny/ticket_counter.py",
        '    return sum(state.casefold() == "open" for state in states)\n',
        LOOP,
    )
    return tiny


def test_same_survivors_each_time(tiny: Any) -> None:
    """The set of survivors depends neither on the number of children nor on what finished first."""
    first = endings(result(tiny, children=1))
    assert first
    assert endings(result(tiny, children=3)) == first
    assert endings(result(tiny, children=8)) == first


def test_endless_loop_is_a_timeout(looping: Any) -> None:
    """A mutant that never ends is killed by its deadline, after a second try alone."""
    kinds = {one.mutant.operator: one.ending.kind for one in result(looping).examination.judged}
    assert kinds["slice without lower"] == "timeout"


def test_a_weak_suite_lets_mutants_live(tiny: Any) -> None:
    """What no test asks for survives, is shown as a diff, and fails the proof."""
    tiny.write(
        "labs/01-tiny/tests/test_3_report.py",
        '"""Weak."""\n\nimport ticket_report\n\n\ndef test_text() -> None:\n'
        '    """It is a text."""\n    assert isinstance(ticket_report.report({"a": 1}), str)\n',
    )
    report = result(tiny)
    assert any("-return" in line for line in report.lines() if "sorted" in line)
    assert any("a mutant survives" in str(finding) for finding in report.findings)


def test_only_the_survivors_again(tiny: Any) -> None:
    """What survived can be judged again alone, wherever its lines are now; the rest is not asked about."""
    tiny.write("labs/01-tiny/tests/test_2_queue.py", '"""None."""\n')
    report = result(tiny)
    only = mutants.survivors_of(report.as_json())
    excused(tiny, report.survivors[0].mutant)
    tiny.edit("solutions/01-tiny/ticket_counter.py", "from __future", "\n\nfrom __future")
    again = result(tiny, only=only)
    survived = [one.mutant.mutant for one in report.examination.judged if one.survived]
    assert [one.mutant.mutant for one in again.examination.judged] == survived
    assert len(again.findings) == len(again.survivors) < len(survived)


def excused(tiny: Any, mutant: Mutant, reason: str = "no difference can be seen") -> None:
    entry = as_entry(mutant).replace("reason = ''", f"reason = '{reason}'")
    tiny.write("solutions/01-tiny/survivors.toml", entry + "\n")


def test_an_entry_must_fit_a_survivor(tiny: Any) -> None:
    """An entry for a mutant that is killed by now is an error."""
    report = result(tiny)
    killed = next(one.mutant for one in report.examination.judged if not one.survived)
    excused(tiny, killed)
    assert any("no surviving mutant fits" in str(finding) for finding in result(tiny).findings)


def test_too_many_excuses(tiny: Any) -> None:
    """More than three percent of the mutants cannot be excused, whatever the reasons."""
    tiny.write("labs/01-tiny/tests/test_2_queue.py", '"""None."""\n')
    report = result(tiny)
    survivors = [one.mutant for one in report.survivors]
    assert survivors
    entries = dict.fromkeys(as_entry(mutant).replace("reason = ''", "reason = 'so'") for mutant in survivors)
    tiny.write("solutions/01-tiny/survivors.toml", "\n".join(entries))
    report = result(tiny)
    assert report.survivors == []
    assert any("may be" in str(finding) for finding in report.findings)


def test_entries_survive_writing_and_reading(tmp_path: Path) -> None:
    """The entry that the report suggests fits the mutant it was made for, once it has a reason."""
    source = "def f(a):\n    with open(a) as b, lock:\n        print(f'it\\'s \"{b}\"\\n', '\\\\')\n"
    for mutant in generate("sample.py", source):
        text = as_entry(mutant).replace("reason = ''", "reason = 'so'")
        (tmp_path / "survivors.toml").write_text(text, encoding="utf-8")
        [excuse] = read_excuses(tmp_path)
        assert excuse.fits(mutant)


@pytest.mark.parametrize("text", ["survivor = 3", "[[survivor]]\nfile = 'a.py'", "x = 1", "[[survivor"])
def test_unusable_excuses(tmp_path: Path, text: str) -> None:
    """A file that is not as it must be is refused with words."""
    (tmp_path / "survivors.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SurvivorsError):
        read_excuses(tmp_path)


def test_a_test_that_hates_any_change_is_found_out(tiny: Any) -> None:
    """The gate does not hold when a change that changes nothing is killed."""
    tiny.edit(
        "solutions/01-tiny/ticket_report.py",
        '"""The report for the morning."""',
        '"""The report."""  # as it is',
    )
    tiny.write(
        "labs/01-tiny/tests/test_3_report.py",
        '"""Reads the source."""\n\nimport ticket_report\n\n\ndef test_text(code_folder) -> None:\n'
        '    """It has a remark."""\n    ticket_report.report({})\n'
        '    assert "# as it is" in (code_folder / "ticket_report.py").read_text()\n',
    )
    assert any("no-op mutant" in str(finding) for finding in result(tiny).findings)


def test_a_file_without_tests_is_found_out(tiny: Any) -> None:
    """The gate says when everything in a file may raise and no test notices."""
    tiny.write(
        "labs/01-tiny/tests/test_3_report.py",
        '"""Nothing."""\n\n\ndef test_nothing() -> None:\n    """Nothing is asked."""\n',
    )
    assert any("no test notices" in str(finding) for finding in result(tiny).findings)


def test_the_reference_must_pass(tiny: Any) -> None:
    """Mutants of a solution that its own tests refuse prove nothing."""
    tiny.edit("solutions/01-tiny/ticket_counter.py", '"open"', '"shut"')
    report = result(tiny)
    assert any("refuses the reference itself" in str(finding) for finding in report.findings)


def test_what_a_child_process_runs_counts(tiny: Any) -> None:
    """Code that a test runs in a process of its own is covered by that test, though no line of it is seen."""
    tiny.write(
        "labs/01-tiny/tests/test_3_report.py",
        '"""Runs the file."""\n\nimport subprocess\nimport sys\n\n\ndef test_text(code_folder) -> None:\n'
        '    """It can be run."""\n'
        '    code = "import ticket_report as t; print(t.report(dict(b=2, a=1)))"\n'
        "    done = subprocess.run([sys.executable, '-c', code], cwd=code_folder, capture_output=True)\n"
        '    assert done.stdout.split() == [b"a:", b"1", b"b:", b"2"]\n',
    )
    judged = [one for one in result(tiny).examination.judged if one.mutant.file == "ticket_report.py"]
    killers = {one.ending.test for one in judged if not one.survived}
    assert any("test_3_report" in killer for killer in killers)


def test_report_for_programs(tiny: Any) -> None:
    """The JSON names for each mutant how it ended and the test that killed it."""
    plain = result(tiny).as_json()
    assert plain["schema"] == 1
    killed = [mutant for mutant in plain["mutants"] if mutant["ended"] != "survived"]
    assert killed
    assert all(mutant["test"].startswith("tests/test_") for mutant in killed)
