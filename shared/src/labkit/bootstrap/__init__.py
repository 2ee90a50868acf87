"""From a bare Python to a running ``lab`` command: the project's own environment, made with uv in ``.lab``.

Standard library only. Every command of the user passes through :func:`main`, so this module and
``fast`` import next to nothing; the rest is imported when there is something to set up.

An exported starter is a folder that holds

* ``lab`` (a copy of the script at the top of the repository, executable),
* ``lab.toml`` and ``pyproject.toml`` (its ``[project] dependencies`` may name ``labkit[...]``),
* ``constraints.txt`` (a copy),
* ``vendor/labkit-<version>-py3-none-any.whl``, made by :func:`build_wheel`.

The same code then makes the environment in the starter's own ``.lab``.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, without importing typing on the way of every command
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["build_wheel", "main"]


def main(argv: Sequence[str], root: str) -> int:
    """Make sure that what the command needs is installed, then become that command.

    Args:
        argv: the command line without the program's name.
        root: the repository, or the folder of an exported starter.

    Returns:
        The exit status when the command ended here: 2 for bad usage, 3 when the environment cannot be
        made, 70 for a defect of this package, 130 after Ctrl-C. Otherwise the process is replaced and
        nothing is returned.
    """
    from labkit.bootstrap import fast

    key = fast.key_of(argv)
    if fast.command_of(argv) not in fast.OWN_COMMANDS and fast.is_ready(root, key):
        try:
            return fast.hand_over(root, argv)
        except OSError:
            pass  # the environment lost its interpreter since: made again below
    from labkit.bootstrap import command
    from labkit.errors import LabkitError

    try:
        return command.run(list(argv), root, key)
    except LabkitError as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return problem.exit_status
    except KeyboardInterrupt:
        print("\nlab: interrupted. Run the same command again: it goes on from here.", file=sys.stderr)
        return 130
    except Exception:
        import traceback

        traceback.print_exc()
        print("lab: this is a defect of the tool. Please report the lines above.", file=sys.stderr)
        return 70


def build_wheel(root: Path, dest: Path) -> Path:
    """See :func:`labkit.bootstrap.wheel.build_wheel`."""
    from labkit.bootstrap import wheel

    return wheel.build_wheel(root, dest)
