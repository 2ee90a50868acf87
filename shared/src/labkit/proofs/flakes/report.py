"""What a hunt found: values, JSON and text."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import Any

from labkit.proofs.flakes.conditions import PLAIN, Conditions
from labkit.proofs.flakes.judging import DELAY, Run

SCHEMA_VERSION = 1
#: So many failing conditions are shown in the text; the JSON has all.
_SHOWN = 4
#: So many runs a command asks for where a failure came by chance, and where it comes each time.
_BY_CHANCE, _SURE = 50, 3


@dataclass
class Flake:
    """A test that failed in some runs, or in all.

    Attributes:
        lab: the lab's id.
        test: its id within the lab.
        requirement: the first line of its docstring.
        runs: in how many runs it took part.
        failures: the conditions of each failure.
        message: what it said at the first failure.
        tries, came_again: how often the first failure was repeated, and how often it came again.
        needs: the fewest conditions under which it still failed; None where that was not found out.
    """

    lab: str
    test: str
    requirement: str
    runs: int
    failures: list[Conditions]
    message: str
    tries: int = 0
    came_again: int = 0
    needs: Conditions | None = None

    @property
    def always(self) -> bool:
        """It failed in each of several different runs: not a flake, but broken here."""
        return len(self.failures) == self.runs

    @property
    def command(self) -> str:
        """What runs it again under the conditions it fails under."""
        conditions = self.needs or (PLAIN if self.always and PLAIN in self.failures else self.failures[0])
        sure = self.needs is not None or self.always
        like = shlex.quote(str(conditions))
        return f"./lab flakes {self.lab} --runs {_SURE if sure else _BY_CHANCE} --like {like}"

    @property
    def finding(self) -> str:
        """What is known about the cause, in a sentence."""
        if self.always:
            return "fails in every run: not by chance"
        if self.needs is not None and self.needs == PLAIN:
            return "fails under plain conditions as well: by chance, or by something that is not varied"
        if self.needs is not None:
            return f"fails with {', '.join(_words(self.needs))}, whatever else is varied"
        if self.tries:
            return (
                f"by chance: came again in {self.came_again} of {self.tries} runs under the same conditions"
            )
        return "not looked into"

    def as_json(self) -> dict[str, Any]:
        return {
            "test": self.test,
            "requirement": self.requirement,
            "runs": self.runs,
            "failed": len(self.failures),
            "message": self.message,
            "finding": self.finding,
            "needs": None if self.needs is None else self.needs.differing(),
            "tries": self.tries,
            "came_again": self.came_again,
            "command": self.command,
            "failures": [conditions.differing() for conditions in self.failures],
        }


@dataclass
class LabReport:
    """The runs of one lab.

    Attributes:
        lab: its id.
        planned: how many runs were asked for.
        runs: those that took place.
        lacking: why it cannot run on this machine.
        flakes: what failed, most often first.
    """

    lab: str
    planned: int
    runs: list[Run] = field(default_factory=list)
    lacking: str = ""
    flakes: list[Flake] = field(default_factory=list)

    def find_flakes(self) -> None:
        """Work out ``flakes`` from the runs, unless that was done."""
        if self.flakes:
            return
        took_part = {test: words for run in self.runs for test, words in run.took_part.items()}
        for test, requirement in took_part.items():
            failed = [run for run in self.runs if test in run.failed]
            if failed:
                runs = sum(test in run.took_part for run in self.runs)
                conditions = [run.conditions for run in failed]
                message = failed[0].failed[test]
                self.flakes.append(Flake(self.lab, test, requirement, runs, conditions, message))
        self.flakes.sort(key=lambda flake: -len(flake.failures))

    @property
    def stressed(self) -> int:
        """How many runs were under CPU stress."""
        return sum(run.conditions.stress for run in self.runs)

    @property
    def slowed(self) -> int:
        """In how many runs a server was really late."""
        return sum(run.slowed > 0 for run in self.runs)

    @property
    def notes(self) -> list[str]:
        """What was asked for and could not be done."""
        if any(run.conditions.slow for run in self.runs) and not self.slowed:
            return ["slow loopback was not applied: the lab asks no server of the fixtures that can be slow"]
        return []

    def as_json(self) -> dict[str, Any]:
        return {
            "lab": self.lab,
            "planned": self.planned,
            "runs": len(self.runs),
            "under_stress": self.stressed,
            "slowed": self.slowed,
            "lacking": self.lacking,
            "notes": self.notes,
            "flakes": [flake.as_json() for flake in self.flakes],
        }


@dataclass
class Report:
    """All of a hunt.

    Attributes:
        labs: lab by lab.
        seed: of the conditions.
        like: the conditions of all runs; empty where they were drawn.
        burners: how many processes made the CPU stress.
        not_varied: what this machine does not have.
        interrupted: ended by Ctrl-C.
        seconds: how long it took.
    """

    labs: list[LabReport]
    seed: int
    like: str
    burners: int = 0
    not_varied: list[str] = field(default_factory=list)
    interrupted: bool = False
    seconds: float = 0.0

    @property
    def exit_status(self) -> int:
        """0 none, 1 flakes found, 3 a lab cannot run here, 130 ended by Ctrl-C."""
        if self.interrupted:
            return 130
        if any(lab.flakes for lab in self.labs):
            return 1
        return 3 if any(lab.lacking for lab in self.labs) else 0

    def as_json(self) -> dict[str, Any]:
        """A plain object; ``schema`` is raised when a key changes its meaning or goes away."""
        return {
            "schema": SCHEMA_VERSION,
            "exit_status": self.exit_status,
            "interrupted": self.interrupted,
            "seconds": round(self.seconds, 3),
            "seed": self.seed,
            "like": self.like,
            "stress_processes": self.burners,
            "slow_seconds": DELAY,
            "not_varied": self.not_varied,
            "labs": [lab.as_json() for lab in self.labs],
        }


def render(report: Report) -> str:
    """The report for a terminal."""
    lines = [line for lab in report.labs for line in _lab_lines(lab)]
    lines += [f"Not varied here: {note}." for note in report.not_varied]
    flakes = sum(len(lab.flakes) for lab in report.labs)
    runs = sum(len(lab.runs) for lab in report.labs)
    how = f"all under {report.like}" if report.like else f"--seed {report.seed} draws the same conditions"
    ended = "Interrupted: " if report.interrupted else ""
    what = f"{flakes} tests failed" if flakes != 1 else "1 test failed"
    lines.append(f"{ended}{runs} runs in {report.seconds:.0f} s, {what}; {how}.")
    return "\n".join(lines) + "\n"


def _lab_lines(lab: LabReport) -> list[str]:
    if lab.lacking and not lab.runs:
        return [f"Lab {lab.lab}: cannot run here. {lab.lacking}"]
    of = f" of {lab.planned}" if len(lab.runs) < lab.planned else ""
    if not lab.flakes:
        verdict = "nothing failed" if lab.runs else "not begun"
    else:
        verdict = f"{len(lab.flakes)} failed at times or always"
    special = f"{lab.stressed} with busy cores, {lab.slowed} with slow servers"
    lines = [f"Lab {lab.lab}: {len(lab.runs)}{of} runs ({special}), {verdict}"]
    for flake in lab.flakes:
        lines += [
            f"  {flake.test}: failed in {len(flake.failures)} of {flake.runs} runs",
            f"    asks for   {flake.requirement}",
            f"    said       {flake.message}",
            f"    finding    {flake.finding}",
        ]
        for number, conditions in enumerate(flake.failures[:_SHOWN]):
            lines.append(f"    {'failed with' if number == 0 else '':<11}{conditions}")
        if len(flake.failures) > _SHOWN:
            lines.append(f"    {'':<11}and {len(flake.failures) - _SHOWN} more, see --json")
        lines.append(f"    again      {flake.command}")
    lines += [f"  stopped early: {lab.lacking}"] if lab.lacking else []
    return lines + [f"  {note}" for note in lab.notes]


def _words(conditions: Conditions) -> list[str]:
    return [name if value is True else f"{name}={value}" for name, value in conditions.differing().items()]
