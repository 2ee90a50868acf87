"""Streams: large outputs in pieces, early leaving readers, cancellation, interactive input."""

from __future__ import annotations

import threading

import pytest

from labkit.hosts import BytesReader, BytesSink, Machine, User
from labkit.hosts.streams import NullSink


class Conversation:
    """A reader that hands out a line only when asked for one, and remembers what was shown before."""

    def __init__(self, screen: BytesSink, answers: list[bytes]) -> None:
        self.screen = screen
        self.answers = answers
        self.seen: list[bytes] = []

    def readline(self) -> bytes:
        self.seen.append(self.screen.value)
        return self.answers.pop(0) if self.answers else b""

    def read(self, n: int = -1) -> bytes:
        return self.readline()


def interact(script: bytes, *, user: str = "ops", tty: bool = True) -> str:
    screen = BytesSink()
    Machine(users=(User("ops", "pw", sudo=True),)).execute(
        None, user=user, stdin=BytesReader(script), stdout=screen, stderr=screen, tty=tty
    )
    return screen.value.decode()


def test_ten_megabytes_on_both_streams() -> None:
    """Both output streams carry 10 MB, in pieces of a bounded size."""
    sizes: list[int] = []

    class Counting(NullSink):
        def write(self, data: bytes) -> None:
            sizes.append(len(data))

    sink = Counting()
    status = Machine().execute(
        "head -c 10000000 /dev/zero; head -c 10000000 /dev/zero >&2",
        user="ops",
        stdin=BytesReader(),
        stdout=sink,
        stderr=sink,
    )
    assert status == 0
    assert sum(sizes) == 20_000_000
    assert max(sizes) <= 1 << 17


@pytest.mark.parametrize(
    "script",
    [
        "yes",
        "yes | cat",
        "while true; do echo x; done",
        "cat /dev/zero",
        "seq 100000000",
        "while true; do cat /etc/passwd; done",
    ],
)
def test_reader_that_leaves_ends_the_command(script: str) -> None:
    """A sink that raises BrokenPipeError ends even an endless command, with status 141."""
    sink = BytesSink(limit=100_000)
    status = Machine().execute(script, user="ops", stdin=BytesReader(), stdout=sink, stderr=NullSink())
    assert status == 141


@pytest.mark.parametrize(
    "script",
    [
        "yes > /dev/null",
        "while :; do :; done",
        "sleep infinity",
        "tail -f /etc/motd",
        "yes | cat > /dev/null",
    ],
)
def test_cancelled_command_ends(script: str) -> None:
    """Setting the event ends a command that would run for ever, with status 143."""
    host = Machine()
    host.step_budget = 1 << 60
    cancelled = threading.Event()
    result: list[int] = []

    def run() -> None:
        result.append(
            host.execute(
                script,
                user="ops",
                stdin=BytesReader(),
                stdout=NullSink(),
                stderr=NullSink(),
                cancelled=cancelled,
            )
        )

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    cancelled.set()
    thread.join(20)
    assert result == [143]


@pytest.mark.parametrize(
    ("script", "stdout"),
    [
        ("yes | head -2", b"y\ny\n"),
        ("seq 1000000 | head -1", b"1\n"),
        ("cat /dev/zero | head -c 3 | wc -c", b"3\n"),
        ("while true; do echo x; sleep 1; done | head -2; date +%T", b"x\nx\n10:00:02\n"),
        ("yes | while read x; do echo $x; break; done", b"y\n"),
        ("seq 50000 | sort -rn | tail -1", b"1\n"),
        ("yes | tr y n | head -1; echo ${PIPESTATUS[@]}", b"n\n141 141 0\n"),
    ],
)
def test_pipelines_are_bounded(script: str, stdout: bytes) -> None:
    """A pipeline ends when its reader has enough, whatever its writer could still give."""
    assert Machine().run(script).stdout == stdout


def test_question_and_answer() -> None:
    """A script's prompt is out before its input is read."""
    host = Machine()
    host.files.write(
        "/home/ops/deploy", '#!/bin/sh\nprintf "Continue? [y/N] "\nread a\necho "got $a"\n', mode=0o755
    )
    screen = BytesSink()
    talk = Conversation(screen, [b"yes\n"])
    assert host.execute("/home/ops/deploy", user="ops", stdin=talk, stdout=screen, stderr=screen) == 0
    assert talk.seen == [b"Continue? [y/N] "]
    assert screen.value == b"Continue? [y/N] got yes\n"


def test_prompt_passes_through_a_pipeline() -> None:
    """The right side of a pipeline shows its output while the left side waits for input."""
    screen = BytesSink()
    talk = Conversation(screen, [b"a\n", b"b\n"])
    script = "while read x; do echo got $x; done | cat"
    assert Machine().execute(script, user="ops", stdin=talk, stdout=screen, stderr=screen) == 0
    assert screen.value == b"got a\ngot b\n"


def test_apt_asks_on_stdout() -> None:
    """apt-get without -y asks and takes no for an answer; the end of the input is a no."""
    for answer, status in ((b"y\n", 0), (b"n\n", 1), (b"", 1)):
        host = Machine()
        done = host.run("apt-get remove cron", user="root", stdin=answer)
        assert b"Do you want to continue? [Y/n] " in done.stdout
        assert done.status == status
        assert ("cron" in host.packages) == (status == 1)


def test_interactive_shell_keeps_its_state() -> None:
    """The shell shows its prompt, keeps folder and variables, and ends at exit."""
    shown = interact(b"cd /etc\nx=5\necho $x $PWD\nfalse\necho $?\nexit 3\necho never\n")
    assert shown == (
        "ops@web-1:~$ ops@web-1:/etc$ ops@web-1:/etc$ 5 /etc\nops@web-1:/etc$ ops@web-1:/etc$ 1\n"
        "ops@web-1:/etc$ logout\n"
    )


def test_interactive_shell_of_root_and_without_terminal() -> None:
    """Root's prompt ends in #; without a terminal there is no prompt at all."""
    assert interact(b"whoami\n", user="root") == "root@web-1:~# root\nroot@web-1:~# logout\n"
    assert interact(b"whoami\nnosuch\n", tty=False) == "ops\nbash: line 1: nosuch: command not found\n"


def test_interactive_shell_asks_for_more() -> None:
    """An unfinished command gets the second prompt; a wrong one does not end the shell."""
    shown = interact(b"for i in 1 2\ndo echo $i\ndone\n)\necho $?\n")
    assert shown == (
        "ops@web-1:~$ > > 1\n2\nops@web-1:~$ -bash: syntax error near unexpected token `)'\n"
        "ops@web-1:~$ 2\nops@web-1:~$ logout\n"
    )


def test_exit_status_of_an_interactive_shell() -> None:
    """The shell ends with the status given to exit, or that of its last command."""
    for text, status in ((b"exit 7\n", 7), (b"false\n", 1), (b"", 0)):
        got = Machine().execute(
            None, user="ops", stdin=BytesReader(text), stdout=NullSink(), stderr=NullSink()
        )
        assert got == status


def test_many_threads_on_one_machine() -> None:
    """Commands from several threads do not disturb each other, and no write to a file is lost."""
    host = Machine()
    results: list[bytes] = []

    def work(number: int) -> None:
        for turn in range(20):
            done = host.run(
                f"x={number}; echo line >> /tmp/log; mkdir -p /tmp/{number}/{turn}; echo $x | cat; cd /tmp"
            )
            results.append(done.stdout.strip() == str(number).encode() and done.stdout)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(results)
    assert len(results) == 160
    assert host.run("wc -l < /tmp/log; ls /tmp | wc -l").stdout == b"160\n9\n"


def test_waiting_for_input_blocks_nobody() -> None:
    """While one command waits for its input, others on the same machine run."""
    host = Machine()
    asked, go = threading.Event(), threading.Event()

    class Slow(BytesReader):
        def readline(self) -> bytes:
            asked.set()
            go.wait(20)
            return b"answer\n"

    sink = BytesSink()
    thread = threading.Thread(
        target=host.execute,
        args=("read x; echo $x",),
        kwargs={"user": "ops", "stdin": Slow(), "stdout": sink, "stderr": sink},
    )
    thread.start()
    asked.wait(20)
    assert host.run("echo free; touch f; ls").stdout == b"free\nf\n"
    go.set()
    thread.join(20)
    assert sink.value == b"answer\n"
