"""Routes of simulated services."""

from __future__ import annotations

import pytest

from labkit.services.base import Routes


@pytest.fixture
def routes() -> Routes:
    table = Routes()
    for template in ("/a/{x}", "/a/fixed", "/a/{x}/b", "/files/{path*}"):
        table.get(template)(lambda service, call, template=template: template)
    table.post("/a/{x}")(lambda service, call: "posted")
    return table


@pytest.mark.parametrize(
    ("target", "template", "named"),
    [
        ("/a/1", "/a/{x}", {"x": "1"}),
        ("/a/1/?q=/a/fixed", "/a/{x}", {"x": "1"}),
        ("/a/fixed", "/a/fixed", {}),
        ("/a/group%2Fname/b", "/a/{x}/b", {"x": "group/name"}),
        ("/files/one/two.txt", "/files/{path*}", {"path": "one/two.txt"}),
        ("/files", "/files/{path*}", {"path": ""}),
    ],
)
def test_found(routes: Routes, target: str, template: str, named: dict[str, str]) -> None:
    """Fixed parts win over named ones, an encoded slash stays in its part, a star takes the rest."""
    found, parts, _ = routes.find("GET", target)
    assert found is not None
    assert found(None, None) == template
    assert parts == named


def test_head_is_get(routes: Routes) -> None:
    """HEAD is answered by the handler of GET."""
    assert routes.find("HEAD", "/a/1")[0] is routes.find("GET", "/a/1")[0]


def test_not_found_and_not_allowed(routes: Routes) -> None:
    """A path that is not there allows nothing; a path with other methods names them."""
    assert routes.find("GET", "/nowhere") == (None, {}, [])
    assert routes.find("DELETE", "/a/1") == (None, {}, ["GET", "POST"])


def test_two_handlers_for_one_thing(routes: Routes) -> None:
    """A second handler for the same method and path is an error of the author."""
    with pytest.raises(ValueError, match="two handlers for GET /a/"):
        routes.get("/a/{x}")(lambda service, call: None)
