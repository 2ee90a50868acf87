import first_functions

from labkit.checks import call


def test_the_card_has_four_lines():
    """The card has a line each for name, role, machine and years."""
    call(first_functions.profile_card, "Ana Petrova", "SRE", "ops-7", 3).returns(
        "Name:    Ana Petrova\nRole:    SRE\nMachine: ops-7\nYears:   3",
        slips=[
            (
                "Name:    Ana Petrova\nRole:    SRE\nMachine: ops-7\nYears:   3\n",
                "there is a line end behind the last line: three line ends make four lines",
            ),
            (
                "Name: Ana Petrova\nRole: SRE\nMachine: ops-7\nYears: 3",
                "the values do not begin in the same column: fill up with blanks behind the colons",
            ),
        ],
    )


def test_each_value_comes_from_the_call():
    """The card shows what it is given, whoever it is about."""
    call(first_functions.profile_card, "Jo", "DBA", "db-02.example.net", 11).returns(
        "Name:    Jo\nRole:    DBA\nMachine: db-02.example.net\nYears:   11",
        slips=[
            (
                "Name:    Ana Petrova\nRole:    SRE\nMachine: ops-7\nYears:   3",
                "that is the example of the README: use the values that the function is given",
            )
        ],
    )


def test_zero_years():
    """A beginner has 0 years, and that is shown."""
    call(first_functions.profile_card, "Kim", "Trainee", "lab-1", 0).returns(
        "Name:    Kim\nRole:    Trainee\nMachine: lab-1\nYears:   0"
    )


def test_values_stay_as_they_are():
    """Blanks, quotes and letters of any language in a value stay as they are."""
    call(first_functions.profile_card, "  Zoë O'Brien", 'the "new" one', "größe-1", 2).returns(
        'Name:      Zoë O\'Brien\nRole:    the "new" one\nMachine: größe-1\nYears:   2'
    )
