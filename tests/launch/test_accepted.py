"""Every launch of lti.md §2, by name: let in, over HTTP, by one running tool."""

from __future__ import annotations

import pytest

from tests.hostile.rows import ACCEPTED, Row
from tests.hostile.visit import is_accepted
from tests.launch.conftest import Running


@pytest.mark.parametrize("row", ACCEPTED, ids=lambda row: row.name)
def test_accepted(suite: Running, row: Row) -> None:
    page = row.ready(suite.platform)()
    assert is_accepted(page), (page.status_code, page.text[:600])
