"""What a stranger sends beside launches: each refused with a page and a number, nobody in by it."""

from __future__ import annotations

import pytest

from tests.hostile.guarded import GUARDED
from tests.hostile.rows import Row
from tests.hostile.visit import is_refused
from tests.launch.conftest import Running


@pytest.mark.parametrize("row", GUARDED, ids=lambda row: row.name)
def test_guarded(suite: Running, row: Row) -> None:
    page = row.ready(suite.platform)()
    assert is_refused(page), (page.status_code, page.text[:600])
