from collections.abc import Iterator

import account_sanitiser

from labkit.checks import Stream, call, call_within


def test_readable_sizes_leaves_out_what_could_not_be_read():
    """readable_sizes yields the sizes in their order, without the negative ones."""
    call(account_sanitiser.readable_sizes, [512, -1, 70, -2, 512]).yields([512, 70, 512])


def test_an_empty_file_is_readable():
    """readable_sizes keeps a size of 0."""
    call(account_sanitiser.readable_sizes, [0, -1, 1, 0]).yields(
        [0, 1, 0], slips=[([1], "the sizes of 0 were left out: an empty file is readable")]
    )


def test_readable_sizes_of_nothing():
    """readable_sizes of an empty list yields nothing."""
    call(account_sanitiser.readable_sizes, []).yields([])


def test_readable_sizes_returns_an_iterator():
    """readable_sizes returns an iterator: next() works on it."""
    result = call(account_sanitiser.readable_sizes, [512])
    result.expect(result.value, "the result").is_a(
        Iterator,
        look="a list is no iterator; a generator is one, whether written with round brackets or yield",
    )


def test_the_call_takes_nothing():
    """Calling readable_sizes takes nothing from the sizes yet."""
    sizes = Stream([512, -1, 70])
    call(account_sanitiser.readable_sizes, sizes).expect(sizes.taken, "sizes taken by the call alone").equals(
        0, look="the work was done at once: a list was built where a generator is asked for"
    )


def test_each_next_takes_only_what_it_needs():
    """Each next() takes sizes up to the next readable one, and no further."""
    sizes = Stream([-1, -1, 512, -1, 70, 80])
    result = call(account_sanitiser.readable_sizes, sizes)
    result.expect(next(iter(result.value)), "the first result").equals(512)
    result.expect(sizes.taken, "sizes taken for the first result").equals(
        3, look="more was read than was asked for: yield each size as soon as it is known to be readable"
    )


def test_total_size_adds_up_the_readable():
    """total_size adds up the readable sizes."""
    call(account_sanitiser.total_size, [512, -1, 0, -4096, 1024]).returns(
        1536, slips=[(-2561, "the negative marks were added up as if they were sizes")]
    )


def test_nothing_to_add_up_is_0():
    """total_size is 0 when there is no readable size."""
    call(account_sanitiser.total_size, []).returns(0)
    call(account_sanitiser.total_size, [-1, -1]).returns(0)


def test_total_size_reads_only_once():
    """total_size works on sizes that can be read only once."""
    call(account_sanitiser.total_size, Stream([512, -1, 1024])).returns(1536)


def test_a_huge_range_needs_little_memory():
    """total_size adds up a range of 200,000 sizes within 500 kB of memory."""
    call_within(500, account_sanitiser.total_size, range(-10, 199_990)).returns(19_997_900_055)
