"""The walk over the tree."""

from __future__ import annotations

import os
import posixpath
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from labkit.hosts.shell import patterns
from labkit.hosts.shell.control import ExitShell, ExpansionProblem, LeaveLoop, ReturnFrom
from labkit.hosts.shell.expansion import Expander
from labkit.hosts.shell.parser import is_name
from labkit.hosts.shell.pipes import KickingReader, Pipe
from labkit.hosts.shell.redirection import Descriptors, RedirectProblem, redirect_all
from labkit.hosts.shell.running import invoke
from labkit.hosts.shell.state import State
from labkit.hosts.shell.syntax import (
    AndOr,
    Arithmetic,
    ArithmeticFor,
    Background,
    Case,
    Command,
    Condition,
    For,
    Function,
    Group,
    If,
    Pipeline,
    Program,
    Redirected,
    Sequence,
    Simple,
    Subshell,
    While,
)
from labkit.hosts.shell.testing import evaluate
from labkit.hosts.streams import BytesReader, BytesSink, Reader, Sink

if TYPE_CHECKING:
    from labkit.hosts.shell.session import Session

_NESTING = 60
# Bytes that a command substitution may give; endless output ends there.
_CAPTURE_LIMIT = 64 << 20


class Shell:
    """One shell process: a state, descriptors, and the means to run commands.

    Args:
        session: what all shells of one ``execute`` share.
        state: variables and so on; changed in place.
        fds: open descriptors by number.
    """

    def __init__(self, session: Session, state: State, fds: Descriptors) -> None:
        self.session = session
        self.state = state
        self.fds = fds
        self.expander = Expander(self)
        self.argument_zero = "bash"
        self.substituted = False
        self.loops = 0
        self.depth = 0
        # Set by ``exec`` without a command: the redirections of this command stay.
        self.keep_descriptors = False
        # Above zero: a failing command is being tested, so that ``set -e`` does not apply.
        self.guarded = 0
        # The pipe this shell writes to, to be drained before it waits.
        self.pipe: Pipe | None = None

    # -- helpers ---------------------------------------------------------------------------------

    def path(self, name: str) -> str:
        """An absolute path for a name given to a command."""
        return posixpath.join(self.state.cwd, name) if name else name

    def complain(self, message: str) -> None:
        """Write a message with the shell's prefix."""
        self.write_error(self.state.prefix() + message + "\n")

    def write_error(self, text: str) -> None:
        sink = self.fds.get(2)
        if sink is not None:
            sink.write(text.encode("utf-8", "surrogateescape"))  # type: ignore[union-attr]

    def child(self, fds: Descriptors | None = None, state: State | None = None) -> Shell:
        """A subshell: changes to it stay in it."""
        shell = Shell(
            self.session,
            self.state.copy() if state is None else state,
            dict(self.fds if fds is None else fds),
        )
        shell.argument_zero = self.argument_zero
        shell.guarded = self.guarded
        shell.depth = self.depth
        shell.loops = self.loops
        shell.pipe = self.pipe
        return shell

    def finish(self, body: Callable[[], int]) -> int:
        """Run the body of a (sub)shell to its end, whatever way it ends, with its EXIT trap."""
        try:
            status = body()
        except ExitShell as leaving:
            status = leaving.status
        except (ReturnFrom, LeaveLoop):
            status = self.state.status
        except ExpansionProblem as problem:
            self.complain(problem.message)
            status = problem.fatal or 1
        self.state.status = status
        return self.run_trap(status)

    def run_trap(self, status: int) -> int:
        """The EXIT trap, once."""
        trap = self.state.traps.pop("EXIT", None)
        if not trap:
            return status
        self.state.options.discard("e")
        try:
            self.run_text(trap)
        except ExitShell as leaving:
            return leaving.status
        except (ReturnFrom, LeaveLoop):
            pass
        return status

    def capture(self, program: Program) -> tuple[int, bytes]:
        """Run a program in a subshell and keep its output."""
        sink = BytesSink(limit=_CAPTURE_LIMIT)
        shell = self.child({**self.fds, 1: sink})
        shell.guarded = 0
        shell.pipe = None
        try:
            status = shell.finish(lambda: shell.run_program(program))
        except BrokenPipeError:
            status = 141
        return status, sink.value

    def substitute_process(self, program: Program) -> str:
        """``<(...)``: run it to its end and offer the output as /dev/fd/N."""
        _status, output = self.capture(program)
        number = next(number for number in range(63, 0, -1) if number not in self.fds)
        self.fds[number] = BytesReader(output)
        return f"/dev/fd/{number}"

    def read_for_substitution(self, name: str) -> bytes:
        """``$(< file)``."""
        try:
            return self.session.machine.files.read(self.path(name), by=self.state.credentials)
        except OSError as problem:
            self.complain(f"{name}: {os.strerror(problem.errno or 0)}")
            self.state.status = 1
            self.substituted = True
            return b""

    # -- programs --------------------------------------------------------------------------------

    def run_text(self, text: str, label: str = "-c") -> int:
        """Parse and run a script in this shell."""
        return self.run_program(self.session.parse(text), text, label)

    def run_program(self, program: Program, text: str = "", label: str = "-c") -> int:
        for warning in program.warnings:
            self.write_error(f"{self.state.name}: {warning}\n")
        status = 0 if not program.items else self.state.status
        for item in program.items:
            try:
                status = self.run(item)
            except ExpansionProblem as problem:
                self.complain(problem.message)
                if problem.fatal is not None:
                    raise ExitShell(problem.fatal) from None
                status = self.state.status = 1
        if program.problem is not None:
            self.report_syntax(program.problem, label)
            status = self.state.status = 2
        return status

    def report_syntax(self, problem: Any, label: str) -> None:
        """Word a syntax error as bash does."""
        if self.state.dash and label == "-c":
            shown = problem.message.replace("syntax error near unexpected token `", "").rstrip("'")
            text = f'"{shown}" unexpected' if problem.source is not None else "end of file unexpected"
            if problem.message.endswith(("`\"'", "`''")):
                text = "Unterminated quoted string"
            self.write_error(f"{self.state.name}: {problem.line}: Syntax error: {text}\n")
            return
        prefix = "-bash: " if self.state.interactive else f"{self.state.name}: {label}{': ' if label else ''}"
        where = "" if self.state.interactive else f"line {problem.line}: "
        self.write_error(f"{prefix}{where}{problem.message}\n")
        if problem.source is not None and not self.state.interactive:
            self.write_error(f"{prefix}{where}`{problem.source}'\n")

    def run(self, node: Command) -> int:
        """Run any command and keep its status."""
        self.session.tick()
        status = _METHODS[type(node)](self, node)
        self.state.status = status
        if status and "e" in self.state.options and not self.guarded and type(node) in _CHECKED:
            # A pipeline with ! in front is a question, not a failure.
            question = isinstance(node, Pipeline) and node.negated
            if not question:
                raise ExitShell(status)
        return status

    def tested(self, node: Command) -> int:
        """Run a command whose failure is an answer, not an error."""
        self.guarded += 1
        try:
            return self.run(node)
        finally:
            self.guarded -= 1

    # -- lists and compounds ---------------------------------------------------------------------

    def sequence(self, node: Sequence) -> int:
        status = 0
        for item in node.items:
            status = self.run(item)
        return status

    def and_or(self, node: AndOr) -> int:
        status = self.tested(node.first)
        last = len(node.rest) - 1
        for position, (operator, command) in enumerate(node.rest):
            if (status == 0) == (operator == "&&"):
                status = self.run(command) if position == last else self.tested(command)
        return status

    def background(self, node: Background) -> int:
        """A job runs to its end at once, without input and without moving the clock."""
        session = self.session
        shell = self.child({**self.fds, 0: BytesReader()})
        shell.guarded = 0
        pid = session.new_pid()
        session.jobs[pid] = 0
        session.background += 1
        try:
            session.jobs[pid] = shell.finish(lambda: shell.run(node.body))
        finally:
            session.background -= 1
        self.state.last_background = pid
        if self.state.interactive:
            self.write_error(f"[1] {pid}\n")
        return 0

    def group(self, node: Group) -> int:
        return self.run(node.body)

    def subshell(self, node: Subshell) -> int:
        shell = self.child()
        return shell.finish(lambda: shell.run(node.body))

    def if_(self, node: If) -> int:
        for condition, body in node.clauses:
            if self.tested(condition) == 0:
                return self.run(body)
        return self.run(node.otherwise) if node.otherwise is not None else 0

    def loop_body(self, body: Sequence) -> tuple[int, bool]:
        """One turn of a loop: its status and whether the loop goes on."""
        try:
            return self.run(body), True
        except LeaveLoop as leaving:
            if leaving.levels > 1 and self.loops > 1:
                leaving.levels -= 1
                raise
            return 0, leaving.again

    def for_(self, node: For) -> int:
        if not is_name(node.name):
            self.complain(f"`{node.name}': not a valid identifier")
            return 1
        values = list(self.state.arguments) if node.words is None else self.expander.fields(node.words)
        status = 0
        self.loops += 1
        try:
            for value in values:
                self.expander.parameters.assign_text(node.name, value)
                status, more = self.loop_body(node.body)
                if not more:
                    break
        finally:
            self.loops -= 1
        return status

    def arithmetic_for(self, node: ArithmeticFor) -> int:
        evaluate_ = self.expander.arithmetic
        status = 0
        self.loops += 1
        try:
            if node.start is not None:
                evaluate_(node.start)
            while node.condition is None or evaluate_(node.condition):
                status, more = self.loop_body(node.body)
                if not more:
                    break
                if node.step is not None:
                    evaluate_(node.step)
        finally:
            self.loops -= 1
        return status

    def while_(self, node: While) -> int:
        status = 0
        self.loops += 1
        try:
            while True:
                try:
                    goes_on = (self.tested(node.condition) != 0) == node.until
                except LeaveLoop as leaving:
                    if leaving.levels > 1 and self.loops > 1:
                        leaving.levels -= 1
                        raise
                    goes_on = leaving.again
                    if goes_on:
                        continue
                if not goes_on:
                    return status
                status, more = self.loop_body(node.body)
                if not more:
                    return status
        finally:
            self.loops -= 1

    def case(self, node: Case) -> int:
        subject = self.expander.text(node.subject)
        status = 0
        falling = False
        for wanted, body, ending in node.items:
            if not falling and not any(
                patterns.matches(self.expander.pattern(word), subject) for word in wanted
            ):
                continue
            status = self.run(body) if body.items else 0
            falling = ending == ";&"
            if ending == ";;":
                return status
        return status

    def function(self, node: Function) -> int:
        self.state.functions[node.name] = node.body
        return 0

    def arithmetic(self, node: Arithmetic) -> int:
        self.state.line = node.line
        try:
            return int(self.expander.arithmetic(node.expression) == 0)
        except ExpansionProblem as problem:
            self.complain("((: " + problem.message)
            return 1

    def condition(self, node: Condition) -> int:
        self.state.line = node.line
        return int(not evaluate(self, node.test))

    def redirected(self, node: Redirected) -> int:
        return self.with_redirects(node.redirects, lambda: self.run(node.body))

    def with_redirects(self, redirects: Any, body: Callable[[], int]) -> int:
        try:
            fds = redirect_all(self, redirects)
        except RedirectProblem as problem:
            self.redirect_failed(problem)
            return 1
        before, self.fds = self.fds, fds
        try:
            return body()
        finally:
            if self.keep_descriptors:
                self.keep_descriptors = False
            else:
                self.fds = before

    def redirect_failed(self, problem: RedirectProblem) -> None:
        if self.state.dash and problem.reason:
            what = "create" if problem.creating else "open"
            reason = problem.reason.replace(
                "No such file or directory", "Directory nonexistent" if problem.creating else "No such file"
            )
            self.complain(f"cannot {what} {problem.name}: {reason}")
        else:
            self.complain(problem.message)

    # -- pipelines -------------------------------------------------------------------------------

    def pipeline(self, node: Pipeline) -> int:
        started = self.session.machine.clock.peek()
        if node.negated:
            self.guarded += 1
        try:
            if not node.commands:
                status = 0
            elif len(node.commands) == 1:
                status = self.run(node.commands[0])
                self.state.pipe_status = [status]
            else:
                status = self.pipe_through(node)
        finally:
            if node.negated:
                self.guarded -= 1
        if node.timed:
            seconds = self.session.machine.clock.peek() - started
            taken = f"{int(seconds // 60)}m{seconds % 60:.3f}s"
            self.write_error(f"\nreal\t{taken}\nuser\t0m0.000s\nsys\t0m0.000s\n")
        return int(status == 0) if node.negated else status

    def pipe_through(self, node: Pipeline) -> int:
        statuses = [0] * len(node.commands)
        self.run_stage(node, 0, self.fds.get(0), statuses)
        self.state.pipe_status = statuses
        if "pipefail" in self.state.options:
            return next((status for status in reversed(statuses) if status), 0)
        return statuses[-1]

    def run_stage(self, node: Pipeline, index: int, stdin: Reader | Sink | None, statuses: list[int]) -> None:  # noqa: C901 - one branch per case
        """Run one command of a pipeline and everything to the right of it."""
        fds = dict(self.fds)
        if stdin is not None:
            fds[0] = stdin
        if index == len(node.commands) - 1:
            shell = self.child(fds)
            statuses[index] = shell.run_in_pipe(node.commands[index])
            return
        thread: list[threading.Thread] = []
        failure: list[BaseException] = []

        def right() -> None:
            try:
                self.run_stage(node, index + 1, pipe, statuses)
            except BaseException as problem:
                failure.append(problem)
            finally:
                pipe.leave()

        def start() -> None:
            thread.append(threading.Thread(target=right, name="labkit-pipe", daemon=True))
            thread[0].start()

        pipe = Pipe(start)
        fds[1] = pipe
        if node.merge[index]:
            fds[2] = pipe
        reader = fds.get(0)
        if reader is not None and not isinstance(reader, BytesReader) and hasattr(reader, "readline"):
            fds[0] = KickingReader(reader, pipe)  # type: ignore[arg-type]
        shell = self.child(fds)
        shell.pipe = pipe
        try:
            statuses[index] = shell.run_in_pipe(node.commands[index])
        finally:
            pipe.end()
            if thread:
                thread[0].join()
        if not thread:
            right()
        if failure:
            raise failure[0]

    def run_in_pipe(self, command: Command) -> int:
        try:
            return self.finish(lambda: self.run(command))
        except BrokenPipeError:
            return 141

    # -- simple commands -------------------------------------------------------------------------

    def simple(self, node: Simple) -> int:
        self.state.line = node.line
        if not node.words:
            return (
                self.with_redirects(node.redirects, lambda: self.assignments_only(node))
                if (node.redirects)
                else self.assignments_only(node)
            )
        declared = {position for position, _assignment in node.declared}
        if declared:
            words = []
            for position, word in enumerate(node.words):
                words += [word.raw] if position in declared else self.expander.fields([word])
        else:
            words = self.expander.fields(node.words)
        if not node.redirects:
            return self.call(node, words)
        return self.with_redirects(node.redirects, lambda: self.call(node, words))

    def assignments_only(self, node: Simple) -> int:
        self.substituted = False
        for assignment in node.assignments:
            self.expander.parameters.assign(assignment)
        self.trace([f"{a.name}={self.state.get(a.name) or ''}" for a in node.assignments])
        return self.state.status if self.substituted else 0

    def call(self, node: Simple, words: list[str]) -> int:
        if not words:
            return self.assignments_only(node)
        if "x" in self.state.options:
            self.trace(words)
        if not node.assignments:
            return invoke(self, words, node)
        return self.with_variables(
            {a.name: self.expander.text(a.value) for a in node.assignments},
            lambda: invoke(self, words, node),
        )

    def with_variables(self, variables: Mapping[str, str], body: Callable[[], int]) -> int:
        """Run with variables set and exported for this one command."""
        state = self.state
        before = {name: (state.variables.get(name), name in state.exported) for name in variables}
        for name, text in variables.items():
            self.expander.parameters.assign_text(name, text)
            state.exported.add(name)
        try:
            return body()
        finally:
            for name, (value, exported) in before.items():
                if value is None:
                    state.variables.pop(name, None)
                else:
                    state.variables[name] = value
                if not exported:
                    state.exported.discard(name)

    def trace(self, words: list[str]) -> None:
        if "x" in self.state.options:
            from labkit.hosts.shell.quoting import quote

            self.write_error("+ " + " ".join(quote(word) for word in words) + "\n")

    def call_function(self, body: Command, arguments: list[str]) -> int:
        """Run a function with its own positional parameters and local variables."""
        state = self.state
        if self.depth >= _NESTING:
            self.complain(f"simulated host: functions nested deeper than {_NESTING} are not supported")
            raise ExitShell(1)
        before, state.arguments = state.arguments, arguments
        loops, self.loops = self.loops, 0
        state.locals.append({})
        self.depth += 1
        try:
            return self.run(body)
        except ReturnFrom as leaving:
            return leaving.status
        finally:
            self.depth -= 1
            state.leave_function()
            state.arguments = before
            self.loops = loops


_METHODS: dict[type, Callable[[Shell, Any], int]] = {
    AndOr: Shell.and_or,
    Arithmetic: Shell.arithmetic,
    ArithmeticFor: Shell.arithmetic_for,
    Background: Shell.background,
    Case: Shell.case,
    Condition: Shell.condition,
    For: Shell.for_,
    Function: Shell.function,
    Group: Shell.group,
    If: Shell.if_,
    Pipeline: Shell.pipeline,
    Redirected: Shell.redirected,
    Sequence: Shell.sequence,
    Simple: Shell.simple,
    Subshell: Shell.subshell,
    While: Shell.while_,
}
_CHECKED = (Simple, Pipeline, Subshell, Arithmetic, Condition, Redirected)
