import service_registry

from labkit.checks import call


def test_what_is_above():
    """Footprints above the threshold come back in their order."""
    call(service_registry.above_threshold, [120, 512, 300, 90], 256).returns([512, 300])


def test_the_threshold_itself():
    """The threshold itself is not above it."""
    call(service_registry.above_threshold, [256, 257], 256).returns(
        [257], slips=[([256, 257], "256 is not above 256")]
    )


def test_neighbours():
    """Neighbours are all looked at, and duplicates stay."""
    call(service_registry.above_threshold, [1, 1, 1, 9, 9, 1, 1], 5).returns([9, 9])
    call(service_registry.above_threshold, [1, 2, 3, 4], 9).returns(
        [], look="removing from a list while looping over it skips items"
    )


def test_fractions_and_negative_thresholds():
    """Fractions count, and so does a negative threshold."""
    call(service_registry.above_threshold, [0.5, 0, 2.5], 0.4).returns([0.5, 2.5])
    call(service_registry.above_threshold, [0, 1], -1).returns([0, 1])


def test_no_footprints():
    """An empty list gives an empty list."""
    call(service_registry.above_threshold, [], 5).returns([])


def test_the_given_list_stays():
    """The list that is passed in is not changed, and the result is another one."""
    call(service_registry.above_threshold, [1, 9, 2], 5).changes_nothing()
    given = [8, 9]
    result = call(service_registry.above_threshold, given, 5)
    result.expect(result.value is given, "the result is the given list itself").equals(False)
