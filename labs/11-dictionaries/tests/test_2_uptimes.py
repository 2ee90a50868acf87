import config_registry
import pytest

from labkit.checks import call


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ({"eu": [99.5, 99.0]}, {"eu": 99.25}),
        ({"eu": [100.0], "us": [90.0, 95.0, 97.0]}, {"eu": 100.0, "us": 94.0}),
        ({"eu": [99.0, 99.0, 100.0]}, {"eu": 99.33}),
        ({"eu": [99.0, 100.0, 100.0]}, {"eu": 99.67}),
        ({"eu": [0.0]}, {"eu": 0.0}),
        ({}, {}),
    ],
)
def test_averages(readings, expected):
    """Each cluster has the average of its readings, rounded to two digits."""
    call(config_registry.average_uptimes, readings).returns(
        expected,
        slips=[({cluster: round(value) for cluster, value in expected.items()}, "keep two digits")],
    )


def test_no_readings():
    """A cluster without readings has None, and the others their averages."""
    call(config_registry.average_uptimes, {"eu": [], "us": [98.0]}).returns(
        {"eu": None, "us": 98.0},
        slips=[
            ({"us": 98.0}, "a cluster without readings is in the result as well"),
            ({"eu": 0.0, "us": 98.0}, "0 would say that the cluster was down; nothing is known of it: None"),
            ({"eu": 0, "us": 98.0}, "0 would say that the cluster was down; nothing is known of it: None"),
        ],
    )
