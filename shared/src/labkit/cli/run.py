"""``lab run`` and ``lab solution``."""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from labkit import runner
from labkit.backends import BACKENDS, stays_embedded
from labkit.catalog import Lab, need_solutions
from labkit.cli.arguments import Parser, lab_named
from labkit.cli.run_view import RunView
from labkit.errors import EnvironmentMissing, UsageError
from labkit.runner.result import FAILED, TIMEOUT


def run(words: list[str]) -> int:
    """Judge the learner's code, task by task."""
    options = _parser("run", "Run a lab: task by task, up to the first open one.").parse_args(words)
    lab = lab_named(options.lab)
    _name_cluster(lab, options)
    _say_what_stays(lab, options)
    code = Path(options.code).resolve() if options.code else None
    if code is not None and not code.is_dir():
        raise UsageError(f"--code {options.code}: there is no folder {code}")
    if options.watch:
        return _watch(lab, code, options)
    if options.debug:
        return _debug(lab, code, options)
    return _judge(lab, code, options)


def solution(words: list[str]) -> int:
    """Run the same tests on the reference solution."""
    options = _parser("solution", "Run a lab's tests on its reference solution.").parse_args(words)
    lab = lab_named(options.lab)
    _name_cluster(lab, options)
    _say_what_stays(lab, options)
    need_solutions(lab.root)
    if not lab.solution.is_dir():
        raise UsageError(f"Lab {lab.id} has no solution yet: {lab.solution} is missing.")
    options.all = True
    return _judge(lab, lab.solution, options)


def _parser(name: str, description: str) -> Parser:
    parser = Parser(prog=f"lab {name}", description=description)
    parser.add_argument("lab", nargs="?", help="id, folder or start of a slug: 22, 14.5, p04")
    parser.add_argument("--task", type=int, metavar="N", help="only task N")
    parser.add_argument("--all", action="store_true", help="do not stop at the first open task")
    parser.add_argument("--backend", choices=["embedded", "container"], default="embedded")
    parser.add_argument(
        "--kube", choices=["kubeconfig"], help="a cluster that you name, for labs that need kube"
    )
    parser.add_argument("--kube-context", metavar="NAME", help="which context of your kubeconfig it is")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of all that is random")
    parser.add_argument("--shuffle", type=int, metavar="SEED", help="run the tests in a random order")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--junit", metavar="FILE", help="write a JUnit report")
    if name == "run":
        parser.add_argument("--code", metavar="DIR", help="judge the files in DIR instead of the lab's own")
        parser.add_argument("--watch", action="store_true", help="judge again on each save")
        parser.add_argument("--debug", action="store_true", help="open pdb where the first open test fails")
    return parser


def _say_what_stays(lab: Lab, options: Namespace) -> None:
    """On another back end some things are as they always are; that is no secret."""
    if options.backend != BACKENDS[0] and (same := stays_embedded(lab)):
        print(f"The same on every back end: {', '.join(same)}.", file=sys.stderr)


def _name_cluster(lab: Lab, options: Namespace) -> None:
    """Hand on which cluster the user named. The current context of a kubeconfig is nobody's word."""
    if not options.kube and not options.kube_context:
        return
    if "kube" not in lab.needs:
        raise UsageError(f"Lab {lab.id} needs no cluster: leave out --kube and --kube-context.")
    from labkit.containers.clusters import providers
    from labkit.containers.session import KIND

    if not options.kube_context:
        known = ", ".join(providers.contexts(os.environ)) or "none"
        raise UsageError(
            "--kube kubeconfig wants --kube-context NAME: the current context is never used. "
            f"There are: {known}"
        )
    if not options.kube:
        raise UsageError("--kube-context NAME goes with --kube kubeconfig.")
    os.environ[KIND], os.environ[providers.CONTEXT] = options.kube, options.kube_context


def _watch(lab: Lab, code: Path | None, options: Namespace) -> int:
    if options.json or options.junit or options.all or options.shuffle is not None:
        raise UsageError("--watch goes with --task, --code, --seed and --backend")
    _check_task(lab, options.task)
    from labkit.cli.watch import watch

    return watch(lab, code, options.task, options.seed, options.backend, _again(options), _noted)


def _debug(lab: Lab, code: Path | None, options: Namespace) -> int:
    """Run as ever, to find the first open test; then that one alone, in the debugger."""
    if options.json or options.junit or options.all or options.shuffle is not None:
        raise UsageError("--debug goes with --task, --code, --seed and --backend")
    _check_task(lab, options.task)
    view = RunView(lab, sys.stdout, options=_again(options))
    result = runner.run(
        lab, code=code, task=options.task, seed=options.seed, backend=options.backend, progress=view.progress
    )
    view.show(result)
    test = result.open_task.first_open() if result.open_task else None
    if test is None or result.problem or test.verdict not in (FAILED, TIMEOUT):
        return result.exit_status
    if test.reason in ("syntax", "import", "missing name"):
        return result.exit_status
    from labkit.runner.debug import debug

    print(f"\nDebugging {test.id}: n next line, s into a call, p NAME, c on, q leave.\n", flush=True)
    status = debug(lab, test, code=code, seed=options.seed, backend=options.backend)
    return 0 if status == 0 else 1


def _check_task(lab: Lab, task: int | None) -> None:
    if task is not None and not 1 <= task <= len(lab.tasks):
        raise UsageError(f"Lab {lab.id} has tasks 1 to {len(lab.tasks)}, there is no task {task}.")


def _judge(lab: Lab, code: Path | None, options: object) -> int:
    task: int | None = getattr(options, "task", None)
    _check_task(lab, task)
    as_json = bool(getattr(options, "json", False))
    stream = sys.stderr if as_json else sys.stdout
    view = RunView(lab, stream, quiet=as_json, reference=code == lab.solution, options=_again(options))
    try:
        result = runner.run(
            lab,
            code=code,
            task=task,
            every=bool(getattr(options, "all", False)),
            shuffle=getattr(options, "shuffle", None),
            seed=int(getattr(options, "seed", 0)),
            backend=str(getattr(options, "backend", "embedded")),
            progress=view.progress,
        )
    except EnvironmentMissing:
        view.interrupted()
        raise
    except KeyboardInterrupt:
        view.interrupted()
        raise
    junit: str | None = getattr(options, "junit", None)
    if junit:
        from labkit.runner.junit import write_junit

        write_junit(result, Path(junit))
    offered = _noted(lab, result) if code is None else None
    if as_json:
        print(json.dumps(result.as_json(), indent=2, ensure_ascii=False))
    else:
        view.show(result, offered)
    return result.exit_status


def _noted(lab: Lab, result: runner.Result) -> tuple[str, int, int] | None:
    """Keep how the learner stands; a hint, when the same failure has come again and again."""
    from labkit.learner import hints, progress

    times = progress.record(lab, result, datetime.now(UTC))
    test = result.open_task.first_open() if result.open_task else None
    return hints.offered(lab, test, times) if test else None


def _again(options: object) -> list[str]:
    """The options that the next run needs as well, to judge the same code in the same way."""
    words: list[str] = []
    for name, usual in (
        ("code", None),
        ("seed", 0),
        ("backend", "embedded"),
        ("kube", None),
        ("kube_context", None),
    ):
        value = getattr(options, name, usual)
        if value != usual:
            words += [f"--{name.replace('_', '-')}", str(value)]
    return words
