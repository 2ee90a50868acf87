import log_deduplicator
import pytest

from labkit.checks import Stream, call, expect


def plan(add, remove, keep):
    return log_deduplicator.Plan(add, remove, keep)


@pytest.mark.parametrize(
    ("desired", "actual", "expected"),
    [
        (["web", "db"], ["db", "ftp"], (["web"], ["ftp"], ["db"])),
        (["b", "a"], [], (["a", "b"], [], [])),
        ([], ["b", "a"], ([], ["a", "b"], [])),
        (["d", "c", "c"], {"c", "d"}, ([], [], ["c", "d"])),
        ([], [], ([], [], [])),
    ],
)
def test_plan(desired, actual, expected):
    """The plan says what to add, remove and keep, each in alphabetical order."""
    call(log_deduplicator.plan_changes, desired, actual).returns(plan(*expected))


def test_both_are_read_once():
    """Both may come from anything that can be looped over once."""
    call(log_deduplicator.plan_changes, Stream(["web", "db"]), Stream(["db", "ftp"])).returns(
        plan(["web"], ["ftp"], ["db"])
    )


def test_carry_out():
    """Carrying out a plan changes the set itself, and returns nothing."""
    actual = {"db", "ftp", "log"}
    result = log_deduplicator.carry_out(plan(["web", "dns"], ["ftp", "log"], ["db"]), actual)
    expect(actual, "the set after it").equals(
        {"db", "web", "dns"}, look="change the set that is given; a new one never reaches the caller"
    )
    expect(result, "what carry_out returned").equals(None)


def test_done_already():
    """What is there already, or gone already, is no error."""
    actual = {"web"}
    log_deduplicator.carry_out(plan(["web"], ["ftp"], []), actual)
    expect(actual, "the set after it").equals(
        {"web"}, look="one method minds a missing item, another does not"
    )


def test_the_second_run_does_nothing():
    """After a plan has been carried out, the next plan adds and removes nothing."""
    desired, actual = ["web", "db"], {"db", "ftp", "log"}
    log_deduplicator.carry_out(log_deduplicator.plan_changes(desired, actual), actual)
    expect(actual, "the set after the first run").equals({"web", "db"})
    call(log_deduplicator.plan_changes, desired, actual).returns(plan([], [], ["db", "web"]))
