"""The database takes nothing for a while: said plainly, and nobody loses what they wrote."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from lti_tool import db
from lti_tool.db import sqlite_module
from tests.web.about import as_maya, entries, write
from tests.web.math8 import make_math8
from tests.web.rig import Rig

WORDS = "I draw the problem before I calculate"


def test_what_was_written_is_not_lost_and_it_is_said_why(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    school = make_math8(rig)
    maya = as_maya(rig, school)
    assert maya.get("/about").status_code == 200
    monkeypatch.setattr(db, "BUSY_MS", 50)
    rig.database.dispose()
    other = sqlite_module().connect(sa.make_url(rig.settings.resolved_database_url).database or "")
    other.execute("BEGIN IMMEDIATE")
    held = maya.post("/about/add/strength", {"text": WORDS})
    other.execute("ROLLBACK")
    free = other.execute("PRAGMA freelist_count").fetchone()[0]
    other.execute("CREATE TABLE ballast AS SELECT zeroblob(?) AS bytes", ((free + 1) * 4096,))
    other.commit()
    other.close()
    assert (held.status_code, held.headers["Retry-After"]) == (503, "30")
    assert "started again, or very busy" in held.text
    assert WORDS in held.text

    def no_more_pages(connection: object) -> None:
        driver = connection.connection.dbapi_connection  # type: ignore[attr-defined]
        pages = driver.execute("PRAGMA page_count").fetchone()[0]
        driver.execute(f"PRAGMA max_page_count={pages}")

    sa.event.listen(rig.database.engine, "begin", no_more_pages)
    full = maya.post("/about/add/strength", {"text": WORDS + "ñ" * 3000})
    sa.event.remove(rig.database.engine, "begin", no_more_pages)
    rig.database.dispose()
    assert full.status_code == 503, full.text
    assert "disk of this tool is full" in full.text
    assert WORDS in full.text
    assert entries(rig) == []
    write(maya, "strength", WORDS)
    assert len(entries(rig)) == 1
