"""The files of others that we serve are the ones that templates/static/VENDOR.md names."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

STATIC = Path(__file__).parents[2] / "templates" / "static"
ROW = re.compile(r"\| (vendor/\S+) \|.*\| ([0-9a-f]{64}) \|")


def test_vendored_files_are_the_ones_written_down() -> None:
    said = dict(ROW.findall((STATIC / "VENDOR.md").read_text(encoding="utf-8")))
    there = {
        path.relative_to(STATIC).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (STATIC / "vendor").rglob("*")
        if path.is_file() and path.name != "LICENSE"
    }
    assert said == there
    assert all((STATIC / name).parent.joinpath("LICENSE").is_file() for name in there)


def test_no_sheet_asks_for_what_the_policy_forbids() -> None:
    """A picture in a sheet's own text is refused by the browser, with a complaint on every page."""
    sheets = list(STATIC.rglob("*.css"))
    assert len(sheets) == 2
    assert [sheet.name for sheet in sheets if "url(" in sheet.read_text(encoding="utf-8")] == []
