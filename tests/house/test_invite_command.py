"""lti-tool invite: an address with a code, kept as a hash; what waits is listed with its addresses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from config.keys import load_cipher
from config.settings import Settings
from lti_tool.cli import tool
from lti_tool.db import Database, make_engine
from lti_tool.migrations.runner import newest_revision
from lti_tool.records import Base
from lti_tool.records.registering import Invitation

Run = Callable[..., Result]


@pytest.fixture
def var_dir(tmp_path: Path) -> Path:
    """An installation whose tables are those of the rows."""
    settings = Settings(var_dir=tmp_path, database_url="", allow_private_network=True)
    engine = make_engine(settings.resolved_database_url, load_cipher(settings, make=True))
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(sa.text("INSERT INTO alembic_version VALUES (:at)"), {"at": newest_revision()})
    engine.dispose()
    return tmp_path


@pytest.fixture
def run(var_dir: Path) -> Run:
    runner = CliRunner()
    environment = {
        "VAR_DIR": str(var_dir),
        "ALLOW_PRIVATE_NETWORK": "1",
        "PUBLIC_URL": "https://plans.example",
    }
    environment |= {"DATABASE_URL": "", "CONFIG_FILE": ""}

    def run(*words: str) -> Result:
        return runner.invoke(tool, words, env={k: v or None for k, v in environment.items()})

    return run


def test_invite_prints_an_address_that_is_not_in_the_database(run: Run, var_dir: Path) -> None:
    result = run("invite", "--hours", "5", "--note", "Practice school")
    assert result.exit_code == 0, result.output
    address = result.output.splitlines()[0]
    assert address.startswith("https://plans.example/lti/register/")
    code = address.rpartition("/")[2]
    assert len(code) >= 32
    engine = make_engine(f"sqlite:///{var_dir / 'plans.sqlite'}")
    with Database(engine).read() as session:
        row = session.scalars(sa.select(Invitation)).one()
    engine.dispose()
    assert row.note == "Practice school"
    assert code not in row.code_hash
    assert (row.expires_at - row.created_at).total_seconds() == 5 * 3600


@pytest.mark.parametrize("words", [("--hours", "0"), ("--hours", "100000"), ("--registration", "7")])
def test_a_wrong_invitation_is_refused(run: Run, words: tuple[str, ...]) -> None:
    result = run("invite", *words)
    assert result.exit_code != 0
    assert "Traceback" not in result.output


def test_what_waits_is_listed_with_its_addresses(run: Run) -> None:
    assert json.loads(run("activate").output) == {"registrations": [], "deployments": []}
