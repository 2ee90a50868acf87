"""One session channel: a command, a shell, or a subsystem (RFC 4254, section 6)."""

from __future__ import annotations

import signal
import threading
import traceback
from functools import partial
from typing import TYPE_CHECKING, Any

from asyncssh.stream import SSHServerStreamSession

from labkit.faults import Drop, Hang, Malformed, Refuse, Skew, Slow
from labkit.hosts.ssh.pipes import STDERR, Inlet, Outlet, OutletSink
from labkit.hosts.ssh.program import Cut
from labkit.hosts.ssh.sftp import serve_files
from labkit.hosts.ssh.terminal import Terminal

if TYPE_CHECKING:
    from labkit.hosts.ssh.server import Login

_RUBBISH = b"\x00\xff\xfe?\x1b[2J\x80garbled\xc3\x28\n"


class Session(SSHServerStreamSession[bytes]):
    """Answers the requests on one channel and runs the program in a thread.

    The parent class serves the SFTP subsystem and the old scp protocol, both from :func:`serve_files`.
    """

    def __init__(self, login: Login) -> None:
        self._login = login
        self._service = login.service
        access = login.file_access
        super().__init__(
            lambda *_streams: None,
            (lambda chan: serve_files(chan, login, access)) if access else None,
            3,
            True,
        )
        self._has_files = access is not None
        self._tty = False
        self._command: str | None = None
        self._outlet: Outlet | None = None
        self._inlet: Inlet | None = None
        self._terminal: Terminal | None = None
        self._cancelled = threading.Event()
        self._at_exit: Hang | Drop | None = None

    # -- requests --------------------------------------------------------------------------------

    def pty_requested(self, term_type: str, term_size: Any, term_modes: Any) -> bool:
        self._tty = True
        return True

    def shell_requested(self) -> bool:
        return self._accept(None)

    def exec_requested(self, command: str) -> bool:
        return self._accept(command)

    def subsystem_requested(self, subsystem: str) -> bool:
        if subsystem != "sftp" or not self._has_files:
            return False
        return self._service.faults.take("sftp", "subsystem", kinds=Refuse) is None

    def _accept(self, command: str | None) -> bool:
        self._command = command
        self._login.connection.commands.append(command or "")
        return self._service.faults.take("exec", command or "", kinds=Refuse) is None

    def session_started(self) -> None:
        command = self._command or ""
        chan: Any = self._chan
        if chan.get_subsystem() or (self._has_files and command.startswith("scp ")):
            super().session_started()
        else:
            self._start(command)

    # -- running -----------------------------------------------------------------------------------

    def _start(self, command: str) -> None:
        faults = self._service.faults
        skew = faults.take("exec", command, kinds=Skew)
        self._service.program.skew(skew.seconds if isinstance(skew, Skew) else 0.0)
        fault = faults.take("exec", command, kinds=(Hang, Drop, Slow, Malformed))
        at_exit = faults.take("exit", command, kinds=(Hang, Drop))
        self._at_exit = at_exit if isinstance(at_exit, (Hang, Drop)) else None
        inlet, outlet = self._open_streams(fault)
        if isinstance(fault, Hang):
            return
        if isinstance(fault, Drop) and not fault.after_bytes:
            self._login.drop()
        elif isinstance(fault, Malformed):
            self._answer(_RUBBISH if fault.payload is None else fault.payload)
        else:
            self._service.spawn(partial(self._run, inlet, outlet))

    def _open_streams(self, fault: object) -> tuple[Inlet, Outlet]:
        chan: Any = self._chan
        raw = self._service.program.raw_terminal
        self._inlet = Inlet(self._service.home, chan)
        self._outlet = Outlet(
            self._service.home,
            chan,
            budget=fault.after_bytes if isinstance(fault, Drop) else None,
            cut=self._login.drop,
            slow=fault if isinstance(fault, Slow) else None,
            newlines=self._tty and not raw,
            merge=self._tty,
        )
        # Low and high water at nothing: "resumed" then means that every byte was sent.
        chan.set_write_buffer_limits(0, 0)
        if self._tty and not raw:
            self._terminal = Terminal(self._inlet, self._outlet, self._interrupt)
        return self._inlet, self._outlet

    def _answer(self, output: bytes) -> None:
        if self._outlet is not None:
            self._outlet.echo(output)
            self._exit(0)

    def _run(self, inlet: Inlet, outlet: Outlet) -> None:
        """In a thread: run the program to its end."""
        stderr = OutletSink(outlet, STDERR)
        chan: Any = self._chan
        env = {
            key.decode(): value.decode("utf-8", "replace")
            for key, value in chan.get_environment_bytes().items()
        }
        try:
            status = self._service.program.execute(
                self._command,
                user=self._login.user,
                stdin=inlet,
                stdout=OutletSink(outlet),
                stderr=stderr,
                env=env,
                tty=self._tty,
                cancelled=self._cancelled,
            )
        except BrokenPipeError:
            status = 128 + signal.SIGPIPE
        except Cut:
            self._service.home.post(self._login.drop)
            return
        except Exception as error:
            self._service.errors.append(error)
            status = self._report(stderr)
        self._service.home.post(self._exit, status)

    @staticmethod
    def _report(stderr: OutletSink) -> int:
        try:
            stderr.write(b"the simulated machine failed (a defect of labkit, please report it):\n")
            stderr.write(traceback.format_exc().encode())
        except BrokenPipeError:
            pass
        return 70

    def _exit(self, status: int) -> None:
        if self._outlet is not None:
            self._outlet.finish(lambda: self._close_channel(status))

    def _close_channel(self, status: int) -> None:
        chan: Any = self._chan
        if isinstance(self._at_exit, Drop):
            self._login.drop()
        elif self._at_exit is None and not chan.is_closing():
            if status < 0:
                chan.exit_with_signal(signal.Signals(-status).name.removeprefix("SIG"))
            else:
                chan.write_eof()
                chan.exit(status)

    # -- what the client does meanwhile ------------------------------------------------------------

    def data_received(self, data: bytes, datatype: Any) -> None:
        if self._terminal is not None:
            self._terminal.feed(data)
        elif self._inlet is not None:
            self._inlet.feed(data)
        else:
            super().data_received(data, datatype)

    def eof_received(self) -> bool:
        if self._inlet is None:
            return super().eof_received() or False
        self._inlet.end()
        return True

    def pause_writing(self) -> None:
        if self._outlet is None:
            super().pause_writing()
        else:
            self._outlet.pause()

    def resume_writing(self) -> None:
        if self._outlet is None:
            super().resume_writing()
        else:
            self._outlet.resume()

    def signal_received(self, signal: str) -> None:
        """A signal from the client (RFC 4254, section 6.9) ends the program, as its default action does."""
        self._end_program()
        chan: Any = self._chan
        if self._outlet is not None and not chan.is_closing():
            chan.exit_with_signal(signal)

    def _interrupt(self) -> None:
        """Ctrl-C on a terminal: a command ends; a shell goes on with an empty line."""
        if self._command is None and self._inlet is not None:
            self._inlet.feed(b"\n")
        else:
            self.signal_received("INT")

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_program()
        super().connection_lost(exc)

    def _end_program(self) -> None:
        self._cancelled.set()
        if self._inlet is not None:
            self._inlet.end()
        if self._outlet is not None:
            self._outlet.close()
