"""Inputs that count, limits on memory, and judgements of single values."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest

from labkit.checks import CheckFailed, Stream, call, call_within, expect


def test_stream_can_be_read_once() -> None:
    """A second loop over a stream finds nothing."""
    stream = Stream([1, 2])
    assert list(stream) == [1, 2]
    assert list(stream) == []


def test_stream_counts_what_is_taken() -> None:
    """What was handed out is counted, one by one."""
    stream = Stream("abc")
    assert stream.taken == 0
    next(stream)
    assert stream.taken == 1


def test_stream_has_neither_length_nor_index() -> None:
    """A solution that needs len() or an index fails on a stream."""
    stream = Stream([1])
    assert isinstance(stream, Iterator)
    assert not hasattr(stream, "__len__")
    assert not hasattr(stream, "__getitem__")


def test_stream_looks_like_what_one_would_type() -> None:
    """In messages a stream shows its items, before and after it was read."""
    stream = Stream([1, "a"])
    list(stream)
    assert call(list, stream).called == "list(iter([1, 'a']))"


def test_stream_does_not_read_ahead_of_what_is_shown() -> None:
    """A stream over a large source with a name of its own holds none of it."""
    stream = Stream(range(10**12), shown="range(10**12)")
    assert repr(stream) == "iter(range(10**12))"
    assert next(stream) == 0


def test_generator_stays_within_the_limit() -> None:
    """A call that handles one item at a time passes, and hands its result on."""
    call_within(100, lambda numbers: sum(n for n in numbers), range(20_000)).returns(199_990_000)


def test_list_exceeds_the_limit() -> None:
    """A call that builds a list of all items fails, with the figure that was measured."""
    with pytest.raises(CheckFailed) as caught:
        call_within(100, lambda numbers: sum(list(numbers)), range(20_000))
    assert caught.value.expected.startswith("at most 100 kB")
    assert float(caught.value.came.removesuffix(" kB at the peak").replace(",", "")) > 100


def test_copies_made_to_compare_do_not_count() -> None:
    """The copy of an argument that shows a change later is not held against the function."""
    call_within(10, len, [[n] for n in range(5_000)]).returns(5_000)


def test_measuring_ends_with_the_call() -> None:
    """Tracing is switched off again, also when the function raises."""
    with pytest.raises(ZeroDivisionError):
        call_within(100, lambda: 1 / 0)
    assert not tracemalloc.is_tracing()


def test_measuring_leaves_a_running_trace_on() -> None:
    """A trace that somebody else started goes on, and its memory does not count."""
    tracemalloc.start()
    try:
        ballast = list(range(50_000))
        call_within(100, len, ballast).returns(50_000)
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()


def test_expectation_names_the_value() -> None:
    """A failed expectation says what the value is, what was expected and what came."""
    with pytest.raises(CheckFailed) as caught:
        expect(5, "open connections").at_most(3, look="close them")
    assert caught.value.expected == "open connections: at most 3"
    assert (caught.value.came, caught.value.look) == ("5", "close them")


def test_expectations_chain() -> None:
    """Checks of one value can be chained, and all of them count."""
    expect(5).at_least(5).at_most(5).differs_from(6).close_to(5.1, 0.2).is_a(int).equals(5)
    with pytest.raises(CheckFailed):
        expect(5).at_least(5).equals(6)


def test_expectation_of_a_kind_reads_well() -> None:
    """The article fits the name of the type."""
    with pytest.raises(CheckFailed, match="an Iterator"):
        expect([1], "the result").is_a(Iterator)


def test_expectation_of_a_part_names_the_call() -> None:
    """A check of a part of the result still shows the call."""
    result = call(sorted, [2, 1])
    with pytest.raises(CheckFailed) as caught:
        result.expect(result.value[0], "the first").equals(2)
    assert caught.value.called == "sorted([2, 1])"
