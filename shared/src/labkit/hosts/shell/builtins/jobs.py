"""kill and wait."""

from __future__ import annotations

from labkit.hosts.shell.process import CommandProblem, Process

SIGNALS = {
    "HUP": 1,
    "INT": 2,
    "QUIT": 3,
    "KILL": 9,
    "USR1": 10,
    "USR2": 12,
    "TERM": 15,
    "CONT": 18,
    "STOP": 19,
}


def kill(process: Process) -> int:
    """``kill [-signal] pid``: services can be killed, everything else has ended already."""
    arguments = list(process.args)
    signal = 15
    if arguments and arguments[0] == "-l":
        process.out(" ".join(SIGNALS) + "\n")
        return 0
    if arguments[:1] == ["-s"]:
        arguments = ["-" + arguments[1], *arguments[2:]] if len(arguments) > 1 else []
    if arguments and arguments[0].startswith("-"):
        name = arguments.pop(0)[1:].upper().removeprefix("SIG")
        if not name.isdigit() and name not in SIGNALS:
            raise CommandProblem(f"{name}: invalid signal specification")
        signal = int(name) if name.isdigit() else SIGNALS[name]
    if not arguments:
        process.say(
            "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n"
        )
        return 2
    return max(_kill_one(process, text, signal) for text in arguments)


def _kill_one(process: Process, text: str, signal: int) -> int:
    if text.startswith("%"):
        raise CommandProblem(f"{text}: no such job")
    if not text.lstrip("-").isdigit():
        process.error(f"{text}: arguments must be process or job IDs")
        return 1
    pid = int(text)
    services = process.machine.services
    with process.machine.lock:
        service = next((service for service in services if service.pid == pid and service.active), None)
        if service is None and pid != 1:
            if pid in process.shell.session.jobs or pid == process.shell.session.pid:
                return 0
            process.error(f"({pid}) - No such process")
            return 1
        owner = service.user if service is not None else "root"
        if not process.is_root and owner != process.user:
            process.error(f"({pid}) - Operation not permitted")
            return 1
        if service is not None and signal in (2, 9, 15):
            services.stop(service, process.time, failed=signal == 9)
            process.machine.log(service.name, f"Main process exited, code=killed, status={signal}")
    return 0


def wait(process: Process) -> int:
    """Background jobs have ended when ``wait`` is called; it tells their status."""
    found = process.options("nfp:")
    status = 0
    for text in found.operands:
        pid = int(text) if text.isdigit() else -1
        if pid not in process.shell.session.jobs:
            process.error(f"pid {text} is not a child of this shell")
            status = 127
        else:
            status = process.shell.session.jobs[pid]
    return status
