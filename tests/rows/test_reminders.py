"""The weekly e-mail and the calendar of issue 6, point 6: opt-in, nothing sensitive, sent once, ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from lms_sync.digests import send_digests
from lms_sync.run import SyncDeps
from lti_tool.commands.doctor import mail_lines
from lti_tool.http import make_session
from lti_tool.plans.access import Role
from lti_tool.records.reminding import Digest
from tests.rows.rig import School
from tests.sync.mailbox import Mailbox, mailbox
from tests.web.rig import Opened

MONDAY = datetime.fromisoformat("2026-03-02T13:31:00+00:00")  # 07:31 in Chicago
SECRETS = ("Maya", "Lindqvist", "Homework", "Math", "80", "73", "Rose", "Okafor", "Review")


@pytest.fixture
def box(school: School) -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


def worker(school: School, box: Mailbox, name: str = "w#1") -> SyncDeps:
    settings = school.rig.settings.model_copy(
        update={
            "smtp_host": "127.0.0.1",
            "smtp_port": box.port,
            "smtp_security": "none",
            "smtp_from": "plans@school.example",
        }
    )
    return SyncDeps(settings, school.rig.database, make_session, name, school.rig.clock)


def ask(school: School, who: Opened) -> None:
    assert who.post("/reminders/digest", {"on": "1"}).status_code == 303


def a_step(school: School, goal: int) -> None:
    step = {"token": "s", "title": "Review the guide", "helps": "Before the test", "owner": "student"}
    sent = {**step, "rhythm": "once", "due_on": "2026-03-04"}
    assert school.maya.post(f"/goals/{goal}/steps/new", sent).status_code == 303


def row(school: School) -> Digest:
    with school.rig.database.read() as session:
        return session.scalars(sa.select(Digest).where(Digest.person_id == school.math8.maya.id)).one()


def test_the_weekly_email_goes_once_and_says_nothing_of_the_plan(school: School, box: Mailbox) -> None:
    a_step(school, school.goal())
    assert "sends no e-mails" in school.maya.get("/reminders").text
    ask(school, school.maya)
    ask(school, school.maya)
    assert "The next one comes on Monday, March 2" in school.maya.get("/reminders").text
    first, second = worker(school, box), worker(school, box, "v#1")
    assert send_digests(first) == 0  # not before Monday
    school.rig.clock.at = MONDAY
    assert [send_digests(first), send_digests(second), send_digests(first)] == [1, 0, 0]
    mail = box.mails[0]
    with school.rig.database.read() as session:
        email = session.scalar(sa.text(f"SELECT email FROM person WHERE id = {school.math8.maya.id}"))
    assert mail["To"] == email
    assert "- Steps: 1" in mail.get_payload()
    stop = str(mail["List-Unsubscribe"]).strip().strip("<>")
    text = mail.get_payload(decode=True).decode()  # its lines may be folded in the middle of the link
    said = str(mail["Subject"]) + text.replace(stop, "")  # whose random letters may look like a grade
    assert stop in text
    assert [word for word in SECRETS if word in said] == []
    assert stop.startswith(school.rig.url + "/r/")
    token = stop.rpartition("/")[2]
    page = requests.get(stop, timeout=60)
    assert page.status_code == 200
    assert row(school).ended_at is None  # looking at it, as mail filters do, ends nothing
    assert requests.post(stop, data={"List-Unsubscribe": "One-Click"}, timeout=60).status_code == 200
    assert row(school).ended_at is not None
    assert requests.post(stop.replace(token, "nothing"), timeout=60).status_code == 200
    school.rig.clock.move(days=7)
    assert send_digests(first) == 0


def test_the_weekly_email_keeps_quiet_hours_and_says_nothing_when_nothing_waits(
    school: School, box: Mailbox
) -> None:
    ask(school, school.maya)
    deps = worker(school, box)
    school.rig.clock.at = MONDAY
    assert send_digests(deps) == 0  # nothing waits
    a_step(school, school.goal(due_on=date(2026, 5, 1)))
    school.rig.clock.at = MONDAY + timedelta(days=7, hours=13)  # the worker was away until the evening
    assert send_digests(deps) == 0
    morning = "2026-03-10T12:30:00+00:00"  # half past seven there; the clocks went forward on the 8th
    assert row(school).next_at.isoformat() == morning
    school.rig.clock.at += timedelta(hours=12)
    assert send_digests(deps) == 1
    school.rig.clock.at = MONDAY + timedelta(days=14 + 4)  # away for most of a week: that one is left out
    assert send_digests(deps) == 0
    assert row(school).next_at > school.rig.clock()


@pytest.mark.parametrize(
    ("refuse", "breaks", "retried"), [("450 later", False, True), ("550 no", False, False), ("", True, False)]
)
def test_a_refused_email_is_tried_again_only_where_it_surely_did_not_go(
    school: School, box: Mailbox, refuse: str, breaks: bool, retried: bool
) -> None:
    a_step(school, school.goal())
    ask(school, school.maya)
    deps = worker(school, box)
    school.rig.clock.at = MONDAY
    box.refuse, box.breaks = refuse, breaks
    assert send_digests(deps) == 0
    box.refuse, box.breaks = "", False
    school.rig.clock.move(hours=2)
    assert send_digests(deps) == int(retried)
    assert len(box.mails) == 1 if breaks or retried else len(box.mails) == 0


def ics(answer: requests.Response) -> list[Any]:
    from icalendar import Calendar

    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def address(page: str) -> str:
    return page.split('readonly dir="ltr" value="')[1].split('"')[0]


def test_a_calendar_has_days_and_neutral_titles_and_can_be_ended(school: School) -> None:
    a_step(school, school.goal())
    course, maya = school.math8.course, school.math8.maya
    said = {"course": course.id, "token": "n", "readers": "school", "next_on": "2026-03-06"}
    school.teacher.post(f"/check-ins/{maya.id}", said)
    when = {"person": str(maya.id), "first_at": "2026-03-10T14:30", "minutes": "20"}
    assert school.teacher.post("/conferences", when).status_code == 303
    me = school.maya
    made = me.post("/reminders/calendar", {"on": "1"})
    assert made.headers["Cache-Control"] == "no-store"
    url = address(made.text)
    assert url not in me.get("/reminders").text
    feed = requests.get(url, timeout=60)
    found = sorted((str(one["SUMMARY"]), str(one["DTSTART"].dt)) for one in ics(feed))
    assert found == [
        ("Personal Plans: a check-in", "2026-03-06"),
        ("Personal Plans: a conference", "2026-03-10 19:30:00+00:00"),
        ("Personal Plans: a step", "2026-03-04"),
    ]
    assert [word for word in SECRETS if word.isalpha() and word in feed.text] == []
    theirs = address(school.teacher.post("/reminders/calendar", {"on": "1"}).text)
    seen = {str(one["SUMMARY"]) for one in ics(requests.get(theirs, timeout=60))}
    assert seen == {"Personal Plans: a check-in", "Personal Plans: a conference"}
    again = address(me.post("/reminders/calendar", {"on": "1"}).text)
    assert requests.get(url, timeout=60).status_code == 404
    assert requests.get(again, timeout=60).status_code == 200
    me.post("/reminders/calendar", {"on": "0"})
    for old in (again, school.rig.url + "/c/x.ics", school.rig.url + f"/c/{'y' * 500}.ics"):
        assert requests.get(old, timeout=60).status_code == 404


def test_a_calendar_speaks_its_owners_language(school: School) -> None:
    a_step(school, school.goal())
    me = school.rig.open(school.math8.maya, school.math8.course, Role.LEARNER, locale="es-MX")
    url = address(me.post("/reminders/calendar", {"on": "1"}).text)
    assert [str(one["SUMMARY"]) for one in ics(requests.get(url, timeout=60))] == ["Personal Plans: un paso"]


def test_doctor_says_whether_the_mail_server_can_be_used(school: School, box: Mailbox) -> None:
    settings = worker(school, box).settings
    assert list(mail_lines(school.rig.settings)) == [], "nothing is wanted, nothing is said"
    assert list(mail_lines(settings)) == [("e-mail", True, "127.0.0.1 answers")]
    refused = settings.model_copy(update={"smtp_security": "starttls"})  # this server has none
    ((_what, well, words),) = mail_lines(refused)
    assert well is False
    assert "cannot be used" in words
