"""`lab run` against a bare pytest on the same tests with the same imports."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from measuring import ROOT, Failed, Row, alternating, milliseconds, python, timed

from labkit.catalog import Lab, load

#: Labs of either kind: pure Python, and one with servers and heavy imports.
_LABS = ("08", "22")
_MOST = 1.5
#: Seconds; what takes longer is repeated less often.
_LONG = 3.0


def rows(*, quick: bool) -> Iterator[Row]:
    labs = {lab.id: lab for lab in load(ROOT).labs}
    for identity in _LABS:
        if identity in labs:
            yield _row(labs[identity], 5 if quick else 9)


def _row(lab: Lab, times: int) -> Row:
    what = f"`lab run {lab.id}`, warm, all {len(lab.tasks)} tasks solved"
    other, name = _bare, "bare pytest"
    try:
        try:
            _bare(lab)
        except Failed:
            # Its fixtures ask the plugin where the code is: then pytest with the plugin, without the runner.
            other, name = _with_plugin, "pytest with labkit's plugin"
        if timed(lambda: other(lab)) > _LONG:
            times = 3
        ours, theirs = alternating(lambda: _ours(lab), lambda: other(lab), times)
    except Failed as why:
        return Row(what, f"not measured: {why}")
    ratio = ours / theirs
    return Row(
        what,
        milliseconds(ours),
        f"{name} {milliseconds(theirs)}",
        ratio,
        f"at most {_MOST} x",
        ratio <= _MOST,
    )


def _ours(lab: Lab) -> None:
    python(["-P", "-m", "labkit", "run", lab.id, "--code", str(lab.solution)], ROOT)


def _bare(lab: Lab) -> None:
    places = os.pathsep.join(map(str, (lab.solution, Path(__file__).parent)))
    _pytest(lab, ["-p", "bare_fixtures"], {"PYTHONPATH": places})


def _with_plugin(lab: Lab) -> None:
    _pytest(lab, ["-p", "labkit.plugin", f"--code={lab.solution}"], {})


def _pytest(lab: Lab, options: list[str], environment: dict[str, str]) -> None:
    python(
        ["-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(lab.tests)],
        lab.path,
        {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
    )
