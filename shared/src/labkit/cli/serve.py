"""``lab serve``: a fixture on its own, to explore by hand."""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
import tempfile
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from labkit.cli.terminal import Terminal
from labkit.errors import UsageError

if TYPE_CHECKING:
    from labkit.fixtures.catalogue import Served


def serve(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Such as ssh; without it, all names.")
    ] = None,
    size: Annotated[int | None, typer.Option(min=1, metavar="N", help="How many of it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on the first line.")] = False,
) -> int:
    """Start a fixture and say how to reach it.

    It runs until Ctrl-C, SIGTERM, or the end of standard input where that is a pipe; then all of it is gone.
    """
    from labkit.fixtures import catalogue
    from labkit.runs import served_folder

    if name is None:
        offers = "\n".join(f"  {offer.name:<12} {offer.summary}" for offer in catalogue.OFFERS.values())
        raise UsageError(f"Which fixture? For instance: ./lab serve ssh\n{offers}")
    with served_folder() as folder:
        # Keys and other files of the fixture: they go with the folder, whatever happens to this process.
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
        try:
            with catalogue.serve(name, size) as served:
                _show_until_the_end(served, as_json)
        finally:
            tempfile.tempdir = None
    return 0


def _tell(served: Served, as_json: bool) -> None:
    if as_json:
        print(json.dumps(served.description, ensure_ascii=False), flush=True)
        return
    terminal = Terminal(sys.stdout)
    terminal.line(f"{served.description['name']} is up. In another terminal:")
    terminal.line()
    for line in served.lines:
        terminal.line(f"  {line}")
    terminal.line()
    terminal.line(terminal.style("Ctrl-C ends it.", "dim"))


def _show_until_the_end(served: Served, as_json: bool) -> None:
    """Return when somebody wants the end: Ctrl-C is the usual way, so it is no error here."""
    end = threading.Event()
    with suppress(KeyboardInterrupt):
        # Before anything is told: whoever has read the first line may send the signal at once.
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: end.set())
        _tell(served, as_json)
        if _stdin_is_a_pipe():
            threading.Thread(target=_read_to_the_end, args=(end,), daemon=True).start()
        end.wait()


def _stdin_is_a_pipe() -> bool:
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _read_to_the_end(end: threading.Event) -> None:
    with suppress(OSError):
        while os.read(0, 4096):
            pass
    end.set()
