"""Settings: each one listed with default and meaning; a wrong one is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.settings import Settings, load_settings

EXAMPLE = Path(__file__).parents[2] / "config" / "example.env"


def listed() -> dict[str, str]:
    lines = EXAMPLE.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))


def test_every_setting_is_in_the_example_with_its_default() -> None:
    expected = {}
    for name, field in Settings.model_fields.items():
        default = field.default
        expected[name.upper()] = str(int(default) if isinstance(default, bool) else default)
    assert listed() == expected


def test_every_setting_has_its_meaning_above_it() -> None:
    text = " ".join(line.removeprefix("# ") for line in EXAMPLE.read_text().splitlines())
    missing = [n for n, f in Settings.model_fields.items() if not f.description or f.description not in text]
    assert missing == []


def test_the_code_reads_no_environment_variable_besides_the_settings() -> None:
    root = EXAMPLE.parents[1]
    found = {
        str(file.relative_to(root))
        for room in ("config", "lti_tool", "lms_sync")
        for file in (root / room).rglob("*.py")
        if re.search(r"os\.(environ|getenv)", file.read_text())
    }
    # CONFIG_FILE names the file; connect reads the variable its --token-env names.
    assert found <= {"config/settings.py", "lti_tool/commands/connections.py"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("public_url", "plans.example"), ("public_url", ""), ("bind", "8900"), ("web_workers", "many")],
)
def test_a_wrong_setting_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValidationError, match=name):
        Settings(**{name: value})


def test_a_file_of_settings_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "plans.env"
    file.write_text("PUBLIC_URL=https://plans.example/\nSYNC_EVERY_MINUTES=7\n")
    monkeypatch.setenv("CONFIG_FILE", str(file))
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    settings = load_settings()
    assert settings.public_url == "https://plans.example"
    assert settings.sync_every_minutes == 7


@pytest.mark.parametrize("given", ["postgres://u@h/d", "postgresql://u@h/d"])
def test_postgresql_is_always_reached_through_psycopg_3(given: str) -> None:
    assert Settings(database_url=given).resolved_database_url == "postgresql+psycopg://u@h/d"
