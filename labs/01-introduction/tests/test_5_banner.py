import itertools

import metadata_banner
import pytest

from labkit.checks import call, call_raises

WIDTH = 30
EDGE = "+----------------------------+"


def card(name="web-7", role="edge", motto="keep calm", width=WIDTH):
    return call(metadata_banner.banner, name, role, motto, width)


def rows(result):
    """The lines between the two edges, judged to be framed."""
    lines = result.value.split("\n")
    for number, line in enumerate(lines, 1):
        result.expect(len(line), f"width of line {number}, {line!r}").equals(WIDTH)
    result.expect((lines[0], lines[-1]), "first and last line").equals((EDGE, EDGE))
    for line in lines[1:-1]:
        result.expect((line[:2], line[-2:]), f"frame of {line!r}").equals(("| ", " |"))
    return [line[2:-2] for line in lines[1:-1]]


def values(result, first, last=None):
    """What stands behind the labels in these rows."""
    return [row[7:].rstrip() for row in rows(result)[first:last]]


def test_a_card_of_three_rows():
    """A card has a frame and a row each for name, role and motto."""
    card().returns(
        f"{EDGE}\n"
        "| Name:  web-7               |\n"
        "| Role:  edge                |\n"
        "| Motto: keep calm           |\n"
        f"{EDGE}"
    )


def test_the_usual_width():
    """Without a width the card is 44 characters wide."""
    result = call(metadata_banner.banner, "web-7", "edge", "keep calm")
    result.expect({len(line) for line in result.value.split("\n")}, "widths of its lines").equals({44})


def test_quotes_inside_a_text():
    """Quotes and backslashes in a text stay as they are."""
    result = card(role='the "edge"', motto="it's C:\\new")
    result.expect(values(result, 1), "the rows").equals(['the "edge"', "it's C:\\new"])


def test_a_long_motto_is_wrapped():
    """A text that is too long goes on in the next line, below where it began."""
    result = card(motto="nobody notices as long as it works")
    result.expect(rows(result)[2:], "the rows of the motto").equals(
        ["Motto: nobody notices as  ", "       long as it works   "]
    )


def test_name_and_role_are_wrapped_too():
    """Name and role go on in the next line like the motto."""
    result = card(name="the oldest machine in the room", role="nobody knows what it is for")
    result.expect([row.rstrip() for row in rows(result)], "the rows").equals(
        [
            "Name:  the oldest machine",
            "       in the room",
            "Role:  nobody knows what",
            "       it is for",
            "Motto: keep calm",
        ]
    )


def test_a_text_that_just_fits():
    """A text of exactly the free width stays on one line; one character more does not."""
    result = card(motto="x" * 9 + " " + "y" * 9)
    result.expect(values(result, 2), "the rows of the motto").equals(["x" * 9 + " " + "y" * 9])
    result = card(motto="x" * 9 + " " + "y" * 10)
    result.expect(values(result, 2), "the rows of the motto").equals(["x" * 9, "y" * 10])


def test_words_are_parted_at_blanks_only():
    """A word with a hyphen stays together."""
    result = card(motto="reboots only if on-call sleeps")
    result.expect(values(result, 2), "the rows of the motto").equals(
        ["reboots only if", "on-call sleeps"], look="a line ends between words, never at a hyphen"
    )


def test_white_space_counts_as_one_blank():
    """Line ends, tabs and several blanks between words count as one blank, those at the ends as none."""
    result = card(motto="  keep\n\tcalm   and  reboot \n")
    result.expect(values(result, 2), "the rows of the motto").equals(["keep calm and", "reboot"])


def test_a_word_that_is_too_long():
    """A word that is wider than the card is cut, and nothing of it is lost."""
    word = "-".join(["node"] * 12)
    result = card(motto=f"see {word} today")
    result.expect("".join(values(result, 2)).replace(" ", ""), "all characters of the motto").equals(
        f"see{word}today", look="cut the word into pieces that fit, and keep all of them"
    )


def test_an_empty_text_keeps_its_row():
    """An empty text, or one of blanks alone, has a row with nothing behind its label."""
    for empty in ("", "   ", "\n"):
        result = card(motto=empty)
        result.expect(rows(result), "the rows").equals(
            ["Name:  web-7              ", "Role:  edge               ", "Motto:                    "]
        )


def test_the_narrowest_card():
    """A width of 20 is accepted, and texts are wrapped to it."""
    result = card(motto="ten chars, no more", width=20)
    result.returns(
        "+------------------+\n"
        "| Name:  web-7     |\n"
        "| Role:  edge      |\n"
        "| Motto: ten       |\n"
        "|        chars, no |\n"
        "|        more      |\n"
        "+------------------+"
    )


@pytest.mark.parametrize("width", [19, 0, -5])
def test_too_narrow(width):
    """A width below 20 raises a ValueError whose message holds the width."""
    call_raises(ValueError, metadata_banner.banner, "web-7", "edge", "keep calm", width, saying=str(width))


def test_any_motto(rng):
    """Whatever the words, no line is wider than the card, and each holds as many words as fit."""
    for _ in range(30):
        words = ["".join(rng.choices("ab'\"-", k=rng.randint(1, 19))) for _ in range(rng.randint(1, 9))]
        result = card(motto=" ".join(words))
        shown = values(result, 2)
        result.expect(" ".join(shown), "the words of the motto").equals(" ".join(words))
        for line, following in itertools.pairwise(shown):
            longer = f"{line} {following.split()[0]}"
            result.expect(len(longer) > 19, f"the next word did not fit behind {line!r}").equals(True)
