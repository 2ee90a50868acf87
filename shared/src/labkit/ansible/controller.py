"""The controller: folder, environment and inventory, which lead ``ansible-playbook`` to a few hosts."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from labkit.errors import EnvironmentMissing
from labkit.hosts.machine import Completed

#: The variable from which the inventory takes the password for ``sudo``.
PASSWORD = "FLEET_SUDO_PASSWORD"  # noqa: S105 - its name
#: Seconds for a whole run of a playbook on a machine that is busy.
_PATIENCE = 240
_CONFIG = """\
# Written by labkit for one test; the variables of the environment (ANSIBLE_*) say the rest.
[defaults]
nocows = True
[ssh_connection]
# No connection outlives its task: a socket of ControlPersist would have to lie in the run's folder.
ssh_args = -F none -o ControlMaster=no -o ControlPersist=no
"""


class Hosts(Protocol):
    """What a form of the hosts has; see :class:`labkit.ansible.throwaway.ThrowawayHosts`."""

    names: tuple[str, ...]

    def run(self, name: str, command: str, user: str, stdin: bytes = b"") -> Completed: ...
    def down(self, name: str) -> None: ...
    def inventory(self) -> list[str]: ...
    def variables(self) -> dict[str, str]: ...


class HostFile:
    """A file of a host, as root sees it there: for what a test puts there and looks at.

    Args:
        hosts: the hosts.
        host: a name.
        path: absolute, on the host.
    """

    def __init__(self, hosts: Hosts, host: str, path: str) -> None:
        self._hosts, self.host, self.path = hosts, host, path

    def __repr__(self) -> str:
        return f"<HostFile {self.host}:{self.path}>"

    def _do(self, command: str, stdin: bytes = b"") -> bytes:
        done = self._hosts.run(self.host, command, "root", stdin)
        if done.status:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise (FileNotFoundError if "No such file" in said else OSError)(f"{self.host}: {said}")
        return done.stdout

    @property
    def _quoted(self) -> str:
        return shlex.quote(self.path)

    def exists(self) -> bool:
        """Whether there is something of that name; a link that leads nowhere is none."""
        return self._hosts.run(self.host, f"test -e {self._quoted}", "root").status == 0

    def read_bytes(self) -> bytes:
        """The content. Raises FileNotFoundError, and OSError for what cannot be read."""
        return self._do(f"cat -- {self._quoted}")

    def read_text(self) -> str:
        """The content as UTF-8."""
        return self.read_bytes().decode("utf-8")

    def write(self, content: str | bytes, *, mode: int = 0o644) -> None:
        """Put a file of root's there; its folder is made when it is missing."""
        folder = shlex.quote(str(Path(self.path).parent))
        data = content.encode() if isinstance(content, str) else content
        self._do(f"mkdir -p -- {folder} && cat > {self._quoted} && chmod {mode:o} -- {self._quoted}", data)

    def remove(self) -> None:
        """Remove it, with all that is in it."""
        self._do(f"rm -rf -- {self._quoted}")

    @property
    def mode(self) -> int:
        """Its permissions. Raises FileNotFoundError."""
        return int(self._do(f"stat -c %a -- {self._quoted}"), 8)

    @property
    def changed(self) -> float:
        """When its content was last written, in seconds since 1970. Raises FileNotFoundError."""
        return float(self._do(f"stat -c %.9Y -- {self._quoted}"))


class Controller:
    """What the ``ansible`` fixture gives.

    Args:
        hosts: hosts that run.
        folder: a folder for the files of the controller.
        password: what ``sudo`` on the hosts wants to know.

    Attributes:
        password: the same.
        inventory: an inventory file with all hosts, and the group ``fleet``. It has no secret: the password
            for ``sudo`` is taken from the variable ``FLEET_SUDO_PASSWORD``.
    """

    def __init__(self, hosts: Hosts, folder: Path, password: str) -> None:
        self._hosts, self.folder, self.password = hosts, folder, password
        self.inventory = folder / "inventory.ini"
        lines = [*hosts.inventory(), f"ansible_become_password={{{{ lookup('env', '{PASSWORD}') }}}}"]
        lines += ["[fleet]", *hosts.names]
        self.inventory.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._config = folder / "ansible.cfg"
        self._config.write_text(_CONFIG, encoding="utf-8")

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of the hosts."""
        return self._hosts.names

    @property
    def environment(self) -> dict[str, str]:
        """The environment to start Ansible's programs with: this process's, and Ansible's own settings."""
        folder = str(self.folder)
        settings = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        settings |= {
            "ANSIBLE_CONFIG": str(self._config),
            # The way to throwaway hosts, and none to this machine.
            "ANSIBLE_CONNECTION_PLUGINS": str(Path(__file__).with_name("plugins") / "connection"),
            "ANSIBLE_HOME": f"{folder}/ansible",
            "ANSIBLE_LOCAL_TEMP": f"{folder}/ansible/tmp",
            "ANSIBLE_FORKS": "5",
            "ANSIBLE_HOST_KEY_CHECKING": "True",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_PIPELINING": "True",
            "ANSIBLE_RETRY_FILES_ENABLED": "False",
            "ANSIBLE_TIMEOUT": "60",
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            PASSWORD: self.password,
        }
        # Ansible wants a locale of UTF-8, whatever the user has.
        settings |= {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "PYTHONUTF8": "1"}
        return settings | self._hosts.variables()

    def run(self, playbook: Path | str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``ansible-playbook`` on a file, with the inventory.

        Args:
            playbook: the file; relative names in it are looked for beside it, by Ansible.
            arguments: further ones, such as ``--check`` or ``--limit=web-1``.

        Returns:
            The finished process: ``returncode`` (2: a task failed, 4: a host could not be reached),
            ``stdout``, ``stderr``.
        """
        return self.command("ansible-playbook", "-i", str(self.inventory), str(playbook), *arguments)

    def command(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of Ansible's programs.

        Raises:
            EnvironmentMissing: it is not installed.
        """
        environment = self.environment
        found = shutil.which(program, path=environment["PATH"])
        if found is None:
            raise EnvironmentMissing(
                "ansible", f"no {program} beside this Python", "./lab setup, with the lab's id"
            )
        return subprocess.run(
            [found, *arguments],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_PATIENCE,
        )

    def file(self, host: str, path: str) -> HostFile:
        """A file of a host, to look at or to set.

        Args:
            host: a name of :attr:`hosts`.
            path: absolute, on the host.

        Raises:
            KeyError: there is no such host.
            ValueError: the path is not absolute.
        """
        self._known(host)
        if not path.startswith("/"):
            raise ValueError(f"{path!r} is no absolute path")
        return HostFile(self._hosts, host, path)

    def shell(self, host: str, command: str, *, user: str = "root") -> Completed:
        """Run a shell command on a host, without Ansible. Raises KeyError for a host that is not there."""
        self._known(host)
        return self._hosts.run(host, command, user)

    def down(self, host: str) -> None:
        """Let a host die: it cannot be reached any more. Raises KeyError for a host that is not there."""
        self._known(host)
        self._hosts.down(host)

    def _known(self, host: str) -> None:
        if host not in self.hosts:
            raise KeyError(f"no host {host!r}; there are {', '.join(self.hosts)}")


def recap(output: str) -> dict[str, dict[str, int]]:
    """What ``PLAY RECAP`` of a run says: by host ``ok``, ``changed``, ``unreachable``, ``failed`` and so on.

    Args:
        output: the standard output of ``ansible-playbook``.
    """
    _, _, told = output.rpartition("PLAY RECAP")
    found: dict[str, dict[str, int]] = {}
    for line in told.splitlines()[1:]:
        host, colon, counts = line.partition(" : ")
        if colon:
            pairs: Sequence[list[str]] = [word.split("=") for word in counts.split()]
            found[host.strip()] = {name: int(number) for name, number in pairs}
    return found
