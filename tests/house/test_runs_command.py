"""lti-tool runs: each reading of a course in one line, or one with all that its row says."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet, MultiFernet

from config.settings import Settings
from lti_tool.cli import tool
from lti_tool.db import Database, make_engine
from lti_tool.migrations.runner import migrate
from tests.web.course import NOW, make_course
from tests.web.test_runs import add_run

KEY = Fernet.generate_key().decode()


@pytest.fixture
def settings(tmp_path):
    return Settings(var_dir=tmp_path, encryption_keys=KEY)


def runs(settings: Settings, *words: str) -> Result:
    environment = {"VAR_DIR": str(settings.var_dir), "DATABASE_URL": None, "ENCRYPTION_KEYS": KEY}
    result = CliRunner().invoke(tool, ["runs", *words], env=environment)
    assert "Traceback" not in result.output
    return result


def test_readings_are_listed_and_one_is_told_in_full(settings: Settings) -> None:
    database = Database(make_engine(settings.resolved_database_url, MultiFernet([Fernet(KEY)])))
    migrate(database.engine)
    with database.write() as session:
        course = make_course(session)
    where = ("--context", course.context.lms_id)
    assert "has not been read yet" in runs(settings, *where).output
    since = NOW - timedelta(minutes=15)
    run_id = add_run(
        database,
        course,
        requests=9,
        rows=310,
        changed=4,
        ignored={"staff": 2},
        cursor_from=since,
        went_on_since=since,
        went_on_after=70,
    )
    add_run(database, course, trigger="cli", queued_at=NOW - timedelta(hours=1))
    first, second = runs(settings, *where).output.splitlines()
    assert re.search(rf"{run_id}  What has changed\. By itself\. Done in 7\.0 s: 9 requests, 310 rows", first)
    assert "changed, after 70 read from 2026-02-23" in first
    assert "An operator of this tool" in second
    told = runs(settings, *where, "--run", run_id).output
    assert "not used: 2: Grades of staff" in told
    assert "cursor: 2026-02-23" in told
    assert json.loads(runs(settings, *where, "--json").output)[0]["id"] == run_id
    missing = runs(settings, *where, "--run", "no such")
    assert (missing.exit_code, "Leave --run out" in missing.output) == (1, True)
    database.dispose()
