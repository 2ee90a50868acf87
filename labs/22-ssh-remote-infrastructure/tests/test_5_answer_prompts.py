"""Task 5: answer a program that asks."""

from __future__ import annotations

import remote_shell

from labkit.checks import expect
from labkit.faults import Drop

#: Seconds: what must not answer at all costs this much, and what must answer before has it on a busy machine.
SHORT = 1.0


def ask(call, prompt, stream="stdout"):
    """What a program does: print a prompt without a line end, and read a line."""
    getattr(call, stream).write(prompt.encode())
    return call.stdin.readline().decode()


def test_one_question(site):
    """The answer is sent with a line end, and the program's result comes back."""
    here = site()

    def rotate(call):
        answer = ask(call, "Continue? [y/N] ")
        call.stdout.write(f"\nanswer {answer!r}\n".encode())
        return 0 if answer == "y\n" else 1

    here.host.machine.on("^rotate-keys$", rotate)
    here.call(
        remote_shell.answer_prompts, here.node(), "rotate-keys", {"Continue? [y/N] ": "y"}, timeout=5
    ).returns(remote_shell.CommandResult("Continue? [y/N] \nanswer 'y\\n'\n", "", 0))
    here.takes(remote_shell.answer_prompts, "node, command, answers, *, known_hosts, timeout=10.0")


def test_the_program_decides_what_comes_first(site):
    """Each question gets its own answer, in the order in which the program asks."""
    here = site()

    def enroll(call):
        name = ask(call, "Name: ").strip()
        zone = ask(call, "Zone: ").strip()
        call.stdout.write(f"{name} in {zone}\n".encode())
        return 0

    here.host.machine.on("^enroll$", enroll)
    result = here.call(
        remote_shell.answer_prompts, here.node(), "enroll", {"Zone: ": "eu", "Name: ": "web-1"}, timeout=5
    ).value
    expect(result.stdout, "stdout").contains(
        "web-1 in eu", look="do not send answers blindly: wait for a prompt, then answer that one"
    )


def test_a_question_that_comes_again(site):
    """A prompt that comes twice is answered twice, and only when it comes."""
    here = site()

    def unlock(call):
        first = ask(call, "PIN: ").strip()
        call.stdout.write(b"wrong, once more\n")
        second = ask(call, "PIN: ").strip()
        call.stdout.write(b"checking\n")
        name = ask(call, "Name: ").strip()
        call.stdout.write(f"{first} {second} {name}\n".encode())
        return 0

    here.host.machine.on("^unlock$", unlock)
    result = here.call(
        remote_shell.answer_prompts, here.node(), "unlock", {"PIN: ": "4711", "Name: ": "ops"}, timeout=5
    ).value
    expect(result.stdout, "stdout").contains(
        "4711 4711 ops", look="remember up to where the output is answered: an old prompt is no new question"
    )


def test_a_question_on_stderr(site):
    """A prompt on stderr is a prompt as well: sudo -S asks there."""
    here = site()
    result = here.call(
        remote_shell.answer_prompts,
        here.node(),
        "sudo -S -p 'Password: ' id -un",
        {"Password: ": here.host.password},
        timeout=5,
    ).value
    expect(result.stdout, "stdout of sudo id -un").equals("root\n")


def test_a_prompt_in_pieces(site):
    """A prompt may arrive in several pieces."""
    here = site()

    def rotate(call):
        for piece in (b"Contin", b"ue? [y", b"/N] "):
            call.stdout.write(piece)
            call.cancelled.wait(0.03)
        return 0 if call.stdin.readline() == b"y\n" else 1

    here.host.machine.on("^rotate-keys$", rotate)
    result = here.call(
        remote_shell.answer_prompts, here.node(), "rotate-keys", {"Continue? [y/N] ": "y"}, timeout=5
    ).value
    expect(result.exit_status, "exit_status").equals(0)


def test_a_prompt_that_never_comes(site):
    """An answer that nobody asks for is no error."""
    here = site()
    here.call(remote_shell.answer_prompts, here.node(), "echo done", {"Continue? ": "y"}, timeout=5).returns(
        remote_shell.CommandResult("done\n", "", 0)
    )


def test_a_question_nobody_prepared_for(site):
    """A question without an answer ends in CommandTimeout, and the connection is closed."""
    here = site()
    here.host.machine.on("^wipe$", lambda call: len(ask(call, "Really wipe the disk? ")))
    problem = here.raises(
        remote_shell.CommandTimeout,
        remote_shell.answer_prompts,
        here.node(),
        "wipe",
        {"Continue? ": "y"},
        timeout=SHORT,
    )
    here.all_closed("answer_prompts(node, 'wipe', ...)")
    del problem


def test_the_streams_stay_apart(site):
    """Both output streams and the exit status come back as from run_command."""
    here = site()

    def rotate(call):
        ask(call, "Continue? ")
        call.stderr.write(b"warning: old key\n")
        return 4

    here.host.machine.on("^rotate-keys$", rotate)
    here.call(
        remote_shell.answer_prompts, here.node(), "rotate-keys", {"Continue? ": "y"}, timeout=5
    ).returns(remote_shell.CommandResult("Continue? ", "warning: old key\n", 4))


def test_a_connection_that_breaks_after_the_answer(site):
    """A connection that breaks before the exit status came raises ConnectionLost."""
    here = site()
    here.host.machine.on("^rotate-keys$", lambda call: len(ask(call, "Continue? ")))
    here.host.faults.inject(Drop(at="exit"))
    here.raises(
        remote_shell.ConnectionLost,
        remote_shell.answer_prompts,
        here.node(),
        "rotate-keys",
        {"Continue? ": "y"},
        timeout=5,
    )


def test_the_connection_is_closed(site):
    """After the last answer and the end of the program, no connection is left open."""
    here = site()
    here.host.machine.on("^rotate-keys$", lambda call: len(ask(call, "Continue? ")))
    here.call(remote_shell.answer_prompts, here.node(), "rotate-keys", {"Continue? ": "y"}, timeout=5)
    here.all_closed("answer_prompts(node, 'rotate-keys', ...)")
