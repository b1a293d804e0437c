"""The suite as anyone runs it, once, against a running tool: the command it prints, its table, its status."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from cryptography.fernet import MultiFernet

from config.settings import Settings
from lti_tool.db import Database, make_engine
from lti_tool.records import Base
from lti_tool.records.platform import Deployment, Registration
from tests.launch.rig import Rig, running


def _register(rig: Rig, command: str) -> None:
    """Do what the printed command says."""
    words = shlex.split(command)
    assert words[:2] == ["lti-tool", "register"]
    given = dict(zip((name.removeprefix("--") for name in words[2::2]), words[3::2], strict=True))
    lms_id = given.pop("deployment-id")
    with rig.database.write() as session:
        row = Registration(
            **{name.replace("-", "_"): value for name, value in given.items()}, created_at=rig.clock()
        )
        session.add(row)
        session.flush()
        session.add(Deployment(registration_id=row.id, lms_id=lms_id, created_at=rig.clock()))


def test_the_script_prints_a_table_in_which_nothing_differs(tmp_path: Path, cipher: MultiFernet) -> None:
    database = Database(make_engine(f"sqlite:///{tmp_path}/plans.sqlite", cipher))
    Base.metadata.create_all(database.engine)
    settings = Settings(var_dir=tmp_path, allow_private_network=True, secret_key="a long test secret" * 2)
    with running(settings, database) as rig:
        script = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile", "--tool", rig.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert script.stdin
        assert script.stdout
        _register(rig, script.stdout.readline())
        printed, _ = script.communicate("\n", timeout=300)
    database.dispose()
    assert script.returncode == 0, printed
    assert "DIFFERS" not in printed
    assert "unknown kid" in printed
    assert " 0 differ; the key set was read " in printed
