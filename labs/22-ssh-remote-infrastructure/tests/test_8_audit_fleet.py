"""Task 8: audit the fleet."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import fleet_auditor
import remote_shell  # noqa: F401 - the fixtures make nodes with it

from labkit.checks import call, call_raises, expect
from labkit.faults import Drop, Hang, Malformed
from labkit.hosts import Disk

SHORT = 1.0
MIB, GIB = 1 << 20, 1 << 30


def report(name="web-1", status="ok", uptime=90_000.0, load=0.5, disks=None, flags=()):
    return fleet_auditor.NodeReport(
        name, status, uptime, load, {"/": 40} if disks is None else disks, list(flags)
    )


def unknown(name, status):
    return fleet_auditor.NodeReport(name, status, None, None, {}, [])


def disks(*pairs):
    """Disks that ``df`` shows as so many percent full: it rounds up."""
    return [
        Disk(mount, 100 * GIB, percent * GIB - MIB, f"/dev/vd{n}") for n, (mount, percent) in enumerate(pairs)
    ]


def audit(here, **options):
    return here.call(fleet_auditor.audit_fleet, here.nodes(), **options).value


def healthy(here):
    """The report of the only node, which could be asked."""
    found = audit(here)
    expect([node.status for node in found], "status").equals(["ok"])
    return found[0]


# What a report says


def test_a_report_has_the_figures(site):
    """A report has name, status, uptime in seconds, the load of the last minute, and every disk."""
    here = site()
    metrics = here.host.machine.metrics
    metrics.load, metrics.disks = (0.25, 1.5, 3.75), disks(("/", 31), ("/var", 64))
    metrics.uptime = 12 * 86_400 + 3 * 3600 + 20 * 60
    found = healthy(here)
    usual = f"thresholds={fleet_auditor.Thresholds()!r}, limit=8, timeout=10.0"
    here.takes(fleet_auditor.audit_fleet, f"nodes, *, known_hosts, {usual}")
    expect(found.name, "name").equals("web-1")
    expect(found.load, "load, with averages of 0.25, 1.5 and 3.75").equals(0.25)
    expect(found.disks, "disks").equals({"/": 31, "/var": 64})
    expect(found.uptime, "uptime after 12 days, 3 hours and 20 minutes").close_to(1_048_800, 90)


def test_uptime_within_the_first_hour(site):
    """The uptime is right in the first minutes as well, when uptime(1) writes it in another way."""
    here = site()
    here.host.machine.metrics.uptime = 35 * 60
    expect(healthy(here).uptime, "uptime after 35 minutes").close_to(2100, 90)


def test_uptime_within_the_first_day(site):
    """The uptime is right in the first hours as well."""
    here = site()
    here.host.machine.metrics.uptime = 5 * 3600 + 7 * 60
    expect(healthy(here).uptime, "uptime after 5 hours and 7 minutes").close_to(18_420, 90)


def test_the_percentage_is_that_of_df(site):
    """A disk is as full as df says: it counts what is reserved for root, and rounds up."""
    here = site()
    here.host.machine.metrics.disks = [Disk("/", 100 * GIB, 90 * GIB, reserved=5 * GIB)]
    look = "take the column Capacity: used / size leaves out what is reserved for root"
    expect(healthy(here).disks, "disks, with 90 used, 5 free and 5 reserved of 100 GiB").equals(
        {"/": 95}, look=look
    )


def test_mount_points_with_blanks(site):
    """A mount point may hold blanks."""
    here = site()
    here.host.machine.metrics.disks = disks(("/", 10), ("/srv/old backups", 97))
    found = healthy(here)
    expect(found.disks, "disks").equals({"/": 10, "/srv/old backups": 97})
    expect(found.flags, "flags").equals(["disk /srv/old backups"])


# What is flagged


def test_a_healthy_node_has_no_flags(site):
    """A node within all thresholds has no flags."""
    here = site()
    here.host.machine.metrics.load = (3.99, 9.0, 9.0)
    expect(healthy(here).flags, "flags, with a load of 3.99 in the last minute").equals([])


def test_load_above_the_threshold(site):
    """A load above the threshold is flagged."""
    here = site()
    here.host.machine.metrics.load = (4.01, 0.1, 0.1)
    expect(healthy(here).flags, "flags, with a load of 4.01 and a threshold of 4.0").equals(["load"])


def test_load_at_the_threshold(site):
    """A load that is exactly the threshold is healthy."""
    here = site()
    here.host.machine.metrics.load = (4.0, 4.0, 4.0)
    expect(healthy(here).flags, "flags, with a load of 4.0 and a threshold of 4.0").equals([])


def test_load_is_a_number(site):
    """A load of 12 is above 4: loads are compared as numbers, not as texts."""
    here = site()
    here.host.machine.metrics.load = (12.0, 0.1, 0.1)
    expect(healthy(here).flags, "flags, with a load of 12.0 and a threshold of 4.0").equals(["load"])


def test_a_full_disk(site):
    """Each disk above the threshold is flagged with its mount point, in the order of df."""
    here = site()
    here.host.machine.metrics.disks = disks(("/var", 91), ("/", 50), ("/home", 99))
    expect(healthy(here).flags, "flags, with /var 91, / 50 and /home 99").equals(["disk /var", "disk /home"])


def test_a_disk_at_the_threshold(site):
    """A disk that is exactly as full as the threshold is healthy."""
    here = site()
    here.host.machine.metrics.disks = disks(("/", 90))
    expect(healthy(here).flags, "flags, with / at 90 and a threshold of 90").equals([])


def test_a_fresh_boot(site):
    """A node that has been up for less than fresh_boot is flagged."""
    here = site()
    here.host.machine.metrics.uptime = 20 * 60
    expect(healthy(here).flags, "flags, 20 minutes after the start").equals(["rebooted"])


def test_a_boot_that_is_no_longer_fresh(site):
    """A node that has been up for longer than fresh_boot is not flagged."""
    here = site()
    here.host.machine.metrics.uptime = 62 * 60
    expect(healthy(here).flags, "flags, 62 minutes after the start").equals([])


def test_a_boot_exactly_at_the_threshold(site):
    """A node that has been up for exactly fresh_boot is not flagged."""
    here = site()
    here.host.machine.metrics.uptime = 7200.0
    here.host.machine.clock.polling = False  # time stands still between the two audits
    seen = healthy(here).uptime
    found = audit(here, thresholds=fleet_auditor.Thresholds(fresh_boot=seen))
    expect(found[0].flags, f"flags, with an uptime and a threshold of {seen} s").equals([])


def test_everything_at_once(site):
    """Flags come in the order load, disks, rebooted."""
    here = site()
    metrics = here.host.machine.metrics
    metrics.load, metrics.disks, metrics.uptime = (9.0, 9.0, 9.0), disks(("/", 95)), 60.0
    expect(healthy(here).flags, "flags").equals(["load", "disk /", "rebooted"])


def test_thresholds_are_the_callers(site):
    """The thresholds are those that the caller gives."""
    here = site()
    metrics = here.host.machine.metrics
    metrics.load, metrics.disks, metrics.uptime = (0.9, 0.1, 0.1), disks(("/", 41)), 50_000.0
    strict = fleet_auditor.Thresholds(load=0.8, disk_percent=40, fresh_boot=86_400)
    found = audit(here, thresholds=strict)
    expect(found[0].flags, "flags with strict thresholds").equals(["load", "disk /", "rebooted"])


# Nodes in trouble


def test_nodes_that_cannot_be_asked_are_reported(site):
    """Nodes that are down, break off or are not trusted are in the report, and cost nobody else's."""
    here = site(5)
    here.fleet[0].stop()
    here.fleet[1].faults.inject(Drop(at="connect"))
    here.fleet[2].faults.inject(Drop(after_bytes=10))
    here.fleet[3].change_host_key()
    found = audit(here)
    expect([(node.name, node.status) for node in found], "names and status").equals(
        [
            ("web-1", "unreachable"),
            ("web-2", "unreachable"),
            ("web-3", "connection lost"),
            ("web-4", "untrusted host"),
            ("web-5", "ok"),
        ]
    )
    expect(found[0], "the report of the node that is down").equals(unknown("web-1", "unreachable"))
    here.all_closed("audit_fleet(nodes)")


def test_nodes_that_do_not_answer_are_reported(site):
    """Nodes that say nothing, or hang in a command, are in the report after timeout seconds."""
    here = site(2)
    here.fleet[0].faults.inject(Hang(at="connect"))
    here.fleet[1].faults.inject(Hang())
    found = audit(here, timeout=SHORT)
    expect([node.status for node in found], "status").equals(["unreachable", "timed out"])


def test_a_refused_login_is_reported(site):
    """A node that refuses the login is in the report."""
    here = site(2)
    nodes = [here.node(0, secret="guess"), here.node(1)]
    found = here.call(fleet_auditor.audit_fleet, nodes).value
    expect([node.status for node in found], "status").equals(["login refused", "ok"])


def test_rubbish_is_a_bad_answer(site):
    """A node whose answers make no sense is in the report as "bad answer", and costs nobody else's."""
    here = site(3)
    here.fleet[1].faults.inject(Malformed(at="exec"))
    found = audit(here)
    expect([node.status for node in found], "status").equals(["ok", "bad answer", "ok"])
    expect(found[1], "the report of the node that answers rubbish").equals(unknown("web-2", "bad answer"))


def test_a_command_that_fails_is_a_bad_answer(site):
    """A node on which the commands fail is in the report as "bad answer"."""
    here = site(2)
    here.fleet[0].machine.on("df", lambda command: 127)
    found = audit(here)
    expect([node.status for node in found], "status, where df does not work on web-1").equals(
        ["bad answer", "ok"]
    )


def test_a_status_other_than_0_is_a_bad_answer(site):
    """A node on which df prints its table and fails all the same is in the report as "bad answer"."""
    here = site()
    table = b"Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda 100 40 60 40% /\n"

    def half(command):
        command.stdout.write(table)
        return 1

    here.host.machine.on("^df", half)
    expect([node.status for node in audit(here)], "status, where df returns 1").equals(["bad answer"])


def test_a_node_that_says_nothing_is_a_bad_answer(site):
    """A node whose commands succeed and print empty lines is in the report as "bad answer"."""
    here = site()
    here.host.machine.on("^(cat|uptime|df)", lambda command: command.stdout.write(b"\n\n\n") and 0)
    expect([node.status for node in audit(here)], "status").equals(["bad answer"])


def test_the_fleet_is_visited_with_a_limit(site):
    """At no moment are more than limit connections open, and the reports are in the order of the nodes."""
    here = site(12)
    found = audit(here, limit=3)
    expect([node.name for node in found], "names").equals([f"web-{number}" for number in range(1, 13)])
    expect(here.fleet.peak_connections, "most connections that were open at one moment").at_most(3)


# How it is shown


def test_a_table_has_a_line_per_node():
    """The table has a line of headings and then a line per report, in order."""
    table = call(fleet_auditor.as_table, [report("web-2"), report("web-10"), report("db-1")]).value
    lines = table.rstrip("\n").splitlines()
    expect([line.split()[0] for line in lines], "first words of the lines").equals(
        ["NODE", "web-2", "web-10", "db-1"]
    )
    expect(lines[0].split()[1], "second heading").equals("STATUS")
    expect(lines[0].split()[-1], "last heading").equals("FLAGS")


def test_columns_are_aligned():
    """Status and flags begin below their headings, however long the names are."""
    reports = [
        report("web-1", flags=["load", "disk /var"], load=123.45),
        unknown("a-node-with-a-rather-long-name", "connection lost"),
        report("x", disks={"/srv/with/a/long/path/to/it": 7}, flags=["rebooted"]),
    ]
    lines = call(fleet_auditor.as_table, reports).value.rstrip("\n").splitlines()
    status, flags = lines[0].index("STATUS"), lines[0].index("FLAGS")
    look = "pad every cell to the longest one of its column; a tab is not enough"
    expect([line[status:].split("  ")[0].strip() for line in lines[1:]], "what stands below STATUS").equals(
        ["ok", "connection lost", "ok"], look=look
    )
    expect([line[flags:].rstrip() for line in lines[1:]], "what stands below FLAGS").equals(
        ["load, disk /var", "-", "rebooted"], look=look
    )


def test_the_load_is_in_the_table():
    """Between status and flags the table shows the load with two decimals, and a - when it is not known."""
    reports = [report(load=12.346), unknown("db-1", "unreachable")]
    lines = call(fleet_auditor.as_table, reports).value.splitlines()
    expect(lines[0].split(), "headings").contains("LOAD")
    expect(lines[1].split(), "words about web-1, whose load is 12.346").contains("12.35")
    expect(set(lines[2].split()[2:]), "what stands behind the status of db-1").equals({"-"})


def test_json_has_an_object_per_node():
    """as_json gives a JSON list of objects whose keys are the fields of NodeReport."""
    text = call(fleet_auditor.as_json, [report(flags=["load"]), unknown("db-1", "unreachable")]).value
    expect(json.loads(text), "the JSON, read back").equals(
        [
            {
                "name": "web-1",
                "status": "ok",
                "uptime": 90_000.0,
                "load": 0.5,
                "disks": {"/": 40},
                "flags": ["load"],
            },
            {"name": "db-1", "status": "unreachable", "uptime": None, "load": None, "disks": {}, "flags": []},
        ]
    )


def test_no_nodes():
    """No reports make a table of headings only, and an empty JSON list."""
    table = call(fleet_auditor.as_table, []).value
    expect(len(table.rstrip("\n").splitlines()), "lines of the table").equals(1)
    expect(json.loads(call(fleet_auditor.as_json, []).value), "the JSON, read back").equals([])


# The command


def run_main(here, monkeypatch, *words):
    """Run main on the fleet's inventory. Returns the call (value, printed) and what went to stderr."""
    for name, value in here.environ.items():
        monkeypatch.setenv(name, value)
    path = here.write_inventory(Path("inventory.csv"))
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        done = call(fleet_auditor.main, [str(path), "--known-hosts", str(here.known_hosts), *words])
    return done, said.getvalue()


def test_main_prints_the_table(site, monkeypatch):
    """main audits the inventory, prints the table, and returns 0 when all is well."""
    here = site(3)
    for host in here.fleet:
        host.machine.metrics.load = (0.1, 0.1, 0.1)
    done, _ = run_main(here, monkeypatch)
    done.expect(done.printed.split()[:2], "the first words it printed").equals(["NODE", "STATUS"])
    done.expect(len(done.printed.strip().splitlines()), "lines it printed").equals(4)
    done.expect(done.value, "exit status").equals(0)


def test_main_prints_json(site, monkeypatch):
    """With --json main prints only the JSON."""
    here = site(2)
    done, _ = run_main(here, monkeypatch, "--json")
    done.expect([node["name"] for node in json.loads(done.printed)], "names in the JSON").equals(
        ["web-1", "web-2"]
    )


def test_main_tells_of_flags(site, monkeypatch):
    """main returns 1 when a node has a flag."""
    here = site(2)
    here.fleet[1].machine.metrics.uptime = 60
    done, _ = run_main(here, monkeypatch)
    done.expect(done.value, "exit status").equals(1)


def test_main_tells_of_nodes_that_cannot_be_asked(site, monkeypatch):
    """main returns 1 when a node cannot be asked."""
    here = site(2)
    here.fleet[0].stop()
    done, _ = run_main(here, monkeypatch)
    done.expect(done.value, "exit status").equals(1)


def test_main_passes_limit_and_timeout_on(site, monkeypatch):
    """--limit and --timeout are taken from the command line."""
    here = site(3)
    for host in here.fleet:
        host.faults.inject(Hang(at="connect"))
    done, _ = run_main(here, monkeypatch, "--limit", "1", "--timeout", "0.2", "--json")
    done.expect([node["status"] for node in json.loads(done.printed)], "status").equals(["unreachable"] * 3)
    expect(here.fleet.peak_connections, "most connections that were open at one moment").equals(1)


def test_main_refuses_a_bad_inventory(site):
    """An inventory with a variable that is not set: a message on stderr, nothing on stdout, and 2."""
    here = site(1)
    path = here.write_inventory(Path("inventory.csv"))
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        done = call(fleet_auditor.main, [str(path), "--known-hosts", str(here.known_hosts)])
    done.expect(done.value, "exit status").equals(2)
    done.expect(done.printed, "what it printed on stdout").equals("")
    done.expect(said.getvalue(), "what it said on stderr").contains("WEB_1_PASSWORD")


def test_main_without_known_hosts():
    """Without --known-hosts main ends as argparse does, with 2."""
    with contextlib.redirect_stderr(io.StringIO()):
        ended = call_raises(SystemExit, fleet_auditor.main, ["inventory.csv"])
    expect(ended.code, "exit status").equals(2)


def test_main_without_an_inventory():
    """An inventory that is not there: a message on stderr, and 2."""
    Path("known_hosts").write_text("")
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        done = call(fleet_auditor.main, ["nowhere.csv", "--known-hosts", "known_hosts"])
    done.expect(done.value, "exit status").equals(2)
    done.expect(said.getvalue(), "what it said on stderr").contains("nowhere.csv")
