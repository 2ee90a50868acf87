import account_sanitiser

from labkit.checks import call


def test_figures_above_80_become_critical():
    """Each figure above 80 becomes the text CRITICAL, the others stay."""
    call(account_sanitiser.mark_full_disks, [12, 95, 43, 100]).returns(
        [12, "CRITICAL", 43, "CRITICAL"],
        slips=[
            (
                ["CRITICAL", "CRITICAL"],
                "the other figures were left out: choose a value for each, filter none",
            ),
            (
                ["CRITICAL", 95, "CRITICAL", 100],
                "the wrong ones were replaced: the comparison is turned round",
            ),
        ],
    )


def test_exactly_80_stays():
    """Exactly 80 is not above 80: it stays as it is."""
    call(account_sanitiser.mark_full_disks, [80]).returns(
        [80], slips=[(["CRITICAL"], "80 itself was marked: only larger figures are above 80")]
    )


def test_81_is_critical():
    """81 is above 80: it becomes CRITICAL."""
    call(account_sanitiser.mark_full_disks, [81]).returns(["CRITICAL"])


def test_fractions_are_compared_as_they_are():
    """79.9 and 80.0 stay, 80.1 is above 80."""
    call(account_sanitiser.mark_full_disks, [79.9, 80.0, 80.1]).returns([79.9, 80.0, "CRITICAL"])


def test_an_empty_disk_is_a_figure_too():
    """A figure of 0 stays in the list."""
    call(account_sanitiser.mark_full_disks, [0, 90, 0]).returns([0, "CRITICAL", 0])


def test_no_disks_give_an_empty_list():
    """An empty list gives an empty list."""
    call(account_sanitiser.mark_full_disks, []).returns([])


def test_the_given_list_keeps_its_figures():
    """The list that is passed in is not changed."""
    call(account_sanitiser.mark_full_disks, [70, 90]).changes_nothing()


def test_any_mix_keeps_its_order(rng):
    """Whatever the figures, the result has the same length and order."""
    for _ in range(30):
        fine = [(figure, figure) for figure in rng.choices(range(81), k=3)]
        full = [(figure, "CRITICAL") for figure in rng.choices(range(81, 101), k=3)]
        disks = rng.sample(fine + full, 6)
        figures, wanted = zip(*disks, strict=True)
        call(account_sanitiser.mark_full_disks, list(figures)).returns(list(wanted))
