"""Pages as text: one frame, and a little JavaScript where the portal is slow or moves."""

from __future__ import annotations

import random
from html import escape
from typing import Any, Final

_STYLE: Final = """
body { font: 14px Verdana, sans-serif; margin: 0; } nav { background: #003366; padding: 6px; }
nav a { color: #fff; margin-right: 12px; } main { padding: 12px; } table { border-collapse: collapse; }
td, th { border: 1px solid #999; padding: 3px 8px; } .error, .field-error { color: #b00; }
.overlay { position: fixed; inset: 0; background: rgba(0,0,0,.5); z-index: 10; }
.overlay > div { background: #fff; margin: 80px auto; padding: 20px; width: 320px; }
.alert-critical { background: #fcc; } .alert-warning { background: #ffc; }
#canvas { position: relative; width: 500px; height: 300px; border: 1px solid #333; }
#square { position: absolute; left: 20px; top: 20px; width: 40px; height: 40px; background: #369; }
"""


class Ids:
    """Ids of elements as a component framework makes them: others with each page."""

    def __init__(self, source: random.Random) -> None:
        self._prefix = f"ctl{source.randrange(100):02}_{source.getrandbits(24):06x}"
        self._count = 0

    def __call__(self, name: str) -> str:
        """An id for an element."""
        self._count += 1
        return f"{self._prefix}_{name}{self._count}"


def page(title: str, body: str, *, user: str = "", script: str = "") -> str:
    """A whole page."""
    menu = ""
    if user:
        menu = (
            '<nav><a href="/tickets">Tickets</a><a href="/tickets/new">New ticket</a>'
            '<a href="/reports">Reports</a><a href="/logout">Log out</a></nav>'
        )
    code = f"<script>{script}</script>" if script else ""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)} - Service Portal</title><style>{_STYLE}</style></head>"
        f"<body>{menu}<main><h1>{escape(title)}</h1>{body}</main>{code}</body></html>"
    )


def field(ids: Ids, name: str, label: str, control: str, wrong: str = "") -> str:
    """A labelled control of a form, with what is wrong about it; ``{id}`` in the control is its id."""
    identity = ids(name)
    told = f' <span class="field-error" data-field="{name}">{escape(wrong)}</span>' if wrong else ""
    return f'<p><label for="{identity}">{escape(label)}</label> {control.replace("{id}", identity)}{told}</p>'


def text_input(name: str, value: str = "", kind: str = "text") -> str:
    """A control for a line of text."""
    return f'<input id="{{id}}" type="{kind}" name="{name}" value="{escape(value)}" autocomplete="off">'


def select(name: str, choices: tuple[str, ...], value: str = "") -> str:
    """A control with choices."""
    options = "".join(
        f"<option{' selected' if choice == value else ''}>{escape(choice)}</option>" for choice in choices
    )
    return f'<select id="{{id}}" name="{name}"><option value="">-- choose --</option>{options}</select>'


def table(heads: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    """A table; cells are escaped, and padded with the white space that such portals have."""
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>\n  {escape(str(cell))}&nbsp;</td>" for cell in row) + "</tr>" for row in rows
    )
    return f'<table class="grid"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


#: Brings the tickets in after the page: it is shown while it is not complete.
LATE: Final = """
setTimeout(function () {
  fetch('/tickets/rows?page=%(page)d', {credentials: 'same-origin'}).then(function (answer) {
    if (!answer.ok || answer.redirected) { location.href = '/login?expired=1'; return; }
    return answer.text().then(function (rows) {
      document.getElementById('loading').remove();
      document.getElementById('list').innerHTML = rows;
    });
  });
}, %(delay)d);
"""

#: A window in front of everything, some moments after the page.
MODAL: Final = """
setTimeout(function () {
  var cover = document.createElement('div');
  cover.className = 'overlay';
  cover.innerHTML = '<div role="dialog" aria-label="Notice"><p>%(text)s</p>' +
    '<button type="button" class="dismiss">Dismiss</button></div>';
  cover.querySelector('button').onclick = function () {
    cover.remove(); fetch('/dismissed', {method: 'POST'});
  };
  document.body.appendChild(cover);
}, %(delay)d);
"""

#: A link that is there when the report is.
READY: Final = """
setTimeout(function () {
  var link = document.createElement('a');
  link.href = '/reports/download'; link.textContent = 'Download report'; link.className = 'download';
  document.getElementById('preparing').replaceWith(link);
}, %(delay)d);
"""

#: A square that follows the mouse while its button is down.
DRAG: Final = """
var square = document.getElementById('square'), start = null;
square.addEventListener('mousedown', function (event) {
  start = [event.clientX - square.offsetLeft, event.clientY - square.offsetTop]; event.preventDefault();
});
document.addEventListener('mousemove', function (event) {
  if (!start) return;
  square.style.left = (event.clientX - start[0]) + 'px'; square.style.top = (event.clientY - start[1]) + 'px';
});
document.addEventListener('mouseup', function () {
  if (!start) return;
  start = null;
  var place = new URLSearchParams({x: square.offsetLeft, y: square.offsetTop});
  document.getElementById('place').textContent = square.offsetLeft + ',' + square.offsetTop;
  fetch('/canvas', {method: 'POST', body: place});
});
"""
