import pytest
import telemetry_pipeline

from labkit.checks import Stream, call


def server(name, region, load):
    return {"name": name, "region": region, "load": load}


SERVERS = [
    server("b", "us", 40),
    server("a", "us", 40),
    server("d", "eu", 40),
    server("c", "eu", 90),
    server("e", "ap", 5),
]


def named(names):
    return [next(each for each in SERVERS if each["name"] == name) for name in names]


def test_ranked():
    """The highest load comes first; equal loads are sorted by region, then by name."""
    call(telemetry_pipeline.ranked, SERVERS).returns(
        named("cdabe"), slips=[(named("edabc"), "the highest load comes first")]
    )


def test_equal_loads():
    """With equal loads the region counts before the name, and both go up."""
    servers = [server("a", "us", 1), server("z", "ap", 1), server("b", "ap", 1)]
    call(telemetry_pipeline.ranked, servers).returns([servers[2], servers[1], servers[0]])


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        (["name"], "abcde"),
        (["-name"], "edcba"),
        (["region", "name"], "ecdab"),
        (["-region", "name"], "abcde"),
        (["region", "-name"], "edcba"),
        (["-load", "region", "name"], "cdabe"),
        (["load", "-region", "-name"], "ebadc"),
        (["region"], "edcba"),
        (["-region"], "badce"),
        ([], "badce"),
    ],
)
def test_fields(fields, names):
    """The first field counts most, a minus turns its order around, and what is equal keeps its order."""
    call(telemetry_pipeline.sorted_by, SERVERS, *fields).returns(named(names))


def test_servers_are_read_once():
    """The servers may come from anything that can be looped over once; the given list keeps its order."""
    call(telemetry_pipeline.sorted_by, Stream(SERVERS), "name").returns(named("abcde"))
    call(telemetry_pipeline.sorted_by, list(SERVERS), "name").changes_nothing()
    call(telemetry_pipeline.ranked, list(SERVERS)).changes_nothing()
