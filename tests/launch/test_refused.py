"""Every launch of lti.md §3, by name: 4xx, a page with a number, a log line, nothing stored."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog

from config.logs import configure_logs
from tests.hostile.refused import REFUSED, Row
from tests.hostile.visit import NUMBER, is_refused
from tests.launch.conftest import Running
from tests.launch.suite import kept


@pytest.fixture
def logs(suite: Running) -> Iterator[None]:
    configure_logs(suite.rig.settings)
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.name)
def test_refused(suite: Running, logs: None, row: Row, capsys: pytest.CaptureFixture[str]) -> None:
    send = row.ready(suite.platform)
    capsys.readouterr()
    before = kept(suite.rig)
    page = send()
    assert is_refused(page), (page.status_code, page.text[:600])
    assert kept(suite.rig) == before
    written = capsys.readouterr().err
    number = NUMBER.search(page.text)
    assert number
    (line,) = [json.loads(line) for line in written.splitlines() if number.group() in line]
    assert line["event"] == "refused"
    assert {"issuer", "client", "deployment"} <= line.keys(), line
    sent = page.request.body
    form = sent if isinstance(sent, str) else ""
    for secret in [
        part.split("=", 1)[1] for part in form.split("&") if part.startswith(("id_token=", "state="))
    ]:
        assert not secret or secret not in written
    assert "ana@suite.example" not in written
