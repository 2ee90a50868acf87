"""The portal: its quirks as settings, and who has logged in."""

from __future__ import annotations

import random
from typing import ClassVar, Final

from labkit.faults import Refuse, Throttle
from labkit.http.wire import Request
from labkit.services.base import Call, Problem, Routes, Service
from labkit.services.base.moments import Moment, seconds
from labkit.services.portal import html, pages
from labkit.services.portal.models import PAGES, Alert, Page, Session, Ticket
from labkit.services.portal.pages import failure

_COOKIE: Final = "PORTALSESSION"


class Portal(Service):
    """A portal without an API on loopback.

    Ids of elements change with every page; names, labels and classes stay.

    Attributes:
        tickets: the list, in its order; :meth:`ticket` adds to it.
        alerts: the lines of ``/dashboard``, which needs no login.
        pages: the documentation below ``/docs``.
        square: where the square of ``/canvas`` was dropped last.
        user: who may log in, with ``password``.
        session_life: seconds without a request after which a session is over.
        render_delay: real seconds after which a page has brought in its list; 0 has it there at once.
        modal: the text of a window that opens in front of the list until it was dismissed; empty for none.
        modal_delay: real seconds after which it opens.
        page_size: tickets on a page.
        report_bytes: the report, in place of the one made of the tickets.
    """

    name = "portal"
    routes: ClassVar[Routes] = pages.routes

    def begin(self) -> None:
        """No tickets, one user."""
        self._random = random.Random(self.seed)  # noqa: S311 - ids that come again with the seed
        self.tickets: list[Ticket] = []
        self.alerts: list[Alert] = []
        self.pages: list[Page] = list(PAGES)
        self.square: tuple[int, int] | None = None
        self.user, self.password = "clerk", "example-password"
        self.session_life = 600.0
        self.render_delay = 0.05
        self.modal = ""
        self.modal_delay = 0.02
        self.page_size = 10
        self.report_bytes: bytes | None = None
        self.sessions: dict[str, Session] = {}

    def variables(self) -> dict[str, str]:
        """Address and login, for programs that take them from their environment."""
        return {"PORTAL_URL": self.url, "PORTAL_USER": self.user, "PORTAL_PASSWORD": self.password}

    # What tests arrange

    def ticket(
        self,
        summary: str,
        *,
        priority: str = "Medium",
        status: str = "Open",
        site: str = "Berlin",
        requester: str = "clerk",
        at: Moment | None = None,
        due: str = "",
        phone: str = "",
    ) -> Ticket:
        """Put a ticket at the end of the list."""
        when = seconds(at, self.time())
        number = f"TCK-{1001 + len(self.tickets)}"
        made = Ticket(number, summary, priority, status, site, requester, when, due, phone)
        self.tickets.append(made)
        return made

    def alert(self, level: str, host: str, text: str) -> None:
        """Put an alert on the dashboard: critical, warning or info."""
        self.alerts.append(Alert(level, host, text))

    def expire_sessions(self) -> None:
        """End all sessions now."""
        self.sessions.clear()

    def report(self) -> bytes:
        """The report: semicolons, Windows line ends and characters, and a line of totals at its end."""
        if self.report_bytes is not None:
            return self.report_bytes
        lines = ["Number;Opened;Summary;Priority;Status;Site"]
        for each in self.tickets:
            summary = each.summary.replace('"', '""')
            lines.append(
                f'{each.number};{each.day};"{summary}";{each.priority.upper()};{each.status};{each.site} '
            )
        lines.append(f"Total;{len(self.tickets)};;;;")
        return ("\r\n".join(lines) + "\r\n").encode("cp1252", "replace")

    # Sessions

    def ids(self) -> html.Ids:
        """Ids for a page."""
        return html.Ids(self._random)

    def open_session(self, user: str, now: float) -> str:
        """Log somebody in; return the key of the session."""
        key = f"{self._random.getrandbits(128):032x}"
        token = f"{self._random.getrandbits(64):016x}"
        self.sessions[key] = Session(user, now + self.session_life, token)
        return key

    def close_session(self, request: Request) -> None:
        """Log somebody out."""
        self.sessions.pop(_key(request), None)

    def authenticate(self, request: Request, now: float) -> Session | None:
        """The session of a request, which it prolongs; None without one."""
        found = self.sessions.get(_key(request))
        if found is None:
            return None
        if now >= found.expires:
            self.close_session(request)
            return None
        found.expires = now + self.session_life
        return found

    def need(self, call: Call) -> None:
        """Lead somebody without a session to the login.

        Raises:
            Problem: a redirect.
        """
        if call.user is None:
            expired = "?expired=1" if _key(call.request) else ""
            raise Problem(302, b"", {"Location": f"/login{expired}"}, pages.HTML)

    # Words

    def error(self, status: int, message: str) -> Problem:
        """A page that tells of an error."""
        return failure(status, message)

    def throttled(self, fault: Throttle) -> Problem:
        """Too many requests."""
        return failure(429, "Too many requests. Please slow down.")

    def overloaded(self, fault: Throttle) -> Problem:
        """Maintenance."""
        return failure(503, "The portal is down for maintenance.")

    def refused(self, fault: Refuse) -> Problem:
        """A right is missing."""
        return failure(403, fault.reason or "You may not see this page.")

    def failed(self, fault: Refuse) -> Problem:
        """A bug."""
        return failure(500, fault.reason or "An unexpected error has occurred.")

    def expired(self) -> Problem:
        """A session that is over."""
        return Problem(302, b"", {"Location": "/login?expired=1"}, pages.HTML)


def _key(request: Request) -> str:
    for part in request.headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == _COOKIE:
            return value
    return ""
