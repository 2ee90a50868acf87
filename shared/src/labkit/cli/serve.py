"""``lab serve``: a fixture on its own, to explore by hand."""

from __future__ import annotations

import json
import os
import selectors
import signal
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from labkit.cli.terminal import Terminal
from labkit.errors import UsageError

if TYPE_CHECKING:
    from labkit.fixtures.offers import Served

_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def serve(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Such as ssh; without it, all names.")
    ] = None,
    size: Annotated[int | None, typer.Option(min=1, metavar="N", help="How many of it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on the first line.")] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="With something in it to explore (docker, kube).")
    ] = False,
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
            with catalogue.serve(name, size, demo=demo) as served:
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
    with selectors.DefaultSelector() as selector, _signals_as_bytes() as signals:
        # The signals first: whoever has read the first line may send one at once.
        _tell(served, as_json)
        selector.register(signals, selectors.EVENT_READ)
        if _stdin_is_a_pipe():
            selector.register(0, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fd == signals or not os.read(0, 4096):
                    return


@contextmanager
def _signals_as_bytes() -> Iterator[int]:
    """A descriptor that gets something to read when a signal asks for the end.

    A handler that did more than nothing would run in the middle of whatever the main thread does.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    before = {number: signal.signal(number, lambda *_: None) for number in _ENDS}
    try:
        yield reading
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)


def _stdin_is_a_pipe() -> bool:
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
