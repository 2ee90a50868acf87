"""Proof 4: what people get wrong is refused, by the task it belongs to and with words that help."""

from __future__ import annotations

import re
from pathlib import Path

from labkit.catalog import Lab
from labkit.proofs import staging
from labkit.proofs.cases import Case, Needed, briefly, relative, told, unusable
from labkit.proofs.corpus import CorpusError, Expectation, expectation, least_wrong, samples
from labkit.proofs.messages import Golden
from labkit.proofs.model import Finding
from labkit.runner import Result
from labkit.runner.result import BLOCKED, ENVIRONMENT, PASSED


def needed(lab: Lab, *, record: bool = False) -> Needed:
    """The runs of all wrong solutions.

    Args:
        lab: the lab.
        record: do not compare messages with the recorded ones, but let ``after`` write them.
    """
    golden = Golden(lab, record=record)
    cases: list[Case] = []
    findings: list[Finding] = []
    tasks: set[int] = set()
    folders = samples(lab, "wrong")
    for folder in folders:
        try:
            expected = expectation(lab, folder)
            check_files(lab, folder)
        except CorpusError as problem:
            findings.append(Finding(problem.problem, relative(lab, problem.file), problem.line))
            continue
        tasks.add(expected.task)
        cases.append(_case(lab, folder, expected, golden))
    if len(folders) < least_wrong(lab):
        findings.append(
            Finding(
                f"{len(folders)} wrong solutions, at least {least_wrong(lab)} are needed",
                relative(lab, lab.solution / "wrong"),
            )
        )
    findings += [
        Finding(
            f"no wrong solution names task {task.number} ({task.title}): add one",
            relative(lab, lab.solution / "wrong"),
        )
        for task in lab.tasks
        if task.number not in tasks and not findings
    ]
    return Needed(cases, findings, golden.write if record else None)


def check_files(lab: Lab, folder: Path) -> None:
    """The sample changes at least one file of the solution, and nothing else.

    Raises:
        CorpusError: it does not.
    """
    changed = staging.overlay(folder)
    known = staging.solution_files(lab)
    if not changed:
        raise CorpusError(folder, f"changes no file: put a changed copy of {lab.files[0]} there")
    for name, file in changed.items():
        if name not in known:
            raise CorpusError(file, f"the solution has no file of that name; it has {', '.join(known)}")
    if all(file.read_bytes() == (lab.solution / name).read_bytes() for name, file in changed.items()):
        raise CorpusError(folder, "is the same as the reference")


def _case(lab: Lab, folder: Path, expected: Expectation, golden: Golden) -> Case:
    def build(place: Path) -> Path:
        return staging.stage(lab, place, staging.overlay(folder))

    def weigh(result: Result) -> list[Finding]:
        return judge(lab, result, folder, expected, golden)

    label = f"wrong/{folder.name}"
    # The named task alone proves it, in a fraction of the time; where it does not, all tests tell why.
    everything = Case("wrong", label, build, weigh, every=True)
    return Case("wrong", label, build, weigh, task=expected.task, otherwise=everything)


def judge(lab: Lab, result: Result, folder: Path, expected: Expectation, golden: Golden) -> list[Finding]:
    """A test of the named task fails, and says what the pattern asks for and what is recorded."""
    findings = unusable(lab, result)
    if findings:
        return findings
    place = relative(lab, folder)
    failing = [t for t in result.tests() if t.verdict not in (PASSED, BLOCKED, ENVIRONMENT)]
    if not failing:
        text = (
            f"accepted: all {len(result.tests())} tests pass, so this mistake goes unseen ({expected.why}). "
            f"Add a test to task {expected.task}"
        )
        return [Finding(text, place)]
    if any(test.reason == "syntax" for test in failing):
        return [Finding(f"cannot even be read: {briefly(failing[0])}", place)]
    own = [test for test in failing if test.task == expected.task]
    if not own:
        found = ", ".join(sorted({str(test.task) for test in failing}))
        return [Finding(f"task {expected.task} must refuse it; refused by task {found} only", place)]
    if expected.test:
        own = [t for t in own if expected.test in (_name(t.id), _name(t.id).partition("[")[0], t.id)]
        if not own:
            names = ", ".join(_name(t.id) for t in failing if t.task == expected.task)
            return [Finding(f"the test {expected.test} must refuse it; refused by {names}", place)]
    said = next((test for test in own if re.search(expected.message, told(test))), None)
    if said is None:
        read = "; ".join(f"{_name(test.id)}: {briefly(test)}" for test in own[:3])
        text = f"refused, but no message matches /{expected.message}/. The learner reads: {read}"
        return [Finding(text, place + "/expect.toml")]
    return golden.findings(folder.name, said, varies=expected.varies)


def _name(test: str) -> str:
    return test.rpartition("::")[2]
