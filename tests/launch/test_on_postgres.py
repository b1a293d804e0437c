"""The launches of lti.md §2 and §3 on PostgreSQL: what a database can tell apart always, the rest long."""

from __future__ import annotations

import pytest

from tests.hostile.refused import REFUSED
from tests.hostile.rows import ACCEPTED, Row
from tests.hostile.visit import is_accepted, is_refused
from tests.launch.conftest import Running
from tests.launch.suite import kept

pytestmark = pytest.mark.postgres
# Consuming, binding, storing odd texts and looking up: what SQLite and PostgreSQL do differently.
ALWAYS = (
    "nonce",
    "state",
    "sub ",
    "surrogate",
    "NUL",
    "deployment",
    "guid",
    "unknown",
    "255",
    "huge",
    "digits",
)
ALWAYS += ("huge", "digits", "plain (", "names with", "no course", "no roles", "no personal")


def rows(table: list[Row]) -> list[object]:
    """Every row; those not always tried are long."""
    return [
        pytest.param(
            row, id=row.name, marks=[] if any(word in row.name for word in ALWAYS) else pytest.mark.long
        )
        for row in table
    ]


@pytest.mark.parametrize("row", rows(ACCEPTED))
def test_accepted(postgres_suite: Running, row: Row) -> None:
    page = row.ready(postgres_suite.platform)()
    assert is_accepted(page), (page.status_code, page.text[:600])


@pytest.mark.parametrize("row", rows(REFUSED))
def test_refused(postgres_suite: Running, row: Row) -> None:
    send = row.ready(postgres_suite.platform)
    before = kept(postgres_suite.rig)
    page = send()
    assert is_refused(page), (page.status_code, page.text[:600])
    assert kept(postgres_suite.rig) == before
