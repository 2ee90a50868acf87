"""Stands in for uv in these tests: makes real (empty) environments, "installs" by writing files.

Told what to do by the folder in ``FAKE_UV``: each call is written to ``calls`` there; ``fail-<command>``
holds what the command prints before it fails; ``stop-<command>`` is a pipe that the command waits at, after
it announced itself in the pipe ``reached``.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

TOLD = Path(os.environ["FAKE_UV"])

#: What ``python -m labkit`` is in a fake environment: it says how it was called.
LABKIT = """
import json, os, sys
print(json.dumps({"argv": sys.argv[1:], "cwd": os.getcwd(), "root": os.environ["LABKIT_ROOT"],
                  "prefix": sys.prefix, "version": "%d.%d" % sys.version_info[:2]}))
"""


def main() -> int:
    command, arguments = sys.argv[1], sys.argv[2:]
    with (TOLD / "calls").open("a") as file:
        interesting = {name: value for name, value in os.environ.items() if name.startswith(("UV_", "PIP_"))}
        file.write(json.dumps({"command": command, "arguments": arguments, "variables": interesting}) + "\n")
    if (TOLD / f"stop-{command}").exists():
        (TOLD / "reached").write_text(f"{os.getpid()}\n")
        (TOLD / f"stop-{command}").read_text()
    if (TOLD / f"fail-{command}").exists() and not ("--offline" in arguments and (TOLD / "cached").exists()):
        sys.stdout.write((TOLD / f"fail-{command}").read_text() + "\n")
        return 2
    if command == "venv":
        python = arguments[arguments.index("--python") + 1]
        subprocess.run([python, "-I", "-m", "venv", "--without-pip", arguments[-1]], check=True)
    elif command == "pip":
        named = arguments[arguments.index("--reinstall-package") + 2 :]
        install(Path(arguments[arguments.index("--python") + 1]), [word for word in named if word.isalpha()])
    return 0


def install(python: Path, names: list[str]) -> None:
    question = [python, "-I", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    place = Path(subprocess.check_output(question, text=True).strip())
    (place / "labkit").mkdir(exist_ok=True)
    (place / "labkit" / "__main__.py").write_text(LABKIT)
    record = place / "labkit-0.1.0.dist-info" / "RECORD"
    record.parent.mkdir(exist_ok=True)
    record.write_text(f"labkit/__main__.py,,{len(LABKIT)}\n")
    for name in names:  # as installers do: what has a .dist-info folder counts as installed
        folder = place / f"{name}-1.dist-info"
        if not folder.exists():
            folder.mkdir()
            (folder / "RECORD").write_text(f"{folder.name}/RECORD,,\n")


sys.exit(main())
