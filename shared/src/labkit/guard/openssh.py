"""Wrappers that keep OpenSSH's own clients inside the run.

``ssh`` takes the home folder from the password file, not from ``HOME``; so in a plain run it would find the
owner's keys, agent and ``~/.ssh/config``, in which ``web-1`` may be a production host. On the PATH of a
run, ``ssh``, ``scp`` and ``sftp`` are small scripts that start the real client with a configuration of the
run: keys and known hosts from the run's home, and a ProxyCommand that refuses every host but this machine
(with a ProxyCommand, ssh asks no name server). Options on the command line win over it, a further ``-F``
replaces it (ssh_config(5)).
"""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

from labkit.guard.record import RECORD
from labkit.guard.settings import DEFAULT_ALLOW, Settings

_CLIENTS = ("ssh", "scp", "sftp")

_CONFIG = """\
# Written by labkit for one run. OpenSSH would read the real home folder otherwise.
Include "{home}/.ssh/config"
Match host "*{allowed}"
    ProxyCommand {refuse} '%h' '%p'
Host *
    IdentityAgent none
    IdentityFile "{home}/.ssh/id_ed25519"
    IdentityFile "{home}/.ssh/id_ecdsa"
    IdentityFile "{home}/.ssh/id_rsa"
    UserKnownHostsFile "{home}/.ssh/known_hosts"
    GlobalKnownHostsFile {null}
    AddKeysToAgent no
"""

_REFUSE = """\
#!/bin/sh
rest='"action": "ssh to", "where": "", "program": "ssh", "count": 1}}'
printf '{{"time": %s, "pid": %s, "target": "%s:%s", %s\\n' "$(date +%s)" "$$" "$1" "$2" "$rest" >>{record}
echo "labkit: ssh to $1:$2 blocked: {why}" >&2
exit 1
"""
_WHY = (
    "code in a lab reaches only this machine, so that an exercise never touches a real system by accident. "
    "Use the address and port that the test's fixture gives you."
)


def write_wrappers(settings: Settings, path: str) -> Path:
    """Write the wrappers for the clients that are found.

    Args:
        settings: of the run.
        path: the PATH to look for the real clients on.

    Returns:
        The folder to put in front of PATH; empty where this machine has no OpenSSH.
    """
    folder = Path(settings.folder, "bin")
    folder.mkdir(mode=0o700, exist_ok=True)
    # A nested run finds the wrappers of the outer one; those of this run must start the real client.
    # os.path, which takes a folder that cannot be looked into for one without the file.
    path = os.pathsep.join(
        entry
        for entry in path.split(os.pathsep)
        if not os.path.isfile(os.path.join(entry, "ssh-refused"))  # noqa: PTH113, PTH118
    )
    found = {name: real for name in _CLIENTS if (real := shutil.which(name, path=path))}
    if not found:
        return folder
    config = Path(settings.folder, "ssh_config")
    _write_script(
        folder / "ssh-refused",
        _REFUSE.format(record=shlex.quote(str(Path(settings.folder, RECORD))), why=_WHY),
    )
    for name, real in found.items():
        script = f'#!/bin/sh\nexec {shlex.quote(real)} -F {shlex.quote(str(config))} "$@"\n'
        _write_script(folder / name, script)
    percent = settings.folder.replace("%", "%%")
    text = _CONFIG.format(
        home=f"{percent}/home",
        allowed="".join(f",!{pattern}" for pattern in _host_patterns(settings)),
        refuse=shlex.quote(f"{percent}/bin/ssh-refused"),
        null=os.devnull,
    )
    config.write_text(text, encoding="utf-8", errors="surrogateescape")
    return folder


def _host_patterns(settings: Settings) -> list[str]:
    """The allow-list as ssh_config knows it: single addresses and all of 127.*, no other networks."""
    patterns = ["localhost", "*.localhost"]
    for entry in settings.allow:
        if entry == DEFAULT_ALLOW[0]:
            patterns.append("127.*")
        elif entry == "localhost":
            patterns += ["127.0.0.1", "::1"]
        elif "/" not in entry:
            patterns.append(entry)
    return patterns


def _write_script(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    path.chmod(0o700)
