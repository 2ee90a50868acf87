"""Where the ``lab`` command starts.

The commands a learner waits for (``run``, ``solution``, ``list``) never import typer and rich: those two cost
more than everything else these commands do. :mod:`labkit.cli.commands` says which they are.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from labkit.cli.app import run_app
from labkit.errors import LabkitError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    0 done, 1 tasks open or proofs not met, 2 bad usage, 3 the environment, 70 a defect of this tool,
    130 interrupted.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    _make_streams_safe()
    try:
        status = run_app(words)
        sys.stdout.flush()  # a closed pipe is noticed here, not while the interpreter shuts down
        return status
    except LabkitError as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return problem.exit_status
    except KeyboardInterrupt:
        print("\nlab: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`lab list | head`): nothing left to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:
        import traceback

        traceback.print_exc()
        print(
            "lab: this is a defect of the tool, not of your code. Please report the lines above.",
            file=sys.stderr,
        )
        return 70


def _make_streams_safe() -> None:
    """Output never crashes a command: neither a closed descriptor nor a locale without umlauts."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - kept open
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
