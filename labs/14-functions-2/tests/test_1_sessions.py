import telemetry_pipeline

from labkit.checks import call, expect


def test_the_global_number():
    """Each call counts one more in the module's own number, and returns it."""
    results = [telemetry_pipeline.count_session() for _ in range(3)]
    expect(results, "three calls of count_session()").equals([1, 2, 3])
    expect(telemetry_pipeline.sessions, "sessions after three calls").equals(
        3,
        look="a name that a function assigns to is its own, unless it says that it means the module's",
    )


def test_the_number_may_be_set():
    """Whoever sets the module's number sets what is counted on from."""
    telemetry_pipeline.count_session()
    telemetry_pipeline.sessions = 41
    call(telemetry_pipeline.count_session).returns(42)


def test_a_counter():
    """A counter counts up by one at each call."""
    count = call(telemetry_pipeline.make_counter).value
    expect([count(), count(), count()], "three calls of a counter").equals([1, 2, 3])


def test_a_start():
    """A counter may start elsewhere."""
    count = telemetry_pipeline.make_counter(10)
    expect([count(), count()], "two calls of make_counter(10)").equals([11, 12])
    count = telemetry_pipeline.make_counter(start=-1)
    expect(count(), "the first call of make_counter(start=-1)").equals(0)


def test_counters_are_independent():
    """Two counters know nothing of each other, nor of the module's number."""
    telemetry_pipeline.count_session()
    first, second = telemetry_pipeline.make_counter(), telemetry_pipeline.make_counter()
    expect([first(), first(), second(), first()], "two counters, called in turn").equals(
        [1, 2, 1, 3], look="each counter needs a number of its own, inside the function that makes it"
    )
    expect(telemetry_pipeline.sessions, "sessions").equals(1)
