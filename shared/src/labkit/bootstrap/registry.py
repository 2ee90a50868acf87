"""The surroundings in which pip and uv are run: the user's package index, the project's own cache.

pip reads ``PIP_*`` and its configuration files by itself, uv reads ``UV_*``. Someone whose network has an
index of its own has usually told pip only, so that is passed on to uv, unless uv was told as well.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from labkit.bootstrap.errors import SetupError

#: They would send an installation somewhere else than into the project's environment.
_MISLEADING = (
    "PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV", "CONDA_PREFIX", "__PYVENV_LAUNCHER__",
    "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_VIRTUALENV", "PIP_CONSTRAINT",
    "PIP_BUILD_CONSTRAINT", "UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_TARGET", "UV_PREFIX", "UV_CONSTRAINT",
    "UV_OVERRIDE", "UV_NO_CACHE", "UV_BREAK_SYSTEM_PACKAGES", "UV_MANAGED_PYTHON", "UV_NO_EDITABLE",
    "UV_VENV_SEED", "UV_REQUIRE_HASHES",
)  # fmt: skip

#: uv was told about an index in one of these: pip's is not passed on.
_UV_INDEX = (
    "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_NO_INDEX", "UV_CONFIG_FILE",
)  # fmt: skip


def surroundings(root: Path, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment variables for pip and uv.

    Args:
        root: the project; caches go to its ``.lab/cache`` unless the user chose a place.
        base: the user's environment variables; ``os.environ`` when absent.
    """
    variables = dict(os.environ if base is None else base)
    for name in _MISLEADING:
        variables.pop(name, None)
    cache = root / ".lab" / "cache"
    variables.setdefault("UV_CACHE_DIR", str(cache / "uv"))
    variables.setdefault("PIP_CACHE_DIR", str(cache / "pip"))
    variables.setdefault("PIP_RETRIES", "2")
    variables["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    variables["PIP_NO_INPUT"] = "1"
    variables["PIP_USER"] = "0"
    variables["UV_PYTHON_DOWNLOADS"] = "never"
    variables["NO_COLOR"] = "1"
    wheels = bundle_folder(variables)
    if wheels is not None:
        _use_only(wheels, variables)
    if variables.get("PIP_INDEX_URL") and not any(name in variables for name in _UV_INDEX):
        variables["UV_DEFAULT_INDEX"] = variables["PIP_INDEX_URL"]
    if variables.get("PIP_CERT"):
        variables.setdefault("SSL_CERT_FILE", variables["PIP_CERT"])
    return variables


def bundle_folder(variables: Mapping[str, str] | None = None) -> Path | None:
    """The wheels of the bundle that ``WHEELS=folder`` names (see :mod:`labkit.bootstrap.bundle`), or None.

    Raises:
        SetupError: there are no wheels in it.
    """
    found = os.environ if variables is None else variables
    told = found.get("OPS_LABS_WHEELS") or found.get("WHEELS") or ""
    if not told:
        return None
    folder = Path(told).expanduser().resolve()
    for place in (folder / "wheels", folder):
        if next(place.glob("*.whl"), None) is not None:
            return place
    raise SetupError(
        f"WHEELS={told}: there are no wheels in {folder}.", ["./lab bundle DEST makes such a folder."]
    )


def _use_only(wheels: Path, variables: dict[str, str]) -> None:
    """Let pip and uv look into this folder alone, and ask no network."""
    for name in (*_UV_INDEX, "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_FIND_LINKS", "PIP_FIND_LINKS"):
        variables.pop(name, None)
    variables |= {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_CONFIG_FILE": os.devnull,
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": str(wheels),
        "UV_NO_CONFIG": "1",
        "UV_OFFLINE": "1",
    }


def with_pip_configuration(variables: Mapping[str, str], pip: Sequence[str]) -> dict[str, str]:
    """Add the index that pip's configuration files name, when no environment variable names one.

    Args:
        variables: from :func:`surroundings`.
        pip: the command that runs pip, for example ``[python, "-I", "-m", "pip"]``.
    """
    extended = dict(variables)
    if any(name in variables for name in _UV_INDEX):
        return extended
    try:
        told = subprocess.run(
            [*pip, "config", "list"], env=extended, capture_output=True, text=True, timeout=30, check=False
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return extended
    found = re.search(r"^(?:global|install)\.index-url='([^'\s]+)'", told, re.MULTILINE)
    if found:
        extended["UV_DEFAULT_INDEX"] = found[1]
    return extended


def without_secrets(line: str) -> str:
    """The line with user names and passwords in addresses masked."""
    return re.sub(r"://[^/@\s]+@", "://***@", line)
