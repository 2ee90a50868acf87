"""The usual way to write an SSH server for tests in Python: paramiko, a thread per connection.

It stands here for comparison only: any password is right, and every command prints ``ok``.
"""

from __future__ import annotations

import contextlib
import socket
import threading

import paramiko

#: SSH_MSG_CHANNEL_SUCCESS (RFC 4254, section 5.4).
_CHANNEL_SUCCESS = bytes([99])


class _Transport(paramiko.Transport):
    """Tells when it has answered a request: the command's output must not come before that."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection)
        self.answered = threading.Event()

    def _send_user_message(self, data: paramiko.Message) -> None:
        super()._send_user_message(data)  # type: ignore[misc,unused-ignore]
        if data.asbytes()[:1] == _CHANNEL_SUCCESS:
            self.answered.set()


class _Session(paramiko.ServerInterface):
    def check_auth_password(self, username: str, password: str) -> int:
        return paramiko.AUTH_SUCCESSFUL  # type: ignore[attr-defined,no-any-return,unused-ignore]

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED  # type: ignore[attr-defined,no-any-return,unused-ignore]

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        threading.Thread(target=_answer, args=(channel,), daemon=True).start()
        return True


def _answer(channel: paramiko.Channel) -> None:
    channel.get_transport().answered.wait(5)  # type: ignore[attr-defined,unused-ignore]
    with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
        channel.sendall(b"ok\n")
        channel.send_exit_status(0)
        channel.close()


class ParamikoServer:
    """One host: listens on a port that the system picks, until closed."""

    def __init__(self, key: paramiko.PKey) -> None:
        self._key = key
        self._transports: list[paramiko.Transport] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            transport = _Transport(connection)
            transport.add_server_key(self._key)
            self._transports.append(transport)
            with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
                transport.start_server(event=threading.Event(), server=_Session())

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for transport in self._transports:
            transport.close()
        self._thread.join(5)
