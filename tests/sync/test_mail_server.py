"""The weekly e-mail over STARTTLS, TLS and a login, and all that can go wrong there (issue 6, point 6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from cryptography.fernet import MultiFernet

from config.settings import Settings
from lms_sync.digests import send_digests
from lms_sync.run import SyncDeps
from lti_tool.commands.doctor import mail_lines
from lti_tool.db import Database, make_engine
from lti_tool.http import make_session
from lti_tool.records import Base
from lti_tool.records.mentoring import Encouragement
from lti_tool.records.reminding import Digest
from tests import factories
from tests.sync.mailbox import Certificate, Mailbox, mailbox, make_certificate
from tests.web.rig import Clock

MONDAY = datetime.fromisoformat("2026-03-02T13:31:00+00:00")  # 07:31 in Chicago
CERTIFICATE, REFUSED = "its certificate is not trusted", "it refuses the account"


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Certificate]:
    folder = tmp_path_factory.mktemp("papers")
    return {
        "good": make_certificate(folder),
        "of another host": make_certificate(folder, "mail.school.example"),
        "over": make_certificate(folder, days=-1),
    }


@dataclass
class Post:
    """Two people who asked for the weekly e-mail, and a word waits for each. to: in the order they go."""

    settings: Settings
    database: Database
    clock: Clock
    to: tuple[str, str] = ("maya@school.example", "zoe@school.example")


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory, cipher: MultiFernet) -> Iterator[Post]:
    settings = Settings(
        var_dir=tmp_path_factory.mktemp("post"),
        public_url="http://127.0.0.1:8900",
        secret_key="a test secret that is long enough to be one",
    )
    database = Database(make_engine(settings.resolved_database_url, cipher))
    Base.metadata.create_all(database.engine)
    post = Post(settings, database, Clock(MONDAY))
    with database.write() as session:
        school = factories.make_registration(session)
        for email in post.to:
            person = factories.make_person(session, school, name=email.split("@")[0], email=email)
            who = {"registration_id": school.id, "person_id": person.id}
            word = {"by_role": "teacher", "token": "t", "words": "Well done", "made_at": MONDAY}
            session.add(Encouragement(**who, **word))
            session.add(Digest(**who, token=email, asked_at=MONDAY, next_at=MONDAY))
    yield post
    database.dispose()


@pytest.fixture
def post(people: Post) -> Post:
    """As on the first morning."""
    people.clock.at = MONDAY
    with people.database.write() as session:
        anew = {"next_at": MONDAY, "sent_at": None, "failures": 0, "ended_at": None}
        session.execute(sa.update(Digest).values(**anew))
    return people


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


def worker(post: Post, box: Mailbox, **more: Any) -> SyncDeps:
    given = {
        "smtp_host": "127.0.0.1",
        "smtp_port": box.port,
        "smtp_security": "none",
        "smtp_from": "plans@school.example",
        "lms_read_seconds": 20.0,
    }
    settings = post.settings.model_copy(update={**given, **more})
    return SyncDeps(settings, post.database, make_session, "w#1", post.clock)


def rows(post: Post) -> list[Digest]:
    with post.database.read() as session:
        return list(session.scalars(sa.select(Digest).order_by(Digest.id)))


def later(post: Post, deps: SyncDeps) -> int:
    """What goes an hour later."""
    post.clock.move(hours=1, minutes=1)
    return send_digests(deps)


def said_once(logs: list[Any], event: str, why: str) -> None:
    lines = [one for one in logs if one["event"] == event]
    assert [one["why"] for one in lines] == [why], logs
    assert not any("@" in str(value) or "secret" in str(value) for one in logs for value in one.values()), (
        logs
    )


@pytest.mark.parametrize("at_once", [False, True])
def test_over_tls_with_a_login_the_email_goes_and_nothing_is_said_in_the_clear(
    post: Post, box: Mailbox, papers: dict[str, Certificate], monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(papers["good"].chain))
    box.tls, box.at_once, box.login = papers["good"].server_side(), at_once, ("plans", "a secret word")
    security = "tls" if at_once else "starttls"
    deps = worker(post, box, smtp_security=security, smtp_user="plans", smtp_password="a secret word")
    assert list(mail_lines(deps.settings)) == [("e-mail", True, "127.0.0.1 answers")]
    assert send_digests(deps) == 2
    assert len(box.mails) == 2
    assert set(box.in_clear) <= {"EHLO", "STARTTLS"}


BAD_DOORS = {
    "nobody knows who certified it": ("good", False, {}, CERTIFICATE),
    "a certificate of another host": ("of another host", True, {}, CERTIFICATE),
    "a certificate that ran out": ("over", True, {}, CERTIFICATE),
    "no STARTTLS": ("", True, {}, "it offers no STARTTLS"),
    "a refused login": ("good", True, {"login": ("plans", "another")}, REFUSED),
    "no login": ("good", True, {}, "it offers no login"),
    "not now": ("", True, {"answers": {"HELLO": "421 later"}}, "it said 421"),
    "silence": ("", True, {"answers": {"HELLO": None}}, "it did not answer in time"),
}


@pytest.mark.parametrize(("paper", "trusted", "box_says", "why"), BAD_DOORS.values(), ids=BAD_DOORS)
def test_a_mail_server_that_cannot_be_used_is_one_clear_line_and_everything_waits(
    post: Post,
    box: Mailbox,
    papers: dict[str, Certificate],
    monkeypatch: pytest.MonkeyPatch,
    paper: str,
    trusted: bool,
    box_says: dict[str, Any],
    why: str,
) -> None:
    if paper:
        box.tls = papers[paper].server_side()
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(papers[paper].chain))
    for name, value in box_says.items():
        setattr(box, name, value)
    wait = 0.2 if why.endswith("in time") else 20.0
    said = {"smtp_user": "plans", "smtp_password": "a secret word", "lms_read_seconds": wait}
    deps = worker(post, box, smtp_security="starttls", **said)
    with structlog.testing.capture_logs() as logs:
        assert send_digests(deps) == 0
    said_once(logs, "mail.cannot_be_used", why)
    ((_what, well, words),) = mail_lines(deps.settings)
    assert (well, why in words) == (False, True), words
    assert box.mails == []
    assert "AUTH" not in box.in_clear
    assert [row.failures for row in rows(post)] == [0, 0]
    box.answers = {}
    assert later(post, worker(post, box)) == 2  # an hour later it is well again
    assert later(post, worker(post, box)) == 0


def test_one_address_that_is_refused_for_good_does_not_stop_the_next(post: Post, box: Mailbox) -> None:
    first, second = post.to
    deps = worker(post, box)
    box.answers = {f"RCPT {first}": "550 nobody here"}
    with structlog.testing.capture_logs() as logs:
        assert send_digests(deps) == 1
    said_once(logs, "digest.not_sent", "it said 550")
    assert [mail["To"] for mail in box.mails] == [second]
    assert [row.failures for row in rows(post)] == [1, 0]
    assert later(post, deps) == 0


@pytest.mark.parametrize("verb", ["RCPT", "TEXT"])
def test_later_is_tried_again_in_an_hour(post: Post, box: Mailbox, verb: str) -> None:
    first, second = post.to
    deps = worker(post, box)
    box.answers = {verb: "451 greylisted"}
    assert send_digests(deps) == 0
    box.answers, box.mails = {}, []
    assert later(post, deps) == 2
    assert [mail["To"] for mail in box.mails] == [first, second]


@pytest.mark.parametrize("answer", ["", "421 closing", None])
def test_a_line_that_breaks_before_the_text_loses_nothing_and_the_next_goes(
    post: Post, box: Mailbox, answer: str | None
) -> None:
    first, second = post.to
    deps = worker(post, box, lms_read_seconds=2.0 if answer is None else 20.0)
    box.answers = {f"RCPT {first}": answer}
    with structlog.testing.capture_logs() as logs:
        assert send_digests(deps) == 1
    assert len([one for one in logs if one["event"] == "digest.not_sent"]) == 1
    assert [mail["To"] for mail in box.mails] == [second]
    box.answers = {}
    assert later(post, deps) == 1
    assert [mail["To"] for mail in box.mails] == [second, first]
    assert later(post, deps) == 0


def test_a_line_that_breaks_after_the_text_doubles_nothing(post: Post, box: Mailbox) -> None:
    first, second = post.to
    deps = worker(post, box)
    box.answers = {"TEXT": ""}
    assert send_digests(deps) == 0
    assert [mail["To"] for mail in box.mails] == [first, second]  # the server had both: nobody can say
    box.answers = {}
    assert later(post, deps) == 0
    assert len(box.mails) == 2


@pytest.mark.parametrize("answer", ["", "500 what?"])
def test_a_goodbye_that_goes_wrong_changes_nothing(post: Post, box: Mailbox, answer: str) -> None:
    box.answers = {"QUIT": answer}
    assert send_digests(worker(post, box)) == 2
    assert all(row.sent_at for row in rows(post))


def test_a_sender_the_server_does_not_want_is_nobodys_fault_who_reads(post: Post, box: Mailbox) -> None:
    deps = worker(post, box)
    box.answers = {"MAIL": "530 5.7.0 authenticate first"}
    with structlog.testing.capture_logs() as logs:
        assert send_digests(deps) == 0
    said_once(logs, "mail.cannot_be_used", "it does not take e-mails from SMTP_FROM (530)")
    assert [row.failures for row in rows(post)] == [0, 0]
    box.answers = {}
    assert later(post, deps) == 2
