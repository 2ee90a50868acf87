import json

import node_audit
import pytest

from labkit.checks import Stream, call, run_script


def record(node="a", time=1, cpu=10, status="OK"):
    return {"node": node, "time": time, "cpu": cpu, "status": status}


def dashboard(nodes, rejected, status, action):
    return node_audit.Dashboard(nodes, rejected, status, action)


def test_the_dashboard():
    """Numbers, counts by status, and reasons come together from all sources."""
    first = [record("web-1", cpu=34.5), record("db-1", cpu=95, status="DISK_FAIL"), {"node": "x"}]
    second = [record("web-2", cpu=90), None, record("mail-1", status="WARN")]
    call(node_audit.audit, first, second).returns(
        dashboard(
            4,
            2,
            {"DISK_FAIL": 1, "OK": 2, "WARN": 1},
            [("db-1", ["status DISK_FAIL", "cpu 95"]), ("web-2", ["cpu 90"])],
        )
    )


def test_the_newest_record_counts():
    """A node counts once, with its newest record, whatever source that comes from."""
    old, new = record("a", time=1, cpu=99, status="DISK_FAIL"), record("a", time=2)
    call(node_audit.audit, [new], [old]).returns(dashboard(1, 0, {"OK": 1}, []))
    call(node_audit.audit, [old], [new]).returns(dashboard(1, 0, {"OK": 1}, []))


def test_a_rejected_record_is_no_news():
    """A record that is set aside does not take the place of an older, good one."""
    call(node_audit.audit, [record("a", time=1, cpu=90), record("a", time=2, status="HUH")]).returns(
        dashboard(1, 1, {"OK": 1}, [("a", ["cpu 90"])])
    )


def test_the_order_of_action():
    """A critical status comes first, then the higher load, then the name."""
    records = [
        record("e", cpu=90),
        record("d", cpu=90),
        record("c", cpu=99),
        record("b", cpu=20, status="UNREACHABLE"),
        record("a", cpu=5, status="DISK_FAIL"),
        record("z", cpu=85, status="DISK_FAIL"),
    ]
    result = call(node_audit.audit, records)
    result.expect([name for name, _ in result.value.action], "names of the nodes that need action").equals(
        ["z", "b", "a", "c", "d", "e"], look="critical status before load, high load before low, then by name"
    )


def test_the_order_of_status():
    """The counts by status are in alphabetical order."""
    records = [record("a", status="WARN"), record("b"), record("c", status="DISK_FAIL")]
    result = call(node_audit.audit, records)
    result.expect(list(result.value.status), "the keys, in order").equals(["DISK_FAIL", "OK", "WARN"])


def test_no_telemetry():
    """Without telemetry the dashboard is empty."""
    call(node_audit.audit).returns(dashboard(0, 0, {}, []))
    call(node_audit.audit, [], Stream([])).returns(dashboard(0, 0, {}, []))


def test_sources_are_read_once():
    """A source may be anything that can be looped over once."""
    call(node_audit.audit, Stream([record("a"), None]), Stream([record("b", cpu=88)])).returns(
        dashboard(2, 1, {"OK": 2}, [("b", ["cpu 88"])])
    )


@pytest.fixture
def program(code_folder):
    return code_folder / "node_audit.py"


TEXT = """\
nodes: 4, rejected: 4
status: DISK_FAIL 1, OK 2, WARN 1
action needed:
- db-1: status DISK_FAIL
- web-2: cpu 91.25
- web-1: cpu 81
"""


def test_the_program(program, lab_data):
    """The program reads JSON lines, and writes the dashboard; status 1 says that action is needed."""
    ran = run_script(program, stdin=(lab_data / "telemetry.jsonl").read_text(encoding="utf-8"))
    ran.prints(TEXT).exits(1)


def test_the_program_writes_json(program, lab_data):
    """With --json it writes JSON, with the same status."""
    ran = run_script(program, "--json", stdin=(lab_data / "telemetry.jsonl").read_text(encoding="utf-8"))
    ran.exits(1)
    ran.expect(json.loads(ran.stdout), "what the JSON holds").equals(
        {
            "nodes": 4,
            "rejected": 4,
            "status": {"DISK_FAIL": 1, "OK": 2, "WARN": 1},
            "action": [
                {"node": "db-1", "reasons": ["status DISK_FAIL"]},
                {"node": "web-2", "reasons": ["cpu 91.25"]},
                {"node": "web-1", "reasons": ["cpu 81"]},
            ],
        }
    )


@pytest.mark.parametrize("stdin", ["", "\n \n", json.dumps(record()) + "\n"])
def test_nothing_to_do(program, stdin):
    """When nothing needs action, the status is 0."""
    nodes = 1 if stdin.strip() else 0
    status = "OK 1" if nodes else "none"
    run_script(program, stdin=stdin).exits(0).prints(
        f"nodes: {nodes}, rejected: 0\nstatus: {status}\naction needed: none\n"
    )


def test_lines_that_are_no_records(program):
    """A line that is no JSON, or no object, is set aside and counted; it does not end the program."""
    run_script(program, stdin='{"node": \n7\n"OK"\nNaN\n').exits(0).prints(
        "nodes: 0, rejected: 4\nstatus: none\naction needed: none\n"
    )


@pytest.mark.parametrize("arguments", [["--xml"], ["--json", "more"], ["telemetry.jsonl"]])
def test_wrong_arguments(program, arguments):
    """Other arguments end it with status 2 and a line of usage on standard error."""
    ran = run_script(program, *arguments, stdin=json.dumps(record(cpu=99)))
    ran.exits(2).complains(arguments[-1])
    ran.expect(ran.stderr[:29], "the beginning of standard error").equals("usage: node_audit.py [--json]")
    ran.expect(ran.stdout, "standard output").equals("")
