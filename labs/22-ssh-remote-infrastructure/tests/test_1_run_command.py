"""Task 1: run one command."""

from __future__ import annotations

import remote_shell

from labkit.checks import expect
from labkit.faults import Drop, Hang, Refuse

#: Seconds: what must not answer at all costs this much, and what must answer before has it on a busy machine.
SHORT = 1.0
MIB = 1 << 20

NEVER_TOLD = "exit status -1 means that the server never told one: what was read may be half of the answer"


def test_what_the_command_prints_comes_back(site):
    """The output of the command comes back as text, unchanged."""
    here = site()
    here.call(remote_shell.run_command, here.node(), "echo hello").returns(
        remote_shell.CommandResult("hello\n", "", 0)
    )
    here.takes(remote_shell.run_command, "node, command, *, known_hosts, timeout=10.0")


def test_the_streams_are_kept_apart(site):
    """Both output streams and the exit status come back, each on its own."""
    here = site()
    here.call(remote_shell.run_command, here.node(), "echo good; echo bad >&2; exit 3").returns(
        remote_shell.CommandResult("good\n", "bad\n", 3)
    )


def test_a_failing_command_is_a_result(site):
    """An exit status other than 0 is returned, not raised."""
    here = site()
    result = here.call(remote_shell.run_command, here.node(), "cat /nowhere").value
    expect(result.exit_status, "exit_status of cat /nowhere").equals(1)


def test_text_is_decoded_and_not_stripped(site):
    """Output is decoded from UTF-8, what is no UTF-8 is replaced, and blanks at the ends stay."""
    here = site()

    def show(call):
        call.stdout.write(b"  caf\xc3\xa9 \xff\n\n")
        call.stderr.write(b"\xc3\xbc \xff")

    here.host.machine.on("^show-names$", show)
    here.call(remote_shell.run_command, here.node(), "show-names").returns(
        remote_shell.CommandResult("  café \ufffd\n\n", "ü \ufffd", 0)
    )


def test_a_key_logs_in_as_well(site):
    """A node whose auth is "key" is logged in to with the private key file in its secret."""
    here = site()
    result = here.call(remote_shell.run_command, here.node(auth="key"), "id -un").value
    expect(result.stdout, "stdout of id -un").equals("ops\n")
    expect(here.host.connection_log[-1].auth, "the way of logging in that the server saw").equals("key")


def test_the_connection_is_closed_after_success(site):
    """After a command that worked, no connection is left open."""
    here = site()
    here.call(remote_shell.run_command, here.node(), "echo hello")
    here.all_closed("run_command(node, 'echo hello')")


def test_a_host_that_is_down_is_unreachable(site):
    """A host where nobody listens raises Unreachable."""
    here = site()
    here.host.stop()
    here.raises(remote_shell.Unreachable, remote_shell.run_command, here.node(), "echo hello")


def test_a_login_that_is_never_answered_ends_in_time(site):
    """A server that never answers the login raises a RemoteError after timeout seconds."""
    here = site()
    here.host.faults.inject(Hang(at="auth"))
    here.raises(remote_shell.RemoteError, remote_shell.run_command, here.node(), "echo hello", timeout=SHORT)


def test_a_command_that_is_not_started(site):
    """A command that the server refuses to start raises ConnectionLost: there is no exit status."""
    here = site()
    here.host.faults.inject(Refuse(at="exec"))
    here.raises(remote_shell.ConnectionLost, remote_shell.run_command, here.node(), "echo hello")


def test_a_command_that_hangs_ends_in_time(site):
    """A command that prints nothing and never ends raises CommandTimeout after timeout seconds."""
    here = site()
    here.host.faults.inject(Hang(match="^backup"))
    here.raises(
        remote_shell.CommandTimeout, remote_shell.run_command, here.node(), "backup --all", timeout=SHORT
    )


def test_a_command_that_keeps_printing_ends_in_time(site):
    """The timeout counts for the command as a whole, also when it never stops printing."""
    here = site()

    def follow(call):
        # About 2 s in all: a limit on silence returns the whole output instead of hanging the test.
        for number in range(100):
            call.stdout.write(f"line {number}\n".encode())
            call.stderr.write(b".")
            if call.cancelled.wait(0.02):
                return 143
        return 0

    here.host.machine.on("^tail -f", follow)
    here.raises(
        remote_shell.CommandTimeout,
        remote_shell.run_command,
        here.node(),
        "tail -f /var/log/syslog",
        timeout=SHORT,
        look="a timeout of a channel or a stream is a limit on silence: take the time yourself",
    )


def test_the_connection_is_closed_after_a_timeout(site):
    """After CommandTimeout, no connection is left open."""
    here = site()
    here.host.faults.inject(Hang(match="^backup"))
    problem = here.raises(
        remote_shell.CommandTimeout, remote_shell.run_command, here.node(), "backup --all", timeout=SHORT
    )
    here.all_closed(f"run_command(node, 'backup --all', timeout={SHORT})")
    del problem  # it was kept until here: what an exception holds on to must be closed, not just forgotten


def test_half_an_answer_is_no_answer(site):
    """A connection that breaks in the middle of the output raises ConnectionLost."""
    here = site()
    here.host.machine.on("^list-users$", lambda call: call.stdout.write(b"user\n" * 4000))
    here.host.faults.inject(Drop(after_bytes=2500, match="^list-users"))
    here.raises(
        remote_shell.ConnectionLost, remote_shell.run_command, here.node(), "list-users", look=NEVER_TOLD
    )


def test_an_answer_without_its_status_is_no_answer(site):
    """A connection that breaks after the output, but before the exit status, raises ConnectionLost."""
    here = site()
    here.host.faults.inject(Drop(at="exit"))
    here.raises(
        remote_shell.ConnectionLost, remote_shell.run_command, here.node(), "echo all clear", look=NEVER_TOLD
    )


def test_the_connection_is_closed_after_it_broke(site):
    """After ConnectionLost, nothing is left open."""
    here = site()
    here.host.faults.inject(Drop(at="exit"))
    problem = here.raises(remote_shell.ConnectionLost, remote_shell.run_command, here.node(), "echo hello")
    here.all_closed("run_command(node, 'echo hello')")
    del problem


def test_megabytes_on_stderr_come_first(site):
    """5 MB on stderr before 5 MB on stdout do not make both sides wait for each other."""
    _flood(site(), "stderr", "stdout")


def test_megabytes_on_stdout_come_first(site):
    """5 MB on stdout before 5 MB on stderr do not make both sides wait for each other."""
    _flood(site(), "stdout", "stderr")


def _flood(here, first, second):
    piece = bytes(range(32, 96)) * 1024
    pieces = 5 * MIB // len(piece)
    sent = []

    def flood(call):
        for name in (first, second):
            for _ in range(pieces):
                getattr(call, name).write(piece)
                sent.append(name)
        return 0

    here.host.machine.on("^dump$", flood)
    result = here.call(
        remote_shell.run_command,
        here.node(),
        "dump",
        timeout=60,
        # What was sent may take its time to be read; only a server that cannot go on is stuck.
        progress=lambda: len(sent) if len(sent) < 2 * pieces else object(),
        look="one stream is read to its end while the other fills the window: read both at the same time",
    ).value
    whole = piece.decode() * pieces
    for name in (first, second):
        text = getattr(result, name)
        expect(len(text), f"characters on {name}").equals(5 * MIB)
        expect(text == whole, f"{name} is what was sent").is_true("every byte, in order")
    expect(result.exit_status, "exit_status").equals(0)
