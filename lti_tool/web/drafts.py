"""Forms with long texts: kept while they are typed, filled again later, and shown with what went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.history import drop_draft, keep_draft, own_draft
from lti_tool.plans.goal import Problem
from lti_tool.web.deps import Deps
from lti_tool.web.visits import this_visit

PREFIX = "f-"
FORM_LONGEST = 64


@dataclass
class Typed:
    """What stands in a form: from its row, from a draft, or as it was sent with what is wrong."""

    fields: dict[str, str]
    version: int = 0
    from_draft: bool = False
    errors: dict[str, str] = field(default_factory=dict)

    def get(self, name: str, default: str = "") -> str:
        """The words of a field."""
        return self.fields.get(name, default)

    def refuse(self, problems: Iterable[Problem]) -> Typed:
        """Say each problem beside its field."""
        for problem in problems:
            self.errors.setdefault(problem.field, problem.sentence(_))
        return self


def add_draft_pages(pages: Blueprint, deps: Deps) -> None:
    """POST /drafts keeps, POST /drafts/drop forgets."""

    @pages.post("/drafts", endpoint="keep_draft")
    def keep() -> Answer:
        fields = {
            name.removeprefix(PREFIX): "\n".join(request.form.getlist(name)).replace("\x00", "")
            for name in request.form
            if name.startswith(PREFIX)
        }
        with deps.database.write() as session:
            keep_draft(session, this_visit().actor, _form_name("form"), fields, now=deps.now())
        return "", 204

    @pages.post("/drafts/drop", endpoint="drop_draft")
    def drop() -> Answer:
        with deps.database.write() as session:
            drop_draft(session, this_visit().actor, _form_name("drop"))
        back = request.form.get("back", "")
        home = url_for("pages.home")
        return redirect(back if back.startswith(home) and "\\" not in back else home, 303)


def _form_name(field_name: str) -> str:
    name = request.form.get(field_name, "")
    if not name.isascii() or not name.isprintable() or len(name) > FORM_LONGEST:
        raise NotFound
    return name


def filled(session: Session, form: str, stored: Mapping[str, str], version: int = 0) -> Typed:
    """The form as its author left it: their draft where there is one, else what is stored."""
    draft = own_draft(session, this_visit().actor, form)
    if draft is not None:
        kept = {name: str(draft.fields[name]) for name in stored if name in draft.fields}
        if any(kept[name] != stored[name] for name in kept):
            return Typed({**stored, **kept}, _number(draft.fields.get("version"), version), from_draft=True)
    return Typed(dict(stored), version)


def sent(names: Iterable[str]) -> Typed:
    """The form as it was sent now."""
    fields = {name: request.form.get(name, "") for name in names}
    return Typed(fields, _number(request.form.get("version"), 0))


def sent_id(name: str) -> int | None:
    """A row's id from the form or the address; -1, which is nobody's, where it is not one."""
    value = request.values.get(name, "")
    if not value:
        return None
    return _number(value, -1)


def _number(value: object, default: int) -> int:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default
