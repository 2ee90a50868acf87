"""Each rule of the linter finds the broken copy that it is about."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from labkit.proofs.lint import check

LAB, SOLUTION = "labs/01-tiny", "solutions/01-tiny"
README, TOML, QUIZ = f"{LAB}/README.md", "labs/01-tiny/lab.toml", f"{LAB}/quiz.toml"
PROJECT, TESTS = f"{LAB}/pyproject.toml", f"{LAB}/tests/test_1_count_open.py"
STARTER = f"{SOLUTION}/skeleton/ticket_counter.py"
LINE = 'sum(state.casefold() == "open" for state in states)'

#: What is broken (file, old text, new text), and the finding with its place.
TABLE = {
    "title": (README, "# Lab 01: Count the tickets", "# Lab 01: Tickets", r"README\.md:1: must begin with"),
    "story": (
        README,
        "The night shift leaves a list of tickets, and the morning wants a number.\n",
        "",
        r"README\.md:1: the story is missing",
    ),
    "section missing": (README, "## How it is judged", "## Judged", r"'## How it is judged' is missing"),
    "section unknown": (README, "## Hints", "## Hint", r"README\.md:\d+: unknown section '## Hint'"),
    "section order": (README, "## Hints", "## Quiz\n\nx\n\n## Hints", r"a section occurs twice"),
    "section empty": (README, "Ask for one when you are stuck.\n", "", r"'## Hints' is empty"),
    "task title": (README, "### 2. Keep a queue", "### 2. A queue", r"'### 2\. Keep a queue' is missing"),
    "task unknown": (README, "## How", "### 4. More\n\nx\n\n## How", r"'### 4\. More' is no task"),
    "task name": (README, "`TicketQueue.oldest`", "the other", r"task 2 must name TicketQueue\.oldest"),
    "task file": (README, " in `ticket_report.py`", "", r"task 3 must name the file ticket_report\.py"),
    "heading in code": (README, "sum(word", "# Lab\n## Hint\nsum(word", ""),
    "solution lacks": (
        f"{SOLUTION}/ticket_counter.py",
        "def count_open(",
        "def count(",
        r"count_open is not defined",
    ),
    "signature": (
        f"{SOLUTION}/ticket_counter.py",
        "states: list[str]) -> int",
        "states: list[str], word: str) -> int",
        r"ticket_counter\.py:6: count_open is 'def count_open\(states: list\[str\], word: str\)",
    ),
    "annotation": (
        f"{SOLUTION}/ticket_counter.py",
        "def push(self, ticket: str)",
        "def push(self, ticket)",
        r"TicketQueue\.push is",
    ),
    "whole file signature": (
        f"{SOLUTION}/ticket_report.py",
        "counts: dict[str, int]",
        "numbers: dict[str, int]",
        r"report is",
    ),
    "skeleton not open": (
        STARTER,
        'NotImplementedError("task 1")',
        "NotImplementedError",
        r"count_open must raise",
    ),
    "builds on nothing": (
        "labs/01-tiny/lab.toml",
        "minutes = ",
        'builds_on = ["36"]\nminutes = ',
        r"builds_on: there is no lab 36",
    ),
    "skeleton wrong task": (
        STARTER,
        '("task 1")',
        '("task 2")',
        r'must raise NotImplementedError\("task 1"\)',
    ),
    "skeleton does more": (
        STARTER,
        '    raise NotImplementedError("task 1")',
        '    print(1)\n    raise NotImplementedError("task 1")',
        r"must do nothing but raise",
    ),
    "skeleton docstring": (
        STARTER,
        '    """How many of ``states`` are open, in any case."""\n',
        "",
        r"skeleton/ticket_counter\.py:6: count_open has no docstring",
    ),
    "skeleton lacks name": (STARTER, "def count_open(", "def count(", r"task 1: count_open is not defined"),
    "whole file not open": (
        f"{SOLUTION}/skeleton/ticket_report.py",
        'raise NotImplementedError("task 3")',
        'return ""',
        r"so the task is not open",
    ),
    "title with full stop": (TOML, "Keep a queue", "Keep a queue.", r"lab\.toml:\d+: task 2: the title ends"),
    "hint with code": (
        TOML,
        "A list keeps its order.",
        "Use `sorted(counts, key=len)`.",
        r"lab\.toml:\d+: task 2, hint 1 holds code",
    ),
    "hint with block": (
        TOML,
        "A list keeps its order.",
        "```python```",
        r"task 2, hint 1 holds a block of code",
    ),
    "hint with one name": (TOML, "A list keeps its order.", "`str.casefold()` and `>=` help, or `-v`.", ""),
    "hint with solution": (
        TOML,
        "Count the matches.",
        "self.tickets[0] if self.tickets else None",
        r"task 1, hint 3 holds a line of the solution",
    ),
    "hint twice": (
        TOML,
        "Count the matches.",
        "Look at what a loop over text gives.",
        r"task 1 says the same hint",
    ),
    "leak in README": (
        README,
        "sum(word ==",
        f"{LINE}\nsum(word ==",
        r"README\.md:\d+: holds a line of the sol",
    ),
    "leak in skeleton": (
        STARTER,
        '    raise NotImplementedError("task 1")',
        f'    # return {LINE}\n    raise NotImplementedError("task 1")',
        r"skeleton/ticket_counter\.py:8: holds a line",
    ),
    "leak in test": (
        TESTS,
        "    call(",
        f"    # return {LINE}\n    call(",
        r"test_1_count_open\.py:\d+: holds a line",
    ),
    "leak in quiz": (
        QUIZ,
        'text = "Which are false?"',
        f"text = '{LINE}'",
        r"quiz\.toml:\d+: holds a line",
    ),
    "docstring": (
        TESTS,
        '    """Only the whole word counts."""\n',
        "",
        r"test_1_count_open\.py:\d+: test_whole_word has no doc",
    ),
    "docstring no sentence": (
        TESTS,
        "Only the whole word counts.",
        "whole words",
        r"is a sentence, with a full stop",
    ),
    "docstring of a name": (TESTS, "Only the whole", "count_open: only the whole", ""),
    "from import": (
        TESTS,
        "import ticket_counter",
        "from ticket_counter import count_open",
        r"write `import ticket_c",
    ),
    "sleep": (TESTS, "    call(", "    time.sleep(1)\n    call(", r"a test never sleeps"),
    "sleep imported": (
        TESTS,
        "import ticket",
        "from time import sleep\nimport ticket",
        r"a test never sleeps",
    ),
    "skip": (
        TESTS,
        "def test_any",
        "@pytest.mark.skip\ndef test_any",
        r"pytest\.mark\.skip: a lab's test runs",
    ),
    "xfail": (TESTS, "    call(", "    pytest.xfail('x')\n    call(", r"pytest\.xfail"),
    "reads solutions": (
        TESTS,
        'lab_data / "states.txt"',
        'lab_data / "../../solutions/x"',
        r"never looks at the sol",
    ),
    "no test": (
        f"{LAB}/tests/test_3_report.py",
        "def test_",
        "def check_",
        r"test_3_report\.py: has no test",
    ),
    "standard library": (
        TOML,
        "ticket_counter.py",
        "json.py",
        r"json is the name of a module of the standard",
    ),
    "installed package": (
        TOML,
        "ticket_counter.py",
        "pytest.py",
        r"pytest is the name of an installed package",
    ),
    "meaningless module": (TOML, "ticket_counter.py", "utils.py", r"utils says nothing"),
    "project name": (
        PROJECT,
        "lab-01-tiny",
        "tiny",
        r"pyproject\.toml:2: project\.name must be 'lab-01-tiny'",
    ),
    "python version": (PROJECT, ">=3.11", ">=3.12", r"requires-python must be"),
    "labkit": (PROJECT, '["labkit"]', '["requests"]', r"project\.dependencies must have labkit"),
    "pytest table": (
        PROJECT,
        '"--strict-config"',
        '"-q"',
        r"pyproject\.toml:7: \[tool\.pytest\.ini_options\] must be",
    ),
    "extra": (
        TOML,
        "needs = []",
        'needs = ["ssh"]',
        r"the lab needs ssh, so its dependencies need labkit\[ssh\]",
    ),
    "quiz kind": (QUIZ, 'kind = "short"', 'kind = "long"', r"quiz\.toml:\d+: question 4: kind is 'long'"),
    "quiz because": (
        QUIZ,
        'because = "bool is an int"',
        'because = ""',
        r"question 1: option 1 has no because",
    ),
    "quiz none right": (
        QUIZ,
        'text = "2"\nright = true',
        'text = "2"\nright = false',
        r"exactly one right option, not 0",
    ),
    "quiz answers": (QUIZ, 'answers = ["1"]', "answers = []", r"question 5: answers must list"),
    "quiz code": (
        QUIZ,
        'code = "print(sum([True, False]))"\n',
        "",
        r"question 5: kind prints needs the code",
    ),
    "quiz key": (
        QUIZ,
        'because = "str.lower',
        'why = "x"\nbecause = "str.lower',
        r"question 4: unknown key 'why'",
    ),
    "quiz few": (
        QUIZ,
        '[[questions]]\nkind = "short"',
        '[[question]]\nkind = "short"',
        r"4 questions, at least 5",
    ),
    "quiz interview": (QUIZ, 'strong = ["memory"]', "strong = []", r"interview 2: strong must list"),
    "quiz syntax": (QUIZ, '[[questions]]\nkind = "short"', "[[questions", r"quiz\.toml: not valid TOML"),
    "notes": (
        f"{SOLUTION}/NOTES.md",
        "# Notes\n\nStress that a boolean is a number.\n",
        "",
        r"NOTES\.md: is missing or empty",
    ),
    "link": (
        README,
        "data/states.txt",
        "data/status.txt",
        r"README\.md:\d+: the link to data/status\.txt leads nowhere",
    ),
    "anchor": (README, "data/states.txt", "#the-ideas", r"the link to #the-ideas: there is no such heading"),
    "anchor there": (README, "data/states.txt", "#the-idea", ""),
    "make target": (README, "make lab LAB=01", "make lap LAB=01", r"`make lap`: there is no such command"),
    "make of another": (README, "make lab LAB=01", "make lab LAB=02", r"this is lab 01"),
    "command": (README, "./lab run 01", "./lab start 01", r"`\./lab start`: there is no such command"),
    "expect test": (
        f"{SOLUTION}/wrong/case/expect.toml",
        "why",
        'test = "test_nothing"\nwhy',
        r"expect\.toml: test: task 1 has no test test_nothing",
    ),
    "expect key": (
        f"{SOLUTION}/wrong/case/expect.toml",
        "why",
        "reason",
        r"expect\.toml:3: reason: unknown key",
    ),
    "expect task": (
        f"{SOLUTION}/wrong/case/expect.toml",
        "task = 1",
        "task = 4",
        r"expect\.toml:1: task: expected",
    ),
}


def found(repository: Any) -> list[str]:
    findings, _ = check(repository.lab, repository.catalog)
    return [str(finding) for finding in findings]


def test_sound(tiny: Any) -> None:
    """The linter has nothing to say about a sound lab."""
    assert found(tiny) == []


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row[3]])
def test_rule(tiny: Any, name: str) -> None:
    """A broken lab shows the finding of the rule, with file and line where there is one."""
    file, old, new, pattern = TABLE[name]
    tiny.edit(file, old, new)
    findings = found(tiny)
    assert any(re.search(pattern, finding) for finding in findings), findings


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if not row[3]])
def test_harmless(tiny: Any, name: str) -> None:
    """What only looks like a mistake is not found."""
    file, old, new, _ = TABLE[name]
    tiny.edit(file, old, new)
    assert found(tiny) == []


@pytest.mark.parametrize(
    ("name", "finding"),
    [
        (README, r"README\.md: is missing"),
        (QUIZ, r"quiz\.toml: is missing"),
        (PROJECT, r"pyproject\.toml: is missing"),
        (f"{SOLUTION}/NOTES.md", r"NOTES\.md: is missing"),
        (f"{SOLUTION}/wrong/case/expect.toml", r"wrong/case: has no expect\.toml"),
        (f"{SOLUTION}/wrong/case/ticket_counter.py", r"wrong/case: changes no file"),
        (f"{LAB}/tests/test_3_report.py", r"tests: task 3 has no file test_3_<what>\.py"),
        (STARTER, r"skeleton/ticket_counter\.py: is missing"),
    ],
)
def test_missing_file(tiny: Any, name: str, finding: str) -> None:
    """A file that is not there is named, and nothing crashes."""
    (tiny.root / name).unlink()
    findings = found(tiny)
    assert any(re.search(finding, text) for text in findings), findings


@pytest.mark.parametrize(
    ("name", "finding"),
    [
        (f"{LAB}/scratch.py", r"scratch\.py: is not declared"),
        (f"{LAB}/tests/test_2_more.py", r"task 2 has a second file"),
        (f"{LAB}/tests/test_9_more.py", r"there is no task 9"),
        (f"{LAB}/tests/test_queue.py", r"is not called test_<task>_<what>\.py"),
        (f"{SOLUTION}/skeleton/other.py", r"is no editable file of lab\.toml"),
        (f"{SOLUTION}/right/loop/typo.py", r"the solution has no file of that name"),
    ],
)
def test_file_too_many(tiny: Any, name: str, finding: str) -> None:
    """A file that belongs nowhere is named."""
    tiny.write(name, "x = 1\n")
    findings = found(tiny)
    assert any(re.search(finding, text) for text in findings), findings


def test_module_of_another_lab(tiny: Any) -> None:
    """Two labs with a module of the same name are found."""
    other = tiny.root / "labs" / "02-other"
    other.mkdir()
    toml = (tiny.lab_folder / "lab.toml").read_text(encoding="utf-8").replace('id = "01"', 'id = "02"')
    (other / "lab.toml").write_text(toml, encoding="utf-8")
    assert any("ticket_counter is a module of lab 02 already" in text for text in found(tiny))


def git(root: Path, *words: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(root), *identity, *words], check=True, capture_output=True)


@pytest.fixture
def checkout(tiny: Any) -> Any:
    git(tiny.root, "init", "-q")
    git(tiny.root, "add", "-A")
    git(tiny.root, "commit", "-qm", "x")
    return tiny


def test_learners_edit_is_no_finding(checkout: Any) -> None:
    """In a git checkout a learner may edit the files and put others beside them."""
    checkout.edit(f"{LAB}/ticket_counter.py", 'raise NotImplementedError("task 1")', "return 0")
    checkout.write(f"{LAB}/scratch.py", "x = 1\n")
    (checkout.lab_folder / "ticket_report.py").unlink()
    assert found(checkout) == []


def test_committed_difference_is_found(checkout: Any) -> None:
    """A starter that was committed without its skeleton is found."""
    checkout.edit(f"{LAB}/ticket_counter.py", "Tickets of the night", "Tickets of the late")
    git(checkout.root, "commit", "-qam", "y")
    assert any("differs from skeleton/ticket_counter.py: make freeze" in text for text in found(checkout))


def test_changed_skeleton_is_found(checkout: Any) -> None:
    """A skeleton that was changed without the starter is found."""
    checkout.edit(STARTER, "Tickets of the night", "Tickets of the late")
    assert any("differs from skeleton/ticket_counter.py" in text for text in found(checkout))


def test_without_git_a_difference_is_a_note(tiny: Any) -> None:
    """Without git nobody knows whose change it is: a note, not a finding."""
    tiny.edit(f"{LAB}/ticket_counter.py", "Tickets of the night", "Tickets of the late")
    findings, notes = check(tiny.lab, tiny.catalog)
    assert not findings
    assert "ticket_counter.py differs" in notes[0]
