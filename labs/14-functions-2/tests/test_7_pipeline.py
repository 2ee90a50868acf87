import itertools

import pytest
import telemetry_pipeline

from labkit.checks import Stream, call, call_raises, expect

LINE = "2026-03-01T10:00:00Z 10.0.0.5 GET /login 200 0.031"


def request(client="10.0.0.5", method="GET", path="/", status=200, seconds=1.0):
    return telemetry_pipeline.Request("t", client, method, path, status, seconds)


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (LINE, ("2026-03-01T10:00:00Z", "10.0.0.5", "GET", "/login", 200, 0.031)),
        ("t 192.0.2.1 POST / 599 0\n", ("t", "192.0.2.1", "POST", "/", 599, 0.0)),
        ("  t\t2001:db8::1   PUT  /a/b 100 12.5 ", ("t", "2001:db8::1", "PUT", "/a/b", 100, 12.5)),
    ],
)
def test_a_line(line, fields):
    """A line of six fields, with any white space between them, becomes a request."""
    call(telemetry_pipeline.parse_line, line).returns(telemetry_pipeline.Request(*fields))


BAD = [
    "",
    "t 10.0.0.5 GET / 200",
    "t 10.0.0.5 GET / 200 0.1 more",
    "t 10.0.0.256 GET / 200 0.1",
    "t localhost GET / 200 0.1",
    "t 10.0.0.5 GET / OK 0.1",
    "t 10.0.0.5 GET / 99 0.1",
    "t 10.0.0.5 GET / 600 0.1",
    "t 10.0.0.5 GET / 200.5 0.1",
    "t 10.0.0.5 GET / 200 fast",
    "t 10.0.0.5 GET / 200 -0.1",
    "t 10.0.0.5 GET / 200 nan",
    "t 10.0.0.5 GET / 200 inf",
]


@pytest.mark.parametrize("line", BAD)
def test_a_bad_line(line):
    """A line that is no request raises ValueError."""
    call_raises(ValueError, telemetry_pipeline.parse_line, line)


def test_parsed():
    """Good lines become requests; each bad one goes to the function for them; blank ones are passed over."""
    bad = []
    lines = Stream([LINE, "nonsense", "", "  \n", LINE.replace("200", "404"), BAD[3]])
    result = call(telemetry_pipeline.parsed, lines, bad.append)
    statuses = [each.status for each in result.value]
    expect(statuses, "status of each request").equals([200, 404])
    expect(bad, "what the function for bad lines was called with").equals(["nonsense", BAD[3]])


def test_parsed_is_lazy():
    """No line is read before a request is asked for, and none further than it."""
    lines = Stream([LINE, "nonsense", LINE, LINE])
    bad = []
    requests = iter(telemetry_pipeline.parsed(lines, bad.append))
    expect(lines.taken, "lines read before anything was asked for").equals(0)
    next(requests)
    expect(lines.taken, "lines read for the first request").equals(1)
    next(requests)
    expect((lines.taken, bad), "lines read for two requests, and bad lines").equals((3, ["nonsense"]))


def test_stages():
    """Stages keep and change items, in the order in which they are given."""
    result = call(
        telemetry_pipeline.pipeline,
        range(6),
        telemetry_pipeline.keep(lambda number: number % 2),
        telemetry_pipeline.change(lambda number: number * 10),
        telemetry_pipeline.keep(lambda number: number > 10),
        telemetry_pipeline.change(str),
    )
    result.yields(["30", "50"])


def test_no_stages():
    """Without stages the items come as they are."""
    call(telemetry_pipeline.pipeline, [3, 1, 2]).yields([3, 1, 2])


def test_a_stage_alone():
    """A stage is a function from something to loop over to an iterator, and can be used again."""
    positive = call(telemetry_pipeline.keep, lambda number: number > 0).value
    expect(list(positive([1, -1, 2])), "what the stage keeps of [1, -1, 2]").equals([1, 2])
    expect(list(positive([-3, 4])), "what it keeps of [-3, 4], used again").equals([4])


def test_anything_true():
    """What is neither True nor False counts as in a condition."""
    stage = telemetry_pipeline.keep(lambda text: text.strip())
    expect(list(stage(["a", " ", "b"])), "what keep(strip) keeps").equals(["a", "b"])


def test_own_stages():
    """Any function from an iterable to an iterator is a stage."""
    call(telemetry_pipeline.pipeline, itertools.count(), lambda items: itertools.islice(items, 3)).yields(
        [0, 1, 2]
    )


def test_pipelines_are_lazy():
    """An endless source is no problem: only what is asked for is read."""
    source = Stream(itertools.count(), "an endless source")
    items = telemetry_pipeline.pipeline(
        source,
        telemetry_pipeline.change(lambda number: number + 1),
        telemetry_pipeline.keep(lambda number: number % 3 == 0),
    )
    expect(source.taken, "items read before anything was asked for").equals(0)
    expect([next(items), next(items)], "the first two items").equals([3, 6])
    expect(source.taken, "items read for two").equals(6)


def test_summary():
    """Requests are grouped by the key, with their number and average, in the order of first appearance."""
    requests = [
        request(path="/b", seconds=1.0),
        request(path="/a", seconds=0.25),
        request(path="/b", seconds=2.0),
    ]
    result = call(telemetry_pipeline.summary_by, Stream(requests), lambda each: each.path)
    expect(result.value, "the summary").equals({"/b": (2, 1.5), "/a": (1, 0.25)})
    expect(list(result.value), "its keys, in order").equals(["/b", "/a"])


def test_summary_rounds():
    """The average is rounded to three digits; nothing gives an empty summary."""
    requests = [request(status=500, seconds=seconds) for seconds in (0.1, 0.1, 0.2)]
    call(telemetry_pipeline.summary_by, requests, lambda each: each.status).returns({500: (3, 0.133)})
    call(telemetry_pipeline.summary_by, [], lambda each: each.status).returns({})


LOG = [
    "t 10.0.0.5 GET /login 200 0.75",
    "t 110.0.0.1 GET /login 200 9.0",
    "t 10.0.0.6 GET /login 500 1.25",
    "broken",
    "t 10.0.0.7 POST /login 200 0.5",
    "",
    "t 10.0.0.8 POST /login 200 0.502",
    "t 10.0.0.9 GET / 200 fast",
]


def test_the_report():
    """Slow requests of internal clients are summarised by method and path, and bad lines are counted."""
    call(telemetry_pipeline.internal_report, Stream(LOG)).returns(
        ({"GET /login": (2, 1.0), "POST /login": (1, 0.502)}, 2)
    )


@pytest.mark.parametrize(
    ("slower_than", "expected"),
    [(1, {"GET /login": (1, 1.25)}), (0.4, {"GET /login": (2, 1.0), "POST /login": (2, 0.501)}), (2, {})],
)
def test_another_limit(slower_than, expected):
    """The limit can be given by name; a request that takes just as long is not slower."""
    call(telemetry_pipeline.internal_report, LOG, slower_than=slower_than).returns((expected, 2))


def test_a_report_of_nothing():
    """Without lines the report is empty."""
    call(telemetry_pipeline.internal_report, []).returns(({}, 0))
