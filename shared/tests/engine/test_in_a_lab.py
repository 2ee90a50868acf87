"""A lab that needs ``docker``, under the runner and its guard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Checkout  # type: ignore[import-not-found]

CODE = '''
"""Names of containers."""

import subprocess
import sys

import docker

CHILD = "import docker; print(len(docker.from_env().containers.list()))"


def mark(figures):
    """Names of the containers that run, here and in a child process."""
    client = docker.from_env()
    names = sorted(found.name for found in client.containers.list())
    client.close()
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)
    return [*names, int(done.stdout)]
'''
TESTS = {
    1: '''
import disk_figures
from labkit.checks import call


def test_names(docker):
    """The names of the containers that run are found."""
    docker.container("nginx:1.27", name="web", ports={80: None})
    call(disk_figures.mark, []).returns(["web", 1])
''',
}


def test_the_guard_lets_it_through(checkout: Checkout, lab: Callable[..., tuple[int, str, str]]) -> None:
    """Under the guard, plain ``docker.from_env()`` reaches the lab's own engine, in child processes, too."""
    checkout.lab(CODE, tests=TESTS, names=("mark",))
    settings = checkout.root / "labs" / "08-disks" / "lab.toml"
    settings.write_text(settings.read_text().replace("needs = []", 'needs = ["docker"]'))
    status, said, problems = lab("run", "08")
    assert status == 0, said + problems
