"""sed with -n, -i, -E, -s, -e, -f; what its scripts may hold is told in ``sedscript``."""

from __future__ import annotations

from labkit.hosts.commands import program
from labkit.hosts.commands.sedrun import Editor
from labkit.hosts.commands.sedscript import Script, SedProblem
from labkit.hosts.shell.expansion import decode, encode
from labkit.hosts.shell.process import CommandProblem, Process, reason

_LONG = {
    "quiet": "n",
    "silent": "n",
    "expression": "e",
    "file": "f",
    "in-place=?": "i",
    "regexp-extended": "E",
    "separate": "s",
}


@program("sed")
def sed(process: Process) -> int:  # noqa: C901 - one branch per case
    found = process.options("ne:f:i::Ersuz", _LONG)
    if "z" in found:
        raise CommandProblem("simulated host: -z is not supported", 2)
    texts = []
    for letter, value in found.found:
        if letter == "e":
            texts.append(value)
        elif letter == "f":
            try:
                texts.append(decode(process.open(value).read()).rstrip("\n"))
            except OSError as problem:
                raise CommandProblem(f"couldn't open file {value}: {reason(problem)}") from None
    operands = list(found.operands)
    if not texts:
        if not operands:
            process.say("Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n")
            return 1
        texts.append(operands.pop(0))
    try:
        script = Script("\n".join(texts), extended=bool(found.last("Er")))
    except SedProblem as problem:
        raise CommandProblem(f"-e expression #1, char {problem.at}: {problem}") from None
    quiet = "n" in found or script.quiet
    if "i" in found:
        return _in_place(process, script, operands, quiet=quiet, suffix=found.get("i"))
    lines: list[str] = []
    status = 0
    editor = Editor(process, script, quiet=quiet)
    if not operands or operands == ["-"]:
        return editor.run(process.lines(process.stdin), process.out)
    for name in operands:
        try:
            if name != "-" and process.files.stat(process.path(name), by=process.by).is_dir:
                process.error(
                    f"couldn't edit {name}: not a regular file"
                    if "i" in found
                    else f"read error on {name}: Is a directory"
                )
                status = 2
                continue
            piece = decode(process.open(name).read())
        except OSError as problem:
            process.error(f"can't read {name}: {reason(problem)}")
            status = 2
            continue
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += "\n"
        lines += _lines(piece)
    return editor.run((encode(line) for line in lines), process.out) or status


def _lines(text: str) -> list[str]:
    return [line + "\n" for line in text.split("\n")[:-1]] + (
        [text.rsplit("\n", 1)[-1]] if not text.endswith("\n") else []
    )


def _in_place(process: Process, script: Script, names: list[str], *, quiet: bool, suffix: str) -> int:
    """Each file by itself; the new content replaces the old by renaming, as sed does."""
    status = 0
    for name in names:
        path = process.path(name)
        files, by = process.files, process.by
        try:
            stat = files.stat(path, by=by)
            old = files.read(path, by=by)
        except OSError as problem:
            process.error(f"can't read {name}: {reason(problem)}")
            status = 4 if status else 2
            continue
        out: list[bytes] = []
        code = Editor(process, script, quiet=quiet).run(
            iter(encode(line) for line in _lines(decode(old))),
            lambda text: out.append(encode(text) if isinstance(text, str) else text),  # noqa: B023
        )
        temporary = path.rpartition("/")[0] + "/sed" + "".join(f"{byte % 10}" for byte in files.randbytes(6))
        try:
            files.write(temporary, b"".join(out), mode=stat.permissions, by=by)
        except OSError as problem:
            folder = name.rpartition("/")[0] or "."
            process.error(
                f"couldn't open temporary file {folder}/{temporary.rpartition('/')[2]}: {reason(problem)}"
            )
            return 4
        if suffix:
            files.rename(path, path + suffix, by=by)
        if by.uid == 0:
            files.chown(temporary, stat.uid, stat.gid, by=by)
        files.rename(temporary, path, by=by)
        status = status or code
    return status
