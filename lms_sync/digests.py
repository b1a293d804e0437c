"""The weekly e-mails people asked for: each is moved on to the next week before it goes, so none goes twice.

What was surely not taken by the mail server is tried again in an hour; where nobody can say (a line that
broke after the text), it is not: a missing e-mail is better than two.
"""

from __future__ import annotations

import gettext
import importlib.resources
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

import structlog

from config.settings import Settings
from lms_sync.run import SyncDeps
from lti_tool.overview.reminding import waiting_for
from lti_tool.planning.reminding import DueDigest, any_digest_due, note_not_sent, note_sent, take_due_digests
from lti_tool.plans.reminding import digest_words
from lti_tool.plans.translate import Translate

BATCH = 50
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
    messages = [(one, message) for one in due if (message := _message(deps, one)) is not None]
    if not messages:
        return 0
    try:
        door = open_mail(deps.settings)
    except (OSError, smtplib.SMTPException) as error:
        for one, _written in messages:
            _failed(deps, one, error, again=True)
        return 0
    with door:
        return sum(_send(deps, door, one, message) for one, message in messages)


def _send(deps: SyncDeps, door: smtplib.SMTP, one: DueDigest, message: EmailMessage) -> bool:
    if deps.stopping():
        _failed(deps, one, None, again=True)
        return False
    try:
        door.send_message(message)
    except smtplib.SMTPServerDisconnected as error:
        _failed(deps, one, error, again=False)  # nobody can say whether it was taken
        return False
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
        _failed(deps, one, error, again=_passing(error))
        return False
    except (OSError, smtplib.SMTPException, ValueError) as error:
        _failed(deps, one, error, again=False)
        return False
    with deps.database.write() as session:
        note_sent(session, one.id, now=deps.now())
    log.info("digest.sent", digest_id=one.id)
    return True


def _passing(error: smtplib.SMTPException) -> bool:
    """Whether the server said it may take it later (4xx)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(400 <= code < 500 for code, _words in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and 400 <= error.smtp_code < 500


def _failed(deps: SyncDeps, one: DueDigest, error: Exception | None, *, again: bool) -> None:
    with deps.database.write() as session:
        note_not_sent(session, one.id, again=again, now=deps.now())
    if error is not None:  # its words may hold the address
        log.warning("digest.not_sent", digest_id=one.id, error=type(error).__name__, again=again)


def open_mail(settings: Settings) -> smtplib.SMTP:
    """The mail server, ready to take e-mails. Raises OSError, smtplib.SMTPException."""
    wait = settings.lms_read_seconds
    if settings.smtp_security == "tls":
        door: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.smtp_host, settings.smtp_port, timeout=wait, context=ssl.create_default_context()
        )
    else:
        door = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=wait)
    try:
        if settings.smtp_security == "starttls":
            door.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            door.login(settings.smtp_user, settings.smtp_password)
    except BaseException:
        door.close()
        raise
    return door


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
