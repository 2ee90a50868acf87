"""The steps of a build, and their progress as the classic builder tells it."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from labkit.engine import layers, registry
from labkit.engine.build import copying, results
from labkit.engine.build.dockerfile import Dockerfile, Instruction, Stage, check, read
from labkit.engine.build.instructions import PLAIN, command, environment
from labkit.engine.build.state import BuildFailed, Options, State
from labkit.engine.build.words import expand
from labkit.engine.committing import accounts, changed
from labkit.engine.image import CONFIG, Image
from labkit.engine.problems import EngineError, bad
from labkit.engine.process import as_text
from labkit.engine.references import InvalidReference

if TYPE_CHECKING:
    from labkit.engine.container import Container
    from labkit.engine.daemon import Daemon
    from labkit.hosts.files import VirtualFilesystem

#: Build arguments that need no ARG.
PREDEFINED: Final = frozenset(
    name
    for word in ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy")
    for name in (word, word.upper())
)
Message = dict[str, Any]


class Builder:
    """Builds one image. The engine's lock is held for each step.

    Args:
        daemon: the engine.
        file: the Dockerfile.
        context: files of the context, paths without a leading slash.
        options: what the client asked for.

    Attributes:
        image: the result.
    """

    def __init__(
        self, daemon: Daemon, file: Dockerfile, context: Mapping[str, layers.Entry], options: Options
    ) -> None:
        self._daemon = daemon
        self._file = file
        self._context = context
        self._options = options
        self._stages = file.stages[: self._target() + 1]
        if options.labels:
            text = "LABEL " + " ".join(f'"{name}"="{value}"' for name, value in options.labels.items())
            self._stages[-1].steps.append(read(text, 0))
        self._results = results.Results(daemon, cache=options.cache)
        self._done = 0
        self._count = len(file.arguments) + sum(1 + len(stage.steps) for stage in self._stages)
        self._finished: dict[str, Image] = {}
        self._used: set[str] = set()
        self.image: Image | None = None

    def _target(self) -> int:
        target = self._options.target
        if not target:
            return len(self._file.stages) - 1
        for number, stage in enumerate(self._file.stages):
            if target.lower() == stage.name or target == str(number):
                return number
        raise bad(f"failed to reach build target {target} in Dockerfile")

    def run(self) -> Iterator[Message]:
        """Build, and return the lines of progress.

        Raises:
            BuildFailed: a step failed; the words are the engine's.
        """
        arguments: dict[str, str] = {}
        for one in self._file.arguments:
            yield from self._announce(one)
            name, _, usual = one.rest.partition("=")
            self._used.add(name)
            arguments[name] = self._options.arguments.get(name, expand(usual, arguments))
        for number, stage in enumerate(self._stages):
            current = yield from self._stage(stage, arguments)
            self._finished[str(number)] = current
            if stage.name:
                self._finished[stage.name] = current
            self.image = current
            yield {"aux": {"ID": current.id}}
        unused = [name for name in self._options.arguments if name not in self._used | PREDEFINED]
        if unused:
            yield _said(f"[Warning] One or more build-args {_go_list(unused)} were not consumed\n")

    def _announce(self, one: Instruction) -> Iterator[Message]:
        self._done += 1
        yield _said(f"Step {self._done}/{self._count} : {one.text}")
        yield _said("\n")

    # Stages

    def _stage(self, stage: Stage, arguments: Mapping[str, str]) -> Generator[Message, None, Image]:
        yield from self._announce(stage.start)
        base = yield from self._base(expand(stage.base, arguments))
        state = State(base, dict(arguments))
        yield _said(f" ---> {base.short if base.id else ''}\n")
        steps = list(stage.steps)
        triggers = list(base.config["OnBuild"] or ())
        if triggers:
            yield _said(f"# Executing {len(triggers)} build trigger{'s' if len(triggers) > 1 else ''}\n")
            state.config["OnBuild"] = None
            self._count += len(triggers)
            steps = [*(read(text, 0) for text in triggers), *steps]
        for one in steps:
            yield from self._announce(one)
            check(one)
            yield from self._step(one, state)
        if not state.image.id:
            raise BuildFailed("No image was generated. Is your Dockerfile empty?")
        return state.image

    def _base(self, name: str) -> Generator[Message, None, Image]:
        if name == "scratch":
            return Image(dict(CONFIG), 0.0, has_shell=False, id="scratch")
        stage = self._finished.get(name.lower())
        if stage is not None:
            return stage
        found: Image | None
        with self._daemon.changed:
            try:
                found = self._daemon.images.look_up(name)
            except InvalidReference as error:
                raise BuildFailed(str(error)) from None
        if found is None or (self._options.pull and not name.startswith("sha256:")):
            try:
                with self._daemon.changed:
                    said = list(
                        registry.pull(self._daemon, name, "" if ":" in name.rpartition("/")[2] else "latest")
                    )
                    found = self._daemon.images.look_up(name)
            except EngineError as error:
                raise BuildFailed(error.message) from None
            yield from said
        if found is None:
            raise BuildFailed(f"No such image: {name}")
        return found

    # Steps

    def _step(self, one: Instruction, state: State) -> Iterator[Message]:
        variables = {**state.arguments_in_force, **environment(state.config)}
        try:
            if one.name == "RUN":
                yield from self._run(one, state)
            elif one.name in ("COPY", "ADD"):
                yield from self._copy(one, state, variables)
            elif one.name == "ARG":
                yield from self._arg(one, state, variables)
            else:
                config = copy.deepcopy(state.config)
                words = PLAIN[one.name](config, one, variables)
                author = one.rest if one.name == "MAINTAINER" else ""
                yield from self._plain(state, config, words, author)
        except EngineError as error:
            raise BuildFailed(error.message) from None

    def _arg(self, one: Instruction, state: State, variables: Mapping[str, str]) -> Iterator[Message]:
        name, equals, usual = one.rest.partition("=")
        self._used.add(name)
        value = self._options.arguments.get(name)
        if value is None:
            value = expand(usual, variables) if equals else state.outer.get(name)
        if value is not None:
            state.arguments[name] = value
        yield from self._plain(state, copy.deepcopy(state.config), f"ARG {one.rest}", "")

    def _plain(self, state: State, config: dict[str, Any], words: str, author: str) -> Iterator[Message]:
        by = f"/bin/sh -c #(nop)  {words}"
        known = self._results.cached(state, by)
        if known is not None:
            yield from _from_cache(known)
        else:
            id_ = self._daemon.identities.id()[:12]
            yield _said(f" ---> Running in {id_}\n")
            if self._options.remove:
                yield _said(f"Removing intermediate container {id_}\n")
            shown = ["/bin/sh", "-c", "#(nop) ", words]
            known = self._results.keep(state, by, config, {}, shown, author or state.image.author)
            yield _said(f" ---> {known.short}\n")
        state.move(known)

    def _copy(self, one: Instruction, state: State, variables: Mapping[str, str]) -> Iterator[Message]:
        with self._daemon.changed:
            container = self._results.container(state, ["#"])
            try:
                origin = one.flags.get("from", "")
                source = self._other(origin) if origin else self._context
                owner = results.owner(container, expand(one.flags.get("chown", ""), variables))
                workdir = state.config["WorkingDir"]
                layer = copying.layer(one, source, container.files, workdir, variables, owner)
                layer = {_resolved(container.files, path): entry for path, entry in layer.items()}
            finally:
                self._daemon.containers.pop(container.id, None)
        *_, target = one.words
        mark = hashlib.sha256(layers.digest(layer).encode()).hexdigest()
        by = f"/bin/sh -c #(nop) {one.name} file:{mark} in {target} "
        known = self._results.cached(state, by)
        if known is not None:
            yield from _from_cache(known)
        else:
            config = copy.deepcopy(state.config)
            known = self._results.keep(
                state, by, config, layer, ["/bin/sh", "-c", by.partition("-c ")[2]], ""
            )
            yield _said(f" ---> {known.short}\n")
        state.move(known)

    def _other(self, name: str) -> copying.Source:
        image = self._finished.get(name.lower())
        if image is None:
            image = self._daemon.images.look_up(name)
        if image is None:
            try:
                list(registry.pull(self._daemon, name, ""))
            except EngineError as error:
                raise bad(f"invalid from flag value {name}: {error.message}") from None
            image = self._daemon.images.find(name)
        container = self._results.container(State(image, {}), ["#"])
        try:
            return copying.tree(container.files)
        finally:
            self._daemon.containers.pop(container.id, None)

    def _run(self, one: Instruction, state: State) -> Iterator[Message]:
        argv = command(state.config, one.rest)
        given = [f"{name}={value}" for name, value in sorted(state.arguments.items())]
        given += [f"{n}={v}" for n, v in sorted(self._options.arguments.items()) if n in PREDEFINED]
        words = " ".join(argv)
        by = f"|{len(given)} {' '.join(given)} {words}" if given else words
        known = self._results.cached(state, by)
        if known is not None:
            yield from _from_cache(known)
            state.move(known)
            return
        with self._daemon.changed:
            container = self._results.container(state, argv, given)
        short = container.id[:12]
        yield _said(f" ---> Running in {short}\n")
        code, failure = yield from self._execute(container)
        if code == 0 and not failure:
            with self._daemon.changed:
                layer, users = changed(container), accounts(container)
                self._daemon.forget(container)
            if self._options.remove:
                yield _said(f"Removing intermediate container {short}\n")
            config = copy.deepcopy(state.config)
            known = self._results.keep(state, by, config, layer, argv, "", users)
            yield _said(f" ---> {known.short}\n")
            state.move(known)
            return
        if self._options.force_remove:
            with self._daemon.changed:
                self._daemon.forget(container)
            yield _said(f"Removing intermediate container {short}\n")
        raise BuildFailed(
            failure or f"The command '{words}' returned a non-zero code: {code}", None if failure else code
        )

    def _execute(self, container: Container) -> Generator[Message, None, tuple[int, str]]:
        daemon, age = self._daemon, self._daemon.age
        with daemon.changed:
            tap = container.output.listen()
            try:
                daemon.lifecycle.start(container)
            except EngineError as error:
                return container.exit_code, error.message
        while True:
            with daemon.changed:
                pieces = list(tap.take())
                if not pieces:
                    if tap.closed:
                        return container.exit_code, ""
                    daemon.rest(age, container.next_event)
            for stream, data in pieces:
                for line in as_text(data).splitlines(keepends=True):
                    yield _said(line if stream == 1 else f"\x1b[91m{line}\x1b[0m")


def _resolved(files: VirtualFilesystem, path: str) -> str:
    """A path with the links above it followed: layers are of real folders."""
    folder, _, name = path.rpartition("/")
    try:
        return f"{files.realpath(folder or '/').rstrip('/')}/{name}"
    except OSError:
        return path


def _said(words: str) -> Message:
    return {"stream": words}


def _from_cache(image: Image) -> Iterator[Message]:
    yield _said(" ---> Using cache\n")
    yield _said(f" ---> {image.short}\n")


def _go_list(words: list[str]) -> str:
    return f"[{' '.join(words)}]"
