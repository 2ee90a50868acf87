"""What an audit hook cannot do: keep the guard in children with a bare environment, and stop hidden look-ups.

``subprocess.run([...], env={})`` is a common accident, and so is a test that clears ``os.environ``. The
child would start unguarded and, without ``HOME``, find the real home in the password file. So in a guarded
process a new program gets the guard's variables (:meth:`labkit.guard.settings.Settings.variables`) added to
its environment, each only where the caller gave no value of that name. The caller's own mapping is never
changed.

The modules ``subprocess`` and ``socket`` are patched when they are imported, not before: most children of a
guarded process never import them.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

    Environment = Mapping[str, str] | Mapping[bytes, bytes]


def child_environment(given: Environment | None) -> Any:
    """The environment for a child of this process: what the caller gave, and the guard.

    Args:
        given: the ``env`` of the caller; None stands for the environment of this process.

    Returns:
        ``given`` itself where nothing is missing, else a new dictionary.
    """
    from labkit.guard.hook import active
    from labkit.guard.settings import VARIABLE

    settings = active()
    if settings is None or (given is None and os.environ.get(VARIABLE)):
        return given
    merged: dict[Any, Any] = dict(os.environ if given is None else given)
    try:
        present = {
            os.fsdecode(name) for name, value in merged.items() if value or os.fsdecode(name) != VARIABLE
        }
    except TypeError:
        return given  # not an environment: the caller's mistake, to be told in Python's words
    added = {name: value for name, value in settings.variables().items() if name not in present}
    return {**merged, **added} if added else given


def patch() -> None:
    """Patch this process; to be called once."""
    _patch_os()
    patches: dict[str, Callable[[ModuleType], None]] = {
        "subprocess": _patch_subprocess,
        "socket": _patch_socket,
    }
    for name in list(patches):
        if name in sys.modules:
            patches.pop(name)(sys.modules[name])
    if patches:
        sys.meta_path.insert(0, _AfterImport(patches))


class _AfterImport:
    """A finder that lets the others find a module and runs a function on it once it is loaded."""

    def __init__(self, patches: dict[str, Callable[[ModuleType], None]]) -> None:
        self._patches = patches

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        patch_module = self._patches.get(name)
        if patch_module is None:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                break
        else:
            return None
        load = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            load(module)
            patch_module(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _patch_subprocess(module: ModuleType) -> None:
    from functools import wraps

    popen = module.Popen
    original = popen.__init__
    position = original.__code__.co_varnames.index("env") - 1  # among the arguments after self

    @wraps(original)
    def __init__(self: Any, *args: Any, **options: Any) -> None:  # noqa: N807
        if len(args) > position:
            args = (*args[:position], child_environment(args[position]), *args[position + 1 :])
        else:
            options["env"] = child_environment(options.get("env"))
        original(self, *args, **options)

    popen.__init__ = __init__


def _patch_os() -> None:
    """``os.exec*``, ``os.spawn*`` and ``os.posix_spawn*``: all of them end in one of these four functions."""
    execve, execv = os.execve, os.execv

    def guarded_execve(path: Any, args: Any, env: Any) -> Any:
        return execve(path, args, child_environment(env))

    def guarded_execv(path: Any, args: Any, /) -> Any:
        env = child_environment(None)
        return execv(path, args) if env is None else execve(path, args, env)

    _replace("execve", guarded_execve)
    _replace("execv", guarded_execv)
    for name in ("posix_spawn", "posix_spawnp"):
        if hasattr(os, name):
            _replace(name, _guarded_spawn(getattr(os, name)))


def _guarded_spawn(spawn: Callable[..., int]) -> Callable[..., int]:
    def guarded(path: Any, argv: Any, env: Any, /, **options: Any) -> int:
        return spawn(path, argv, child_environment(env), **options)

    return guarded


def _replace(name: str, function: Any) -> None:
    original = getattr(os, name)
    function.__name__ = function.__qualname__ = name
    function.__doc__ = original.__doc__
    function.__wrapped__ = original
    for supported in (
        os.supports_fd,
        os.supports_dir_fd,
        os.supports_follow_symlinks,
        os.supports_effective_ids,
    ):
        if original in supported:
            supported.add(function)
    setattr(os, name, function)


def _patch_socket(module: ModuleType) -> None:
    for name, action in (
        ("connect", "connect to"),
        ("connect_ex", "connect to"),
        ("bind", "bind"),
        ("sendto", "send to"),
        ("sendmsg", "send to"),
    ):
        _guard_method(module, name, action)


def _guard_method(module: ModuleType, name: str, action: str) -> None:
    from functools import wraps

    from labkit.guard.hook import check_name

    original = getattr(module.socket, name, None)
    if original is None:
        return
    # The address is the only argument of connect and bind, the last of sendto, the fourth of sendmsg.
    position = {"sendto": -1, "sendmsg": 3}.get(name, 0)

    @wraps(original)
    def method(self: Any, *args: Any) -> Any:
        if args and self.family in (module.AF_INET, module.AF_INET6) and len(args) > position:
            check_name(action, 4 if self.family == module.AF_INET else 6, args[position])
        return original(self, *args)

    setattr(module.socket, name, method)
