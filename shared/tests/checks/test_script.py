"""Files that are run as programs: status, streams, tracebacks, skeletons."""

from __future__ import annotations

from pathlib import Path

import pytest

from labkit.checks import CheckFailed, run_script


@pytest.fixture
def program(tmp_path: Path):  # type: ignore[no-untyped-def]
    def write(text: str) -> Path:
        file = tmp_path / "report.py"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def test_status_streams_and_arguments(program) -> None:  # type: ignore[no-untyped-def]
    """A program gets its arguments and input, and its status and streams are judged."""
    file = program(
        "import sys\nprint(sys.argv[1], sys.stdin.read())\nprint('bad port', file=sys.stderr)\nsys.exit(3)\n"
    )
    ran = run_script(file, "web 1", stdin="x")
    ran.exits(3).prints("web 1 x\n").says("WEB").complains("Bad port")
    assert ran.called == "python report.py 'web 1' with 'x' typed in"


def test_text_of_any_language(program) -> None:  # type: ignore[no-untyped-def]
    """Output is UTF-8 on every system."""
    run_script(program("print('größe')\n")).prints("größe\n")


def test_a_crash_is_no_error_status(program) -> None:  # type: ignore[no-untyped-def]
    """A traceback ends with status 1 as well: it never counts as a program's own answer."""
    ran = run_script(program("int('x')\n"))
    for check in (lambda: ran.exits(1), lambda: ran.complains("invalid")):
        with pytest.raises(CheckFailed) as caught:
            check()
        assert "ValueError" in caught.value.came


def test_a_syntax_error_is_a_crash(program) -> None:  # type: ignore[no-untyped-def]
    """A file that Python cannot read fails with the error's name."""
    with pytest.raises(CheckFailed, match="SyntaxError"):
        run_script(program("print('x'\n")).exits(1)


def test_the_wrong_stream_is_named(program) -> None:  # type: ignore[no-untyped-def]
    """A message on the other stream fails with a word about it."""
    with pytest.raises(CheckFailed, match="standard output instead"):
        run_script(program("print('bad port')\n")).complains("bad port")


def test_a_skeleton_is_still_to_do(program) -> None:  # type: ignore[no-untyped-def]
    """A program that ends in the skeleton's NotImplementedError raises it in the test."""
    with pytest.raises(NotImplementedError, match="task 3"):
        run_script(program("def f():\n    raise NotImplementedError('task 3')\nf()\n"))


def test_a_program_that_does_not_end(program) -> None:  # type: ignore[no-untyped-def]
    """A program that never ends is stopped, and the failure says how long it had."""
    with pytest.raises(CheckFailed, match=r"end within 0\.5 s"):
        run_script(program("while True: pass\n"), timeout=0.5)


def test_wrong_status_shows_what_was_written(program) -> None:  # type: ignore[no-untyped-def]
    """The failure of a wrong status shows both streams."""
    with pytest.raises(CheckFailed) as caught:
        run_script(program("print('ready')\n")).exits(1, look="1 is for not ready")
    assert "status 0" in caught.value.came
    assert "'ready\\n'" in caught.value.came
    assert caught.value.look == "1 is for not ready"
