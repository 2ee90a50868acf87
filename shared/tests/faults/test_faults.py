"""The holder of faults: what strikes, when, and how often."""

import threading

import pytest

from labkit.faults import Drop, Expire, Faults, Hang, Malformed, Refuse, Skew, Slow, Taken, Throttle

STAGES = {Hang: ("exec", "connect"), Drop: ("exec",), Throttle: ("connect",), Refuse: ("connect", "exec")}


def holder(seed: int = 0) -> Faults:
    return Faults(seed, stages=STAGES, protocol="ssh")


def test_a_fault_strikes_at_its_usual_stage() -> None:
    """Without ``at`` a fault strikes at the first stage the protocol names for it."""
    faults = holder()
    fault = faults.inject(Hang())
    assert faults.take("connect", "x") is None
    assert faults.take("exec", "x") is fault


def test_at_moves_a_fault_to_another_stage() -> None:
    """With ``at`` a fault strikes there only."""
    faults = holder()
    fault = faults.inject(Hang(at="connect"))
    assert faults.take("exec") is None
    assert faults.take("connect") is fault


def test_impossible_stage_is_refused_with_the_possible_ones() -> None:
    """A stage that a protocol does not have is a ValueError that names those it has."""
    with pytest.raises(ValueError, match=r"Hang\(at='auth'\): over ssh it can strike at exec, connect"):
        holder().inject(Hang(at="auth"))


def test_impossible_fault_is_refused() -> None:
    """A fault the protocol cannot act out is a ValueError."""
    with pytest.raises(ValueError, match="ssh has no Skew"):
        holder().inject(Skew(3600))


def test_holder_without_stages_wants_a_stage() -> None:
    """Where every stage is possible, the fault must say which."""
    faults = Faults(0, protocol="http")
    with pytest.raises(ValueError, match="Hang: say at which stage of http"):
        faults.inject(Hang())
    assert faults.inject(Hang(at="body")) == Hang(at="body")


def test_times_and_after_count_matching_operations() -> None:
    """``after`` lets matching operations through, ``times`` ends the fault; others do not count."""
    faults = holder()
    faults.inject(Drop(match="^uptime", after=1, times=2))
    struck = [
        faults.take("exec", line) is not None for line in ["uptime", "df", "uptime", "df", "uptime", "uptime"]
    ]
    assert struck == [False, False, True, False, True, False]


def test_first_fault_in_place_wins() -> None:
    """Of two that are due the older one strikes, and the younger one takes over when it is spent."""
    faults = holder()
    faults.inject(Drop(times=1))
    faults.inject(Hang())
    assert [type(faults.take("exec", "x")) for _ in range(2)] == [Drop, Hang]


def test_throttle_strikes_from_its_limit_on() -> None:
    """A Throttle lets through what is under its limit, without counting it."""
    faults = holder()
    faults.inject(Throttle(limit=2, times=1))
    assert [faults.take("connect", load=load) is not None for load in (0, 1, 2, 3)] == [
        False,
        False,
        True,
        False,
    ]


def test_kinds_narrow_the_question() -> None:
    """A server that asks for some kinds neither gets nor spends the others."""
    faults = holder()
    faults.inject(Hang(times=1))
    assert faults.take("exec", kinds=(Drop, Refuse)) is None
    assert faults.take("exec", kinds=Hang) is not None


def test_chance_follows_the_seed() -> None:
    """The same seed gives the same faults, another seed other ones."""

    def run(seed: int) -> list[bool]:
        faults = holder(seed)
        faults.inject(Drop(chance=0.5))
        return [faults.take("exec", "x") is not None for _ in range(64)]

    assert run(7) == run(7)
    assert run(7) != run(8)
    assert 10 < sum(run(7)) < 54


def test_reset_starts_the_seed_again() -> None:
    """After a reset the same faults strike as the first time, and the log is empty."""
    faults = holder(3)

    def run() -> list[bool]:
        faults.inject(Drop(chance=0.5))
        return [faults.take("exec", "x") is not None for _ in range(32)]

    first = run()
    faults.reset()
    assert faults.taken == ()
    assert faults.active == ()
    assert run() == first


def test_taken_is_a_log() -> None:
    """What struck is told with stage, operation and fault; ``clear`` keeps it."""
    faults = holder()
    fault = faults.inject(Drop(after_bytes=10))
    faults.take("exec", "uptime")
    faults.clear()
    assert faults.taken == (Taken("exec", "uptime", fault),)
    assert faults.take("exec", "uptime") is None


def test_during_removes_its_fault_only() -> None:
    """A fault in a ``with`` block goes at its end; an equal one elsewhere stays."""
    faults = holder()
    other = faults.inject(Drop())
    with faults.during(Drop()) as fault:
        assert len(faults.active) == 2
        assert fault is not other
    assert faults.active == (other,)


def test_every_change_is_announced() -> None:
    """The server is told after faults were put in place and taken away."""
    calls: list[int] = []
    faults = Faults(stages=STAGES, changed=lambda: calls.append(len(faults.active)))
    fault = faults.inject(Refuse())
    faults.remove(fault)
    assert calls == [1, 0]


def test_times_holds_under_many_threads() -> None:
    """A fault for 100 times strikes 100 times, no matter how many threads ask at once."""
    faults = holder()
    faults.inject(Drop(times=100))
    start = threading.Barrier(8)
    counts: list[int] = []

    def ask() -> None:
        start.wait()
        counts.append(sum(faults.take("exec", "x") is not None for _ in range(200)))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 100
    assert len(faults.taken) == 100


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Hang(times=0), "at least once"),
        (lambda: Drop(after=-1), "fewer than 0"),
        (lambda: Slow(chance=0), "probability"),
        (lambda: Slow(chance=1.5), "probability"),
        (lambda: Refuse(match="("), "not a regular expression"),
    ],
)
def test_nonsense_is_refused(make: object, words: str) -> None:
    """A fault that could never strike as written is a ValueError that says why."""
    assert callable(make)
    with pytest.raises(ValueError, match=words):
        make()


def test_faults_are_values() -> None:
    """Two faults with the same fields are equal, and none can be changed."""
    assert Expire(after=2) == Expire(after=2)
    with pytest.raises(AttributeError):
        Malformed().payload = b"x"  # type: ignore[misc]


def test_report_names_the_seed() -> None:
    """The line for a report tells the seed and what is in place."""
    faults = holder(42)
    faults.inject(Drop(after_bytes=5))
    assert "seed 42" in faults.describe()
    assert "Drop(" in faults.describe()
