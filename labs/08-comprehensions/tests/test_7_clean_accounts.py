import account_sanitiser

from labkit.checks import Stream, call


def test_names_are_trimmed_and_lower_case():
    """Names are trimmed and in lower case, with a prefix in front."""
    call(account_sanitiser.clean_accounts, ["  Ana"]).returns(["unix-ana"])
    call(account_sanitiser.clean_accounts, ["DARIA\t\n"]).returns(["unix-daria"])


def test_the_order_is_kept():
    """The names keep the order in which they come."""
    call(account_sanitiser.clean_accounts, ["zoe", "maximilian", "ana", "milan", "kim", "franziska"]).returns(
        ["unix-zoe", "corp-maximilian", "unix-ana", "unix-milan", "unix-kim", "corp-franziska"]
    )


def test_white_space_inside_a_name_stays():
    """Only the ends are trimmed: white space inside a name stays."""
    call(account_sanitiser.clean_accounts, [" Li Na "]).returns(["unix-li na"])


def test_8_characters_are_unix():
    """A name of exactly 8 characters gets the prefix unix-."""
    call(account_sanitiser.clean_accounts, ["abcdefgh"]).returns(
        ["unix-abcdefgh"], slips=[(["corp-abcdefgh"], "8 characters are still unix: up to 8 includes 8")]
    )


def test_9_characters_are_corp():
    """A name of exactly 9 characters gets the prefix corp-."""
    call(account_sanitiser.clean_accounts, ["abcdefghi"]).returns(
        ["corp-abcdefghi"], slips=[(["unix-abcdefghi"], "9 characters are corp: unix ends at 8")]
    )


def test_blanks_do_not_count_as_length():
    """The length is that of the cleaned name, without the blanks around it."""
    call(account_sanitiser.clean_accounts, ["   abcdefgh   "]).returns(
        ["unix-abcdefgh"],
        slips=[(["corp-abcdefgh"], "the blanks were counted: trim first, then look at the length")],
    )


def test_service_bots_are_dropped():
    """Names that start with svc- or end with -bot are dropped."""
    call(account_sanitiser.clean_accounts, ["svc-backup", "ana", "deploy-bot", "svc-", "-bot"]).returns(
        ["unix-ana"]
    )


def test_mixed_case_bots_are_dropped():
    """A bot is a bot in any case of letters, and with blanks around it."""
    call(account_sanitiser.clean_accounts, ["SVC-Backup", " svc-mail", "Deploy-BOT ", "ana"]).returns(
        ["unix-ana"], look="clean the name first, then ask whether it is a bot"
    )


def test_repeated_characters_stay():
    """A name keeps all its characters, repeated ones and those that a prefix or suffix is made of."""
    call(account_sanitiser.clean_accounts, ["aaa", "anna", "ccvs", "tobbo"]).returns(
        ["unix-aaa", "unix-anna", "unix-ccvs", "unix-tobbo"],
        look="all of these are people, and each keeps all its characters: svc- and -bot count as a whole",
    )


def test_people_who_look_like_bots_stay():
    """Names that only hold svc or bot somewhere, or without the hyphen, are people."""
    names = ["talbot", "svcadmin", "x-svc-y", "a-bot-b", "bot", "svc"]
    inside = "svc- and -bot inside a name make no bot: look at how it starts and how it ends"
    call(account_sanitiser.clean_accounts, names).returns(
        ["unix-talbot", "unix-svcadmin", "unix-x-svc-y", "unix-a-bot-b", "unix-bot", "unix-svc"],
        slips=[(["unix-talbot", "unix-svcadmin", "unix-bot", "unix-svc"], inside)],
    )


def test_blank_names_are_dropped():
    """A name that is empty, or nothing but white space, is dropped."""
    call(account_sanitiser.clean_accounts, ["", "ana", "   ", "\t\n"]).returns(
        ["unix-ana"],
        slips=[
            (["unix-", "unix-ana"], "nothing is left of a blank name: drop it"),
            (
                ["unix-ana", "unix-"],
                "a name of blanks alone is empty after trimming: trim first, then drop it",
            ),
        ],
    )


def test_duplicates_are_removed():
    """A name that comes again is left out."""
    call(account_sanitiser.clean_accounts, ["ana", "boris", "ana"]).returns(
        ["unix-ana", "unix-boris"],
        slips=[(["unix-boris", "unix-ana"], "the last of the duplicates was kept, not the first")],
    )


def test_duplicates_are_found_after_cleaning():
    """Names that are equal after cleaning are duplicates."""
    call(account_sanitiser.clean_accounts, ["Ana", " ana", "ANA "]).returns(
        ["unix-ana"], slips=[(["unix-ana"] * 3, "duplicates were looked for before the names were cleaned")]
    )


def test_the_first_of_duplicates_keeps_its_place():
    """Of duplicates the first one keeps its place."""
    call(account_sanitiser.clean_accounts, ["zoe", "ana", "ZOE", "kim", "ana"]).returns(
        ["unix-zoe", "unix-ana", "unix-kim"],
        slips=[(["unix-zoe", "unix-kim", "unix-ana"], "the last of the duplicates was kept, not the first")],
    )


def test_no_names_give_an_empty_list():
    """No names give an empty list, and so do blanks and bots alone."""
    call(account_sanitiser.clean_accounts, []).returns([])
    call(account_sanitiser.clean_accounts, ["  ", "svc-x"]).returns([])


def test_names_can_be_read_only_once():
    """The names may come from anything that can be looped over once, such as a generator."""
    call(account_sanitiser.clean_accounts, Stream([" Zoe", "svc-x", "zoe", "", "Ana"])).returns(
        ["unix-zoe", "unix-ana"],
        slips=[([], "the names were read more than once: the second time, nothing is left of them")],
    )


def test_the_given_names_stay():
    """The list that is passed in is not changed."""
    call(account_sanitiser.clean_accounts, [" Ana", "svc-x", "ana"]).changes_nothing()


def test_any_export(rng):
    """Any export: people in some order, each in several spellings, with bots and blanks between them."""
    people = ["zoe", "ana", "boris", "talbot", "li na", "o'brien", "maximilian", "anastasia", "jonathan"]
    noise = ["", " ", "\t", "svc-x", " SVC-MAIL", "Build-Bot", "-bot\n"]
    for _ in range(30):
        chosen = rng.sample(people, 3)
        names = []
        for place, person in enumerate(chosen):
            names += [_spelt(rng, person), rng.choice(noise), _spelt(rng, rng.choice(chosen[: place + 1]))]
        wanted = [("unix-" if len(person) < 9 else "corp-") + person for person in chosen]
        call(account_sanitiser.clean_accounts, names).returns(wanted)


def _spelt(rng, name):
    spelling = rng.choice([str.upper, str.title, str])(name)
    return rng.choice(["", " ", "\t"]) + spelling + rng.choice(["", "  ", "\n"])
