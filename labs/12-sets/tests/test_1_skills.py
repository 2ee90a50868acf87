import log_deduplicator
import pytest

from labkit.checks import Stream, call


@pytest.mark.parametrize(
    ("mine", "wanted", "expected"),
    [
        (["git", "bash"], ["git", "go"], ({"git", "bash", "go"}, {"git"}, {"bash"})),
        (["git"], ["git"], ({"git"}, {"git"}, set())),
        (["git"], ["go"], ({"git", "go"}, set(), {"git"})),
        (["git", "git"], [], ({"git"}, set(), {"git"})),
        ([], ["go"], ({"go"}, set(), set())),
        ([], [], (set(), set(), set())),
    ],
)
def test_skills(mine, wanted, expected):
    """All, the common ones, and only mine are given, each as a set."""
    everything, common, _ = expected
    call(log_deduplicator.compare_skills, mine, wanted).returns(
        expected,
        slips=[
            ((everything, common, set(wanted) - set(mine)), "only mine, not only theirs"),
            ((everything, common, set(mine) ^ set(wanted)), "what is only wanted is not mine"),
            (tuple(sorted(part) for part in expected), "the answers are sets, not lists"),
        ],
    )


def test_skills_are_read_once():
    """The skills may come from anything that can be looped over once."""
    call(log_deduplicator.compare_skills, Stream(["git", "bash"]), Stream(["git"])).returns(
        ({"git", "bash"}, {"git"}, {"bash"}), look="after the first loop nothing is left: make a set of each"
    )
