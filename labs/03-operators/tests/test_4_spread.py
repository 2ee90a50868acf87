import cloud_bill
import pytest

from labkit.checks import call, call_raises


@pytest.mark.parametrize(
    ("jobs", "workers", "expected"),
    [
        (10, 3, [4, 3, 3]),
        (11, 3, [4, 4, 3]),
        (9, 3, [3, 3, 3]),
        (2, 5, [1, 1, 0, 0, 0]),
        (0, 4, [0, 0, 0, 0]),
        (7, 1, [7]),
        (1, 1, [1]),
    ],
)
def test_jobs_are_spread(jobs, workers, expected):
    """Everybody gets the same, and the first workers one more as long as there are some left."""
    call(cloud_bill.spread_jobs, jobs, workers).returns(
        expected, slips=[(expected[::-1], "the first workers get one more, not the last ones")]
    )


@pytest.mark.parametrize("workers", [0, -1])
def test_nobody_to_work(workers):
    """Without workers a ValueError is raised, also where there are no jobs."""
    for jobs in (10, 0):
        call_raises(ValueError, cloud_bill.spread_jobs, jobs, workers, look="ask before you divide")


def test_negative_jobs():
    """Fewer than no jobs raise ValueError."""
    call_raises(ValueError, cloud_bill.spread_jobs, -1, 3)


def test_any_numbers(rng):
    """Whatever the numbers, all jobs are spread, in falling order, and two workers differ by one at most."""
    for _ in range(30):
        jobs, workers = rng.randint(0, 500), rng.randint(1, 40)
        result = call(cloud_bill.spread_jobs, jobs, workers)
        counts = result.value
        result.expect(len(counts), "number of workers").equals(workers)
        result.expect(sum(counts), "jobs in all").equals(jobs)
        result.expect(max(counts) - min(counts), "difference between two workers").at_most(1)
        result.expect(counts, "the counts").equals(sorted(counts, reverse=True))
