"""All commands that can wait for typer: parse their words, then run them.

Typer only parses. The command itself runs outside of it, so that Ctrl-C, a closed pipe and our own errors
reach :mod:`labkit.cli.main` as they are.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Sequence
from typing import Any

from labkit.cli.commands import BY_NAME, OF_THE_SCRIPT, Command
from labkit.errors import LabkitError, UsageError


def run_app(words: Sequence[str]) -> int:
    """Run the command that ``words`` begin with and return its exit status.

    Raises:
        UsageError: there is no such command, or its words do not fit.
        LabkitError: from the command.
    """
    words = list(words)
    if not words or words[0] in ("-h", "--help") or words == ["help"]:
        from labkit.cli.overview import overview

        print(overview())
        return 0
    if words[0] == "--version":
        from labkit import __version__

        print(f"ops-labs, labkit {__version__}")
        return 0
    if words[0] == "help":
        words = [words[1], "--help"]
    command = _command(words[0])
    function = getattr(importlib.import_module(command.module), command.function)
    if command.quick:
        status: int = function(words[1:])
        return status
    return _parse(command, function, words[1:])()


def _command(name: str) -> Command:
    if name in BY_NAME:
        return BY_NAME[name]
    if name in OF_THE_SCRIPT:
        raise UsageError(f"{name!r} is a command of the entry script: ./lab {name}")
    if name.startswith("-"):
        raise UsageError(f"There is no option {name} before the command. `./lab help` shows what there is.")
    import difflib

    known = [*BY_NAME, *OF_THE_SCRIPT, "help"]
    near = sorted(known, key=lambda word: difflib.SequenceMatcher(None, name, word).ratio(), reverse=True)
    raise UsageError(f"There is no command {name!r}. Did you mean {near[0]!r}? `./lab help` shows all.")


def _parse(command: Command, function: Callable[..., int], words: list[str]) -> Callable[[], int]:
    """What to call once the words are understood."""
    import typer

    @functools.wraps(function)
    def later(**values: Any) -> Callable[[], int]:
        return functools.partial(function, **values)

    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(context_settings={"help_option_names": ["-h", "--help"]})(later)
    try:
        found = app(words, prog_name=f"lab {command.name}", standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except LabkitError:
        raise
    except Exception as problem:
        # Typer brings click under a name that has changed before: its errors are known by what they can do.
        format_message = getattr(problem, "format_message", None)
        if format_message is None:
            raise
        raise UsageError(f"{format_message()}\n`./lab help {command.name}` shows how it is used.") from None
    if callable(found):
        return found  # type: ignore[no-any-return]
    return lambda: int(found or 0)  # --help has been printed
