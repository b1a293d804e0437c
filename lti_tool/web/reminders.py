"""The weekly e-mail and the calendar: asking for them, ending them, and the two doors without a launch.

Neither address names anybody: one ends an e-mail, the other hands out dates with neutral words.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _

from lti_tool.overview.reminding import calendar_of, reminders_of
from lti_tool.planning.reminding import (
    ask_for_digest,
    digest_of,
    end_calendar,
    end_digest,
    end_digest_by_token,
    make_calendar,
)
from lti_tool.plans.access import NotFound
from lti_tool.plans.reminding import Entry, entry_words
from lti_tool.plans.zones import course_zone
from lti_tool.records.course import Person
from lti_tool.records.platform import Registration
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.frame import make_page, staff_tabs
from lti_tool.web.visits import this_visit

LINK_LONGEST = 64


def add_reminder_pages(pages: Blueprint, deps: Deps) -> None:
    """GET /reminders, and its two forms."""
    pages.get("/reminders", endpoint="reminders")(lambda: _page(deps))

    @pages.post("/reminders/digest", endpoint="digest")
    def digest() -> Answer:
        visit = this_visit()
        with deps.database.write() as session:
            if request.form.get("on") == "1":
                ask_for_digest(session, visit.actor, visit.locale, now=deps.now())
            else:
                end_digest(session, visit.actor, now=deps.now())
        return redirect(url_for("pages.reminders"), 303)

    @pages.post("/reminders/calendar", endpoint="calendar")
    def calendar() -> Answer:
        visit = this_visit()
        if request.form.get("on") == "1":
            with deps.database.write() as session:
                secret = make_calendar(session, visit.actor, visit.locale, now=deps.now())
            address = url_for("reminders.feed", secret=secret)
            return _page(deps, new_address=deps.settings.public_url + address)
        with deps.database.write() as session:
            end_calendar(session, visit.actor, now=deps.now())
        return redirect(url_for("pages.reminders"), 303)


def register_reminder_doors(app: Flask, deps: Deps) -> None:
    """`/r/<token>` ends an e-mail; `/c/<secret>.ics` is a calendar."""
    doors = Blueprint("reminders", __name__)

    @doors.route("/r/<token>", methods=["GET", "POST"], endpoint="stop")
    def stop(token: str) -> Answer:
        if request.method == "POST":
            with deps.database.write() as session:
                end_digest_by_token(session, token, now=deps.now())
        done = request.method == "POST"
        return make_response(render_template("pages/reminder-stop.html", token=token, done=done))

    @doors.get("/c/<secret>.ics", endpoint="feed")
    def feed(secret: str) -> Answer:
        if len(secret) > LINK_LONGEST:
            raise NotFound
        with deps.database.read() as session:
            found = calendar_of(session, digest_of(secret), now=deps.now())
        if found is None:
            raise NotFound
        g.window_locale, entries = found
        return Response(_ics(deps, secret, entries), content_type="text/calendar; charset=utf-8")

    app.register_blueprint(doors)


def _ics(deps: Deps, secret: str, entries: list[Entry]) -> bytes:
    from icalendar import Calendar, Event  # heavy, and few ask for it

    calendar = Calendar()
    calendar.add("prodid", "-//Personal Plans//personal-plans//EN")
    calendar.add("version", "2.0")
    calendar.add("name", _("Personal Plans"))
    calendar.add("x-wr-calname", _("Personal Plans"))
    calendar.add("method", "PUBLISH")
    for entry in entries:
        event = Event()
        event.add("uid", f"{digest_of(f'{secret}:{entry.kind}:{entry.id}')[:32]}@personal-plans")
        event.add("dtstamp", deps.now())
        event.add("summary", entry_words(entry.kind, _))
        event.add("transp", "TRANSPARENT")
        if entry.at is None:
            event.add("dtstart", entry.on)
        else:
            event.add("dtstart", entry.at)
            event.add("duration", timedelta(minutes=entry.minutes))
        calendar.add_component(event)
    ics: bytes = calendar.to_ical()
    return ics


def _page(deps: Deps, new_address: str = "") -> Response:
    visit = this_visit()
    with deps.database.read() as session:
        digest, feed = reminders_of(session, visit.actor)
        person = session.get(Person, visit.person_id) if visit.person_id else None
        school = session.get_one(Registration, visit.registration_id)
        zone = course_zone(None, school.time_zone)
    values: dict[str, Any] = {
        "digest": digest,
        "feed": feed,
        "new_address": new_address,
        "email": "" if person is None else person.email or "",
        "sends_mail": deps.settings.sends_mail,
        "next_day": ""
        if digest is None
        else charts.day(digest.next_at.astimezone(zone).date(), long=True, weekday=True),
        "made_day": "" if feed is None else charts.day(feed.made_at.astimezone(zone).date(), long=True),
    }
    return make_page("reminders", **values, tabs=staff_tabs())
