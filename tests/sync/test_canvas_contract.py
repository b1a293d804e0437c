"""Every method, path and query name we send to Canvas's REST API is one Canvas documents (canvas.md §10).

`canvas_catalog.json` holds the operations we may use, as [method, path, query names], taken from the
catalogue that PyPI's canvas-api-mcp 1.1.0 (MIT) makes of Canvas's own Swagger files. A request of a new
kind: add its line from there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sandbox_lms import seed
from tests.sync.course import Tied
from tests.sync.test_goals_move import give_goal

CATALOG = json.loads((Path(__file__).parent / "canvas_catalog.json").read_text())
# Of every list; and two that Canvas's code knows though its documents do not (canvas.md §5.1).
EVERYWHERE = {"per_page", "page", "exclude_response_fields"}


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


def unknown(method: str, path: str, query: set[str]) -> str:
    """What is not in the catalogue; empty = all is."""
    said = path.removeprefix("/api")
    for known, template, names in CATALOG:
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
        if known == method and re.fullmatch(pattern, said):
            extra = query - set(names) - EVERYWHERE
            return f"{method} {template} has no {sorted(extra)}" if extra else ""
    return f"{method} {path} is not there"


def test_all_that_is_asked_is_documented(tie_to: Callable[..., Tied]) -> None:
    tied = tie_to("canvas")
    tied.sync("first", "start")
    give_goal(tied, 201, seed.CANVAS_STUDENTS[0])
    for minutes in (11, 61, 60 * 25):
        tied.clock.forward(minutes=minutes)
        tied.sync()
    tied.sync("full")
    asked = {
        (row["method"], row["path"], row["query"])
        for row in tied.world.requests
        if row["path"].startswith("/api/v1/")
    }
    assert len(asked) >= 5
    wrong = {unknown(method, path, set(query.split())) for method, path, query in asked}
    assert wrong == {""}


def test_the_catalogue_knows_what_is_not_in_it() -> None:
    assert unknown("GET", "/api/v1/courses/7/students/submissions", {"student_ids", "page"}) == ""
    assert "graded_after" in unknown("GET", "/api/v1/courses/7/students/submissions", {"graded_after"})
    assert unknown("DELETE", "/api/v1/courses/7", set())
