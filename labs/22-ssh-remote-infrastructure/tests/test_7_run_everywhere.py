"""Task 7: visit fifty nodes, eight at a time."""

from __future__ import annotations

import threading

import fleet_auditor
import remote_shell

from labkit.checks import expect
from labkit.faults import Drop


class Meeting:
    """Holds the first ``size`` commands until all of them run, so that "at once" needs no clock.

    Code that runs one after the other never brings two together: then each goes on alone after a moment.
    """

    def __init__(self, fleet, size):
        self._barrier = threading.Barrier(size)
        for host in fleet:
            host.machine.on("^uname -r$", self._arrive)

    def _arrive(self, call):
        try:
            self._barrier.wait(1.0)
        except threading.BrokenBarrierError:
            pass
        else:
            self._barrier.abort()  # the meeting is over: nobody waits any more
        call.stdout.write(f"{call.machine.name}\n".encode())
        return 0


def test_every_node_is_visited_once(site):
    """Twenty nodes give twenty results under their names, in order, with one connection each."""
    here = site(20)
    results = here.call(fleet_auditor.run_everywhere, here.nodes(), "hostname").value
    here.takes(fleet_auditor.run_everywhere, "nodes, command, *, known_hosts, limit=8, timeout=10.0")
    expect(list(results), "names").equals([f"web-{number}" for number in range(1, 21)])
    expect([result.stdout.strip() for result in results.values()], "what the nodes answered").equals(
        [f"web-{number}" for number in range(1, 21)]
    )
    expect([len(host.connection_log) for host in here.fleet], "connections per node").equals([1] * 20)


def test_no_more_than_the_limit_at_once(site):
    """With fifty nodes and limit=8, at most eight connections are open at any moment, and more than one."""
    here = site(50)
    Meeting(here.fleet, 2)
    here.call(fleet_auditor.run_everywhere, here.nodes(), "uname -r", limit=8)
    expect(here.fleet.peak_connections, "most connections that were open at one moment").at_most(
        8, look="limit bounds the connections: a pool of that size, or a semaphore held while one is open"
    ).at_least(2, look="one node after the other: fifty slow ones would take fifty times as long")


def test_another_limit(site):
    """The limit is what the caller says: with limit=3 it is three, not eight."""
    here = site(12)
    Meeting(here.fleet, 3)
    here.call(fleet_auditor.run_everywhere, here.nodes(), "uname -r", limit=3)
    expect(here.fleet.peak_connections, "most connections that were open at one moment").at_most(3).at_least(
        2
    )


def test_a_limit_of_one(site):
    """With limit=1, connections are opened one after the other."""
    here = site(4)
    here.call(fleet_auditor.run_everywhere, here.nodes(), "hostname", limit=1)
    expect(here.fleet.peak_connections, "most connections that were open at one moment").equals(1)


def test_a_limit_below_one(site):
    """A limit below 1 raises ValueError."""
    here = site()
    here.raises(ValueError, fleet_auditor.run_everywhere, here.nodes(), "hostname", limit=0)


def test_fewer_nodes_than_the_limit(site):
    """Fewer nodes than the limit are no problem, and neither are none."""
    here = site(2)
    results = here.call(fleet_auditor.run_everywhere, here.nodes(), "hostname", limit=20).value
    expect(len(results), "number of results").equals(2)
    here.call(fleet_auditor.run_everywhere, [], "hostname").returns({})


def test_nodes_can_be_read_only_once(site):
    """The nodes may come from a generator."""
    here = site(3)
    results = here.call(fleet_auditor.run_everywhere, (node for node in here.nodes()), "hostname").value
    expect(list(results), "names").equals(["web-1", "web-2", "web-3"])


def test_a_failing_command_is_a_result(site):
    """A command that fails on a node gives its CommandResult."""
    here = site()
    here.call(fleet_auditor.run_everywhere, here.nodes(), "echo no >&2; exit 5").returns(
        {"web-1": remote_shell.CommandResult("", "no\n", 5)}
    )


def test_errors_stand_in_the_result(site):
    """A node that is down or refuses the login has its exception as value, and costs no other node."""
    here = site(4)
    here.fleet[0].stop()
    here.fleet[2].faults.inject(Drop(at="exit"))
    nodes = [here.node(0), here.node(1, secret="guess"), here.node(2), here.node(3)]
    results = here.call(fleet_auditor.run_everywhere, nodes, "hostname").value
    expect({name: type(result).__name__ for name, result in results.items()}, "kinds of results").equals(
        {
            "web-1": "Unreachable",
            "web-2": "LoginRefused",
            "web-3": "ConnectionLost",
            "web-4": "CommandResult",
        }
    )


def test_connections_are_closed(site):
    """When all nodes have been visited, no connection is left open."""
    here = site(6)
    here.fleet[2].faults.inject(Drop(at="exit"))
    results = here.call(fleet_auditor.run_everywhere, here.nodes(), "hostname", limit=3).value
    here.all_closed("run_everywhere(nodes, 'hostname', limit=3)")
    del results
