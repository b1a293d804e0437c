"""The weekly e-mails people asked for: each is moved on to the next week before it goes, so none goes twice.

What was surely not taken by the mail server is tried again in an hour; where nobody can say (a line that
broke after the text), it is not: a missing e-mail is better than two.
"""

from __future__ import annotations

import gettext
import importlib.resources
from collections import deque
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

import structlog

from lms_sync.mail import Fate, MailDoor, MailError, NotOurs, hand_in, mail_door, trouble
from lms_sync.run import SyncDeps
from lti_tool.overview.reminding import waiting_for
from lti_tool.planning.reminding import DueDigest, any_digest_due, note_not_sent, note_sent, take_due_digests
from lti_tool.plans.reminding import digest_words
from lti_tool.plans.translate import Translate

BATCH = 50
DOORS_MOST = 3  # a line that breaks is opened anew so often; what still waits is tried in an hour
Waiting = deque[tuple[DueDigest, EmailMessage]]
log = structlog.get_logger()


def send_digests(deps: SyncDeps) -> int:
    """Send what is due; how many went. Without a mail server nothing is taken."""
    if not deps.settings.sends_mail:
        return 0
    with deps.database.read() as session:
        if not any_digest_due(session, now=deps.now()):
            return 0
    with deps.database.write() as session:
        due = take_due_digests(session, now=deps.now(), most=BATCH)
    waiting = deque((one, message) for one in due if (message := _message(deps, one)) is not None)
    sent = 0
    for _time in range(DOORS_MOST):
        if waiting and not deps.stopping():
            try:
                with mail_door(deps.settings) as door:
                    sent += _send_some(deps, door, waiting)
            except NotOurs as refused:
                log.warning("mail.cannot_be_used", why=str(refused))
                break
            except MailError as error:
                log.warning("mail.cannot_be_used", why=trouble(error))
                break
    for one, _written in waiting:  # never handed in
        _not_sent(deps, one, again=True)
    return sent


def _send_some(deps: SyncDeps, door: MailDoor, waiting: Waiting) -> int:
    """Hand in what waits until the line breaks; how many went. Raises NotOurs: it and the rest still wait."""
    sent = 0
    while waiting and not deps.stopping():
        one, message = waiting[0]
        fate, why = hand_in(door, message)
        waiting.popleft()
        if fate is Fate.SENT:
            with deps.database.write() as session:
                note_sent(session, one.id, now=deps.now())
            log.info("digest.sent", digest_id=one.id)
            sent += 1
            continue
        again = fate is Fate.LATER
        _not_sent(deps, one, again=again)
        log.warning("digest.not_sent", digest_id=one.id, why=why, again=again)
        if door.broken or door.sock is None:  # None: it said 421 and closed
            break
    return sent


def _not_sent(deps: SyncDeps, one: DueDigest, *, again: bool) -> None:
    with deps.database.write() as session:
        note_not_sent(session, one.id, again=again, now=deps.now())


def _message(deps: SyncDeps, one: DueDigest) -> EmailMessage | None:
    """The e-mail; None where nothing waits, or the address cannot be written to."""
    with deps.database.read() as session:
        waiting = waiting_for(session, one.registration_id, one.person_id, now=deps.now())
    if not waiting.anything:
        return None
    stop = f"{deps.settings.public_url}/r/{one.token}"
    subject, text = digest_words(waiting, stop, translator(one.locale or deps.settings.default_language))
    message = EmailMessage()
    try:
        message["To"] = one.email
        message["From"] = deps.settings.smtp_from
    except (ValueError, IndexError):
        log.warning("digest.no_address", digest_id=one.id)
        return None
    message["Subject"] = subject
    message["Date"] = format_datetime(deps.now())
    message["Message-ID"] = make_msgid(domain=deps.settings.smtp_from.rpartition("@")[2] or None)
    message["List-Unsubscribe"] = f"<{stop}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def translator(locale: str) -> Translate:
    """Our words in this language, English where there are none."""
    language = locale.replace("_", "-").split("-")[0].lower()
    folder = str(importlib.resources.files("templates") / "translations")
    found = gettext.translation("messages", folder, [language], fallback=True)

    def translate(text: str, /, **variables: object) -> str:
        words = found.gettext(text)
        return words % variables if variables else words

    return translate
