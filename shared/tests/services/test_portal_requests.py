"""The portal by requests: what a client without a browser sees, and what its faults look like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from labkit.faults import Drop, Expire, Refuse, Throttle
from labkit.services.portal import Portal


@pytest.fixture
def web(portal: Portal) -> Iterator[requests.Session]:
    """A session that has logged in."""
    with requests.Session() as session:
        login(session, portal)
        yield session


def login(session: requests.Session, portal: Portal, password: str = "") -> requests.Response:
    form = {"username": portal.user, "password": password or portal.password}
    return session.post(f"{portal.url}/login", data=form, timeout=5)


def test_login(portal: Portal) -> None:
    """A wrong password is a page with status 200 that says so; the right one leads to the tickets."""
    with requests.Session() as session:
        wrong = login(session, portal, "nonsense")
        assert (wrong.status_code, "Invalid user name or password." in wrong.text) == (200, True)
        right = login(session, portal)
        assert right.url == f"{portal.url}/tickets"
        session.get(f"{portal.url}/logout", timeout=5)
        again = session.get(f"{portal.url}/tickets", timeout=5)
        assert again.url == f"{portal.url}/login"


def test_sessions_end(portal: Portal, web: requests.Session) -> None:
    """A session is over after a while without a request, and the login in place of the page tells."""
    for _ in range(3):
        portal.clock.advance(590)
        assert web.get(f"{portal.url}/tickets", timeout=5).url.endswith("/tickets")
    portal.clock.advance(601)
    late = web.get(f"{portal.url}/tickets", timeout=5)
    assert (late.url, "Your session has expired" in late.text) == (f"{portal.url}/login?expired=1", True)
    login(web, portal)
    portal.expire_sessions()
    assert "expired=1" in web.get(f"{portal.url}/reports", timeout=5).url


def test_ids_change_and_names_stay(portal: Portal) -> None:
    """No two pages have the same ids; names and labels are the same on all."""
    pages = [requests.get(f"{portal.url}/login", timeout=5).text for _ in range(2)]
    ids = [set(re.findall(r' id="([^"]+)"', page)) for page in pages]
    names = [re.findall(r' name="([^"]+)"', page) for page in pages]
    assert ids[0].isdisjoint(ids[1])
    assert names[0] == names[1] == ["username", "password"]


def test_pages_of_tickets(portal: Portal, web: requests.Session) -> None:
    """The list comes in pages of ten, after the page itself."""
    for number in range(23):
        portal.ticket(f"Größe & <b>{number}</b>")
    page = web.get(f"{portal.url}/tickets?page=3", timeout=5).text
    assert ("Page 3 of 3" in page, "Loading..." in page, "TCK-1021" in page) == (True, True, False)
    rows = web.get(f"{portal.url}/tickets/rows?page=3", timeout=5).text
    assert re.findall(r"TCK-\d+", rows) == ["TCK-1021", "TCK-1022", "TCK-1023"]
    assert "Größe &amp; &lt;b&gt;22&lt;/b&gt;" in rows
    portal.render_delay = 0
    assert "TCK-1021" in web.get(f"{portal.url}/tickets?page=3", timeout=5).text


def form(web: requests.Session, portal: Portal, **changes: str) -> requests.Response:
    page = web.get(f"{portal.url}/tickets/new", timeout=5).text
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token is not None
    values = {
        "token": token[1],
        "summary": "Printer",
        "priority": "High",
        "site": "Lisbon",
        "due": "2026-03-09",
        "confirm": "yes",
        **changes,
    }
    return web.post(f"{portal.url}/tickets/new", data=values, timeout=5)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"summary": " "}, "Summary is required."),
        ({"summary": "x" * 61}, "Summary may have 60 characters, not 61."),
        ({"priority": ""}, "Choose a priority."),
        ({"site": "Mars"}, "Choose a site."),
        ({"due": "09/03/2026"}, "Enter the due date as YYYY-MM-DD."),
        ({"due": "2026-02-30"}, "Enter the due date as YYYY-MM-DD."),
        ({"due": "2026-03-01"}, "The due date lies in the past."),
        ({"phone": "call me"}, "A phone number has digits and spaces only."),
        ({"confirm": ""}, "Confirm that the data may be stored."),
    ],
)
def test_validation(portal: Portal, web: requests.Session, changes: dict[str, str], told: str) -> None:
    """Each wrong field is named beside it, what was entered stays, and nothing is saved."""
    answer = form(web, portal, **changes)
    name = next(iter(changes))
    assert f'data-field="{name}">{told}' in answer.text
    assert ("1 fields need your attention" in answer.text, portal.tickets) == (True, [])
    assert ('value="2026-03-09"' in answer.text) is (name != "due")


def test_a_ticket_is_saved(portal: Portal, web: requests.Session) -> None:
    """A right form makes a ticket and leads to its page; a form of another session is refused."""
    answer = form(web, portal)
    assert (answer.url, "Ticket TCK-1001 created." in answer.text) == (
        f"{portal.url}/tickets/TCK-1001?created=1",
        True,
    )
    assert (portal.tickets[0].summary, portal.tickets[0].site) == ("Printer", "Lisbon")
    assert form(web, portal, token="old").status_code == 403
    assert web.get(f"{portal.url}/tickets/TCK-9", timeout=5).status_code == 404


def test_the_report(portal: Portal, web: requests.Session) -> None:
    """The report is a file with semicolons, Windows characters and a line of totals."""
    portal.ticket('Drucker "Süd"', priority="High")
    answer = web.get(f"{portal.url}/reports/download", timeout=5)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="tickets-2026-03-02.csv"'
    assert answer.content.decode("cp1252").split("\r\n") == [
        "Number;Opened;Summary;Priority;Status;Site",
        'TCK-1001;02/03/2026;"Drucker ""Süd""";HIGH;Open;Berlin ',
        "Total;1;;;;",
        "",
    ]


def test_dashboard_and_documentation(portal: Portal) -> None:
    """Alerts and documentation need no login."""
    portal.alert("critical", "node-1", "Disk is full")
    page = requests.get(f"{portal.url}/dashboard", timeout=5).text
    assert '<li class="alert alert-critical"><b>node-1</b> Disk is full</li>' in page
    found = requests.get(f"{portal.url}/docs", params={"q": "wait"}, timeout=5).text
    assert re.findall(r'href="(/docs/[^"]+)"', found)[0] == "/docs/explicit-waits"
    article = requests.get(f"{portal.url}/docs/explicit-waits", timeout=5).text
    assert len(re.findall(r"<p>", article)) == 4


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (Throttle(), 429, "Please slow down"),
        (Throttle(at="overload"), 503, "down for maintenance"),
        (Refuse(), 403, "You may not see this page"),
        (Refuse(at="internal"), 500, "An unexpected error"),
        (Expire(), 200, "Your session has expired"),
    ],
)
def test_faults(portal: Portal, web: requests.Session, fault: Any, status: int, words: str) -> None:
    """Each fault is a page for people."""
    portal.faults.inject(type(fault)(**{**vars(fault), "match": "/tickets"}))
    answer = web.get(f"{portal.url}/tickets", timeout=5)
    assert (answer.status_code, words in answer.text) == (status, True)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


def test_down(portal: Portal, web: requests.Session) -> None:
    """A portal that cuts connections, or is down, is an error of the connection."""
    with portal.faults.during(Drop()), pytest.raises(requests.ConnectionError):
        web.get(f"{portal.url}/tickets", timeout=5)
    url = portal.url
    portal.stop()
    with pytest.raises(requests.ConnectionError):
        web.get(f"{url}/tickets", timeout=5)
