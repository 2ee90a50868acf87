"""One SSH server: an address, a host key, faults, and the program behind it."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Collection

from labkit.faults import Drop, Faults, Hang, Malformed, Refuse, Slow, Throttle
from labkit.hosts.ssh.banner import Impostor
from labkit.hosts.ssh.connections import Book, Connection
from labkit.hosts.ssh.keys import KeyPair
from labkit.hosts.ssh.listener import Listener
from labkit.hosts.ssh.loop import ServerLoop, shared_loop
from labkit.hosts.ssh.program import Program
from labkit.hosts.ssh.server import Login, ServerConnection, options_for
from labkit.hosts.ssh.stages import SSH_STAGES, check_ssh_fault

#: Seconds to wait for the threads of commands whose clients were cut off.
_PATIENCE = 5.0


class SSHService:
    """An SSH server on 127.0.0.1 in the thread shared by all of them.

    Args:
        name: for the log and for messages.
        program: what runs behind a login.
        book: counts the connections; one with a parent counts for a fleet as well.
        seed: for faults.
        auth: which logins it offers: ``password``, ``key``.
        version: the software it claims to be, as in its banner after ``SSH-2.0-``.
        max_auth_tries: refused attempts after which a connection is closed (sshd: 6).

    Attributes:
        faults: see :mod:`labkit.hosts.ssh.stages`.
        errors: exceptions of the simulation itself, which are defects.
    """

    def __init__(
        self,
        name: str,
        program: Program,
        *,
        book: Book | None = None,
        seed: int | str = 0,
        auth: Collection[str] = ("password", "key"),
        version: str = "OpenSSH_9.2p1",
        max_auth_tries: int = 6,
    ) -> None:
        self.name = name
        self.program = program
        self.book = book or Book()
        self.auth = frozenset(auth)
        self.version = version
        self.max_auth_tries = max_auth_tries
        self.errors: list[Exception] = []
        self.faults = Faults(
            seed, stages=SSH_STAGES, protocol="ssh", changed=self._faults_changed, check=check_ssh_fault
        )
        self.home: ServerLoop = shared_loop()
        self._listener = Listener(self._accept)
        self._up = False
        self._first_key: KeyPair | None = None
        self._key: KeyPair | None = None
        self._options: object = None
        self._lingering: set[asyncio.BaseTransport] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._threads: set[threading.Thread] = set()
        self._threads_lock = threading.Lock()

    # -- address and key -----------------------------------------------------------------------------

    @property
    def port(self) -> int:
        return self._listener.port

    @property
    def host_key(self) -> KeyPair:
        if self._key is None:
            self._key = self._first_key = KeyPair()
        return self._key

    def change_host_key(self) -> KeyPair:
        """Have another host key from the next connection on, as after a reinstallation."""
        _old = self.host_key
        self._key, self._options = KeyPair(), None
        return self._key

    # -- up and down ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Listen. A second call does nothing.

        Raises:
            LabkitError: another program has taken the port since :meth:`close`.
        """
        if not self.home.running:
            self.home = shared_loop()
        self.home.residents.add(self)
        self.book.census.home = self.home
        self._up = True
        self._follow_faults()

    def stop(self) -> None:
        """Go down: connections are cut, new ones refused; the port stays reserved for :meth:`start`."""
        self._up = False
        if self.home.running:
            self.home.call(self._go_down)
        self.join()

    def close(self) -> None:
        """Go down for good and let go of the port."""
        self._up = False
        if self.home.running:
            self.home.call(self.abort)
        self._listener.forget()
        self.join()
        self.home.residents.discard(self)

    def reset(self) -> None:
        """Cut all connections, forget faults, log and errors, have the first host key and be up."""
        self.stop()
        self.faults.reset()
        self.book.clear()
        self.errors.clear()
        if self._key is not self._first_key:
            self._key, self._options = self._first_key, None
        self.start()

    def _go_down(self) -> None:
        self._listener.refuse()
        self._cut_all()

    def abort(self) -> None:
        """In the loop's thread: close everything."""
        self._listener.give_up()
        self._cut_all()

    def _cut_all(self) -> None:
        for task in self._tasks:
            task.cancel()
        for link in self._lingering:
            if isinstance(link, asyncio.WriteTransport):
                link.abort()
        self._lingering.clear()
        for close in self.book.closers():
            close()

    def linger(self, link: asyncio.BaseTransport) -> None:
        """Remember a TCP connection that a fault cut until its client closes it or the server goes down."""
        self._lingering = {old for old in self._lingering if not old.is_closing()} | {link}

    def forget(self) -> None:
        """In a forked child: close what was inherited."""
        self._listener.forget()
        for sock in self.book.sockets():
            sock.close()

    def join(self) -> None:
        """Wait for the threads of commands; their clients have gone."""
        with self._threads_lock:
            threads = list(self._threads)
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(_PATIENCE)

    def spawn(self, run: Callable[[], None]) -> None:
        """Run a command in a thread that :meth:`join` waits for."""

        def body() -> None:
            try:
                run()
            finally:
                with self._threads_lock:
                    self._threads.discard(threading.current_thread())

        thread = threading.Thread(target=body, name=f"labkit-ssh-{self.name}", daemon=True)
        with self._threads_lock:
            self._threads.add(thread)
        thread.start()

    # -- connections ---------------------------------------------------------------------------------

    def _faults_changed(self) -> None:
        if self._up and self.home.running:
            self._follow_faults()

    def _follow_faults(self) -> None:
        """A closed port cannot be acted out per connection: follow the fault that asks for it."""
        refusals = self.faults.active_at("connect", Refuse)
        if any(len(self.book.log) >= fault.after for fault in refusals):
            self.home.call(self._listener.refuse)
        else:
            self._listener.open(self.home)

    def _accept(self, sock: socket.socket) -> None:
        connection = self.book.add(self.name, sock)
        # One more connection may be the one that closes the port.
        self._follow_faults()
        task = self.home.loop.create_task(self._serve(sock, connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, sock: socket.socket, connection: Connection) -> None:
        loop = self.home.loop
        try:
            load = await self._load()
        except asyncio.CancelledError:
            self.book.remove(connection)
            sock.close()
            return
        fault = self.faults.take(
            "connect",
            f"connection {connection.number}",
            load=load,
            kinds=(Hang, Drop, Slow, Malformed, Throttle),
        )
        connection.fault = type(fault).__name__ if fault else None
        try:
            if isinstance(fault, Slow):
                await asyncio.sleep(fault.delay)
                fault = None
            if fault is not None:
                transport, _ = await loop.connect_accepted_socket(
                    lambda: Impostor(fault, lambda: self.book.remove(connection)), sock
                )
                connection._close = transport.abort
                return
            if self._options is None:
                self._options = options_for(self)
            await loop.connect_accepted_socket(lambda: self._connection(connection), sock)
        except (OSError, asyncio.CancelledError):
            self.book.remove(connection)
            sock.close()

    async def _load(self) -> int:
        """How many other connections are open; only a Throttle is worth the wait for an exact answer."""
        if not self.faults.active_at("connect", Throttle):
            return 0
        return sum(other._book is self.book for other in await self.book.census.count()) - 1

    def _connection(self, connection: Connection) -> ServerConnection:
        options = self._options
        conn = ServerConnection(self.home.loop, options)  # type: ignore[arg-type]
        conn._protocol_factory = lambda: Login(self, connection)
        return conn


__all__ = ["SSHService"]
