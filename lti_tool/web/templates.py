"""Templates of goals: the list, changing one, and saving a goal as one (B1, B15)."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _

from lti_tool.overview.templates import templates_here
from lti_tool.planning.templates import change_template, may_save, retire_template, save_template
from lti_tool.planning.texts import Incomplete, Overtaken
from lti_tool.plans.compare import word_changes
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import Typed, sent
from lti_tool.web.frame import make_page, staff_tabs
from lti_tool.web.visits import this_visit

FIELDS = ("name", "title", "target")
NEW = ("name", "level")


def add_template_pages(pages: Blueprint, deps: Deps) -> None:
    """GET /templates, POST /templates/<id>, and POST /goals/<goal_id>/template."""

    @pages.get("/templates")
    def goal_templates() -> Answer:
        return _page(deps)

    @pages.post("/templates/<int:template_id>")
    def change_goal_template(template_id: int) -> Answer:
        actor, form, now, typed = this_visit().actor, request.form, deps.now(), sent(FIELDS)
        try:
            with deps.database.write() as session:
                if "retire" in form:
                    retire_template(session, actor, template_id, now=now)
                else:
                    change_template(
                        session,
                        actor,
                        template_id,
                        name=form.get("name", ""),
                        title=form.get("title", ""),
                        target=form.get("target", ""),
                        seen=typed.version,
                        now=now,
                    )
        except Incomplete as incomplete:
            return _page(deps, (template_id, typed.refuse(incomplete.problems))), 422
        except Overtaken as overtaken:
            typed.version = overtaken.version
            return _page(deps, (template_id, typed), theirs=overtaken.theirs), 409
        return redirect(url_for("pages.goal_templates"), 303)

    @pages.post("/goals/<int:goal_id>/template")
    def goal_as_template(goal_id: int) -> Answer:
        actor, form = this_visit().actor, request.form
        try:
            with deps.database.write() as session:
                save_template(
                    session, actor, goal_id, form.get("name", ""), form.get("level", ""), now=deps.now()
                )
        except Incomplete as incomplete:
            return _page(deps, new=(goal_id, sent(NEW).refuse(incomplete.problems))), 422
        return redirect(url_for("pages.goal_templates"), 303)


def _page(
    deps: Deps,
    wrong: tuple[int, Typed] | None = None,
    *,
    new: tuple[int, Typed] | None = None,
    theirs: dict[str, str] | None = None,
) -> Response:
    """wrong: a template's number, new: a goal's, with its form as it was sent and what is wrong with it.

    theirs: what somebody else saved of it meanwhile.
    """
    actor = this_visit().actor
    with deps.database.read() as session:
        found = templates_here(session, actor)
    mine = may_save(actor)
    return make_page(
        "templates",
        found=[(one, one.level in mine) for one in found],
        typed={} if wrong is None else {wrong[0]: wrong[1]},
        new=new,
        differences=[
            word_changes(text, wrong[1].get(name))
            for name, text in (theirs or {}).items()
            if wrong is not None and text != wrong[1].get(name)
        ],
        levels=level_words(),
        may_save=mine,
        tabs=staff_tabs("setup"),
    )


def level_words() -> dict[str, str]:
    """Level → whose it is."""
    return {"course": _("This course"), "school": _("The school"), "district": _("The district")}
