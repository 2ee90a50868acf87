import log_normaliser

from labkit.checks import Stream, call


def table(rows, *lines, look=""):
    call(log_normaliser.load_table, rows).returns("\n".join(lines), look=look)


def test_one_row():
    """A table has a title line and a line per row."""
    table([("web-1", 0.5, 12000)], "host       load      requests", "web-1      0.50        12,000")


def test_several_rows():
    """Hosts stand at the left, numbers at the right."""
    table(
        [("web-1", 0.5, 12), ("db", 11.256, 1234567), ("x", 0, 0)],
        "host       load      requests",
        "web-1      0.50            12",
        "db        11.26     1,234,567",
        "x          0.00             0",
    )


def test_the_first_column_grows():
    """The longest host decides how wide the first column is."""
    table(
        [("db-primary.example.net", 1.0, 5)],
        "host                        load      requests",
        "db-primary.example.net      1.00             5",
    )


def test_short_hosts():
    """The first column is at least as wide as its title."""
    table(
        [("a", 1.0, 5)],
        "host      load      requests",
        "a         1.00             5",
        look="the title counts, too",
    )


def test_no_rows():
    """Without rows only the title line is there."""
    table([], "host      load      requests")


def test_hosts_of_any_language():
    """Widths are counted in characters."""
    table([("größe-1", 2.0, 7)], "host         load      requests", "größe-1      2.00             7")


def test_rows_are_read_once():
    """The rows may come from anything that can be looped over once."""
    table(Stream([("a", 1.0, 5)]), "host      load      requests", "a         1.00             5")


def test_large_numbers_push_the_line():
    """A number wider than its column is shown in full."""
    table(
        [("a", 123456789.0, 12345678901234)],
        "host      load      requests",
        "a     123456789.00  12,345,678,901,234",
    )
