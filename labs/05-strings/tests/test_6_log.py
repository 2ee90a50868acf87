import log_normaliser
import pytest

from labkit.checks import call


def record(time="10:15:00Z", host="web-1", level="ERROR", message="disk full"):
    return log_normaliser.Record(time, host, level, message)


def reads(text, records, rejected=(), look=""):
    call(log_normaliser.normalise, text).returns((records, list(rejected)), look=look)


def test_a_plain_line():
    """A line has time, host, level and message."""
    reads("10:15:00Z web-1 ERROR disk full\n", [record()])


def test_white_space_between_the_fields():
    """Any amount of white space separates the fields, and surrounds the line."""
    reads("  10:15:00Z \t web-1   ERROR     disk full  \n", [record()])


def test_white_space_inside_the_message():
    """White space inside the message stays as it is."""
    reads(
        "10:15:00Z web-1 ERROR disk   is\tfull\n",
        [record(message="disk   is\tfull")],
        look="stop splitting in time",
    )


def test_colons_inside_the_message():
    """Colons inside the message stay, and so do those of the time."""
    reads("10:15:00Z web-1 ERROR disk: /var: full\n", [record(message="disk: /var: full")])


@pytest.mark.parametrize(
    "level", ["ERROR", "error", "Error", "ERR", "err", "[ERROR]", "error:", "[err]:", "ERROR:"]
)
def test_spellings_of_a_level(level):
    """A level is known in any case, with its short name, in square brackets, with a colon behind."""
    reads(f"10:15:00Z web-1 {level} disk full\n", [record()])


@pytest.mark.parametrize(
    ("word", "level"),
    [
        ("debug", "DEBUG"),
        ("info", "INFO"),
        ("warning", "WARNING"),
        ("warn", "WARNING"),
        ("error", "ERROR"),
        ("err", "ERROR"),
        ("critical", "CRITICAL"),
        ("crit", "CRITICAL"),
    ],
)
def test_all_levels(word, level):
    """There are five levels, three of them with a short name."""
    reads(f"10:15:00Z web-1 {word} disk full", [record(level=level)])


def test_what_is_not_told():
    """A hyphen stands for a time or a host that is not told."""
    reads("- - INFO started\n", [record(None, None, "INFO", "started")])
    reads("- web-1 INFO started\n", [record(None, "web-1", "INFO", "started")])


def test_no_message():
    """A line without a message has an empty one."""
    reads("10:15:00Z web-1 INFO\n", [record(level="INFO", message="")])
    reads("10:15:00Z web-1 INFO:   \n", [record(level="INFO", message="")])


def test_line_ends_of_windows():
    """Lines may end as on Windows, and the last one may lack its end."""
    reads("10:15:00Z web-1 ERROR disk full\r\n- - INFO up", [record(), record(None, None, "INFO", "up")])


def test_empty_lines():
    """Empty lines, and those of white space alone, are left out, and are counted all the same."""
    reads("\n   \n\t\r\n10:15:00Z web-1 ERROR disk full\n\n", [record()])
    reads("\n\nbroken\n", [], [(3, "broken")])


def test_an_empty_log():
    """An empty log has no records."""
    reads("", [])


def test_other_characters_end_no_line():
    """Characters that some programs take for a line end do not end a line here."""
    message = "a\x0bb\x0cc\x1cd\x85e\u2028f"
    reads(
        f"10:15:00Z web-1 ERROR {message}\n",
        [record(message=message)],
        look="splitlines() splits at more than \\n and \\r\\n",
    )


@pytest.mark.parametrize(
    "line",
    [
        "broken",
        "10:15:00Z web-1",
        "10:15:00Z web-1 disk full",
        "10:15:00Z web-1 errors x",
        "10:15:00Z web-1 [err:] x",
        "10:15:00Z web-1 XERRORX x",
    ],
)
def test_lines_that_are_none(line):
    """A line with too few fields or an unknown level is rejected, trimmed, with its number."""
    reads(
        f"- - INFO up\n {line} \r\n- - INFO down\n",
        [record(None, None, "INFO", w) for w in ("up", "down")],
        [(2, line)],
    )


def test_messages_of_any_language():
    """Messages may be in any language."""
    reads(
        "10:15:00Z größe ERROR Übertragung 東京 fehlgeschlagen\n",
        [record(host="größe", message="Übertragung 東京 fehlgeschlagen")],
    )


def test_a_record_as_a_block():
    """A record is shown as a block of three lines."""
    call(log_normaliser.format_record, record(message="disk: full")).returns(
        "[ERROR] web-1\n  time:    10:15:00Z\n  message: disk: full"
    )


def test_a_block_with_gaps():
    """What is not told is said to be unknown; an empty message leaves no blanks at the end of its line."""
    call(log_normaliser.format_record, record(None, None, "INFO", "")).returns(
        "[INFO] unknown host\n  time:    unknown\n  message:", look="no blanks at the ends of lines"
    )
