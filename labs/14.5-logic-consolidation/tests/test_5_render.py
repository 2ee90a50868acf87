import json

import node_audit

from labkit.checks import call, expect


def dashboard():
    return node_audit.Dashboard(
        3,
        1,
        {"DISK_FAIL": 1, "OK": 2},
        [("db-1", ["status DISK_FAIL", "cpu 95"]), ("web-1", ["cpu 81.5"])],
    )


def empty():
    return node_audit.Dashboard(0, 0, {}, [])


def test_text():
    """The text has the numbers, the count of each status, and a line for each node that needs action."""
    call(node_audit.as_text, dashboard()).returns(
        "nodes: 3, rejected: 1\n"
        "status: DISK_FAIL 1, OK 2\n"
        "action needed:\n"
        "- db-1: status DISK_FAIL, cpu 95\n"
        "- web-1: cpu 81.5"
    )


def test_text_of_nothing():
    """Where there is nothing, the text says none."""
    call(node_audit.as_text, empty()).returns("nodes: 0, rejected: 0\nstatus: none\naction needed: none")


def read(text):
    try:
        return json.loads(text)
    except ValueError as error:
        expect(text, f"the text, which is no JSON ({error})").equals("JSON")


def test_json():
    """The JSON has the same under the keys nodes, rejected, status and action."""
    result = call(node_audit.as_json, dashboard())
    result.expect(read(result.value), "what the JSON holds").equals(
        {
            "nodes": 3,
            "rejected": 1,
            "status": {"DISK_FAIL": 1, "OK": 2},
            "action": [
                {"node": "db-1", "reasons": ["status DISK_FAIL", "cpu 95"]},
                {"node": "web-1", "reasons": ["cpu 81.5"]},
            ],
        }
    )


def test_json_of_nothing():
    """The JSON of an empty dashboard has all keys as well."""
    result = call(node_audit.as_json, empty())
    result.expect(read(result.value), "what the JSON holds").equals(
        {"nodes": 0, "rejected": 0, "status": {}, "action": []}
    )
