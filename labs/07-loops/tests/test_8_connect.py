import patient_connection
import pytest

from labkit.checks import call, call_raises, expect


class Flaky:
    """An operation that fails so many times, and pauses that are noted."""

    def __init__(self, failures, result="connected", error=ConnectionError):
        self.failures, self.result, self.error = failures, result, error
        self.events = []

    def __call__(self):
        self.events.append("try")
        tries = self.events.count("try")
        if tries <= self.failures:
            raise self.error(f"attempt {tries} failed")
        return self.result

    def __repr__(self):
        return f"<operation that fails {self.failures} times>"

    def sleep(self, seconds):
        self.events.append(seconds)

    @property
    def pauses(self):
        return [event for event in self.events if event != "try"]


def connect(flaky, *args, **kwargs):
    return call(patient_connection.connect, flaky, *args, sleep=flaky.sleep, **kwargs)


def test_the_first_attempt_works():
    """When the first attempt works, its result comes back with 1, without a pause."""
    flaky = Flaky(0)
    connect(flaky).returns(("connected", 1))
    expect(flaky.events, "attempts and pauses").equals(["try"])


def test_the_third_attempt_works():
    """After two failures the third attempt's result comes back with 3."""
    flaky = Flaky(2)
    connect(flaky).returns(("connected", 3))
    expect(flaky.events, "attempts and pauses").equals(["try", 0.5, "try", 1.0, "try"])


@pytest.mark.parametrize("result", [None, 0, False, "", []])
def test_a_falsy_result_is_a_result(result):
    """Whatever comes back without an error is the result, None and 0 included."""
    connect(Flaky(1, result)).returns((result, 2), look="no exception means success, whatever came back")


def test_pauses_double_up_to_the_cap():
    """Pauses double, and never exceed the cap."""
    flaky = Flaky(7)
    connect(flaky, 8).returns(("connected", 8))
    expect(flaky.pauses, "pauses").equals([0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0])


def test_five_attempts():
    """Without another number there are five attempts."""
    flaky = Flaky(4)
    connect(flaky).returns(("connected", 5))
    flaky = Flaky(99)
    call_raises(patient_connection.GaveUp, patient_connection.connect, flaky, sleep=flaky.sleep)
    expect(flaky.events.count("try"), "attempts").equals(5)


def test_real_pauses():
    """Without another sleep it really waits, which with a base of 0 takes no time."""
    call(patient_connection.connect, Flaky(2), base=0).returns(("connected", 3))


def test_other_pauses():
    """The first pause and the cap are parameters."""
    flaky = Flaky(4)
    connect(flaky, 5, base=3, cap=10)
    expect([float(pause) for pause in flaky.pauses], "pauses").equals([3.0, 6.0, 10.0, 10.0])


def test_a_base_above_the_cap():
    """Even the first pause is not longer than the cap."""
    flaky = Flaky(1)
    connect(flaky, base=20, cap=5)
    expect([float(pause) for pause in flaky.pauses], "pauses").equals([5.0])


def gives_up(flaky, attempts):
    return call_raises(
        patient_connection.GaveUp,
        patient_connection.connect,
        flaky,
        attempts,
        sleep=flaky.sleep,
        saying=str(attempts),
    )


def test_giving_up():
    """After all attempts GaveUp is raised, which knows how many there were."""
    flaky = Flaky(99)
    problem = gives_up(flaky, 3)
    expect(problem.attempts, "attempts of GaveUp").equals(3)
    expect(flaky.events.count("try"), "attempts that were made").equals(3)


def test_no_pause_after_the_last_attempt():
    """After the last failure there is no pause: nobody waits for nothing."""
    flaky = Flaky(99)
    gives_up(flaky, 3)
    expect(flaky.events, "attempts and pauses").equals(["try", 0.5, "try", 1.0, "try"])


def test_the_last_error_is_the_cause():
    """The error of the last attempt is the cause of GaveUp."""
    problem = gives_up(Flaky(99), 4)
    expect(repr(problem.__cause__), "cause of GaveUp").equals(
        repr(ConnectionError("attempt 4 failed")), look="raise GaveUp(...) from the last error"
    )


def test_one_attempt():
    """With a single attempt there is no pause at all."""
    flaky = Flaky(99)
    gives_up(flaky, 1)
    expect(flaky.events, "attempts and pauses").equals(["try"])


@pytest.mark.parametrize("attempts", [0, -1])
def test_no_attempts(attempts):
    """Fewer than one attempt raises ValueError, and nothing is tried."""
    flaky = Flaky(0)
    call_raises(ValueError, patient_connection.connect, flaky, attempts, sleep=flaky.sleep)
    expect(flaky.events, "attempts and pauses").equals([])


@pytest.mark.parametrize("error", [OSError, ValueError, KeyError, TimeoutError])
def test_any_error_is_retried(error):
    """Whatever Exception the operation raises, it is tried again."""
    connect(Flaky(1, error=error)).returns(("connected", 2))


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_ctrl_c_is_not_swallowed(error):
    """KeyboardInterrupt and SystemExit go through at once."""
    flaky = Flaky(99, error=error)
    with pytest.raises(error):
        patient_connection.connect(flaky, 3, sleep=flaky.sleep)
    expect(flaky.events, "attempts and pauses").equals(["try"], look="catch Exception, not everything")


def test_ctrl_c_while_it_waits():
    """Ctrl-C during a pause goes through, too."""

    def interrupted(seconds):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        patient_connection.connect(Flaky(99), 3, sleep=interrupted)
