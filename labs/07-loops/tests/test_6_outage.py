import patient_connection

from labkit.checks import call

REGIONS, SERVICES = ["eu", "us", "ap"], ["web", "db", "cache"]


def scan(*down, regions=REGIONS, services=SERVICES):
    asked = []

    def is_up(region, service):
        asked.append((region, service))
        return (region, service) not in down

    return call(patient_connection.first_outage, regions, services, is_up), asked


def test_the_first_outage():
    """The first pair that is down is returned."""
    result, _ = scan(("us", "db"))
    result.returns(("us", "db"))


def test_everything_stops_at_the_first_outage():
    """After the first outage nothing more is checked, in no region."""
    result, asked = scan(("eu", "db"), ("us", "web"))
    result.returns(
        ("eu", "db"), slips=[(("us", "web"), "break leaves the inner loop only: the outer one went on")]
    )
    result.expect(asked, "pairs that were checked").equals(
        [("eu", "web"), ("eu", "db")], look="break leaves the inner loop only: leave the function"
    )


def test_region_by_region():
    """All services of a region are checked before the next region."""
    result, asked = scan(("ap", "cache"))
    result.returns(("ap", "cache"))
    result.expect(asked, "pairs that were checked").equals([(r, s) for r in REGIONS for s in SERVICES])


def test_all_is_up():
    """When everything is up the result is None, and each pair was checked once."""
    result, asked = scan()
    result.returns(None)
    result.expect(len(asked), "number of checks").equals(9)


def test_nothing_to_check():
    """Without regions or services there is no outage."""
    scan(regions=[])[0].returns(None)
    scan(services=[])[0].returns(None)
