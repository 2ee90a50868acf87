import account_sanitiser

from labkit.checks import call, call_raises


def one_liner(fleet):
    """The line from the README: what it returns is right by definition."""
    # fmt: off
    return [f"{r}/{h}: {c}" for r, hs in sorted(fleet.items()) if r != "test" for h, cs in hs.items() if cs for c in [x.strip().lower() for x in cs.split(",")] if c and c[0] != "#"]  # noqa: E501
    # fmt: on


def test_checks_are_listed_with_region_and_host():
    """Each failing check is listed as region/host: check."""
    call(account_sanitiser.failing_checks, {"eu": {"web-1": "disk,load"}}).returns(
        ["eu/web-1: disk", "eu/web-1: load"]
    )


def test_checks_are_trimmed_and_lower_case():
    """The name of a check is trimmed and in lower case; region and host stay as they are."""
    call(account_sanitiser.failing_checks, {"EU": {"Web-1": " Disk ,LOAD"}}).returns(
        ["EU/Web-1: disk", "EU/Web-1: load"]
    )


def test_regions_are_sorted():
    """The regions come in alphabetical order."""
    call(account_sanitiser.failing_checks, {"us": {"db": "disk"}, "ap": {"db": "load"}}).returns(
        ["ap/db: load", "us/db: disk"], look="the one-liner sorts the regions"
    )


def test_hosts_and_checks_keep_their_order():
    """Hosts and checks keep the order in which they are given, repeated checks included."""
    call(account_sanitiser.failing_checks, {"eu": {"web": "swap,disk,swap", "app": "load"}}).returns(
        ["eu/web: swap", "eu/web: disk", "eu/web: swap", "eu/app: load"],
        look="the one-liner sorts the regions only, and drops no duplicates",
    )


def test_the_region_test_is_left_out():
    """The region called test is left out; Test and test-2 are other regions."""
    fleet = {"test": {"a": "disk"}, "Test": {"b": "disk"}, "test-2": {"c": "disk"}}
    call(account_sanitiser.failing_checks, fleet).returns(
        ["Test/b: disk", "test-2/c: disk"],
        slips=[(["Test/b: disk"], "all that comes after the region test was left out: skip one region only")],
    )


def test_hosts_without_failing_checks_are_left_out():
    """A host whose checks are None or an empty text is left out."""
    call(account_sanitiser.failing_checks, {"eu": {"a": None, "b": "", "c": "disk"}}).returns(["eu/c: disk"])


def test_any_empty_value_means_nothing_fails():
    """Whatever `if cs` skips means that nothing fails: 0, an empty list, False."""
    call(account_sanitiser.failing_checks, {"eu": {"a": 0, "b": [], "c": False, "d": "disk"}}).returns(
        ["eu/d: disk"]
    )


def test_blank_checks_are_left_out():
    """A check that is blank after trimming is left out."""
    call(account_sanitiser.failing_checks, {"eu": {"a": "disk,, ,load,"}}).returns(
        ["eu/a: disk", "eu/a: load"]
    )


def test_silenced_checks_are_left_out():
    """A check that begins with # after trimming is left out; a # further on is part of the name."""
    call(account_sanitiser.failing_checks, {"eu": {"a": "#disk, #load ,port#2"}}).returns(
        ["eu/a: port#2"],
        slips=[(["eu/a: #load", "eu/a: port#2"], "the # of ' #load' was looked for before trimming")],
    )


def test_empty_fleet_and_empty_region():
    """A fleet without regions, or regions without hosts, give an empty list."""
    call(account_sanitiser.failing_checks, {}).returns([])
    call(account_sanitiser.failing_checks, {"eu": {}}).returns([])


def test_checks_that_are_not_text_are_an_error():
    """Checks that are not text raise a ValueError whose message holds the region and the host."""
    look = (
        "find out whether the checks are text before splitting them; name both region and host in the message"
    )
    for fleet, words in [
        ({"eu-north": {"web-1": "disk", "db-7": 503}}, ["eu-north", "db-7"]),
        ({"ap": {"web-3": ["disk"]}}, ["ap", "web-3"]),
        ({"us": {"cache-2": b"disk"}}, ["us", "cache-2"]),
    ]:
        call_raises(ValueError, account_sanitiser.failing_checks, fleet, saying=words, look=look)


def test_the_region_test_may_hold_anything():
    """What stands in the region called test is not even looked at."""
    call(account_sanitiser.failing_checks, {"test": {"a": 503}, "eu": {"b": "disk"}}).returns(["eu/b: disk"])
    call(account_sanitiser.failing_checks, {"test": None, "eu": {"b": "disk"}}).returns(["eu/b: disk"])


def test_same_results_as_the_one_liner(rng):
    """Whatever the fleet, the result is that of the one-liner."""
    checks = ["disk", " Load", "#swap", " #io", "", "  ", "TLS#1"]
    for _ in range(30):
        fleet = {
            region: {
                host: rng.choice([None, "", ",".join(rng.choices(checks, k=3))])
                for host in rng.sample("dcba", 2)
            }
            for region in rng.sample(["us", "eu", "test", "ap"], 2)
        }
        call(account_sanitiser.failing_checks, fleet).returns(one_liner(fleet))
