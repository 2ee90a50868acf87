"""Logins, keys and known hosts."""

from __future__ import annotations

from typing import Any

import paramiko
import pytest

from labkit.hosts import User


def test_password_login_is_logged(fleet_of: Any, connect: Any) -> None:
    """A login by password works, and the host knows who came, how, and what they ran."""
    host = fleet_of()[0]
    connect(host).exec_command("uptime")[1].read()
    (entry,) = host.connection_log
    assert (entry.user, entry.auth, entry.commands, entry.failures) == ("ops", "password", ["uptime"], 0)


def test_key_login(fleet_of: Any, connect: Any) -> None:
    """The fleet's client key opens every host."""
    fleet = fleet_of(2)
    for host in fleet:
        assert connect(host, key_filename=str(fleet.client_key)).exec_command("id")[1].read()
        assert host.connection_log[-1].auth == "key"
    assert fleet.client_key.stat().st_mode & 0o777 == 0o600


def test_bad_password(fleet_of: Any, connect: Any) -> None:
    """A wrong password is an AuthenticationException, and counts as a failure."""
    host = fleet_of()[0]
    with pytest.raises(paramiko.AuthenticationException):
        connect(host, password="wrong")
    assert host.connection_log[0].failures == 1
    assert host.connection_log[0].user is None


@pytest.mark.parametrize("user", ["nobody", "root", "mallory"])
def test_accounts_without_a_password_cannot_log_in(fleet_of: Any, connect: Any, user: str) -> None:
    """A locked or unknown account is refused whatever the password."""
    with pytest.raises(paramiko.AuthenticationException):
        connect(fleet_of()[0], username=user, password="")


def test_unknown_key(fleet_of: Any, connect: Any) -> None:
    """A key that no account lists is refused."""
    other = fleet_of()
    fleet = fleet_of()
    with pytest.raises(paramiko.AuthenticationException):
        connect(fleet[0], key_filename=str(other.client_key))


def test_authorized_keys_file_is_honoured(fleet_of: Any, connect: Any) -> None:
    """A key that is added to ~/.ssh/authorized_keys on the machine opens it; a commented one does not."""
    fleet, other = fleet_of(), fleet_of()
    files = fleet[0].machine.files
    files.mkdir("/home/ops/.ssh", parents=True)
    files.write("/home/ops/.ssh/authorized_keys", f"# {other.client_public_key}\n")
    with pytest.raises(paramiko.AuthenticationException):
        connect(fleet[0], key_filename=str(other.client_key))
    files.append("/home/ops/.ssh/authorized_keys", f"{other.client_public_key}\n")
    assert connect(fleet[0], key_filename=str(other.client_key)).exec_command("id")[1].read()


def test_further_users(fleet_of: Any, connect: Any) -> None:
    """Accounts given to the fleet exist on every host, with their own passwords and keys."""
    other = fleet_of()
    fleet = fleet_of(users=[User("ada", password="engine", keys=[other.client_public_key])])
    client = connect(fleet[0], username="ada", password="engine")
    assert client.exec_command("id")[1].read() == b"out id ada\n"
    assert connect(fleet[0], username="ada", key_filename=str(other.client_key))


def test_hosts_that_offer_one_login_only(fleet_of: Any, connect: Any) -> None:
    """A host without passwords refuses a good one and says which logins it has."""
    fleet = fleet_of(offers=["key"])
    with pytest.raises(paramiko.BadAuthenticationType) as caught:
        connect(fleet[0])
    assert caught.value.allowed_types == ["publickey"]
    assert connect(fleet[0], key_filename=str(fleet.client_key))


def test_too_many_failures_close_the_connection(fleet_of: Any) -> None:
    """After six refused attempts the server hangs up, as sshd does."""
    host = fleet_of()[0]
    transport = paramiko.Transport((host.address, host.port))
    try:
        transport.start_client(timeout=10)
        for _ in range(5):
            with pytest.raises(paramiko.AuthenticationException):
                transport.auth_password("ops", "wrong", fallback=False)
        with pytest.raises(paramiko.SSHException):
            transport.auth_password("ops", "wrong", fallback=False)
        host.wait_until_closed(10)
        assert not transport.is_active()
    finally:
        transport.close()
    assert host.connection_log[0].failures == 6


def test_known_host_is_accepted(fleet_of: Any, connect: Any) -> None:
    """The fleet's known_hosts file lets a strict client in."""
    fleet = fleet_of(2)
    for host in fleet:
        connect(host, policy=paramiko.RejectPolicy(), known_hosts=fleet.known_hosts)


def test_unknown_host_is_refused_by_a_strict_client(fleet_of: Any, connect: Any) -> None:
    """Without a known_hosts entry paramiko's RejectPolicy raises SSHException."""
    with pytest.raises(paramiko.SSHException, match="not found in known_hosts"):
        connect(fleet_of()[0], policy=paramiko.RejectPolicy())


def test_changed_host_key(fleet_of: Any, connect: Any) -> None:
    """After change_host_key a client with the old key gets BadHostKeyException; a reset brings it back."""
    fleet = fleet_of()
    host, known = fleet[0], fleet.known_hosts
    old = host.public_host_key
    connect(host, known_hosts=known)
    assert host.change_host_key() != old
    with pytest.raises(paramiko.BadHostKeyException):
        connect(host, known_hosts=known)
    fleet.reset()
    assert host.public_host_key == old
    connect(host, known_hosts=known)


def test_hosts_have_keys_of_their_own(fleet_of: Any) -> None:
    """No two hosts share a host key, and the key that paramiko sees is the one the host tells."""
    fleet = fleet_of(3)
    assert len({host.public_host_key for host in fleet}) == 3
    transport = paramiko.Transport((fleet[0].address, fleet[0].port))
    try:
        transport.start_client(timeout=10)
        key = transport.get_remote_server_key()
    finally:
        transport.close()
    assert key.asbytes() == fleet[0].host_key_data
    assert f"{key.get_name()} {key.get_base64()}" == fleet[0].public_host_key


def test_a_second_way_in_is_tried_on_the_same_connection(fleet_of: Any, connect: Any) -> None:
    """paramiko offers a wrong key first and then the password, on one connection, and gets in."""
    fleet, other = fleet_of(), fleet_of()
    connect(fleet[0], key_filename=str(other.client_key), password=fleet[0].password)
    (entry,) = fleet[0].connection_log
    assert (entry.auth, entry.failures) == ("password", 1)
