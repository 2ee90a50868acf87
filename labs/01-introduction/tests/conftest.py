"""What several tests of this lab need."""

from __future__ import annotations

import pytest

from labkit.checks import call_raises, expect


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
            look="ask Python itself with compile() or ast.parse(), and make a BadSource of its SyntaxError",
        )
        told = expect((problem.line, problem.column), f"line and column of the BadSource for {source!r}")
        told.equals(
            (own.value.lineno, own.value.offset), look="lineno and offset of the SyntaxError say where it is"
        )

    return judge
