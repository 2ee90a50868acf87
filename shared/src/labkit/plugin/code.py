"""Which folder a learner's module comes from, loaded when a test first uses it and afresh for each test.

A test file says ``import account_sanitiser`` at its top. While pytest collects, that name is bound to a
stand-in; the learner's file is read when a test first touches an attribute. So a syntax error or a missing
function fails the tests that need it, with words about it, and never the collection. Each test gets a new
module: state that one test leaves behind is gone in the next.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from labkit.catalog import Lab


class MissingName(AttributeError):
    """The learner's module lacks a name that a test uses.

    Attributes:
        module, name: what was asked for.
        near: the closest name that the module has, or an empty text.
        file: the learner's file.
    """

    def __init__(self, module: ModuleType, name: str) -> None:
        own = [key for key in vars(module) if not key.startswith("_")]
        near = difflib.get_close_matches(name, own, 1, 0.6)
        self.module, self.name, self.near = module.__name__, name, near[0] if near else ""
        self.file = str(module.__file__)
        super().__init__(f"{Path(self.file).name} has no {name!r}")


class StandIn(ModuleType):
    """What a test file holds in place of the learner's module: passes everything on to the present one."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        module = CODE.module(self.__name__)
        try:
            return getattr(module, name)
        except AttributeError:
            raise MissingName(module, name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__"):
            super().__setattr__(name, value)
        else:
            setattr(CODE.module(self.__name__), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(CODE.module(self.__name__), name)

    def __dir__(self) -> list[str]:
        return dir(CODE.module(self.__name__))


#: Modules that the loaders below have made: their names go with the test.
_PRESENT: set[str] = set()


class _StandInLoader(importlib.abc.Loader):
    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        _PRESENT.add(spec.name)
        return StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run: a stand-in holds nothing of its own."""


class LearnerLoader(importlib.machinery.SourceFileLoader):
    """Reads source, never bytecode: two saves within one second may leave time and size the same."""

    _compiled: dict[str, tuple[bytes, CodeType]] = {}  # noqa: RUF012 - one cache for the process

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        _PRESENT.add(spec.name)
        return super().create_module(spec)

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        source = self.get_data(path)
        known = self._compiled.get(path)
        if known and known[0] == source:
            return known[1]
        try:
            code: CodeType = self.source_to_code(source, path)
        except (SyntaxError, ValueError) as problem:
            if isinstance(problem, SyntaxError) and problem.filename:
                raise
            # Null bytes: the interpreter names neither file nor line.
            line = source[: source.find(b"\0")].count(b"\n") + 1
            raise SyntaxError(str(problem), (path, line, 1, None)) from None
        self._compiled[path] = (source, code)
        return code


class CodeFinder(importlib.abc.MetaPathFinder):
    """Finds learners' modules: stand-ins while collecting, the present lab's files while a test runs."""

    def __init__(self) -> None:
        self._labs: dict[str, Lab] = {}
        self._folders: dict[str, Path] = {}
        self._running: Lab | None = None

    def add(self, lab: Lab, folder: Path) -> None:
        """Make the modules of ``lab`` importable from ``folder``."""
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)
            sys.meta_path.append(_Beside(self))
        self._folders[lab.name] = folder
        for module in lab.modules:
            self._labs[module] = lab

    def folder(self, lab: Lab) -> Path:
        """Where the code under test of ``lab`` comes from."""
        return self._folders[lab.name]

    def begin(self, lab: Lab) -> None:
        """A test of ``lab`` starts: its modules are to be loaded afresh."""
        self._forget()
        self._running = lab

    def end(self) -> None:
        """The test is over, its modules with it."""
        self._forget()
        self._running = None

    def module(self, name: str) -> ModuleType:
        """The present module of that name, loaded when it is not yet.

        Raises:
            RuntimeError: no test is running, so the learner's code must not be.
        """
        if self._running is None:
            raise RuntimeError(
                f"{name} was used while pytest collects. Import the module at the top of a test file, and "
                f"use its names inside the tests only (no `from {name} import ...`)."
            )
        return importlib.import_module(name)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        lab = self._labs.get(fullname)
        if lab is None or path is not None:
            return None
        if self._running is None:
            return importlib.machinery.ModuleSpec(fullname, _StandInLoader())
        return spec_in(self._folders[lab.name], fullname)

    def beside(self, fullname: str) -> importlib.machinery.ModuleSpec | None:
        """A module that lies beside the learner's, or comes with the lab."""
        if self._running is None:
            return None
        folder = self._folders[self._running.name]
        return spec_in(folder, fullname) or spec_in(self._running.path, fullname)

    def _forget(self) -> None:
        while _PRESENT:
            sys.modules.pop(_PRESENT.pop(), None)


class _Beside(importlib.abc.MetaPathFinder):
    """Asked last, so that a learner's file never hides the standard library or a dependency."""

    def __init__(self, finder: CodeFinder) -> None:
        self._finder = finder

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if path is None:
            return self._finder.beside(fullname)
        return _submodule(fullname, path)


def spec_in(folder: Path, name: str) -> importlib.machinery.ModuleSpec | None:
    """The spec of module or package ``name`` in ``folder``, None when it is not there."""
    package = folder / name / "__init__.py"
    file = folder / f"{name}.py"
    if package.is_file():
        return importlib.util.spec_from_file_location(
            name,
            package,
            loader=LearnerLoader(name, str(package)),
            submodule_search_locations=[str(package.parent)],
        )
    if file.is_file():
        return importlib.util.spec_from_file_location(name, file, loader=LearnerLoader(name, str(file)))
    return None


def _submodule(fullname: str, path: Sequence[str]) -> importlib.machinery.ModuleSpec | None:
    parent = sys.modules.get(fullname.rpartition(".")[0])
    if not isinstance(getattr(parent, "__loader__", None), LearnerLoader):
        return None
    for folder in path:
        spec = spec_in(Path(folder), fullname.rpartition(".")[2])
        if spec and spec.origin:
            return importlib.util.spec_from_file_location(
                fullname,
                spec.origin,
                loader=LearnerLoader(fullname, spec.origin),
                submodule_search_locations=spec.submodule_search_locations,
            )
    return None


#: One for the process: the interpreter's table of modules is one as well.
CODE = CodeFinder()
