"""Throwaway hosts: each a folder that is the root of a few namespaces. Linux; no root, no container engine.

What a playbook does there happens in that folder. Of the machine there are its programs (``/usr`` and the
like), read-only; its processes, its network, its devices and the rest of its files are out of reach.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from labkit.errors import EnvironmentMissing
from labkit.hosts.machine import Completed
from labkit.runs.watchdog import remove

#: What each host has from the start, with their modes.
_FOLDERS = {
    "dev/pts": 0o755,
    "dev/shm": 0o1777,
    "etc": 0o755,
    "home": 0o755,
    "opt": 0o755,
    "proc": 0o555,
    "root": 0o700,
    "run/labkit/bin": 0o755,
    "srv": 0o755,
    "sys": 0o555,
    "tmp": 0o1777,
    "var/lib": 0o755,
    "var/log": 0o755,
    "var/tmp": 0o1777,
}
#: Files of the machine that programs look into, and that say nothing of its owner.
_COPIED = ("etc/ld.so.cache", "etc/nsswitch.conf", "etc/os-release", "etc/debian_version", "etc/protocols")
_UID = 1000
#: Seconds for the first word of a host on a machine that is busy.
_PATIENCE = 60
_CLIENT = Path(__file__).with_name("inside") / "client.py"
_SOURCE = Path(__file__).resolve().parents[2]
_MEND = "run the container form: --backend container (BACKEND=container)"


class ThrowawayHosts:
    """Hosts of these names; a context manager.

    Args:
        names: of the hosts.
        user: the account that logs in; ``sudo`` makes it root.
        password: what ``sudo`` wants to know.
        folder: a folder that exists, where the roots are made; a temporary one when None.

    Raises:
        EnvironmentMissing: this system, or what this program runs in, has no namespaces for everybody.
    """

    def __init__(self, names: Sequence[str], *, user: str, password: str, folder: Path | None = None) -> None:
        self.names, self.user = tuple(names), user
        self._password = password
        self._folder = folder
        self._made: Path | None = None
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def folder(self) -> Path:
        """Where the roots and the sockets of the hosts are."""
        if self._folder is not None:
            return self._folder
        if self._made is None:
            self._made = Path(tempfile.mkdtemp(prefix="labkit-hosts-"))
        return self._made

    def start(self) -> Self:
        """Start all hosts, at once."""
        if not sys.platform.startswith("linux"):
            raise EnvironmentMissing("ansible", f"{sys.platform} has no namespaces as Linux has", _MEND)
        try:
            for name in self.names:
                _furnish(self.root(name), name, self.user)
                self._processes[name] = self._start(name)
            for process in self._processes.values():
                _await(process)
        except BaseException:
            self.stop()
            raise
        return self

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        settings = {
            "root": str(self.root(name).resolve()),
            "name": name,
            "socket": str(self.socket(name)),
            "programs": _programs(),
            "user": self.user,
            "password": self._password,
            "uid": _UID,
        }
        path = f"import sys; sys.path.insert(0, {str(_SOURCE)!r}); "
        start = f"{path}from labkit.ansible.inside import host; host.main()"
        process = subprocess.Popen(
            [_python(), "-I", "-S", "-B", "-c", start],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            # By the folder's name in its environment a run finds what belongs to it, should it be killed.
            env={"LABKIT_HOST": str(self.folder)},
        )
        if process.stdin is None:
            raise RuntimeError("the pipe was asked for")
        with contextlib.suppress(BrokenPipeError):  # then its answer says why
            process.stdin.write(json.dumps(settings).encode() + b"\n")
            process.stdin.flush()
        return process

    def stop(self) -> None:
        """End all hosts and remove their files."""
        for name in list(self._processes):
            self.down(name)
        for name in self.names:
            remove(self.root(name))
            self.socket(name).unlink(missing_ok=True)
        if self._made is not None:
            remove(self._made)
            self._made = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def down(self, name: str) -> None:
        """End one host with all its processes: from then on it does not answer. Its files stay."""
        process = self._processes.pop(name, None)
        if process is None:
            return
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("both pipes were asked for")
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

    def root(self, name: str) -> Path:
        """The folder that is the host's root. Links in it lead elsewhere on this machine than on the host."""
        return self.folder / name

    def socket(self, name: str) -> Path:
        """Where the host is asked to run commands."""
        return self.folder / f"{name}.sock"

    def run(self, name: str, command: str, user: str, stdin: bytes = b"") -> Completed:
        """Run a shell command on a host, without Ansible."""
        words = [_python(), "-I", "-S", "-B", str(_CLIENT), str(self.socket(name)), user, "sh", "-c", command]
        done = subprocess.run(words, input=stdin, capture_output=True, check=False, timeout=_PATIENCE)
        return Completed(done.stdout, done.stderr, done.returncode)

    def inventory(self) -> list[str]:
        """Lines of an inventory in Ansible's INI format."""
        return [
            *(f"{name} ansible_throwaway_socket={self.socket(name)}" for name in self.names),
            "[all:vars]",
            "ansible_connection=throwaway",
            f"ansible_user={self.user}",
            f"ansible_python_interpreter={_python()}",
        ]

    def variables(self) -> dict[str, str]:
        """Ansible's settings for this form: none besides those of all."""
        return {}


def _python() -> str:
    """The interpreter behind the virtual environment: hosts have it at the same place."""
    return os.path.realpath(sys.executable)


def _programs() -> list[str]:
    """The folders of the interpreter, unless the system's programs have them in them."""
    folders = {os.path.realpath(sys.base_prefix), str(Path(_python()).parent)}
    outside = sorted(
        folder for folder in folders if not folder.startswith(("/usr/", "/bin/")) and folder != "/usr"
    )
    return [folder for folder in outside if not any(folder.startswith(f"{other}/") for other in outside)]


def _furnish(root: Path, name: str, user: str) -> None:
    root.mkdir()
    for folder, mode in _FOLDERS.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder).chmod(mode)
    (root / "home" / user).mkdir(mode=0o750)
    (root / "var" / "run").symlink_to("../run")
    for file in _COPIED:
        if Path("/", file).is_file():
            shutil.copyfile(Path("/", file), root / file)
    passwd = f"root:x:0:0:root:/root:/bin/sh\n{user}:x:{_UID}:{_UID}::/home/{user}:/bin/sh\n"
    texts = {
        "hostname": f"{name}\n",
        "hosts": f"127.0.0.1 localhost\n127.0.1.1 {name}\n",
        "passwd": f"{passwd}nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
        "group": f"root:x:0:\n{user}:x:{_UID}:\nnogroup:x:65534:\n",
        "motd": f"Welcome to {name}.\n",
        "shells": "/bin/sh\n/bin/bash\n",
    }
    for file, text in texts.items():
        (root / "etc" / file).write_text(text, encoding="utf-8")
    script = root / "run" / "labkit" / "bin" / "sudo"
    script.write_text(f"#!{_python()} -ISB\n{_CLIENT.read_text(encoding='utf-8')}", encoding="utf-8")
    script.chmod(0o755)


def _await(process: subprocess.Popen[bytes]) -> None:
    """Wait for the host's word.

    Raises:
        EnvironmentMissing: it says what is wrong, or nothing.
    """
    if process.stdout is None:
        raise RuntimeError("the pipe was asked for")
    said = process.stdout.readline().decode("utf-8", "replace").strip()
    if said != "ready":
        raise EnvironmentMissing(
            "ansible", f"no throwaway root on this machine ({said or 'it ended without a word'})", _MEND
        )
