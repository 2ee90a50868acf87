import connection_records
import pytest

from labkit.checks import Stream, call


@pytest.mark.parametrize(
    ("sizes", "figures"),
    [
        ([40, 80], (2, 120, 80)),
        ([9, 100], (2, 109, 100)),
        ([7], (1, 7, 7)),
        ([], (0, 0, 0)),
        ([3, 3, 3], (3, 9, 3)),
        ([0], (1, 0, 0)),
    ],
)
def test_figures(sizes, figures):
    """Number, sum and maximum are given; of nothing all are 0."""
    call(connection_records.disk_figures, sizes).returns(figures)


def test_sizes_are_read_once():
    """The sizes may come from anything that can be looped over once."""
    call(connection_records.disk_figures, Stream([40, 80, 20])).returns(
        (3, 140, 80), look="after the first loop nothing is left: keep the sizes"
    )


@pytest.mark.parametrize(
    ("sizes", "line"),
    [
        ([40, 80], "2 disks, 120 GB in all, the largest has 80 GB"),
        ([500], "1 disk, 500 GB in all, the largest has 500 GB"),
        ([], "no disks"),
        ([0, 0], "2 disks, 0 GB in all, the largest has 0 GB"),
    ],
)
def test_the_line(sizes, line):
    """The figures become a line; one disk is a disk, and none are no disks."""
    call(connection_records.disk_line, sizes).returns(line)


def test_the_line_reads_once():
    """The line, too, is made of sizes that can be read once."""
    call(connection_records.disk_line, Stream([40, 80])).returns(
        "2 disks, 120 GB in all, the largest has 80 GB"
    )
