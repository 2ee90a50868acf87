"""A simulated switch at an address on loopback."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from labkit.clock import Clock
from labkit.hosts.ssh.endpoint import Endpoint
from labkit.hosts.ssh.program import FileAccess
from labkit.hosts.ssh.service import SSHService
from labkit.hosts.streams import Reader, Sink
from labkit.netdev.ios.session import Access, Session
from labkit.netdev.ios.shows import running_config
from labkit.netdev.state import Interface, SwitchState, Vlan, small_switch


class SimulatedSwitch(Endpoint):
    """A switch with a Cisco IOS command line behind SSH; netmiko's ``cisco_ios`` driver logs in to it.

    A line typed is an operation of stage ``exec`` for its faults, as a command is for a host.

    Args:
        hostname: what its prompt shows.
        user, password: the login.
        secret: the password of ``enable``; None when none is set.
        privilege: level after the login: 1 (``>``) or 15 (``#``).
        ports: number of ports.
        state: a state of one's own instead of ``hostname`` and ``ports``.
        seed: for faults.
        clock: for ``show clock`` and uptime.

    Attributes:
        device_type: netmiko's name of the driver.
        commands: every line typed, in order, as (prompt, line); passwords are not among them.
        startup: the saved state; None when nothing was ever saved.
    """

    device_type = "cisco_ios"

    def __init__(
        self,
        hostname: str = "SW1",
        *,
        user: str = "admin",
        password: str = "switch-login",  # noqa: S107 - of a simulated device
        secret: str | None = "switch-enable",  # noqa: S107
        privilege: int = 1,
        ports: int = 8,
        state: SwitchState | None = None,
        seed: int | str = 0,
        clock: Clock | None = None,
    ) -> None:
        self.user = user
        self.password = password
        self.secret = secret
        self.privilege = privilege
        self.clock = clock or Clock()
        self.booted_at = self.clock.peek() - 3 * 7 * 86400
        self._first = (state or small_switch(hostname, ports)).snapshot()
        self._renew()
        self._service = SSHService(
            hostname, _SwitchProgram(self), seed=seed, auth=("password",), version="Cisco-1.25"
        )

    def _renew(self) -> None:
        self.state = self._first.snapshot()
        self.startup: SwitchState | None = None
        self.commands: list[tuple[str, str]] = []
        self.lock = threading.RLock()

    def __repr__(self) -> str:
        return f"<SimulatedSwitch {self.hostname} at {self.address}:{self.port}>"

    # -- state -----------------------------------------------------------------------------------

    @property
    def hostname(self) -> str:
        return self.state.hostname

    @property
    def vlans(self) -> Mapping[int, Vlan]:
        """VLANs by number."""
        return self.state.vlans

    @property
    def interfaces(self) -> Mapping[str, Interface]:
        """Interfaces by full name, such as ``GigabitEthernet0/1``."""
        return self.state.interfaces

    @property
    def running_config(self) -> str:
        """What ``show running-config`` shows, without its header."""
        return running_config(self.state)

    @property
    def startup_config(self) -> str | None:
        """The saved configuration; None when nothing was saved."""
        return None if self.startup is None else running_config(self.startup)

    @property
    def lines(self) -> list[str]:
        """The lines typed, without prompts."""
        return [line for _prompt, line in self.commands]

    def reload(self) -> None:
        """Start again from the saved configuration; connections are cut."""
        self._service.stop()
        self.state = (self.startup or self._first).snapshot()
        self.booted_at = self.clock.peek()
        self._service.start()

    def netmiko_arguments(self) -> dict[str, object]:
        """What ``netmiko.ConnectHandler`` takes."""
        return {
            "device_type": self.device_type,
            "host": self.address,
            "port": self.port,
            "username": self.user,
            "password": self.password,
            "secret": self.secret or "",
        }


class _SwitchProgram:
    """A switch as the SSH server sees it."""

    raw_terminal = True

    def __init__(self, switch: SimulatedSwitch) -> None:
        self._switch = switch
        self._skewed = 0.0

    def allows_password(self, user: str, password: str) -> bool:
        return (user, password) == (self._switch.user, self._switch.password)

    def allows_key(self, user: str, body: str) -> bool:
        return False

    def skew(self, seconds: float) -> None:
        clock = self._switch.clock
        clock.set(clock.peek() + seconds - self._skewed)
        self._skewed = seconds

    def file_access(self, user: str) -> FileAccess | None:
        return None

    def execute(
        self,
        command: str | None,
        *,
        user: str,
        stdin: Reader,
        stdout: Sink,
        stderr: Sink,
        env: Mapping[str, str] | None = None,
        tty: bool = False,
        cancelled: threading.Event | None = None,
    ) -> int:
        switch = self._switch
        access = Access(switch.secret, switch.privilege)
        session = Session(switch, access, stdin, stdout, cancelled or threading.Event())
        return session.run(command)
