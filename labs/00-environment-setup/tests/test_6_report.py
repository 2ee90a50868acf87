import os
import sys
from pathlib import Path

import environment_report

from labkit.checks import call, run_script

PYTHON = "/opt/python/bin/python3"
WINDOWS_PYTHON = r"C:\Program Files\Python312\python.exe"


def everywhere(folder):
    """A machine on which every folder exists."""
    return True


def check(version=(3, 12, 1), executable=PYTHON, path="/opt/python/bin", platform="linux", exists=everywhere):
    return call(environment_report.check_environment, version, executable, path, platform, exists)


def part(result, name, expected, look=""):
    result.expect(getattr(result.value, name), name).equals(expected, look=look)


def test_a_machine_that_is_ready():
    """A new enough interpreter whose folder is on PATH makes a machine ready."""
    check(path="/usr/bin:/opt/python/bin").returns(environment_report.Report(True, True, True, [], []))


def test_an_old_interpreter():
    """An interpreter before 3.11 is not new enough, so the machine is not ready."""
    result = check(version=(3, 10, 14))
    part(result, "new_enough", False)
    part(result, "ready", False)


def test_the_first_version_that_will_do():
    """3.11.0 is new enough."""
    part(check(version=(3, 11, 0)), "new_enough", True)


def test_versions_are_numbers():
    """3.9 is older than 3.11, and 4.0 is newer: versions are compared as numbers, part by part."""
    for version, expected in [
        ((3, 9, 18), False),
        ((3, 100, 0), True),
        ((4, 0, 0), True),
        ((2, 99, 0), False),
    ]:
        part(check(version=version), "new_enough", expected, look="compare tuples of numbers, not texts")


def test_what_sys_calls_a_version():
    """sys.version_info itself will do as a version."""
    part(check(version=sys.version_info), "new_enough", True)


def test_the_interpreter_is_not_on_path():
    """A folder of the interpreter that is not on PATH makes the machine not ready."""
    result = check(path="/usr/bin:/bin")
    part(result, "on_path", False)
    part(result, "ready", False)


def test_a_folder_that_only_begins_alike():
    """/opt/python/bin2 and /opt/python are other folders than /opt/python/bin."""
    part(
        check(path="/opt/python/bin2:/opt/python:/x/opt/python/bin"),
        "on_path",
        False,
        look="compare whole folders: one text can hold the other without being the same folder",
    )


def test_an_empty_path():
    """An empty PATH holds no folder: nothing on it, nothing twice, nothing missing."""
    result = check(path="", exists=lambda folder: False)
    result.returns(
        environment_report.Report(False, True, False, [], []),
        look="an empty text has no entries; splitting it gives one that is empty",
    )


def test_empty_entries_are_left_out():
    """Empty entries, between two separators or at the ends, are left out."""
    result = check(path=":/opt/python/bin:::/usr/bin:", exists=lambda folder: folder != "")
    result.returns(environment_report.Report(True, True, True, [], []))


def test_missing_folders():
    """Folders that do not exist are listed in their order, each once."""
    result = check(
        path="/gone:/opt/python/bin:/away:/gone", exists=lambda folder: folder == "/opt/python/bin"
    )
    part(result, "missing", ["/gone", "/away"])
    part(result, "ready", True, look="missing folders are worth knowing, but keep nobody from working")


def test_duplicates():
    """Folders that come again are listed once, in the order in which they first came."""
    result = check(path="/b:/opt/python/bin:/a:/a:/b:/a:/c")
    part(result, "duplicates", ["/b", "/a"])
    part(result, "ready", True, look="duplicates are worth knowing, but keep nobody from working")


def test_a_slash_at_the_end():
    """A slash at the end makes no other folder: /usr/bin/ is /usr/bin."""
    result = check(path="/opt/python/bin/:/usr/bin:/usr/bin/")
    part(result, "on_path", True)
    part(result, "duplicates", ["/usr/bin"], look="a duplicate is reported as it was first spelt")


def test_the_root_is_a_folder():
    """The root folder stays the root folder."""
    part(check(executable="/python3", path="/:/opt"), "on_path", True)


def test_case_matters_on_posix():
    """On Linux and macOS /Opt/Python/bin is another folder than /opt/python/bin."""
    for platform in ("linux", "darwin"):
        part(check(path="/Opt/Python/bin", platform=platform), "on_path", False)


def test_a_colon_is_no_separator_on_windows():
    """On Windows entries are separated by semicolons, and drives have a colon."""
    result = check(
        executable=WINDOWS_PYTHON,
        path=r"C:\Windows;C:\Program Files\Python312;D:\tools",
        platform="win32",
        exists=lambda folder: folder != r"D:\tools",
    )
    result.returns(environment_report.Report(True, True, True, [], [r"D:\tools"]))


def test_a_semicolon_is_no_separator_elsewhere():
    """On other systems a semicolon is part of a folder's name, on macOS (darwin) as well."""
    for platform in ("linux", "darwin"):
        result = check(path="/opt/python/bin;/usr/bin", platform=platform)
        part(result, "on_path", False, look="only a platform that begins with win is Windows")


def test_windows_folders_in_another_spelling():
    """On Windows upper and lower case, and both kinds of slash, name the same folder."""
    result = check(
        executable=WINDOWS_PYTHON, path="c:/program files/PYTHON312/;C:\\Tools;c:\\tools\\", platform="win32"
    )
    part(result, "on_path", True)
    part(result, "duplicates", ["C:\\Tools"])


def test_quoted_entries():
    """Quotation marks around an entry do not belong to the folder."""
    asked = []
    result = check(
        executable=WINDOWS_PYTHON,
        path=r'"C:\Program Files\Python312";"C:\Old Tools";C:\Old Tools',
        platform="win32",
        exists=lambda folder: bool(asked.append(folder)),
    )
    part(result, "on_path", True)
    part(result, "duplicates", [r"C:\Old Tools"])
    part(result, "missing", [r"C:\Program Files\Python312", r"C:\Old Tools"])
    quoted = [folder for folder in asked if '"' in folder]
    result.expect(quoted, "folders with quotation marks that exists() is asked for").equals([])


def test_quoted_entries_on_posix():
    """Quoted entries are read the same way everywhere."""
    part(check(executable="/opt/my tools/python3", path='"/opt/my tools":/bin'), "on_path", True)


def test_exists_is_asked_for_each_folder_as_it_is_spelt():
    """The folder stands in the question to exists() as it stands on PATH, without quotation marks."""
    result = check(path="/opt/python/bin/:/Gone/", exists=lambda folder: folder == "/opt/python/bin/")
    part(result, "missing", ["/Gone/"])


def test_without_exists_the_real_folders_count(tmp_path):
    """Without exists the folders of this machine are looked at."""
    gone = tmp_path / "gone"
    result = call(
        environment_report.check_environment, (3, 12, 0), f"{tmp_path}/python3", f"{tmp_path}:{gone}", "linux"
    )
    result.returns(environment_report.Report(True, True, True, [], [str(gone)]))


def test_the_report_as_text():
    """A report has five lines, with none where there is nothing to list."""
    report = environment_report.Report(True, True, True, [], [])
    call(environment_report.render, report).returns(
        "Python 3.11 or later: yes\n"
        "interpreter on PATH:  yes\n"
        "on PATH twice:        none\n"
        "on PATH but missing:  none\n"
        "ready:                yes"
    )


def test_the_report_lists_folders():
    """Folders are listed with a comma and a blank between them."""
    report = environment_report.Report(False, False, False, ["/usr/bin", "/my tools"], ["/gone"])
    call(environment_report.render, report).returns(
        "Python 3.11 or later: no\n"
        "interpreter on PATH:  no\n"
        "on PATH twice:        /usr/bin, /my tools\n"
        "on PATH but missing:  /gone\n"
        "ready:                no"
    )


def test_the_command_on_a_machine_that_is_ready(code_folder):
    """The command prints the report of this machine, and its status is 0 when that is ready."""
    ran = _command(code_folder, os.pathsep.join([str(Path(sys.executable).parent), str(code_folder)]))
    ran.exits(0, look="sys.exit() gets what main() gives back: 0 for ready")
    ran.prints(
        "Python 3.11 or later: yes\n"
        "interpreter on PATH:  yes\n"
        "on PATH twice:        none\n"
        "on PATH but missing:  none\n"
        "ready:                yes\n"
    )


def test_the_command_on_a_machine_that_is_not_ready(code_folder, tmp_path):
    """The status is 1 when the machine is not ready, and the report is printed all the same."""
    gone = str(tmp_path / "gone")
    ran = _command(code_folder, os.pathsep.join([str(tmp_path), gone, gone]))
    ran.exits(1, look="main() gives back 1 when the machine is not ready")
    ran.prints(
        "Python 3.11 or later: yes\n"
        "interpreter on PATH:  no\n"
        f"on PATH twice:        {gone}\n"
        f"on PATH but missing:  {gone}\n"
        "ready:                no\n"
    )


def test_the_command_without_any_path(monkeypatch):
    """Where there is no variable PATH at all, it counts as empty."""
    monkeypatch.delenv("PATH", raising=False)
    call(environment_report.main).returns(1)


def _command(code_folder, path):
    return run_script(code_folder / "environment_report.py", environment={"PATH": path})
