import telemetry_pipeline

from labkit.checks import call, expect


def double(number):
    return 2 * number


def increment(number):
    return number + 1


def test_the_last_one_first():
    """The last function is called first: compose(f, g)(x) is f(g(x))."""
    composed = call(telemetry_pipeline.compose, double, increment).value
    expect(composed(5), "compose(double, increment)(5)").equals(
        12, look="increment comes first, then double: the order is that of f(g(x))"
    )


def test_many():
    """Any number of functions is composed, of any kind."""
    composed = telemetry_pipeline.compose(len, str, double, increment, abs)
    expect(composed(-3.0), "compose(len, str, double, increment, abs)(-3.0)").equals(3)


def test_one_and_none():
    """One function is itself; none give back what goes in."""
    expect(telemetry_pipeline.compose(increment)(1), "compose(increment)(1)").equals(2)
    thing = ["x"]
    expect(telemetry_pipeline.compose()(thing) is thing, "compose()(thing) is thing").equals(True)


def test_again():
    """What is composed can be called again, and composed further."""
    composed = telemetry_pipeline.compose(double, increment)
    further = telemetry_pipeline.compose(composed, composed)
    expect([composed(1), composed(2), further(1)], "three calls").equals([4, 6, 10])


def test_nothing_is_called_early():
    """Composing calls nothing; each call of the result calls each function once."""
    calls = []

    def note(value):
        calls.append(value)
        return value + 1

    composed = telemetry_pipeline.compose(note, note)
    expect(calls, "calls before the composed function is called").equals([])
    composed(7)
    expect(calls, "what the functions were called with").equals([7, 8])
