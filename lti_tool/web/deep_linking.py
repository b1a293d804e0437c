"""The LMS's picker: what a teacher can put into the course, and the signed answer to the LMS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue as Page
from flask_babel import gettext as _
from flask_babel import ngettext

from lti_tool.launch.deep_linking import Answer, PickRefused, chosen, content_item, takes_links
from lti_tool.launch.keys import current_signing_key
from lti_tool.launch.link_targets import OFFERS, Offer
from lti_tool.launch.origins import origin_of
from lti_tool.launch.session import FIELD
from lti_tool.planning.errors import NotFound
from lti_tool.planning.scores import expect_linked, has_column
from lti_tool.plans.asked import ASSIGNMENT_SELECTION
from lti_tool.plans.column import TAG
from lti_tool.records.platform import Registration
from lti_tool.web.deps import Deps
from lti_tool.web.frame import make_page
from lti_tool.web.visits import this_visit


def add_deep_linking_pages(pages: Blueprint, deps: Deps) -> None:
    """GET /deep-linking is the picker; POST answers the LMS."""
    pages.get("/deep-linking", endpoint="deep_linking")(lambda: picker_page(deps))

    @pages.post("/deep-linking")
    def deep_linking_answer() -> Page:
        settings = _settings()
        if "cancel" in request.form:
            return _send(deps, settings, [], _("Nothing was added."))
        names = list(dict.fromkeys(request.form.getlist("target")))
        try:
            offers = chosen(settings, names)
        except PickRefused as refused:
            return picker_page(deps, problem=str(refused), names=names), 400
        added = ngettext("%(num)s link was added.", "%(num)s links were added.", len(offers))
        return _send(deps, settings, offers, added)


def picker_page(deps: Deps, *, problem: str = "", names: list[str] | None = None) -> Any:
    """What there is to choose from, as far as the LMS takes it."""
    settings = _settings()
    if not takes_links(settings):
        problem = _("Your LMS does not take links to a tool in this place.")
    with deps.database.read() as session:
        has_one = has_column(session, this_visit().context_id)
    return make_page(
        "deep-linking",
        has_column=has_one,
        in_assignment=settings.get("placement") == ASSIGNMENT_SELECTION,
        offers=OFFERS if takes_links(settings) else (),
        several=settings["accept_multiple"],
        columns=settings["accept_lineitem"] is not False,
        problem=problem,
        names=names or [],
        carried=request.form.get(FIELD, ""),
    )


def _settings() -> Mapping[str, Any]:
    """What the LMS's picker takes.

    Raises:
        NotFound: this visit did not come from a picker.
    """
    settings: Mapping[str, Any] | None = this_visit().extra.get("deep_linking")
    if settings is None:
        raise NotFound
    return settings


def _send(deps: Deps, settings: Mapping[str, Any], offers: list[Offer], said: str) -> Page:
    visit = this_visit()
    with deps.database.write() as session:
        column = settings["accept_lineitem"] is not False
        if column and visit.context_id and any(offer.graded for offer in offers):
            column = expect_linked(session, visit.actor, now=deps.now())
        items = [
            content_item(
                offer,
                launch_url=deps.settings.public_url + "/lti/launch",
                lineitems=column,
                resource_id=f"{TAG}-{visit.context_id}" if visit.context_id else TAG,
            )
            for offer in offers
        ]
        registration = session.get_one(Registration, visit.registration_id)
        key = current_signing_key(session, deps.now())
        token = Answer(registration, key, settings, deps.now()).signed(items, said=said)
    g.form_origins = (origin_of(settings["deep_link_return_url"]),)  # this page's form leads there only
    return make_page(
        "deep-linking-answer",
        token=token,
        address=settings["deep_link_return_url"],
        said=said,
    )
