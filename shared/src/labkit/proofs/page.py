"""A report as one page of HTML that needs nothing but itself: no script, no network, no other file."""

from __future__ import annotations

from html import escape

from labkit.proofs.model import FAILED, NOT_RUN, OK, OPEN, PROOFS, STALE, Outcome, Report
from labkit.proofs.table import cell, summary

_WORDS = {
    OK: "proven",
    FAILED: "failed: so many findings",
    NOT_RUN: "could not be made on this machine",
    OPEN: "mutants survive that nobody has dealt with yet",
    STALE: "mutants not judged since something changed",
}
_TONES = {OK: "good", FAILED: "bad", NOT_RUN: "odd", OPEN: "odd", STALE: "dim"}
_STYLE = """\
:root{--ink:#1c2024;--dim:#5b636b;--paper:#fff;--soft:#f3f5f7;--line:#d5dae0;--link:#0b57a4;--good:#1a7f4b;
--bad:#b3261e;--odd:#8a4b00}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ec;--dim:#a2abb4;--paper:#15181b;--soft:#1f2429;
--line:#39414a;--link:#8cc2ff;--good:#5fd39a;--bad:#ff8f86;--odd:#f2b35e}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem clamp(.75rem,3vw,2rem);max-width:75rem;font:16px/1.5 system-ui,sans-serif;
color:var(--ink);background:var(--paper);overflow-wrap:anywhere}
h1{margin:.2rem 0;font-size:1.6rem}h2{margin:2rem 0 .6rem;font-size:1.2rem}
a{color:inherit}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);white-space:nowrap}
thead th{background:var(--soft);font-size:.9rem}
tbody th{position:sticky;left:0;background:var(--paper)}
.good{color:var(--good)}.bad{color:var(--bad);font-weight:700}.odd{color:var(--odd)}.dim{color:var(--dim)}
section{border-top:1px solid var(--line);margin-top:1rem;padding-top:.6rem}
section h3{margin:0;font-size:1rem}
li{margin:.3rem 0;white-space:pre-wrap}
dt{font-weight:600}dd{margin:0 0 .4rem}
"""


def render_page(report: Report) -> str:
    """The table lab x proof with times, what has to be mended, and what each proof shows.

    Every text is escaped, and the page may load nothing and run nothing.
    """
    head = "".join(f"<th scope=col>{escape(proof)}</th>" for proof in PROOFS)
    rows = "".join(_row(report, lab) for lab in report.labs())
    details = "".join(_details(outcome) for outcome in report.outcomes)
    used = dict.fromkeys(outcome.status for outcome in report.outcomes)
    legend = "".join(_entry(status, _WORDS[status], _TONES[status]) for status in _WORDS if status in used)
    proofs = "".join(_entry(proof, text) for proof, text in PROOFS.items())
    return f"""\
<!doctype html>
<html lang=en>
<head>
<meta charset=utf-8>
<meta name=viewport content="width=device-width,initial-scale=1">
<meta http-equiv=Content-Security-Policy
content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>Proofs of the labs</title>
<link rel=icon href="data:,">
<style>
{_STYLE}</style>
</head>
<body>
<h1>Proofs of the labs</h1>
<p id=summary class={"bad" if not report.ok else "good"}>{escape(summary(report))}</p>
<div class=scroll tabindex=0 role=region aria-label="Proofs of each lab">
<table>
<thead><tr><th scope=col>lab</th>{head}</tr></thead>
<tbody>{rows}</tbody>
</table>
</div>
<h2>What has to be mended</h2>
{details or "<p>Nothing.</p>"}
<h2>What the words mean</h2>
<dl>{legend}</dl>
<h2>What each proof shows</h2>
<dl>{proofs}</dl>
</body>
</html>
"""


def _row(report: Report, lab: str) -> str:
    cells = []
    for proof in PROOFS:
        outcome = report.of(lab, proof)
        tone = _TONES[outcome.status] if outcome else "dim"
        text = escape(cell(outcome))
        if outcome and _lines(outcome):
            text = f'<a href="#{escape(_anchor(outcome))}">{text}</a>'
        cells.append(f"<td class={tone}>{text}</td>")
    return f"<tr><th scope=row>{escape(lab)}</th>{''.join(cells)}</tr>"


def _details(outcome: Outcome) -> str:
    lines = _lines(outcome)
    if not lines:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    title = f"Lab {outcome.lab}, {outcome.proof}: {outcome.status}"
    head = f"<h3 class={_TONES[outcome.status]}>{escape(title)}</h3>"
    return f'<section id="{escape(_anchor(outcome))}">{head}<ul>{items}</ul></section>\n'


def _lines(outcome: Outcome) -> list[str]:
    return [str(finding) for finding in outcome.findings] + list(outcome.notes)


def _anchor(outcome: Outcome) -> str:
    return f"{outcome.lab}-{outcome.proof}"


def _entry(word: str, text: str, tone: str = "") -> str:
    mark = f" class={tone}" if tone else ""
    return f"<div><dt{mark}>{escape(word)}</dt><dd>{escape(text)}</dd></div>"
