"""No page hands its template a value under a name that the frame of every page needs for itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "lti_tool" / "web"
NEEDED = {"_", "always", "gettext", "ngettext", "url_for", "get_locale", "g", "request", "session", "config"}


@pytest.mark.parametrize("file", sorted(WEB.glob("*.py")), ids=lambda file: file.stem)
def test_no_page_hides_what_its_frame_needs(file: Path) -> None:
    for call in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("render_template", "render"):
            assert {word.arg for word in call.keywords} & NEEDED == set(), ast.unparse(call.func)
