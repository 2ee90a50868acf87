"""Task 3: check the logins of an inventory."""

from __future__ import annotations

import contextlib
import shutil
import socket
from pathlib import Path

import login_check
import remote_shell

from labkit.checks import CheckFailed, call, call_raises, expect
from labkit.faults import Drop, Hang, Malformed
from labkit.hosts.ssh.keys import KeyPair

SHORT = 0.4
HEADER = "name,host,port,user,auth,secret\n"


def inventory(*rows):
    path = Path("inventory.csv")
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return path


def test_a_row_becomes_a_node():
    """Each row gives a Node, with the port as a number."""
    rows = inventory("db-1,10.0.0.21,2222,dba,key,/keys/dba")
    call(login_check.read_inventory, rows, {}).returns(
        [remote_shell.Node("db-1", "10.0.0.21", 2222, "dba", "key", "/keys/dba")]
    )


def test_a_password_comes_from_the_environment():
    """The secret of a password row is the value of the environment variable it names."""
    rows = inventory("web-1,10.0.0.11,22,ops,password,WEB_PASSWORD")
    nodes = call(login_check.read_inventory, rows, {"WEB_PASSWORD": "s3cret", "HOME": "/home/ops"}).value
    expect(nodes[0].secret, "secret of web-1, whose row names WEB_PASSWORD").equals("s3cret")


def test_a_key_is_a_path():
    """The secret of a key row is the path as it stands there, not a variable."""
    rows = inventory("db-1,10.0.0.21,2222,dba,key,DBA_KEY")
    nodes = call(login_check.read_inventory, rows, {"DBA_KEY": "not this"}).value
    expect(nodes[0].secret, "secret of db-1, whose row says key and DBA_KEY").equals("DBA_KEY")


def test_every_row_in_order():
    """There is a node per row, in the order of the file."""
    rows = inventory("c,10.0.0.3,22,ops,key,k", "a,10.0.0.1,22,ops,key,k", "b,10.0.0.2,22,ops,key,k")
    nodes = call(login_check.read_inventory, rows, {}).value
    expect([node.name for node in nodes], "names").equals(["c", "a", "b"])


def test_columns_are_found_by_name():
    """The order of the columns does not matter, and a comma in quotes does not separate."""
    path = Path("inventory.csv")
    path.write_text('auth,secret,port,host,user,name\nkey,"/keys/a,b",22,10.0.0.1,ops,web-1\n')
    call(login_check.read_inventory, path, {}).returns(
        [remote_shell.Node("web-1", "10.0.0.1", 22, "ops", "key", "/keys/a,b")]
    )


def test_an_unknown_way_to_log_in():
    """Another auth than password or key raises ValueError with the node and the value."""
    rows = inventory("web-1,10.0.0.11,22,ops,telnet,x")
    call_raises(ValueError, login_check.read_inventory, rows, {}, saying=["web-1", "telnet"])


def test_a_port_that_is_no_number():
    """A port that is no number raises ValueError with the node and the value."""
    rows = inventory("web-1,10.0.0.11,ssh,ops,key,k")
    call_raises(ValueError, login_check.read_inventory, rows, {}, saying=["web-1", "ssh"])


def test_a_variable_that_is_not_set():
    """A password variable that is not set raises ValueError with the node and the variable."""
    rows = inventory("web-1,10.0.0.11,22,ops,password,WEB_PASSWORD")
    call_raises(ValueError, login_check.read_inventory, rows, {}, saying=["web-1", "WEB_PASSWORD"])


def test_a_missing_column():
    """A file without one of the columns raises ValueError with its name."""
    path = Path("inventory.csv")
    path.write_text("name,host,port,user,secret\nweb-1,10.0.0.11,22,ops,k\n")
    call_raises(ValueError, login_check.read_inventory, path, {}, saying="auth")


def test_an_empty_file():
    """A file without anything in it has none of the columns: ValueError."""
    path = Path("inventory.csv")
    path.write_text("")
    call_raises(ValueError, login_check.read_inventory, path, {}, saying="name")


def test_passwords_and_keys(site):
    """Each node is logged in to in its own way, by password or by key."""
    here = site(2)
    nodes = [here.node(0, auth="password"), here.node(1, auth="key")]
    here.call(login_check.check_logins, nodes).returns({"web-1": "ok", "web-2": "ok"})
    here.takes(login_check.check_logins, "nodes, *, known_hosts, timeout=5.0")
    expect([c.auth for c in here.fleet.connection_log], "ways of logging in that the servers saw").equals(
        ["password", "key"]
    )


def test_a_wrong_password(site):
    """A password that is not accepted gives "login refused"."""
    here = site()
    here.call(login_check.check_logins, [here.node(secret="guess")]).returns({"web-1": "login refused"})


def test_a_wrong_key(site):
    """A key that is not accepted gives "login refused"."""
    here = site()
    key = KeyPair("somebody else").write(Path("other_key"))
    here.call(login_check.check_logins, [here.node(auth="key", secret=str(key))]).returns(
        {"web-1": "login refused"}
    )


def test_only_what_the_row_says(site, monkeypatch):
    """A good key in ~/.ssh does not make up for a wrong password in the row."""
    here = site()
    home = Path("home").absolute()
    (home / ".ssh").mkdir(parents=True)
    shutil.copy(here.fleet.client_key, home / ".ssh" / "id_ed25519")
    monkeypatch.setenv("HOME", str(home))
    look = "paramiko tries the keys in ~/.ssh by itself, unless look_for_keys is False"
    here.call(login_check.check_logins, [here.node(secret="guess")]).returns(
        {"web-1": "login refused"}, look=look
    )


def test_no_agent_is_asked(site, monkeypatch):
    """An SSH agent that runs here is not asked for keys."""
    here = site()
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind("agent")
        agent.listen()
        agent.settimeout(0)
        monkeypatch.setenv("SSH_AUTH_SOCK", "agent")
        here.call(login_check.check_logins, [here.node(secret="guess")], timeout=SHORT)
        with contextlib.suppress(BlockingIOError):
            agent.accept()
            raise CheckFailed(
                called="check_logins([node])",
                expected="a login with the password of the row alone",
                came="the SSH agent was asked for its keys",
                look="paramiko asks an agent by itself, unless allow_agent is False",
            )


def test_a_host_that_is_down(site):
    """A host where nobody listens gives "unreachable"."""
    here = site()
    here.host.stop()
    here.call(login_check.check_logins, [here.node()]).returns({"web-1": "unreachable"})


def test_a_server_that_never_says_a_word(site):
    """A server that accepts the connection and sends no banner gives "unreachable" after timeout seconds."""
    here = site()
    here.host.faults.inject(Hang(at="connect"))
    look = "without limits of its own, paramiko waits 15 s for the banner and 30 s for the login"
    here.call(login_check.check_logins, [here.node()], timeout=SHORT, look=look).returns(
        {"web-1": "unreachable"}
    )


def test_a_server_that_is_no_ssh_server(site):
    """Something else than an SSH server on the port gives "unreachable"."""
    here = site()
    here.host.faults.inject(Malformed(at="connect"))
    here.call(login_check.check_logins, [here.node()], timeout=SHORT).returns({"web-1": "unreachable"})


def test_a_connection_that_is_cut_at_once(site):
    """A connection that is closed before the banner gives "unreachable"."""
    here = site()
    here.host.faults.inject(Drop(at="connect"))
    here.call(login_check.check_logins, [here.node()]).returns({"web-1": "unreachable"})


def test_one_bad_node_does_not_stop_the_others(site):
    """Every node is tried, in order, whatever happens at the ones before."""
    here = site(4)
    here.fleet[0].stop()
    here.fleet[2].faults.inject(Drop(at="connect"))
    nodes = [here.node(0), here.node(1, secret="guess"), here.node(2), here.node(3)]
    here.call(login_check.check_logins, nodes).returns(
        {"web-1": "unreachable", "web-2": "login refused", "web-3": "unreachable", "web-4": "ok"}
    )


def test_nothing_is_run(site):
    """A login is checked without running a command."""
    here = site()
    here.call(login_check.check_logins, [here.node()]).returns({"web-1": "ok"})
    expect(here.host.connection_log[0].commands, "commands that ran on the node").equals([])


def test_connections_are_closed(site):
    """After logins that worked, were refused and got no answer, no connection is left open."""
    here = site(3)
    here.fleet[2].faults.inject(Hang(at="connect"))
    nodes = [here.node(0), here.node(1, secret="guess"), here.node(2)]
    here.call(login_check.check_logins, nodes, timeout=2 * SHORT)
    here.all_closed("check_logins([good, refused, silent])")
