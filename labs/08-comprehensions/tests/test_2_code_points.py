import account_sanitiser

from labkit.checks import call


def test_each_character_has_its_code_point():
    """Each character maps to its code point."""
    call(account_sanitiser.code_points, "ops").returns(
        {"o": 111, "p": 112, "s": 115},
        slips=[
            ({"o": 1, "p": 1, "s": 1}, "that is how often each character occurs, not its number in Unicode"),
            ({"o": 0, "p": 1, "s": 2}, "that is where each character stands, not its number in Unicode"),
            ({111: "o", 112: "p", 115: "s"}, "key and value are the wrong way round"),
        ],
    )


def test_repeated_characters_have_one_entry():
    """A character that occurs several times has one entry, with its code point."""
    call(account_sanitiser.code_points, "anna").returns({"a": 97, "n": 110})


def test_upper_and_lower_case_differ():
    """Upper and lower case are different characters."""
    call(account_sanitiser.code_points, "aA").returns({"a": 97, "A": 65})


def test_blanks_digits_and_punctuation_count():
    """Blanks, digits and punctuation are characters like any other."""
    call(account_sanitiser.code_points, " 7-\n").returns({" ": 32, "7": 55, "-": 45, "\n": 10})


def test_look_alikes_are_told_apart():
    """A Cyrillic letter and the Latin one that looks like it have different code points."""
    cyrillic = "\N{CYRILLIC SMALL LETTER A}"
    one_byte = "that is one byte of the encoded character, not its number in Unicode"
    call(account_sanitiser.code_points, "a" + cyrillic).returns(
        {"a": 97, cyrillic: 1072},
        slips=[({"a": 97, cyrillic: byte}, one_byte) for byte in cyrillic.encode()],
    )


def test_an_emoji_is_one_character():
    """A character far up in Unicode has one code point, however many bytes it takes in a file."""
    call(account_sanitiser.code_points, "\N{KEY}").returns({"\N{KEY}": 128273})


def test_an_empty_text_gives_an_empty_dictionary():
    """An empty text gives an empty dictionary."""
    call(account_sanitiser.code_points, "").returns({})


def test_any_text(rng):
    """Any characters, in any order and number."""
    for _ in range(30):
        numbers = rng.sample(range(32, 0x2FFF), 4)
        text = [chr(number) for number in numbers] * 2
        rng.shuffle(text)
        call(account_sanitiser.code_points, "".join(text)).returns(
            {chr(number): number for number in numbers}
        )
