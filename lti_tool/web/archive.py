"""Handing over a plan's archive: a zip with a page to read, the same as data, and the files (B15)."""

from __future__ import annotations

import json
import tempfile
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, render_template, send_file
from flask_babel import gettext as _

from lti_tool.overview.archive import Archive, archive_of, as_json
from lti_tool.overview.goal_card import card
from lti_tool.planning.notes import note
from lti_tool.plans.outcome import outcome_words
from lti_tool.plans.profile import area_words, skill_words
from lti_tool.plans.words import reach_words
from lti_tool.storage import FileStore
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.history_words import version_words
from lti_tool.web.visits import this_visit

IN_MEMORY = 5_000_000  # bytes; a bigger archive is written to disk


def add_archive_pages(pages: Blueprint, deps: Deps) -> None:
    """POST /students/<person_id>/archive."""

    @pages.post("/students/<int:person_id>/archive")
    def archive(person_id: int) -> Response:
        actor, now = this_visit().actor, deps.now()
        with deps.database.read() as session:
            found = archive_of(session, actor, person_id, now=now)
            zipped = _zipped(found, FileStore(deps.settings.files_folder))
        with deps.database.write() as session:
            note(session, actor, "plan.handed over", person_id, now=now)
        answer = send_file(
            zipped, mimetype="application/zip", as_attachment=True, download_name="personal-plan.zip"
        )
        answer.headers["Cache-Control"] = "private, no-store"
        return answer


def _zipped(found: Archive, store: FileStore) -> Any:
    kept = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # closed with the answer
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("plan.html", _page(found))
        made.writestr("plan.json", json.dumps(as_json(found), default=_plain, ensure_ascii=False, indent=1))
        for name, file in found.files:
            path = store.path(file.key)
            if path.is_file():
                made.write(path, name)
    kept.seek(0)
    return kept


def _plain(value: object) -> object:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else repr(value)


def _page(found: Archive) -> str:
    goals = []
    for one in found.goals:
        shown = card(one.goal, "", list(one.work), found.today)
        goals.append(
            {
                "title": one.goal.title,
                "course": one.course,
                "reach": reach_words(
                    one.measure,
                    [line.name for line in one.work],
                    one.goal.target,
                    charts.day(one.goal.due_on, long=True),
                    _,
                    number=charts.number,
                ),
                "value": ""
                if shown.facts.value is None
                else charts.number_of(one.measure)(shown.facts.value),
                "end": outcome_words(one.goal.outcome, "staff", _) if one.goal.outcome else "",
                "steps": one.steps,
                "versions": [
                    (
                        charts.day(row.at.astimezone(found.zone).date(), long=True),
                        version_words(
                            row.what, found.name if row.author_role == "learner" else "", mine=False
                        ),
                        row.reason,
                    )
                    for row in one.versions
                ],
            }
        )
    return render_template(
        "pages/archive.html",
        archive=found,
        goals=goals,
        areas=area_words(_),
        skills=skill_words(_),
        when=charts.day_and_time,
        day=charts.day(found.today, long=True),
    )
