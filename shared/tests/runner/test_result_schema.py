"""The result's JSON is what its schema says, whatever the verdict."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from labkit import runner
from labkit.runner.junit import write_junit

if TYPE_CHECKING:
    from conftest import Checkout  # type: ignore[import-not-found]

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "result.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

#: A function of the lab's one module per verdict, and the verdict.
KINDS = {
    "passed": "    return figures",
    "todo": '    raise NotImplementedError("task 1")',
    "failed": "    return None",
    "timeout": "    import time; time.sleep(60)",
    "crashed": "    import os; os._exit(1)",
    "environment": "    return figures",
}
HEAD = "import pytest\nimport disk_figures\nfrom labkit.checks import call\n"
TEST = '''

def test_{name}({fixture}):
    """{name}."""
    call(disk_figures.{name}, [1]).returns([1])
'''
FIXTURE = '\n\n@pytest.fixture\ndef broken():\n    raise OSError("no port")\n'


@pytest.fixture
def result(checkout: Checkout) -> dict[str, Any]:
    """A run with every verdict in it, one per task in the order above."""
    code = "".join(f"def {name}(figures):\n{body}\n\n" for name, body in KINDS.items())
    tests = {
        number: HEAD
        + (FIXTURE if name == "environment" else "")
        + TEST.format(name=name, fixture="broken" if name == "environment" else "")
        for number, name in enumerate(KINDS, 1)
    }
    lab = checkout.lab(code, tests=tests, names=list(KINDS), settings="time_limit = 0.5")
    done = runner.run(lab, every=True)
    write_junit(done, checkout.root / "report.xml")
    return done.as_json()


def test_all_kinds_of_verdicts_fit_the_schema(result: dict[str, Any], checkout: Checkout) -> None:
    """A result with every verdict is valid, as JSON and after a way through text."""
    assert [task["verdict"] for task in result["tasks"]] == list(KINDS)
    VALIDATOR.validate(json.loads(json.dumps(result)))
    report = (checkout.root / "report.xml").read_text()
    assert report.count("<testcase") == len(KINDS)
    assert report.count("<failure") == 4


def test_blocked_and_problem_fit_the_schema(checkout: Checkout) -> None:
    """So is a result with blocked tests, and one of tests that could not run."""
    VALIDATOR.validate(runner.run(checkout.lab()).as_json())
    VALIDATOR.validate(runner.run(checkout.lab(id="09", tests={1: "import nothing_of_that_name"})).as_json())


WRONG: list[tuple[tuple[str | int, ...], object]] = [
    (("schema",), 2),
    (("lab", "verdict"), "done"),
    (("run", "exit_status"), 2),
    (("tasks", 0, "verdict"), "green"),
    (("tasks", 2, "tests", 0, "reason"), "bad luck"),
    (("tasks", 0, "tests", 0, "excerpt"), "x = 1"),
    (("versions",), {}),
]


def test_the_schema_refuses_what_it_does_not_say(result: dict[str, Any]) -> None:
    """The schema is not so wide that anything passes."""
    for path, value in WRONG:
        changed = copy.deepcopy(result)
        place: Any = changed
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        assert not VALIDATOR.is_valid(changed), path


def test_the_schema_is_one() -> None:
    """The schema itself is a valid JSON Schema of draft 2020-12."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
