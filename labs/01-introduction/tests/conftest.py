"""What several tests of this lab need."""

from __future__ import annotations

import pytest

from labkit.checks import call_raises


@pytest.fixture
def refused():
    """Judges that a function raises BadSource where Python itself stumbles."""

    import source_reader

    def judge(function, source):
        with pytest.raises(SyntaxError) as own:
            compile(source, "<script>", "exec")
        problem = call_raises(
            source_reader.BadSource,
            function,
            source,
            look="ask Python itself, with compile() or ast.parse(), and turn its SyntaxError into a BadSource",
        )
        place = (own.value.lineno, own.value.offset)
        if (problem.line, problem.column) != place:
            pytest.fail(
                f"BadSource for {source!r} says line {problem.line}, column {problem.column}; Python says line "
                f"{place[0]}, column {place[1]} (lineno and offset of its SyntaxError)",
                pytrace=False,
            )

    return judge
