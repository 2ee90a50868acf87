"""From the words of a command to something that runs: function, builtin, program, script."""

# ruff: noqa: RUF001 - the typographic marks are those of the real programs

from __future__ import annotations

import errno
import posixpath
from typing import TYPE_CHECKING

from labkit.hosts.commands import REGISTRY, Entry
from labkit.hosts.files import EXECUTE, READ
from labkit.hosts.shell.builtins import BUILTINS
from labkit.hosts.shell.control import ExitShell, WriteProblem
from labkit.hosts.shell.options import UsageProblem
from labkit.hosts.shell.process import CommandProblem, Process, Program, reason

if TYPE_CHECKING:
    from labkit.hosts.shell.interpreter import Shell
    from labkit.hosts.shell.syntax import Simple

# Where the machine's own programs are; they are found without looking into the directory.
_BIN = ("/usr/bin", "/bin")
_SBIN = ("/usr/sbin", "/sbin")
# What programs search when there is no PATH in the environment.
_DEFAULT_PATH = "/bin:/usr/bin"


def invoke(shell: Shell, words: list[str], node: Simple | None = None) -> int:
    """Run a simple command in a shell."""
    machine = shell.session.machine
    if machine.has_handlers and (status := shell.session.answer(shell, " ".join(words))) is not None:
        return status
    name = words[0]
    body = shell.state.functions.get(name)
    if body is not None:
        return shell.call_function(body, words[1:])
    builtin = BUILTINS.get(name)
    if builtin is not None:
        from labkit.hosts.shell.builtins.declaring import DECLARING

        process = Process(shell, name, words[1:], builtin=True)
        if name in DECLARING:
            return guard(process, lambda p: DECLARING[name](p, node))
        return guard(process, builtin)
    return run_program(shell, words)


def guard(process: Process, program: Program, usage_status: int = 1) -> int:
    """Run a program or builtin and turn its exceptions into messages and a status."""
    try:
        status = program(process) or 0
        process.flush()
        return status & 255
    except UsageProblem as problem:
        return _usage(process, str(problem), usage_status)
    except CommandProblem as problem:
        process.flush()
        process.error(problem.message)
        return problem.status
    except WriteProblem as problem:
        process.error(f"write error: {problem.strerror}")
        return 1
    except BrokenPipeError:
        raise
    except OSError as problem:
        process.flush()
        where = f"{problem.filename}: " if problem.filename else ""
        process.error(f"{where}{reason(problem)}")
        return 1


def _usage(process: Process, message: str, status: int) -> int:
    process.flush()
    if process.builtin:
        shown = message.replace("invalid option -- '", "-").replace("option requires an argument -- '", "-")
        kind = "option requires an argument" if "requires" in message else "invalid option"
        process.error(f"{shown.rstrip(chr(39))}: {kind}")
        return 2
    process.error(message)
    process.say(f"Try '{process.name} --help' for more information.\n")
    return status


def find_program(shell: Shell, name: str) -> str | None:
    """The path of a command, by PATH; None when it is not found."""
    if "/" in name:
        return name
    files, by = shell.session.machine.files, shell.state.credentials
    entry = REGISTRY.get(name)
    path_variable = shell.state.get("PATH")
    for folder in (_DEFAULT_PATH if path_variable is None else path_variable).split(":"):
        if entry is not None and folder in (_SBIN if entry.sbin else _BIN) and _installed(shell, entry):
            return posixpath.join(folder, name)
        path = posixpath.join(folder or ".", name)
        try:
            found = files.stat(shell.path(path), by=by)
        except OSError:
            continue
        if found.is_file and found.mode & 0o111 and entry is None:
            return path
    provider = shell.session.machine.packages.provider(name) if entry is None else None
    if provider is not None and provider.name in shell.session.machine.packages:
        return f"/usr/bin/{name}"
    return None


def _installed(shell: Shell, entry: Entry) -> bool:
    return not entry.package or entry.package in shell.session.machine.packages


def run_program(shell: Shell, words: list[str], caller: str = "") -> int:
    """Run a program found by PATH, as a process of its own.

    Args:
        caller: the program that starts it (``sudo``, ``env`` ...), which then words the failure.
    """
    name = words[0]
    if "/" not in name and caller:
        machine = shell.session.machine
        if machine.has_handlers and (status := shell.session.answer(shell, " ".join(words))) is not None:
            return status
    path = find_program(shell, name) if name else None
    if path is None:
        return _not_found(shell, name, caller)
    if "/" in name:
        try:
            return _run_path(shell, name, words)
        except OSError as problem:
            prefix = f"{caller}: " if caller else shell.state.prefix()
            shell.write_error(f"{prefix}{name}: {reason(problem)}\n")
            return 127 if problem.errno == errno.ENOENT else 126
    entry = REGISTRY.get(name)
    if entry is not None and path.startswith((*_BIN, *_SBIN)):
        return guard(Process(shell, name, words[1:]), entry.program, entry.usage_status)
    if path.startswith("/usr/bin/") and not shell.session.machine.files.exists(path):
        shell.write_error(f"simulated host: the program '{name}' is installed but cannot run here\n")
        return 126
    return _run_path(shell, path, [path, *words[1:]])


def _not_found(shell: Shell, name: str, caller: str) -> int:
    if caller == "sudo":
        shell.write_error(f"sudo: {name}: command not found\n")
        return 1
    if caller:
        quoted = f"‘{name}’" if caller in ("env", "nice") else name
        if caller in ("nohup", "timeout", "setsid"):
            quoted = f"failed to run command ‘{name}’"
        shell.write_error(f"{caller}: {quoted}: No such file or directory\n")
    elif shell.state.dash:
        shell.complain(f"{name}: not found")
    else:
        shell.complain(f"{name}: command not found")
    return 127


def _run_path(shell: Shell, name: str, words: list[str]) -> int:
    """Run a file by its path: a stand-in for a program, or a script."""
    files, by = shell.session.machine.files, shell.state.credentials
    path = shell.path(name)
    found = files.stat(path, by=by)
    if found.is_dir:
        raise IsADirectoryError(errno.EISDIR, "Is a directory", name)
    if not found.is_file or not files.access(path, EXECUTE, by=by):
        raise PermissionError(errno.EACCES, "Permission denied", name)
    base = posixpath.basename(path)
    real = files.realpath(path, by=by)
    content = files.open(path).read_at(0, 256)
    if content.startswith(b"\x7fELF"):
        entry = REGISTRY.get(base)
        if entry is None or not real.startswith("/usr/"):
            shell.write_error(f"simulated host: cannot run the binary {name}\n")
            return 126
        return guard(Process(shell, base, words[1:]), entry.program, entry.usage_status)
    if not files.access(path, READ, by=by):
        raise PermissionError(errno.EACCES, "Permission denied", name)
    return _run_script(shell, name, content, words[1:])


def _run_script(shell: Shell, name: str, content: bytes, arguments: list[str]) -> int:
    interpreter = ["bash"]
    if content.startswith(b"#!"):
        line = content[2:].split(b"\n", 1)[0].decode("utf-8", "surrogateescape").strip()
        interpreter = line.split(None, 1) or ["sh"]
        if posixpath.basename(interpreter[0]) == "env" and len(interpreter) > 1:
            interpreter = interpreter[1].split()
    program = posixpath.basename(interpreter[0])
    if find_program(shell, program) is None:
        prefix = shell.state.prefix()
        shell.write_error(f"{prefix}{name}: cannot execute: required file not found\n")
        return 127
    child = shell.child()
    return child.finish(lambda: run_program(child, [program, *interpreter[1:], name, *arguments]))


def exec_command(shell: Shell, words: list[str]) -> None:
    """``exec command``: the shell ends with it."""
    raise ExitShell(run_program(shell, words))
