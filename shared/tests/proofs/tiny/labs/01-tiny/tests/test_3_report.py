import ticket_report

from labkit.checks import call


def test_sorted_by_name() -> None:
    """The report has one line per name, sorted by name."""
    call(ticket_report.report, {"web": 2, "db": 1}).returns("db: 1\nweb: 2")


def test_empty() -> None:
    """Without names the report is empty."""
    call(ticket_report.report, {}).returns("")
