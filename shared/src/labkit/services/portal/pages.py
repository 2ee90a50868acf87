"""What the portal shows at which address."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from labkit.http.wire import Response
from labkit.services.base import Call, Problem, Routes
from labkit.services.portal import html
from labkit.services.portal.models import PRIORITIES, SITES, check

if TYPE_CHECKING:
    from labkit.services.portal.service import Portal

routes = Routes()
HTML: Final = "text/html; charset=utf-8"
_HEADS: Final = ("Number", "Opened", "Summary", "Priority", "Status", "Site")


def shown(text: str, status: int = 200) -> Response:
    """A page as an answer."""
    return Response(status, text.encode(), HTML, {"Cache-Control": "no-store"})


def redirect(path: str, cookie: str = "") -> Response:
    """Lead on to another page."""
    headers = {"Location": path}
    if cookie:
        headers["Set-Cookie"] = cookie
    return Response(302, b"", HTML, headers)


# Login


@routes.get("/")
def home(portal: Portal, call: Call) -> Response:
    return redirect("/tickets" if call.user else "/login")


@routes.get("/login")
def login_page(portal: Portal, call: Call) -> Response:
    told = "Your session has expired. Please log in again." if call.query("expired") else ""
    return shown(_login(portal, told))


def _login(portal: Portal, told: str, user: str = "") -> str:
    ids = portal.ids()
    error = f'<div class="error" role="alert">{escape(told)}</div>' if told else ""
    body = (
        f'{error}<form method="post" action="/login">'
        + html.field(ids, "username", "User name", html.text_input("username", user))
        + html.field(ids, "password", "Password", html.text_input("password", kind="password"))
        + f'<button id="{ids("go")}" type="submit">Log in</button></form>'
    )
    return html.page("Log in", body)


@routes.post("/login")
def log_in(portal: Portal, call: Call) -> Response:
    form = call.form()
    if (form.get("username"), form.get("password")) != (portal.user, portal.password):
        # With status 200, as many portals do: only the page tells.
        return shown(_login(portal, "Invalid user name or password.", form.get("username", "")))
    key = portal.open_session(form["username"], call.now)
    return redirect("/tickets", f"PORTALSESSION={key}; Path=/; HttpOnly; SameSite=Lax")


@routes.get("/logout")
def log_out(portal: Portal, call: Call) -> Response:
    portal.close_session(call.request)
    return redirect("/login", "PORTALSESSION=; Path=/; Max-Age=0")


@routes.post("/dismissed")
def dismissed(portal: Portal, call: Call) -> Response:
    if call.user:
        call.user.greeted = True
    return shown("")


# Tickets


@routes.get("/tickets")
def tickets(portal: Portal, call: Call) -> Response:
    portal.need(call)
    number, last = _page(portal, call)
    links = []
    if number > 1:
        links.append(f'<a class="prev" href="/tickets?page={number - 1}">&laquo; Previous</a>')
    if number < last:
        links.append(f'<a class="next" href="/tickets?page={number + 1}">Next &raquo;</a>')
    pager = f'<p class="pager">Page {number} of {last} {" ".join(links)}</p>'
    body, script = f'<div id="list">{_rows(portal, number)}</div>{pager}', ""
    if portal.render_delay:
        body = f'<div id="loading">Loading...</div><div id="list"></div>{pager}'
        script = html.LATE % {"page": number, "delay": int(portal.render_delay * 1000)}
    if portal.modal and not call.user.greeted:
        script += html.MODAL % {
            "text": escape(portal.modal, quote=True),
            "delay": int(portal.modal_delay * 1000),
        }
    return shown(html.page("Tickets", body, user=call.user.user, script=script))


def _page(portal: Portal, call: Call) -> tuple[int, int]:
    last = max(1, -(-len(portal.tickets) // portal.page_size))
    return min(max(1, call.integer("page", 1)), last), last


def _rows(portal: Portal, number: int) -> str:
    start = (number - 1) * portal.page_size
    rows: list[tuple[Any, ...]] = [
        (each.number, each.day, each.summary, each.priority, each.status, each.site)
        for each in portal.tickets[start : start + portal.page_size]
    ]
    return html.table(_HEADS, rows) if rows else '<p class="empty">No tickets.</p>'


@routes.get("/tickets/rows")
def ticket_rows(portal: Portal, call: Call) -> Response:
    portal.need(call)
    return shown(_rows(portal, _page(portal, call)[0]))


@routes.get("/tickets/new")
def new_ticket(portal: Portal, call: Call) -> Response:
    portal.need(call)
    return shown(_form(portal, call, {}, {}))


def _form(portal: Portal, call: Call, values: dict[str, str], wrong: dict[str, str]) -> str:
    ids = portal.ids()
    told = f'<div class="error" role="alert">{len(wrong)} fields need your attention.</div>' if wrong else ""
    box = '<input id="{id}" type="checkbox" name="confirm" value="yes"%s>' % (
        " checked" if values.get("confirm") == "yes" else ""
    )
    controls = (
        ("summary", "Summary", html.text_input("summary", values.get("summary", ""))),
        ("priority", "Priority", html.select("priority", PRIORITIES, values.get("priority", ""))),
        ("site", "Site", html.select("site", SITES, values.get("site", ""))),
        ("due", "Due date", html.text_input("due", values.get("due", ""))),
        ("phone", "Phone (optional)", html.text_input("phone", values.get("phone", ""))),
        ("confirm", "The data may be stored", box),
    )
    body = (
        f'{told}<form method="post" action="/tickets/new" novalidate>'
        f'<input type="hidden" name="token" value="{call.user.token}">'
        + "".join(
            html.field(ids, name, label, control, wrong.get(name, "")) for name, label, control in controls
        )
        + f'<button id="{ids("save")}" type="submit">Save ticket</button></form>'
    )
    return html.page("New ticket", body, user=call.user.user)


@routes.post("/tickets/new")
def save_ticket(portal: Portal, call: Call) -> Response:
    portal.need(call)
    form = call.form()
    if form.get("token") != call.user.token:
        raise failure(403, "The form is not valid any more. Open it again.")
    wrong = check(form, datetime.fromtimestamp(call.now, UTC).date())
    if wrong:
        return shown(_form(portal, call, form, wrong))
    made = portal.ticket(
        form["summary"].strip(),
        priority=form["priority"],
        site=form["site"],
        requester=call.user.user,
        at=call.now,
        due=form["due"],
        phone=form.get("phone", ""),
    )
    return redirect(f"/tickets/{made.number}?created=1")


@routes.get("/tickets/{number}")
def one_ticket(portal: Portal, call: Call) -> Response:
    portal.need(call)
    found = next((each for each in portal.tickets if each.number == call["number"]), None)
    if found is None:
        raise failure(404, f"There is no ticket {call['number']}.")
    told = (
        f'<div class="success" role="status">Ticket {found.number} created.</div>'
        if call.query("created")
        else ""
    )
    pairs: list[tuple[Any, ...]] = [
        ("Summary", found.summary),
        ("Priority", found.priority),
        ("Status", found.status),
        ("Site", found.site),
        ("Opened", found.day),
        ("Due", found.due),
        ("Requester", found.requester),
    ]
    body = told + html.table(("Field", "Value"), pairs)
    return shown(html.page(f"Ticket {found.number}", body, user=call.user.user))


# Reports


@routes.get("/reports")
def reports(portal: Portal, call: Call) -> Response:
    portal.need(call)
    script = html.READY % {"delay": int(portal.render_delay * 1000)}
    body = '<p>All tickets as a file.</p><p id="preparing">Preparing the report...</p>'
    return shown(html.page("Reports", body, user=call.user.user, script=script))


@routes.get("/reports/download")
def download(portal: Portal, call: Call) -> Response:
    portal.need(call)
    day = datetime.fromtimestamp(call.now, UTC).strftime("%Y-%m-%d")
    headers = {"Content-Disposition": f'attachment; filename="tickets-{day}.csv"'}
    return Response(200, portal.report(), "text/csv; charset=windows-1252", headers)


# Pages without a login


@routes.get("/dashboard")
def dashboard(portal: Portal, call: Call) -> Response:
    lines = "".join(
        f'<li class="alert alert-{escape(each.level)}"><b>{escape(each.host)}</b> {escape(each.text)}</li>'
        for each in portal.alerts
    )
    return shown(html.page("Dashboard", f'<ul class="alerts">{lines}</ul>'))


@routes.get("/docs")
def docs(portal: Portal, call: Call) -> Response:
    ids, text = portal.ids(), call.query("q").strip().lower()
    found = [each for each in portal.pages if text and text in f"{each.title} {' '.join(each.lines)}".lower()]
    results = "".join(
        f'<li class="result"><a href="/docs/{quote(each.slug)}">{escape(each.title)}</a></li>'
        for each in found
    )
    body = (
        '<form method="get" action="/docs">'
        + html.field(ids, "q", "Search", html.text_input("q", call.query("q"), "search"))
        + "<button>Search</button></form>"
    )
    if text:
        body += f'<p class="count">{len(found)} results</p><ol class="results">{results}</ol>'
    return shown(html.page("Documentation", body))


@routes.get("/docs/{slug}")
def doc(portal: Portal, call: Call) -> Response:
    found = next((each for each in portal.pages if each.slug == call["slug"]), None)
    if found is None:
        raise failure(404, "There is no such page.")
    lines = "".join(f"<p>{escape(line)}</p>" for line in found.lines)
    return shown(html.page(found.title, f"<article>{lines}</article>"))


@routes.get("/canvas")
def canvas(portal: Portal, call: Call) -> Response:
    body = '<div id="canvas"><div id="square"></div></div><p>Square at <span id="place">20,20</span></p>'
    return shown(html.page("Canvas", body, script=html.DRAG))


@routes.post("/canvas")
def drop(portal: Portal, call: Call) -> Response:
    form = call.form()
    try:
        portal.square = (int(form["x"]), int(form["y"]))
    except (KeyError, ValueError):
        raise failure(400, "Where is the square?") from None
    return shown("")


def failure(status: int, text: str) -> Problem:
    """A page that tells of an error."""
    body = f'<div class="error" role="alert">{escape(text)}</div>'
    return Problem(status, html.page("Error", body).encode(), content_type=HTML)
