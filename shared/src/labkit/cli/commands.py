"""Which commands there are, and where each one's code is. Importing this table imports none of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        name: as it is typed.
        module, function: where the code is.
        summary: one line for the overview.
        group: the heading it stands under.
        quick: takes its words as they are, without typer.
    """

    name: str
    module: str
    function: str
    summary: str
    group: str
    quick: bool = False


_LEARN, _EXPLORE, _WRITE, _KEEP = "Learn", "Explore", "Write labs", "Work on the repository"
_TEACH = "Teach"

COMMANDS: tuple[Command, ...] = (
    Command("run", "labkit.cli.run", "run", "judge your code, task by task", _LEARN, quick=True),
    Command(
        "solution",
        "labkit.cli.run",
        "solution",
        "the same tests on the reference solution",
        _LEARN,
        quick=True,
    ),
    Command("hint", "labkit.cli.hint", "hint", "the next hint for a task; never the code", _LEARN),
    Command("diff", "labkit.cli.diff", "diff", "compare your code with the solution", _LEARN),
    Command("quiz", "labkit.cli.quiz", "quiz", "the questions of a lab; every answer is explained", _LEARN),
    Command("progress", "labkit.cli.progress", "progress", "what is done, and what comes next", _LEARN),
    Command("reset", "labkit.cli.reset", "reset", "put the starter files back; yours are kept", _LEARN),
    Command("backups", "labkit.cli.backups", "backups", "copies of your files, and the way back", _LEARN),
    Command("upgrade", "labkit.cli.upgrade", "upgrade", "a new release; your work stays in it", _LEARN),
    Command("start", "labkit.cli.start", "start", "copy a lab out, to work elsewhere", _LEARN),
    Command("list", "labkit.cli.listing", "list_labs", "the labs there are", _EXPLORE, quick=True),
    Command(
        "doctor",
        "labkit.cli.doctor",
        "doctor",
        "what this machine can run, how to get the rest",
        _EXPLORE,
    ),
    Command("serve", "labkit.cli.serve", "serve", "a fixture on its own, to explore by hand", _EXPLORE),
    Command("starters", "labkit.cli.starters", "starters", "a zip of each lab, for a workshop", _TEACH),
    Command("docs", "labkit.cli.docs", "docs", "the catalogue as a web site to browse", _EXPLORE),
    Command("grade", "labkit.cli.grade", "grade", "judge what many learners handed in", _TEACH),
    Command("new-lab", "labkit.cli.proofs", "new_lab", "make the scaffold of a lab", _WRITE),
    Command(
        "freeze", "labkit.cli.proofs", "freeze", "keep the starter files as the pristine skeleton", _WRITE
    ),
    Command("verify", "labkit.cli.proofs", "verify", "prove that labs keep what they promise", _WRITE),
    Command("mutants", "labkit.cli.mutants", "mutants", "whether the tests notice small mistakes", _WRITE),
    Command("flakes", "labkit.cli.flakes", "flakes", "whether tests fail now and then", _WRITE),
    Command("test", "labkit.cli.everything", "everything", "all that this repository promises", _KEEP),
    Command("update", "labkit.cli.upkeep", "update", "newer packages, and the proof that they fit", _KEEP),
    Command("release", "labkit.cli.upkeep", "release", "check, tag and build a release", _KEEP),
    Command("bench", "labkit.cli.bench", "bench", "measure, and write docs/benchmarks.md", _KEEP),
)

#: Carried out by the entry script itself, with or without an environment.
OF_THE_SCRIPT: dict[str, str] = {
    "setup": "make the environment now, for example before going offline",
    "bundle": "all wheels for a room without a network",
    "clean": "remove environments and caches; progress and backups stay",
    "lint": "check style",
    "format": "format all Python files",
    "types": "check types",
    "tox": "tests on each Python that is present, style, types",
    "constraints": "resolve constraints.txt again",
}

BY_NAME: dict[str, Command] = {command.name: command for command in COMMANDS}
