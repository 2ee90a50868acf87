"""What each wall keeps in, by itself."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from labkit.grading.walls import cgroups, landlock

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux's")
needs_landlock = pytest.mark.skipif(landlock.version() < 1, reason="this kernel has no Landlock")
needs_ports = pytest.mark.skipif(landlock.version() < 4, reason="this kernel's Landlock knows no ports")


def _confined(code: str, *words: str, ports: bool = False) -> str:
    """What ``code`` prints behind Landlock; the last of its arguments ``words`` may be written to."""
    repository = str(Path(__file__).parents[3])
    script = (
        "import sys\nfrom labkit.grading.walls import landlock\n"
        f"read = ('/usr', '/lib', '/lib64', '/etc', sys.prefix, sys.base_prefix, {repository!r})\n"
        f"landlock.restrict(landlock.Allowed(read, (sys.argv[-1],), ephemeral_ports={ports}))\n"
    )
    return subprocess.run(
        [sys.executable, "-c", script + code, *words], capture_output=True, text=True, check=True, timeout=30
    ).stdout


@needs_landlock
def test_landlock_keeps_files_apart(tmp_path: Path) -> None:
    """Behind Landlock only the named folders can be read or written, by children as well."""
    (tmp_path / "in").mkdir()
    (tmp_path / "secret").write_text("x")
    code = """
import subprocess
def attempt(what):
    try:
        what()
        return "yes"
    except OSError as problem:
        return type(problem).__name__
box, secret = sys.argv[2], sys.argv[1]
print(attempt(lambda: open(box + "/new", "w").write("x")))
print(attempt(lambda: open(secret).read()))
print(attempt(lambda: open(secret, "a").write("x")))
print(attempt(lambda: __import__("os").symlink(secret, box + "/link") or open(box + "/link").read()))
print(subprocess.run(["cat", secret], capture_output=True).returncode)
"""
    told = _confined(code, str(tmp_path / "secret"), str(tmp_path / "in")).split()
    assert told == ["yes", "PermissionError", "PermissionError", "PermissionError", "1"]
    assert (tmp_path / "secret").read_text() == "x"


@needs_ports
def test_landlock_keeps_to_ephemeral_ports(tmp_path: Path) -> None:
    """With ports limited, a server on a port that the system picks is reached, one on a fixed port is not."""
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    with socket.create_server(("127.0.0.1", 0)) as picked, socket.socket() as fixed:
        for port in range(first - 1, 1024, -1):
            try:
                fixed.bind(("127.0.0.1", port))
                break
            except OSError:
                continue
        fixed.listen()
        code = """
import socket
for port in map(int, sys.argv[1:3]):
    with socket.socket() as client:
        print(client.connect_ex(("127.0.0.1", port)))
with socket.socket() as server:
    server.bind(("127.0.0.1", 0))
    print(server.getsockname()[1] > 0)
"""
        ports = [str(one.getsockname()[1]) for one in (picked, fixed)]
        told = _confined(code, *ports, str(tmp_path), ports=True).split()
    assert told == ["0", "13", "True"]  # 13 is EACCES


def _tree(root: Path, groups: dict[str, dict[str, str]]) -> None:
    for folder, files in groups.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (root / folder / name).write_text(text)


@pytest.fixture
def own_groups(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Lines of /proc/self/cgroup, for the tests to fill."""
    lines: list[str] = []
    real = Path.read_text

    def read_text(self: Path, *args: object, **options: object) -> str:
        return "\n".join(lines) if str(self) == "/proc/self/cgroup" else real(self, *args, **options)

    monkeypatch.setattr(Path, "read_text", read_text)
    return lines


@pytest.fixture
def group_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of control groups comes with its files; one of an ordinary file system does not."""
    make = Path.mkdir

    def mkdir(self: Path, *args: object, **options: object) -> None:
        make(self, *args, **options)
        if self.name.startswith("ops-labs-run-"):
            for name in (
                "cgroup.procs",
                "pids.max",
                "memory.max",
                "memory.swap.max",
                "memory.limit_in_bytes",
            ):
                (self / name).touch()

    monkeypatch.setattr(Path, "mkdir", mkdir)


PLACE = Path("/somewhere/ops-labs-run-abc")


@pytest.mark.usefixtures("group_files")
def test_groups_of_version_2(tmp_path: Path, own_groups: list[str]) -> None:
    """In the one tree of version 2 the run's group stands beside the grader's, which has processes in it."""
    own_groups += ["0::/user.slice/session.scope"]
    _tree(tmp_path, {".": {"cgroup.controllers": "memory pids"}, "user.slice/session.scope": {}})
    group = cgroups.make(PLACE, 60, 1000, tmp_path)
    folder = tmp_path / "user.slice" / cgroups.name_of(PLACE)
    assert group.limits == ["processes", "memory"]
    assert group.folders == [folder]
    assert (folder / "pids.max").read_text() == "60"
    assert (folder / "memory.max").read_text() == "1000"
    assert len(group.files) == 1
    (folder / "pids.events").write_text("max 3\n")
    (folder / "memory.events").write_text("low 0\noom_kill 1\n")
    assert group.exceeded() == {"processes": 3, "memory": 1}


@pytest.mark.usefixtures("group_files")
def test_groups_of_version_1(tmp_path: Path, own_groups: list[str]) -> None:
    """In version 1 each controller has a tree, and a run's group is below the grader's in each."""
    own_groups += ["8:pids:/", "4:memory:/own", "1:cpu:/", "0::/"]
    _tree(tmp_path, {"pids": {}, "memory/own": {}})
    group = cgroups.make(PLACE, 60, 1000, tmp_path)
    assert group.folders == [
        tmp_path / "pids" / cgroups.name_of(PLACE),
        tmp_path / "memory" / "own" / cgroups.name_of(PLACE),
    ]
    assert (group.folders[0] / "pids.max").read_text() == "60"
    assert (group.folders[1] / "memory.limit_in_bytes").read_text() == "1000"


def test_no_groups_for_this_user(tmp_path: Path, own_groups: list[str]) -> None:
    """Where no group can be made there is none, and that is no error."""
    own_groups += ["0::/user.slice/session.scope"]
    _tree(tmp_path, {".": {"cgroup.controllers": "memory pids"}})
    (tmp_path / "user.slice").write_text("not a folder")
    group = cgroups.make(PLACE, 60, 1000, tmp_path)
    assert (group.limits, group.folders, group.files) == ([], [], [])


def test_sweeping_leaves_other_places_alone(tmp_path: Path, own_groups: list[str]) -> None:
    """Only groups of runs whose folder was in this place for temporary files, and is gone, are removed."""
    own_groups += ["8:pids:/"]
    temporary = tmp_path / "t"
    (temporary / "ops-labs-run-lives").mkdir(parents=True)
    names = {
        "gone": cgroups.name_of(temporary / "ops-labs-run-gone"),
        "lives": cgroups.name_of(temporary / "ops-labs-run-lives"),
        "elsewhere": cgroups.name_of(Path("/elsewhere/ops-labs-run-gone")),
    }
    for name in names.values():
        (tmp_path / "groups" / "pids" / name).mkdir(parents=True)
    cgroups.sweep(temporary, tmp_path / "groups")
    left = {folder.name for folder in (tmp_path / "groups" / "pids").iterdir()}
    assert left == {names["lives"], names["elsewhere"]}


def test_a_process_that_is_in_no_group() -> None:
    """A process counts as held only when it is in each of the run's groups."""
    assert cgroups.Group().holds(1)
    assert not cgroups.Group(folders=[Path("/sys/fs/cgroup/pids/ops-labs-run-none")]).holds(1)
    assert not cgroups.Group(folders=[Path("/sys/fs/cgroup/pids/ops-labs-run-none")]).holds(1 << 30)
