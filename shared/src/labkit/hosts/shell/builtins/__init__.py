"""Commands that run inside the shell."""

from __future__ import annotations

from labkit.hosts.shell.builtins import declaring, flow, jobs, reading, scripts, settings
from labkit.hosts.shell.builtins.printing import echo, printf, pwd
from labkit.hosts.shell.builtins.truth import bracket, false, test, true
from labkit.hosts.shell.process import Program

BUILTINS: dict[str, Program] = {
    ".": scripts.source,
    ":": true,
    "[": bracket,
    "alias": settings.alias,
    "break": flow.break_,
    "builtin": scripts.builtin,
    "cd": settings.cd,
    "command": scripts.command,
    "continue": flow.continue_,
    "echo": echo,
    "eval": scripts.eval_,
    "exec": scripts.exec_,
    "exit": flow.exit_,
    "false": false,
    "getopts": reading.getopts,
    "hash": true,
    "jobs": true,
    "kill": jobs.kill,
    "let": settings.let,
    "logout": flow.exit_,
    "mapfile": reading.mapfile,
    "printf": printf,
    "pwd": pwd,
    "read": reading.read,
    "readarray": reading.mapfile,
    "return": flow.return_,
    "set": settings.set_,
    "shift": flow.shift,
    "shopt": settings.shopt,
    "source": scripts.source,
    "test": test,
    "times": settings.times,
    "trap": settings.trap,
    "true": true,
    "type": scripts.type_,
    "ulimit": settings.ulimit,
    "umask": settings.umask,
    "unset": settings.unset,
    "wait": jobs.wait,
    **dict.fromkeys(declaring.DECLARING, true),
}
