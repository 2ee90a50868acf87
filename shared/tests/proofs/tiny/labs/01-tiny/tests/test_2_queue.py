import ticket_counter

from labkit.checks import call


def test_push_tells_how_many() -> None:
    """Pushing a ticket returns how many wait."""
    queue = ticket_counter.TicketQueue()
    queue.push("T1")
    call(queue.push, "T2").returns(2)


def test_oldest_first() -> None:
    """The oldest ticket is the first one pushed."""
    queue = ticket_counter.TicketQueue()
    queue.push("T1")
    queue.push("T2")
    call(queue.oldest).returns("T1")


def test_oldest_of_none() -> None:
    """An empty queue has no oldest ticket."""
    call(ticket_counter.TicketQueue().oldest).returns(None)
