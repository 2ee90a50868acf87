"""Task 4: check host keys."""

from __future__ import annotations

import base64
import hashlib
import hmac

import host_keys
import login_check
import remote_shell

from labkit.checks import expect
from labkit.faults import Hang

SHORT = 0.4


def hashed(line):
    """The line as ``ssh-keygen -H`` writes it: the name is no longer readable."""
    name, key = line.split(" ", 1)
    salt = b"twenty bytes of salt"
    digest = hmac.new(salt, name.encode(), hashlib.sha1).digest()
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()} {key}"


def nothing_was_sent(host):
    """Nobody tried to log in."""
    for connection in host.connection_log:
        expect((connection.user, connection.failures), "who logged in, and refused attempts to").equals(
            (None, 0), look="the password went to a machine that nobody knows: check the key first"
        )


def test_a_known_key(site):
    """A node that shows the key on file is "known"."""
    here = site()
    look = f"the entry begins with [{here.host.address}]:{here.host.port}, as the port is not 22"
    here.call(host_keys.check_host_key, here.node()).returns("known", look=look)
    here.takes(host_keys.check_host_key, "node, *, known_hosts, timeout=5.0")


def test_a_changed_key(site):
    """A node that shows another key than the one on file is "changed"."""
    here = site()
    here.host.change_host_key()
    here.call(host_keys.check_host_key, here.node()).returns("changed")


def test_an_unknown_machine(site):
    """A node without an entry in the file is "unknown"."""
    here = site(2)
    here.known_hosts.write_text(here.fleet[0].known_hosts_line + "\n")
    here.call(host_keys.check_host_key, here.node(1)).returns("unknown")


def test_each_port_has_its_own_key(site):
    """Of several machines behind one address, each is compared with the entry for its own port."""
    here = site(3)
    here.fleet[1].change_host_key()
    here.call(host_keys.check_host_key, here.node(0)).returns("known")
    here.call(host_keys.check_host_key, here.node(1)).returns("changed")
    here.call(host_keys.check_host_key, here.node(2)).returns("known")


def test_an_entry_without_the_port_is_for_port_22(site):
    """An entry for the bare address says nothing about another port."""
    here = site()
    here.known_hosts.write_text(f"{here.host.address} {here.host.public_host_key}\n")
    here.call(host_keys.check_host_key, here.node()).returns("unknown")


def test_a_port_that_begins_like_another(site):
    """An entry for a port that only begins with the same digits is for another machine."""
    here = site()
    here.known_hosts.write_text(f"[{here.host.address}]:{here.host.port}0 {here.host.public_host_key}\n")
    here.call(host_keys.check_host_key, here.node()).returns("unknown")


def test_hashed_entries(site):
    """Entries whose names are hashed count like the others."""
    here = site(2)
    here.known_hosts.write_text("".join(hashed(host.known_hosts_line) + "\n" for host in here.fleet))
    here.fleet[1].change_host_key()
    look = "the names are hashed, so searching the text does not find them: let a library read the file"
    here.call(host_keys.check_host_key, here.node(0)).returns("known", look=look)
    here.call(host_keys.check_host_key, here.node(1)).returns("changed", look=look)


def test_the_login_plays_no_role(site):
    """A known machine is "known" even when it would not accept the password."""
    here = site()
    here.call(host_keys.check_host_key, here.node(secret="guess")).returns("known")


def test_no_password_for_an_impostor(site):
    """Nobody tries to log in to a machine whose key has changed."""
    here = site()
    here.host.change_host_key()
    here.call(host_keys.check_host_key, here.node())
    nothing_was_sent(here.host)


def test_no_password_for_a_stranger(site):
    """Nobody tries to log in to a machine that is not on file."""
    here = site()
    here.known_hosts.write_text("")
    here.call(host_keys.check_host_key, here.node())
    nothing_was_sent(here.host)


def test_nobody_there(site):
    """A host that is down raises Unreachable: there is no key to compare."""
    here = site()
    here.host.stop()
    here.raises(remote_shell.Unreachable, host_keys.check_host_key, here.node())


def test_a_server_that_never_says_a_word(site):
    """A server that sends no banner raises Unreachable after timeout seconds."""
    here = site()
    here.host.faults.inject(Hang(at="connect"))
    problem = here.raises(remote_shell.Unreachable, host_keys.check_host_key, here.node(), timeout=SHORT)
    here.all_closed("check_host_key(node)")
    del problem


def test_the_connection_is_closed(site):
    """After a check, no connection is left open, whatever came out."""
    here = site(3)
    here.fleet[1].change_host_key()
    here.known_hosts.write_text("".join(f"{here.fleet[n].known_hosts_line}\n" for n in (0,)))
    for place in range(3):
        here.call(host_keys.check_host_key, here.node(place))
    here.all_closed("check_host_key(node)")


def test_commands_do_not_go_to_strangers(site):
    """run_command raises UntrustedHost for a machine that is not on file, before any login."""
    here = site()
    here.known_hosts.write_text("")
    here.raises(remote_shell.UntrustedHost, remote_shell.run_command, here.node(), "echo hello")
    nothing_was_sent(here.host)


def test_commands_do_not_go_to_impostors(site):
    """run_command raises UntrustedHost for a machine whose key has changed, before any login."""
    here = site()
    here.host.change_host_key()
    here.raises(remote_shell.UntrustedHost, remote_shell.run_command, here.node(), "echo hello")
    nothing_was_sent(here.host)


def test_logins_of_strangers_and_impostors(site):
    """check_logins reports "untrusted host" for both."""
    here = site(3)
    lines = [host.known_hosts_line for host in here.fleet]
    here.known_hosts.write_text(f"{lines[0]}\n{lines[2]}\n")
    here.fleet[2].change_host_key()
    here.call(login_check.check_logins, here.nodes()).returns(
        {"web-1": "ok", "web-2": "untrusted host", "web-3": "untrusted host"}
    )


def test_the_file_stays_as_it_is(site):
    """Nothing is ever added to the known_hosts file."""
    here = site(2)
    before = here.fleet[0].known_hosts_line + "\n"
    here.known_hosts.write_text(before)
    for place in range(2):
        here.call(host_keys.check_host_key, here.node(place))
    here.call(login_check.check_logins, here.nodes())
    expect(here.known_hosts.read_text(), "the known_hosts file").equals(
        before, look="a policy that adds keys also saves them: refuse instead"
    )
