"""One test in a debugger, in the foreground, without a deadline."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from labkit.backends import check_backend
from labkit.catalog import Lab
from labkit.containers.session import broker
from labkit.protocol import DEBUG_VARIABLE
from labkit.runner.result import TestResult
from labkit.runner.run import worker_environment
from labkit.runner.worker import pytest_command
from labkit.runs import guarded_folder


def debug(
    lab: Lab, test: TestResult, *, code: Path | None = None, seed: int = 0, backend: str = "embedded"
) -> int:
    """Run one test on this terminal: pdb opens where the learner's code fails.

    Where the code raises, that is the line that raised. Where a check refuses what the code returned, the
    test runs with a breakpoint in each function of its task: the call can be followed step by step.

    Args:
        lab: the lab.
        test: an open test, as an ordinary run has found it.
        code: the folder the learner's files come from; the lab's own by default.
        seed, backend: of the run.

    Returns:
        The exit status of pytest: 0 when the test passed.

    Raises:
        EnvironmentMissing: the run could not even start.
    """
    check_backend(lab, backend)
    code = (code or lab.path).resolve()
    task = lab.task(test.task)
    raised = test.reason != "assertion"
    wanted = {"file": str(code / task.file), "names": [] if raised else list(task.names)}
    options = [f"--code={code}", f"--seed={seed}", f"--backend={backend}"]
    command = [*pytest_command(lab.path, options)[:-1], str(lab.path / test.id)]
    with broker(backend, lab.needs) as variables, guarded_folder() as (folder, tell):
        environment = worker_environment(folder, seed) | variables | {DEBUG_VARIABLE: json.dumps(wanted)}
        environment |= {name: os.environ[name] for name in ("TERM", "COLUMNS", "LINES") if name in os.environ}
        work = folder / "work"
        work.mkdir(exist_ok=True)
        process = subprocess.Popen(
            command, cwd=work, env={**environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        )
        tell(process.pid)
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # Ctrl-C is the debugger's: it stops the code that runs
