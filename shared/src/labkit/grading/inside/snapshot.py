"""What pytest, labkit and the interpreter's own functions were before the learner's code came, to compare."""

from __future__ import annotations

import builtins
import ctypes
import gc
import sys
import threading
from collections.abc import Callable, Iterator
from operator import itemgetter
from types import BuiltinFunctionType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any

import pytest

from labkit.catalog import lab_of

#: Packages whose every function and class is compared.
_PACKAGES = frozenset({"_pytest", "pytest", "pluggy", "iniconfig", "labkit"})
#: Those that judge: their classes are compared as a whole, new names included. Elsewhere classes gain names
#: by themselves, such as copyreg's ``__slotnames__``.
_JUDGING = ("_pytest", "pluggy", "labkit.plugin", "labkit.checks", "labkit.protocol", "labkit.grading")
#: Modules of the standard library that the judging stands on. Not all: code may replace what it likes in
#: modules of its own concern, such as warnings.showwarning or sys.excepthook.
_STANDARD = frozenset(
    {
        "builtins",
        "collections",
        "contextlib",
        "copy",
        "dataclasses",
        "difflib",
        "functools",
        "hashlib",
        "importlib",
        "importlib._bootstrap",
        "inspect",
        "io",
        "itertools",
        "json",
        "json.decoder",
        "json.encoder",
        "math",
        "operator",
        "os",
        "pathlib",
        "posix",
        "posixpath",
        "re",
        "reprlib",
        "selectors",
        "traceback",
        "types",
    }
)
_CALLABLE = (FunctionType, BuiltinFunctionType, type, MethodType, staticmethod, classmethod, property)
#: Where CPython keeps the version of a dictionary (PEP 509): behind the object's head and its length.
_VERSION_OFFSET = 2 * ctypes.sizeof(ctypes.c_void_p) + ctypes.sizeof(ctypes.c_ssize_t)


class _Part:
    """Names of one module or class, and what they were bound to."""

    __slots__ = ("_get", "_ids", "_keep", "_source", "_version", "size", "title")

    def __init__(self, title: str, source: Any, names: list[str], *, whole: bool) -> None:
        self.title, self._source = title, source
        keys = names if len(names) > 1 else [*names, names[0]]
        self._get = itemgetter(*keys)
        self._keep = self._get(source)  # holds them, so that no other object gets the same id
        self._ids = tuple(map(id, self._keep))
        self.size = len(source) if whole else -1
        self._version = _version(source) if whole else -1

    def differs(self) -> str:
        """The name that is bound to something else now, or an empty text."""
        source = self._source
        try:
            now = self._get(source)
        except KeyError as missing:
            return f"{self.title}.{missing.args[0]}"
        if tuple(map(id, now)) != self._ids:
            for name, value in zip(self._names(), now, strict=False):
                if value is not self._keep[self._names().index(name)]:
                    return f"{self.title}.{name}"
        if self.size >= 0 and len(source) != self.size:
            return f"{self.title} (names were added or removed)"
        if self._version >= 0 and _version(source) != self._version:
            return f"{self.title} (changed and changed back)"
        return ""

    def _names(self) -> tuple[str, ...]:
        return tuple(self._get.__reduce__()[1])

    def values(self) -> tuple[Any, ...]:
        return tuple(self._keep)


class Snapshot:
    """All of it.

    Args:
        config: pytest's configuration.
        session: pytest's session, after collection.
        labs: labkit's plugin.
    """

    def __init__(self, config: pytest.Config, session: pytest.Session, labs: object) -> None:
        parts = list(_parts(session))
        rest = list(_rest(config, labs))
        threads = threading
        self._functions = [f for part in parts for value in part.values() for f in _inner(value)]

        def compare() -> str:
            """What is not as it was, or an empty text."""
            for part in parts:
                found = part.differs()
                if found:
                    return found
            for title, now, before in rest:
                if now() != before:
                    return title
            if sys.gettrace() is not None or sys.getprofile() is not None or threads.gettrace() is not None:
                return "a trace function was left on the interpreter"
            return ""

        self.compare: Callable[[], str] = compare

    def functions(self) -> list[FunctionType]:
        """Every Python function of the snapshot."""
        return self._functions


def _parts(session: pytest.Session) -> Iterator[_Part]:
    tests = {item.path for item in session.items if lab_of(item.path)}
    done: set[int] = set()
    for name, module in list(sys.modules.items()):
        if not isinstance(module, ModuleType):
            continue
        ours = name.partition(".")[0] in _PACKAGES
        file = getattr(module, "__file__", None)
        if not (ours or name in _STANDARD or (file and any(str(test) == file for test in tests))):
            continue
        names = [key for key, value in vars(module).items() if isinstance(value, (*_CALLABLE, ModuleType))]
        if names:
            yield _Part(name, vars(module), names, whole=False)
        for value in list(vars(module).values()):
            if isinstance(value, type) and value.__module__ == name and id(value) not in done and ours:
                done.add(id(value))
                yield from _class_part(value)


def _class_part(kind: type) -> Iterator[_Part]:
    members = _dictionary(kind.__dict__)
    names = [key for key, value in members.items() if isinstance(value, _CALLABLE)]
    if names:
        whole = kind.__module__.startswith(_JUDGING)
        yield _Part(f"{kind.__module__}.{kind.__qualname__}", members, names, whole=whole)


def _rest(config: pytest.Config, labs: object) -> Iterator[tuple[str, Callable[[], Any], Any]]:
    """Lists that decide who is asked, and attributes of objects that would hide methods."""

    def hooks() -> list[tuple[int, ...]]:
        return [tuple(map(id, caller.get_hookimpls())) for caller in callers]

    def hiding() -> list[str]:
        return [key for plugin in plugins for key in vars(plugin) if key in hidden[id(type(plugin))]]

    callers = [caller for caller in vars(config.hook).values() if hasattr(caller, "get_hookimpls")]
    plugins = [plugin for plugin in config.pluginmanager.get_plugins() if not isinstance(plugin, ModuleType)]
    plugins = [plugin for plugin in plugins if hasattr(plugin, "__dict__")]
    hidden = {
        id(type(plugin)): {name for kind in type(plugin).__mro__ for name in vars(kind)} for plugin in plugins
    }
    yield "pytest's hooks", hooks, hooks()
    yield "a plugin's methods", hiding, hiding()
    modules = {
        name: id(module) for name, module in sys.modules.items() if name.partition(".")[0] in _PACKAGES
    }

    def present() -> dict[str, int]:
        return {name: id(sys.modules.get(name)) for name in modules}

    yield "sys.modules", present, modules
    finders = sys.meta_path

    def finding() -> list[int]:
        return [id(sys.meta_path), *map(id, finders)]

    yield "sys.meta_path", finding, finding()
    built, names = vars(builtins), tuple(vars(builtins))

    def own() -> list[int]:
        return [id(built.get(name)) for name in names if name != "_"]

    yield "builtins", own, own()
    events = vars(labs)["events"]
    yield "the session's events", lambda: id(vars(labs)["events"]), id(events)
    yield "the events' sending", lambda: id(vars(events).get("send")), id(vars(events).get("send"))


def _inner(value: Any) -> Iterator[FunctionType]:
    if isinstance(value, FunctionType):
        yield value
    elif isinstance(value, staticmethod | classmethod):
        yield from _inner(value.__func__)
    elif isinstance(value, property):
        for part in (value.fget, value.fset):
            yield from _inner(part)


def _dictionary(proxy: MappingProxyType[str, Any]) -> Any:
    """The dictionary behind a class's read-only view."""
    return next((value for value in gc.get_referents(proxy) if isinstance(value, dict)), proxy)


def _version(source: Any) -> int:
    """The version of a dictionary: another one after each change. -1 where this interpreter keeps none."""
    if not _VERSIONS or not isinstance(source, dict):
        return -1
    return int(ctypes.c_uint64.from_address(id(source) + _VERSION_OFFSET).value)


def _has_versions() -> bool:
    """Whether the version is where it is looked for, and changes with each change."""
    if sys.implementation.name != "cpython":
        return False
    found = []
    trial: dict[str, int] = {"a": 1}
    for number in range(3):
        trial["a"] = number
        found.append(ctypes.c_uint64.from_address(id(trial) + _VERSION_OFFSET).value)
    return len(set(found)) == 3


_VERSIONS = _has_versions()
