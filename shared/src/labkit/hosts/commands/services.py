"""systemctl and service."""

# ruff: noqa: RUF001 - the typographic marks are those of the real programs

from __future__ import annotations

from labkit.hosts.commands import program
from labkit.hosts.commands.dates import clock_text
from labkit.hosts.services import Service
from labkit.hosts.shell.options import Options
from labkit.hosts.shell.process import CommandProblem, Process

_LONG = {
    "no-pager": "pager",
    "quiet": "q",
    "lines": "n",
    "full": "l",
    "all": "a",
    "type": "t",
    "state=": "state",
    "no-legend": "legend",
    "plain": "plain",
    "now": "now",
    "property": "p",
    "value": "value",
    "failed": "failed",
    "no-ask-password": "ask",
}
_CHANGING = (
    "start",
    "stop",
    "restart",
    "reload",
    "try-restart",
    "reload-or-restart",
    "enable",
    "disable",
    "kill",
    "reset-failed",
    "mask",
    "unmask",
)
_DONE = {"start": "Started", "stop": "Stopped", "restart": "Started", "reload": "Reloaded"}


def span(seconds: float) -> str:
    """How long ago, as systemd words it."""
    total = int(seconds)
    units = (("month", 2629800), ("week", 604800), ("day", 86400), ("h", 3600), ("min", 60), ("s", 1))
    parts = []
    for name, size in units:
        count, total = divmod(total, size)
        if count:
            long_name = name in ("month", "week", "day")
            parts.append(f"{count} {name}{'s' * (count > 1)}" if long_name else f"{count}{name}")
        if len(parts) == 2:
            break
    return " ".join(parts) or "0s"


@program("systemctl", package="systemd")
def systemctl(process: Process) -> int:
    found = process.options("qn:lat:p:", _LONG)
    words = found.operands
    verb, names = (words[0], words[1:]) if words else ("list-units", [])
    if verb == "list-units":
        return _list_units(process, found)
    if verb == "list-unit-files":
        return _list_files(process)
    if verb == "daemon-reload":
        return _denied(process, "reload daemon") if not process.is_root else 0
    if verb == "is-system-running":
        failed = any(service.failed for service in process.machine.services)
        process.out("degraded\n" if failed else "running\n")
        return int(failed)
    if verb in ("reboot", "poweroff"):
        return _restart_machine(process, verb)
    if verb not in (*_CHANGING, "status", "is-active", "is-enabled", "is-failed", "show", "cat"):
        raise (
            CommandProblem(f"Unknown command verb {verb}.")
            if not verb.startswith("-")
            else CommandProblem(verb)
        )
    if not names:
        if verb == "status":
            raise CommandProblem("simulated host: status needs the name of a unit", 2)
        process.say("Too few arguments.\n")
        return 1
    return _on_units(process, verb, names, found)


def _restart_machine(process: Process, verb: str) -> int:
    if not process.is_root:
        process.say(
            "Failed to set wall message, ignoring: Interactive authentication required.\n"
            f"Failed to {verb} system via logind: Interactive authentication required.\n"
        )
        return 1
    if verb == "poweroff":
        raise CommandProblem("simulated host: it cannot be switched off, only restarted", 2)
    process.machine.reboot()
    return 0


def _unit(name: str) -> str:
    return name if "." in name else name + ".service"


def _on_units(process: Process, verb: str, names: list[str], found: Options) -> int:
    services = process.machine.services
    if verb in _CHANGING and not process.is_root:
        for name in names:
            if name not in services and verb not in ("enable", "disable"):
                _unknown(process, verb, name)
            else:
                process.say(f"Failed to {verb} {_unit(name)}: Interactive authentication required.\n")
                process.say(
                    f"See system logs and 'systemctl status {_unit(name)}' for details.\n"
                    if verb in _DONE
                    else ""
                )
        return 1
    questions = {"is-active": _is_active, "is-enabled": _is_enabled, "is-failed": _is_failed}
    if verb in questions:
        statuses = [questions[verb](process, services.get(name), name, found) for name in names]
        return min(statuses) if verb == "is-active" else max(statuses)
    status = 0
    for position, name in enumerate(names):
        service = services.get(name)
        if service is None:
            status = _unknown(process, verb, name)
        elif verb == "status":
            process.out("\n" if position else "")
            status = _status(process, service, int(found.get("n") or 10)) or status
        elif verb == "show":
            _show(process, service, found)
        elif verb == "cat":
            process.out(
                f"# /lib/systemd/system/{service.name}.service\n[Unit]\n"
                f"Description={service.description}\n\n[Service]\nExecStart={service.command}\n\n[Install]\nWantedBy=multi-user.target\n"
            )
        else:
            status = change(process, verb, service, now="now" in found) or status
    return status


def _unknown(process: Process, verb: str, name: str) -> int:
    unit = _unit(name)
    process.flush()
    if verb == "status":
        process.say(f"Unit {unit} could not be found.\n")
        return 4
    if verb in ("enable", "disable", "mask", "unmask"):
        process.say(f"Failed to {verb} unit: Unit file {unit} does not exist.\n")
        return 1
    if verb == "show":
        process.out("LoadState=not-found\nActiveState=inactive\nSubState=dead\n")
        return 0
    if verb == "cat":
        process.say(f"No files found for {unit}.\n")
        return 1
    past = {"stop": "stop", "reload": "reload"}.get(verb, verb)
    process.say(
        f"Failed to {past} {unit}: Unit {unit} not "
        f"{'loaded' if verb in ('stop', 'kill', 'reset-failed') else 'found'}.\n"
    )
    return 5


def _denied(process: Process, what: str) -> int:
    process.say(f"Failed to {what}: Interactive authentication required.\n")
    return 1


def _is_active(process: Process, service: Service | None, _name: str, found: Options) -> int:
    state = service.state if service is not None else "inactive"
    if "q" not in found:
        process.out(state + "\n")
    return 0 if state == "active" else 3 if service is not None else 4


def _is_enabled(process: Process, service: Service | None, name: str, found: Options) -> int:
    if service is None:
        process.say(f"Failed to get unit file state for {_unit(name)}: No such file or directory\n")
        return 1
    if "q" not in found:
        process.out("enabled\n" if service.enabled else "disabled\n")
    return int(not service.enabled)


def _is_failed(process: Process, service: Service | None, _name: str, found: Options) -> int:
    state = service.state if service is not None else "inactive"
    if "q" not in found:
        process.out(state + "\n")
    return int(state != "failed")


def change(process: Process, verb: str, service: Service, *, now: bool = False) -> int:  # noqa: C901 - one branch per case
    """Carry out a verb that changes a service; the status of systemctl."""
    machine = process.machine
    table = machine.services
    with machine.lock:
        time = process.time
        if verb in ("enable", "disable"):
            return _enable(process, service, verb, now=now)
        if verb in ("mask", "unmask"):
            raise CommandProblem(f"simulated host: {verb} is not supported", 2)
        if verb == "reset-failed":
            service.failed = False
            return 0
        if verb == "kill":
            table.stop(service, time, failed=True)
            return 0
        if verb == "try-restart" and not service.active:
            return 0
        if verb in ("reload", "reload-or-restart") and service.active:
            machine.log("systemd", f"Reloaded {service.name}.service - {service.description}.")
            return 0
        if verb == "reload":
            process.say(f"{service.name}.service is not active, cannot reload.\n")
            return 1
        if verb != "start" and service.active:
            table.stop(service, time)
            machine.log("systemd", f"Stopped {service.name}.service - {service.description}.")
        if verb == "stop":
            service.failed = False
            return 0
        service.restarts += verb != "start"
        if table.start(service, time):
            machine.log("systemd", f"Started {service.name}.service - {service.description}.")
            return 0
        machine.log(service.name, service.fails or "")
        machine.log("systemd", f"{service.name}.service: Failed with result 'exit-code'.")
        machine.log("systemd", f"Failed to start {service.name}.service - {service.description}.")
    unit = f"{service.name}.service"
    process.say(
        f"Job for {unit} failed because the control process exited with error code.\n"
        f'See "systemctl status {unit}" and "journalctl -xeu {unit}" for details.\n'
    )
    return 1


def _enable(process: Process, service: Service, verb: str, *, now: bool) -> int:
    wanted = f"/etc/systemd/system/multi-user.target.wants/{service.name}.service"
    if verb == "enable" and not service.enabled:
        process.say(f"Created symlink {wanted} → /lib/systemd/system/{service.name}.service.\n")
    elif verb == "disable" and service.enabled:
        process.say(f'Removed "{wanted}".\n')
    service.enabled = verb == "enable"
    if now:
        return change(process, "start" if verb == "enable" else "stop", service)
    return 0


def _status(process: Process, service: Service, lines: int) -> int:
    machine = process.machine
    since = machine.metrics.booted_at + 3 if service.since is None else service.since
    when = f"since {clock_text(since, '%a %Y-%m-%d %H:%M:%S %Z')}; {span(process.time - since)} ago"
    state = {
        "active": "active (running)",
        "failed": "failed (Result: exit-code)",
        "inactive": "inactive (dead)",
    }[service.state]
    dot = "●" if service.active else "×" if service.failed else "○"
    enabled = "enabled" if service.enabled else "disabled"
    name = service.name
    process.out(f"{dot} {name}.service - {service.description or name}\n")
    process.out(f"     Loaded: loaded (/lib/systemd/system/{name}.service; {enabled}; preset: enabled)\n")
    process.out(f"     Active: {state} {when}\n")
    if service.active:
        program_ = service.command.split()[0].rstrip(":").rsplit("/", 1)[-1] if service.command else name
        process.out(f"   Main PID: {service.pid} ({program_})\n")
        process.out("      Tasks: 3 (limit: 2306)\n     Memory: 5.4M\n        CPU: 142ms\n")
        process.out(
            f"     CGroup: /system.slice/{name}.service\n"
            f"             └─{service.pid} {service.command or name}\n"
        )
    elif service.failed:
        process.out(
            f"    Process: ExecStart={service.command or name} (code=exited, status=1/FAILURE)\n"
            "        CPU: 12ms\n"
        )
    journal = [entry for entry in machine.journal if _about(entry, name)][-lines:]
    if journal:
        process.out("\n" + "".join(journal_line(machine.name, entry) for entry in journal))
    return 0 if service.active else 3


def _about(entry: tuple[float, str, str], name: str) -> bool:
    _time, unit, text = entry
    return unit == name or (unit == "systemd" and f"{name}.service" in text)


def journal_line(host: str, entry: tuple[float, str, str]) -> str:
    """A journal entry as journalctl and systemctl status print it."""
    time, unit, text = entry
    pid = 1 if unit == "systemd" else 400 + sum(map(ord, unit)) % 500
    return f"{clock_text(time, '%b %d %H:%M:%S')} {host} {unit}[{pid}]: {text}\n"


def _show(process: Process, service: Service, found: Options) -> None:
    since = process.machine.metrics.booted_at + 3 if service.since is None else service.since
    values = {
        "Id": f"{service.name}.service",
        "Description": service.description,
        "LoadState": "loaded",
        "ActiveState": service.state,
        "SubState": {"active": "running", "failed": "failed", "inactive": "dead"}[service.state],
        "MainPID": str(service.pid),
        "NRestarts": "0",
        "UnitFileState": "enabled" if service.enabled else "disabled",
        "Result": "exit-code" if service.failed else "success",
        "ActiveEnterTimestamp": clock_text(since, "%a %Y-%m-%d %H:%M:%S %Z"),
    }
    wanted = [name for text in found.all("p") for name in text.split(",")] or list(values)
    for name in wanted:
        if name in values:
            process.out(values[name] + "\n" if "value" in found else f"{name}={values[name]}\n")


def _list_units(process: Process, found: Options) -> int:
    state = found.get("state") or ("failed" if "failed" in found else "")
    rows = []
    for service in process.machine.services:
        sub = {"active": "running", "failed": "failed", "inactive": "dead"}[service.state]
        if state and state not in (service.state, sub):
            continue
        if service.state == "inactive" and "a" not in found and not state:
            continue
        rows.append((f"{service.name}.service", "loaded", service.state, sub, service.description))
    plain = "legend" in found
    widths = [
        max([len(row[at]) for row in rows] + ([] if plain else [len(head)])) if rows else 0
        for at, head in enumerate(("UNIT", "LOAD", "ACTIVE", "SUB"))
    ]
    if not plain:
        process.out(
            "  "
            + " ".join(
                f"{head:<{width}}"
                for head, width in zip(("UNIT", "LOAD", "ACTIVE", "SUB"), widths, strict=True)
            )
            + " DESCRIPTION\n"
        )
    for row in rows:
        dot = "● " if row[2] == "failed" and "plain" not in found else "" if "plain" in found else "  "
        process.out(
            dot
            + " ".join(f"{cell:<{width}}" for cell, width in zip(row[:4], widths, strict=True))
            + f" {row[4]}\n"
        )
    if not plain:
        process.out(
            "\nLOAD   = Reflects whether the unit definition was properly loaded.\n"
            "ACTIVE = The high-level unit activation state, i.e. generalization of SUB.\n"
            "SUB    = The low-level unit activation state, values depend on unit type.\n"
            f"{len(rows)} loaded units listed.\n"
        )
    return 0


def _list_files(process: Process) -> int:
    for service in process.machine.services:
        process.out(
            f"{service.name + '.service':<40} {'enabled' if service.enabled else 'disabled':<15} enabled\n"
        )
    return 0


@program("service", sbin=True)
def service(process: Process) -> int:
    """``service name verb``."""
    if len(process.args) < 2:
        process.say(
            "Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]\n"
        )
        return 1
    name, verb = process.args[:2]
    found = process.machine.services.get(name)
    if found is None:
        process.say(f"{name}: unrecognized service\n")
        return 1
    if verb == "status":
        return _status(process, found, 10)
    if verb not in ("start", "stop", "restart", "reload"):
        raise CommandProblem(f"simulated host: the verb {verb} is not supported", 2)
    return _on_units(process, verb, [name], process.options(""))
