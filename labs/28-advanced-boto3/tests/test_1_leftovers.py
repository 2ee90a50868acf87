import bucket_census
from botocore.exceptions import ClientError

from labkit.checks import call, call_raises
from labkit.faults import Refuse


def test_leftovers_are_counted_by_suffix(aws):
    """The keys that end with .tmp and with .bak are counted, each kind for itself."""
    aws.account.bucket("builds")
    aws.account.objects("builds", ["a.tmp", "b.tmp", "deep/er/c.bak", "d.txt"])
    call(bucket_census.count_leftovers, "builds").returns({".tmp": 2, ".bak": 1})


def test_leftovers_on_all_pages_are_counted(aws):
    """Keys on the second page, and on every page after it, count as well."""
    aws.largest_page = 2
    aws.account.bucket("builds")
    aws.account.objects("builds", ["a.tmp", "b.txt", "c.tmp", "d.bak", "e.tmp"])
    call(bucket_census.count_leftovers, "builds").returns(
        {".tmp": 3, ".bak": 1},
        slips=[
            (
                {".tmp": 1, ".bak": 0},
                "only the first page was read: a page says whether there is another one",
            ),
            (
                {".tmp": 2, ".bak": 1},
                "only the first two pages were read: go on until there is no further one",
            ),
        ],
    )


def test_more_than_1000_keys(aws):
    """A page of S3 has 1,000 keys at most; the 1,001st counts as well."""
    aws.account.bucket("builds")
    aws.account.objects("builds", [f"{number:04}.tmp" for number in range(1001)])
    call(bucket_census.count_leftovers, "builds").returns(
        {".tmp": 1001, ".bak": 0},
        slips=[({".tmp": 1000, ".bak": 0}, "only the first page was read: S3 gives 1,000 keys at once")],
    )


def test_only_the_end_of_a_key_counts(aws):
    """A suffix counts at the end of a key only, dot included, in exactly this spelling."""
    aws.account.bucket("builds")
    aws.account.objects("builds", ["x.tmp.gz", "tmp", "old.bak/file", "Y.TMP", "mytmp", ".bak"])
    call(bucket_census.count_leftovers, "builds").returns(
        {".tmp": 0, ".bak": 1},
        slips=[
            ({".tmp": 1, ".bak": 2}, "x.tmp.gz and old.bak/file only have it somewhere: look at the end"),
            (
                {".tmp": 1, ".bak": 1},
                "Y.TMP is another spelling: keys of S3 tell small and capital letters apart",
            ),
        ],
    )


def test_other_suffixes(aws):
    """Any suffixes can be asked for; a key that ends with two of them counts for both."""
    aws.account.bucket("builds")
    aws.account.objects("builds", ["a.tar.gz", "b.gz", "c.tmp"])
    call(bucket_census.count_leftovers, "builds", (".gz", ".tar.gz", ".zip")).returns(
        {".gz": 2, ".tar.gz": 1, ".zip": 0}
    )


def test_an_empty_bucket(aws):
    """An empty bucket gives 0 for each suffix; other buckets do not matter."""
    aws.account.bucket("empty")
    aws.account.bucket("builds")
    aws.account.objects("builds", ["a.tmp"])
    call(bucket_census.count_leftovers, "empty").returns({".tmp": 0, ".bak": 0})


def test_a_page_that_is_refused_is_no_small_count(aws):
    """When AWS refuses a page half way, its ClientError goes on to the caller: half a count is none."""
    aws.largest_page = 2
    aws.account.bucket("builds")
    aws.account.objects("builds", ["a.tmp", "b.tmp", "c.tmp"])
    aws.faults.inject(Refuse(match="s3.List", after=1))
    call_raises(
        ClientError,
        bucket_census.count_leftovers,
        "builds",
        saying="AccessDenied",
        look="the second page was refused, and the caller got a number all the same: let the error go on",
    )
