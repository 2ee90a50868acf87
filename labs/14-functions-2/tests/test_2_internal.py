import pytest
import telemetry_pipeline

from labkit.checks import Stream, call


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.7", True),
        ("10.255.255.255", True),
        ("10.0.0.0", True),
        ("110.0.0.1", False),
        ("9.255.255.255", False),
        ("11.0.0.0", False),
        ("192.0.2.10", False),
        ("100.10.0.1", False),
        ("10.0.0", False),
        ("10.0.0.256", False),
        ("10.example.com", False),
        ("2001:db8::10", False),
        ("", False),
    ],
)
def test_internal(text, expected):
    """An address in 10.0.0.0/8 is internal; other addresses, and what is no address, are not."""
    call(telemetry_pipeline.is_internal, text).returns(expected)


MIXED = ["10.0.0.7", "110.0.0.7", "10.0.0.999", "10.9.8.7", "10.0.0.7"]


def test_only_internal():
    """The internal addresses are listed in their order."""
    call(telemetry_pipeline.internal_addresses, MIXED).returns(
        ["10.0.0.7", "10.9.8.7", "10.0.0.7"],
        slips=[
            (["10.0.0.7", "10.0.0.999", "10.9.8.7", "10.0.0.7"], "10.0.0.999 begins right, and is no address")
        ],
    )


def test_marks():
    """All addresses are listed, and the internal ones are marked."""
    call(telemetry_pipeline.marked, MIXED).returns(
        ["10.0.0.7 INTERNAL", "110.0.0.7", "10.0.0.999", "10.9.8.7 INTERNAL", "10.0.0.7 INTERNAL"]
    )


def test_read_once():
    """The addresses may come from anything that can be looped over once, and there may be none."""
    call(telemetry_pipeline.internal_addresses, Stream(["10.0.0.1", "x"])).returns(["10.0.0.1"])
    call(telemetry_pipeline.marked, Stream(["10.0.0.1", "x"])).returns(["10.0.0.1 INTERNAL", "x"])
    call(telemetry_pipeline.internal_addresses, []).returns([])
    call(telemetry_pipeline.marked, []).returns([])
