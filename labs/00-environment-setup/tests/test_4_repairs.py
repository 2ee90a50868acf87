import diagnosis

from labkit.checks import expect, run_script

LOOK = "the name of the class and the line, as Python showed them before the repair: ('ValueError', 12)"


def test_greet_host_works(code_folder):
    """greet_host.py prints: Good morning, web-7."""
    run_script(code_folder / "broken_snippets" / "greet_host.py").prints("Good morning, web-7\n").exits(0)


def test_disk_alarm_works(code_folder):
    """disk_alarm.py prints: disk 91 percent full: call somebody."""
    run_script(code_folder / "broken_snippets" / "disk_alarm.py").prints(
        "disk 91 percent full: call somebody\n"
    ).exits(0)


def test_show_uptime_works(code_folder):
    """show_uptime.py prints: up for 12 days and 6 hours."""
    run_script(code_folder / "broken_snippets" / "show_uptime.py").prints(
        "up for 12 days and 6 hours\n"
    ).exits(0)


def test_disk_alarm_still_decides(code_folder, tmp_path):
    """disk_alarm.py still decides: with 90 instead of 91 it says that the disk is fine."""
    program = _changed(code_folder, tmp_path, "disk_alarm.py", "91", "90")
    run_script(program).prints(
        "disk 90 percent full: fine\n", look="repair the line that is broken, and keep the decision"
    )


def test_show_uptime_still_computes(code_folder, tmp_path):
    """show_uptime.py still computes: 47 hours are 1 days and 23 hours."""
    program = _changed(code_folder, tmp_path, "show_uptime.py", "294", "47")
    run_script(program).prints(
        "up for 1 days and 23 hours\n", look="repair the line that is broken, and keep the computation"
    )


def test_greet_host_still_uses_its_name(code_folder, tmp_path):
    """greet_host.py still uses the name at its top: with db-1 there it greets db-1."""
    program = _changed(code_folder, tmp_path, "greet_host.py", "web-7", "db-1")
    run_script(program).prints(
        "Good morning, db-1\n", look="repair the name, do not write the host a second time"
    )


def test_diagnosis_of_greet_host():
    """GREET_HOST names the error of greet_host.py and its line."""
    expect(diagnosis.GREET_HOST, "GREET_HOST").equals(("NameError", 3), look=_look(diagnosis.GREET_HOST))


def test_diagnosis_of_disk_alarm():
    """DISK_ALARM names the error of disk_alarm.py and its line."""
    expect(diagnosis.DISK_ALARM, "DISK_ALARM").equals(("SyntaxError", 4), look=_look(diagnosis.DISK_ALARM))


def test_diagnosis_of_show_uptime():
    """SHOW_UPTIME names the error of show_uptime.py and its line."""
    came = diagnosis.SHOW_UPTIME
    caller = "that is the line of the call: the last line number in the message is where it happened"
    expect(came, "SHOW_UPTIME").equals(
        ("TypeError", 7), look=caller if came == ("TypeError", 10) else _look(came)
    )


def _changed(code_folder, tmp_path, name, old, new):
    """A copy of a learner's program in which one value differs."""
    source = (code_folder / "broken_snippets" / name).read_text(encoding="utf-8")
    for line in source.splitlines():
        if old in line and not line.lstrip().startswith("#"):
            source = source.replace(line, line.replace(old, new))
            break
    target = tmp_path / name
    target.write_text(source, encoding="utf-8")
    return target


def _look(came):
    if isinstance(came, tuple) and len(came) == 2 and isinstance(came[1], str):
        return "the line is a number, without quotation marks"
    return LOOK
