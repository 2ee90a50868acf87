"""apt-get, apt, dpkg, dpkg-query, apt-cache."""

from __future__ import annotations

from labkit.hosts.commands import program
from labkit.hosts.packages import Package
from labkit.hosts.services import Service
from labkit.hosts.shell import patterns
from labkit.hosts.shell.options import Options
from labkit.hosts.shell.process import CommandProblem, Process

_LONG = {
    "yes": "y",
    "assume-yes": "y",
    "quiet=?": "q",
    "no-install-recommends": "norec",
    "purge": "purge",
    "simulate": "s",
    "dry-run": "s",
    "reinstall": "reinstall",
    "option": "o",
    "allow-downgrades": "down",
    "no-upgrade": "noup",
    "assume-no": "no",
}


@program("apt-get", "apt", package="apt", usage_status=100)
def apt_get(process: Process) -> int:  # noqa: C901 - one branch per case
    """install, remove, purge, update, upgrade, autoremove, clean; status 100 when it fails."""
    found = process.options("yqso:V", _LONG)
    if not found.operands:
        raise CommandProblem("simulated host: say what to do, for example install", 2)
    verb, *names = found.operands
    if process.name == "apt" and verb in ("list", "show"):
        return _apt_list(process, names, installed="installed" in found)
    if process.name == "apt":
        process.say("\nWARNING: apt does not have a stable CLI interface. Use with caution in scripts.\n\n")
    if not process.is_root and "s" not in found:
        return _locked(process, verb)
    if verb == "update":
        return _update(process, found)
    if verb in ("clean", "autoclean"):
        return 0
    if verb not in ("install", "remove", "purge", "upgrade", "dist-upgrade", "autoremove"):
        process.say(f"E: Invalid operation {verb}\n")
        return 100
    if process.machine.packages.locked:
        process.say(
            "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1873 "
            "(unattended-upgr)\n"
            "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another "
            "process using it?\n"
        )
        return 100
    _say(
        process,
        found,
        "Reading package lists...\nBuilding dependency tree...\nReading state information...\n",
    )
    if verb == "install":
        return _install(process, names, found)
    if verb in ("remove", "purge"):
        return _remove(process, names, found, purge=verb == "purge" or "purge" in found)
    process.out("0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n")
    return 0


def _say(process: Process, found: Options, text: str) -> None:
    if len(found.all("q")) < 2:
        process.out(text)


def _locked(process: Process, verb: str) -> int:
    lock = "/var/lib/apt/lists/lock" if verb == "update" else "/var/lib/dpkg/lock-frontend"
    if verb == "update":
        process.out("Reading package lists...\n")
        process.flush()
    process.say(f"E: Could not open lock file {lock} - open (13: Permission denied)\n")
    if verb == "update":
        process.say("E: Unable to lock directory /var/lib/apt/lists/\n")
    else:
        process.say(f"E: Unable to acquire the dpkg frontend lock ({lock}), are you root?\n")
    return 100


def _update(process: Process, found: Options) -> int:
    broken = process.machine.packages.broken
    if broken:
        process.out("Err:1 http://mirror.internal/debian bookworm InRelease\n")
        process.out(f"  {broken}\nReading package lists...\n")
        process.flush()
        process.say(f"W: Failed to fetch http://mirror.internal/debian/dists/bookworm/InRelease  {broken}\n")
        process.say(
            "W: Some index files failed to download. They have been ignored, or old ones used instead.\n"
        )
        return 0
    _say(process, found, "Hit:1 http://mirror.internal/debian bookworm InRelease\nReading package lists...\n")
    return 0


def _install(process: Process, names: list[str], found: Options) -> int:  # noqa: C901 - one branch per case
    table = process.machine.packages
    wanted: list[Package] = []
    for name in names:
        package = table.available.get(name.split("=")[0])
        if package is None:
            process.flush()
            process.say(f"E: Unable to locate package {name}\n")
            return 100
        if "=" in name and package.version != name.split("=", 1)[1]:
            process.flush()
            process.say(f"E: Version '{name.split('=', 1)[1]}' for '{package.name}' was not found\n")
            return 100
        if package.name in table:
            process.out(
                f"{package.name} is already the newest version ({table.installed[package.name].version}).\n"
            )
        else:
            wanted.append(package)
    extra: list[Package] = []
    for package in wanted:
        for depend in package.depends:
            if depend not in table and depend not in [p.name for p in wanted + extra]:
                extra.append(table.available[depend])
    new = sorted([*wanted, *extra], key=lambda package: package.name)
    if extra:
        process.out(
            "The following additional packages will be installed:\n  "
            + " ".join(p.name for p in extra)
            + "\n"
        )
    if new:
        process.out(
            "The following NEW packages will be installed:\n  " + " ".join(p.name for p in new) + "\n"
        )
    process.out(f"0 upgraded, {len(new)} newly installed, 0 to remove and 0 not upgraded.\n")
    if not new or "s" in found:
        return 0
    size = sum(package.size for package in new)
    process.out(
        f"Need to get {size // 3} kB of archives.\n"
        f"After this operation, {size} kB of additional disk space will be used.\n"
    )
    # apt asks only when it would do more than what was named.
    if extra and not _confirmed(process, found):
        return 1
    return _unpack(process, new)


def _confirmed(process: Process, found: Options) -> bool:
    if "y" in found:
        return True
    process.out("Do you want to continue? [Y/n] ")
    line = process.stdin.readline()
    if "no" in found or not line or line.strip().lower() not in (b"", b"y", b"yes"):
        process.out("Abort.\n")
        return False
    return True


def _unpack(process: Process, new: list[Package]) -> int:
    machine = process.machine
    if machine.packages.broken:
        first = new[0]
        process.out(
            f"Err:1 http://mirror.internal/debian bookworm/main amd64 {first.name} amd64 "
            f"{first.version}\n  {machine.packages.broken}\n"
        )
        process.flush()
        process.say(
            f"E: Failed to fetch http://mirror.internal/debian/pool/main/{first.name}.deb  "
            f"{machine.packages.broken}\n"
        )
        process.say("E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?\n")
        return 100
    disk = machine.files.disk("/")
    needed = sum(package.size for package in new) * 1024
    if needed > disk.available:
        process.flush()
        process.say("E: You don't have enough free space in /var/cache/apt/archives/.\n")
        return 100
    if process.shell.state.get("DEBIAN_FRONTEND") != "noninteractive" and not process.shell.session.tty:
        process.flush()
        process.say(
            "debconf: unable to initialize frontend: Dialog\n"
            "debconf: (TERM is not set, so the dialog frontend is not usable.)\n"
            "debconf: falling back to frontend: Readline\n"
        )
    with machine.lock:
        for number, package in enumerate(new, 1):
            process.out(
                f"Get:{number} http://mirror.internal/debian bookworm/main amd64 {package.name} amd64 "
                f"{package.version}\n"
            )
        for package in new:
            process.out(f"Selecting previously unselected package {package.name}.\n")
            process.out(
                "Preparing to unpack "
                f".../{package.name}_{package.version.replace(':', '%3a')}_amd64.deb ...\n"
            )
            process.out(f"Unpacking {package.name} ({package.version}) ...\n")
        for package in new:
            process.out(f"Setting up {package.name} ({package.version}) ...\n")
            machine.packages.add(package)
            disk.used += package.size * 1024
            if package.service and package.service not in machine.services:
                machine.services.add(Service(package.service, package.summary, since=process.time))
    return 0


def _remove(process: Process, names: list[str], found: Options, *, purge: bool) -> int:
    table = process.machine.packages
    gone = []
    for name in names:
        if name in table:
            gone.append(table.installed[name])
        elif name in table.available:
            process.out(f"Package '{name}' is not installed, so not removed\n")
        else:
            process.flush()
            process.say(f"E: Unable to locate package {name}\n")
            return 100
    if gone:
        mark = "*" if purge else ""
        process.out(
            "The following packages will be REMOVED:\n  " + " ".join(p.name + mark for p in gone) + "\n"
        )
    process.out(f"0 upgraded, 0 newly installed, {len(gone)} to remove and 0 not upgraded.\n")
    if not gone or "s" in found:
        return 0
    process.out(f"After this operation, {sum(p.size for p in gone)} kB disk space will be freed.\n")
    if not _confirmed(process, found):
        return 1
    with process.machine.lock:
        for package in gone:
            process.out(f"Removing {package.name} ({package.version}) ...\n")
            table.remove(package.name)
            disk = process.machine.files.disk("/")
            disk.used = max(0, disk.used - package.size * 1024)
            if package.service:
                process.machine.services.remove(package.service)
    return 0


def _apt_list(process: Process, names: list[str], *, installed: bool) -> int:
    process.say("\nWARNING: apt does not have a stable CLI interface. Use with caution in scripts.\n\n")
    process.out("Listing...\n")
    table = process.machine.packages
    for package in sorted((table.installed if installed else table.available).values(), key=lambda p: p.name):
        if not names or any(patterns.matches(name, package.name) for name in names):
            mark = " [installed]" if package.name in table else ""
            process.out(f"{package.name}/bookworm {package.version} amd64{mark}\n")
    return 0


@program("apt-cache", package="apt", usage_status=100)
def apt_cache(process: Process) -> int:
    found = process.options("q")
    if len(found.operands) < 2 or found.operands[0] != "policy":
        raise CommandProblem("simulated host: only apt-cache policy is supported", 2)
    table = process.machine.packages
    for name in found.operands[1:]:
        if name in table.available:
            there = table.installed[name].version if name in table else "(none)"
            process.out(f"{name}:\n  Installed: {there}\n  Candidate: {table.available[name].version}\n")
    return 0


@program("dpkg", package="dpkg", usage_status=2)
def dpkg(process: Process) -> int:
    found = process.options(
        "slLi:S:",
        {"status": "s", "list": "l", "listfiles": "L", "print-architecture": "arch", "get-selections": "get"},
    )
    table = process.machine.packages
    if "arch" in found:
        process.out("amd64\n")
        return 0
    if "get" in found:
        for package in table:
            process.out(f"{package.name}\t\t\t\t\tinstall\n")
        return 0
    if "s" in found:
        return max([_describe(process, name) for name in found.operands] or [2])
    if "l" in found:
        return _table(process, found.operands)
    raise CommandProblem(
        "simulated host: only -s, -l, --get-selections and --print-architecture are supported", 2
    )


def _describe(process: Process, name: str) -> int:
    table = process.machine.packages
    if name not in table:
        process.flush()
        process.say(
            f"dpkg-query: package '{name}' is not installed and no information is available\n"
            "Use dpkg --info (= dpkg-deb --info) to examine archive files.\n"
        )
        return 1
    package = table.installed[name]
    process.out(
        f"Package: {package.name}\nStatus: install ok installed\nPriority: optional\nSection: utils\n"
        f"Installed-Size: {package.size}\nMaintainer: Debian Maintainers <maintainers@debian.example>\n"
        f"Architecture: amd64\nVersion: {package.version}\nDescription: {package.summary}\n"
    )
    return 0


def _table(process: Process, names: list[str]) -> int:
    table = process.machine.packages
    rows = [p for p in table if not names or any(patterns.matches(name, p.name) for name in names)]
    status = 0
    for name in names:
        if not any(patterns.matches(name, package.name) for package in rows):
            process.flush()
            process.say(f"dpkg-query: no packages found matching {name}\n")
            status = 1
    if rows:
        width = max(14, *(len(p.name) for p in rows))
        size = max(12, *(len(p.version) for p in rows))
        process.out(
            "Desired=Unknown/Install/Remove/Purge/Hold\n"
            "| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n"
            "|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n"
            f"||/ {'Name':<{width}} {'Version':<{size}} {'Architecture':<12} Description\n"
            f"+++-{'=' * width}-{'=' * size}-{'=' * 12}-{'=' * 33}\n"
        )
        for package in rows:
            process.out(
                f"ii  {package.name:<{width}} {package.version:<{size}} {'amd64':<12} {package.summary}\n"
            )
    return status


@program("dpkg-query", package="dpkg", usage_status=2)
def dpkg_query(process: Process) -> int:
    """``dpkg-query -W [-f format]``, ``-s`` and ``-l``."""
    found = process.options("Wslf:", {"show": "W", "status": "s", "list": "l", "showformat": "f"})
    if "s" in found:
        return max([_describe(process, name) for name in found.operands] or [2])
    if "l" in found:
        return _table(process, found.operands)
    if "W" not in found:
        process.say("dpkg-query: error: need an action option\n")
        return 2
    from labkit.hosts.shell.builtins.printing import unescape

    form = found.get("f", "${Package}\\t${Version}\\n")
    table = process.machine.packages
    status = 0
    for name in found.operands or [p.name for p in table]:
        chosen = [p for p in table if patterns.matches(name, p.name)]
        if not chosen:
            process.flush()
            process.say(f"dpkg-query: no packages found matching {name}\n")
            status = 1
        for package in chosen:
            text = form
            for key, value in (
                ("Package", package.name),
                ("Version", package.version),
                ("Status", "install ok installed"),
                ("db:Status-Status", "installed"),
                ("Architecture", "amd64"),
                ("Installed-Size", str(package.size)),
                ("db:Status-Abbrev", "ii "),
            ):
                text = text.replace("${" + key + "}", value)
            process.out(unescape(text, echo=False))
    return status
