"""What the guard of one run allows, and how it travels to child processes."""

# Every guarded child loads this as it starts, and pathlib would double the time that takes.
# ruff: noqa: PTH117, PTH118
from __future__ import annotations

import json
import os

VARIABLE = "LABKIT_GUARD"
"""The environment variable that carries the settings; where it is set, an interpreter starts guarded."""

DEFAULT_ALLOW = ("127.0.0.0/8", "::1")
"""All loopback addresses (RFC 1122, section 3.2.1.3; RFC 4291, section 2.5.3)."""

DEAD_PROXY = ("127.0.0.1", 9)
"""Where the proxy variables point: the discard port, on which nothing listens."""


class Settings:
    """The folder of a run and what its code may reach.

    Args:
        folder: the run's folder; kept as a real, absolute path.
        allow: addresses (``127.0.0.1``), networks (``127.0.0.0/8``), ``localhost``, and Unix sockets or
            folders of them (``unix:/path``). Empty means :data:`DEFAULT_ALLOW`. An allow-list without any
            address (only ``unix:`` entries) adds to the default instead of replacing it.
    """

    __slots__ = ("allow", "folder")

    def __init__(self, folder: str | os.PathLike[str], allow: tuple[str, ...] = ()) -> None:
        self.folder = os.path.realpath(folder)
        self.allow = allow if any(not entry.startswith("unix:") for entry in allow) else DEFAULT_ALLOW + allow

    def to_json(self) -> str:
        """The value of :data:`VARIABLE`."""
        return json.dumps({"folder": self.folder, "allow": list(self.allow)})

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """Read what :meth:`to_json` wrote.

        Raises:
            ValueError: the text is not such an object; says what is wrong with it.
        """
        try:
            value = json.loads(text)
        except ValueError as error:
            raise ValueError(f"{VARIABLE} is not JSON: {error}") from None
        folder = value.get("folder") if isinstance(value, dict) else None
        allow = value.get("allow", []) if isinstance(value, dict) else None
        if not isinstance(folder, str) or not os.path.isabs(folder):
            raise ValueError(f"{VARIABLE} has no absolute folder: {text[:200]!r}")
        if not isinstance(allow, list) or not all(isinstance(entry, str) for entry in allow):
            raise ValueError(f"{VARIABLE} needs a list of texts under 'allow': {text[:200]!r}")
        return cls(folder, tuple(allow))

    def variables(self) -> dict[str, str]:
        """Every environment variable that protects a process of the run, whatever else is in its environment.

        The folders are those that :func:`labkit.guard.environment` creates. Files below ``none`` never exist.
        """
        home, none = (os.path.join(self.folder, name) for name in ("home", "none"))
        temporary = os.path.join(self.folder, "tmp")
        proxy = f"http://{DEAD_PROXY[0]}:{DEAD_PROXY[1]}"
        reachable = "127.0.0.1,localhost,::1"
        variables = {
            VARIABLE: self.to_json(),
            "HOME": home,
            "USERPROFILE": home,
            "TMPDIR": temporary,
            "TEMP": temporary,
            "TMP": temporary,
            "AWS_CONFIG_FILE": os.path.join(none, "aws-config"),
            "AWS_SHARED_CREDENTIALS_FILE": os.path.join(none, "aws-credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_GCE_CHECK": "true",  # google-auth would ask the metadata address
            "KUBECONFIG": os.path.join(none, "kubeconfig"),
            "DOCKER_HOST": "unix://" + os.path.join(none, "docker.sock"),
            "DOCKER_CONFIG": os.path.join(none, "docker"),
            # In the empty home, so that `git config --global` works and stays in the run.
            "GIT_CONFIG_GLOBAL": os.path.join(home, ".gitconfig"),
            "GIT_CONFIG_SYSTEM": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            # Not git://, which knows no proxy.
            "GIT_ALLOW_PROTOCOL": "file:http:https:ssh",
        }
        for kind in ("CONFIG_HOME", "CACHE_HOME", "DATA_HOME", "STATE_HOME", "RUNTIME_DIR"):
            variables[f"XDG_{kind}"] = os.path.join(self.folder, "xdg", kind.partition("_")[0].lower())
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            variables[name] = variables[name.lower()] = proxy
        variables["NO_PROXY"] = variables["no_proxy"] = reachable
        return variables
