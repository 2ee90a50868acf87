import log_deduplicator
import pytest

from labkit.checks import Stream, call, call_raises


def report(inventory, persistent, new, gone):
    return log_deduplicator.Report(inventory.split(), persistent.split(), new.split(), gone.split())


@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        ([["web", "db"], ["db", "cache"]], ("web db cache", "db", "cache", "web")),
        ([["z", "a"], ["a", "z"], ["z", "a", "m"]], ("z a m", "z a", "m", "")),
        ([["web"], ["db"], ["web"]], ("web db", "", "", "db")),
        ([["web"], ["web", "db"], ["db"]], ("web db", "", "", "web")),
        ([["web"], ["db"], ["cache"]], ("web db cache", "", "cache", "web db")),
        ([["b", "a", "b"], ["d", "c", "b", "d"]], ("b a d c", "b", "d c", "a")),
    ],
)
def test_batches(batches, expected):
    """Inventory, persistent, new and gone are told apart, each in the order of first appearance."""
    call(log_deduplicator.compare_batches, batches).returns(report(*expected))


def test_one_batch():
    """In a single batch everything is persistent, and nothing is new or gone."""
    call(log_deduplicator.compare_batches, [["web", "db", "web"]]).returns(report("web db", "web db", "", ""))


@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        ([], ("", "", "", "")),
        ([[]], ("", "", "", "")),
        ([["web"], []], ("web", "", "", "web")),
        ([[], ["web"]], ("web", "", "web", "")),
        ([["web"], [], ["web"]], ("web", "", "", "")),
    ],
)
def test_empty_batches(batches, expected):
    """An empty batch is a batch: nothing is in every batch then."""
    call(log_deduplicator.compare_batches, batches).returns(report(*expected))


def test_blanks():
    """Blanks around a name do not count, and a blank line is no name."""
    call(log_deduplicator.compare_batches, [[" web", "", "  "], ["web\n", "mail queue"]]).returns(
        log_deduplicator.Report(["web", "mail queue"], ["web"], ["mail queue"], [])
    )


def test_upper_and_lower_case():
    """Upper and lower case make different services."""
    call(log_deduplicator.compare_batches, [["Web"], ["web"]]).returns(report("Web web", "", "web", "Web"))


def test_batches_are_read_once():
    """The batches, and what is in them, may come from anything that can be looped over once."""
    batches = Stream([Stream(["web", "db"]), Stream(["db"])])
    call(log_deduplicator.compare_batches, batches).returns(report("web db", "db", "", "web"))


@pytest.mark.parametrize("item", [["web"], {"name": "web"}, None, 7, b"web"])
def test_items_that_are_no_text(item):
    """An item that is no text raises TypeError with the number of the batch and the item."""
    call_raises(
        TypeError,
        log_deduplicator.compare_batches,
        [["web"], ["db", item]],
        saying=["batch 2", repr(item)],
        look="look at the item before it goes into a set",
    )


def test_the_text():
    """The report has one line for each part, with the number of services and their names."""
    call(log_deduplicator.report_text, report("web db cache", "db", "", "web cache")).returns(
        "inventory (3): web, db, cache\npersistent (1): db\nnew (0): none\ngone (2): web, cache"
    )


def test_the_text_of_nothing():
    """A report of nothing says none in each line."""
    call(log_deduplicator.report_text, report("", "", "", "")).returns(
        "inventory (0): none\npersistent (0): none\nnew (0): none\ngone (0): none"
    )
