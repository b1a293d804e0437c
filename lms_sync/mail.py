"""The mail server: opening it, handing it one e-mail, and in one clear line what is wrong with it.

A certificate is believed that the machine's own list of authorities vouches for; SSL_CERT_FILE names another.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from enum import Enum
from typing import Any

from config.settings import Settings

# What a mail server may do wrong; each has its words in `trouble`.
MailError = (OSError, smtplib.SMTPException)


class Fate(Enum):
    """What became of an e-mail. LATER: surely not taken, may be taken yet. REFUSED: surely not, for good.

    UNKNOWN: the line broke after the text; the server may have it.
    """

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class NotOurs(Exception):
    """The server takes nothing from us at all; its words are for the operator."""


class MailDoor(smtplib.SMTP):
    """A connection that knows whether this e-mail's text was begun, and whether the line broke."""

    text_begun = False
    broken = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.text_begun = True
        return super().data(msg)


class TlsDoor(MailDoor, smtplib.SMTP_SSL):
    """One under TLS from its first byte."""


def open_mail(settings: Settings) -> MailDoor:
    """The mail server, ready to take e-mails. Raises MailError."""
    wait = settings.lms_read_seconds
    context = ssl.create_default_context()
    door: MailDoor
    if settings.smtp_security == "tls":
        door = TlsDoor(settings.smtp_host, settings.smtp_port, timeout=wait, context=context)
    else:
        door = MailDoor(settings.smtp_host, settings.smtp_port, timeout=wait)
    try:
        if settings.smtp_security == "starttls":
            door.starttls(context=context)
        if settings.smtp_user:
            door.login(settings.smtp_user, settings.smtp_password)
    except BaseException:
        door.close()
        raise
    return door


def close_mail(door: MailDoor) -> None:
    """Say goodbye; whatever the server makes of it, what it took it has."""
    with suppress(*MailError):
        if not door.broken:
            door.quit()
    door.close()


@contextmanager
def mail_door(settings: Settings) -> Iterator[MailDoor]:
    """An open mail server until the block ends. Raises MailError."""
    door = open_mail(settings)
    try:
        yield door
    finally:
        close_mail(door)


def hand_in(door: MailDoor, message: EmailMessage) -> tuple[Fate, str]:
    """Hand in one e-mail; what became of it and, where it was not sent, why.

    Raises:
        NotOurs: the server takes none from this sender.
    """
    door.text_begun = False
    try:
        door.send_message(message)
    except smtplib.SMTPSenderRefused as error:
        if 400 <= error.smtp_code < 500:
            return Fate.LATER, trouble(error)
        raise NotOurs(f"it does not take e-mails from SMTP_FROM ({error.smtp_code})") from error
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
        return (Fate.LATER if 400 <= _code(error) < 500 else Fate.REFUSED), trouble(error)
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        door.broken = True
        return (Fate.UNKNOWN if door.text_begun else Fate.LATER), trouble(error)
    except (smtplib.SMTPException, ValueError) as error:
        return Fate.REFUSED, trouble(error)
    return Fate.SENT, ""


def trouble(error: Exception) -> str:
    """What is wrong, in words without an address, an account or a password."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not trusted"
    if isinstance(error, ssl.SSLError):
        return "it does not speak TLS as SMTP_SECURITY says"
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "it refuses the account"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "it offers no STARTTLS" if "STARTTLS" in str(error) else "it offers no login"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "it broke off"
    if isinstance(error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException)):
        return f"it said {_code(error)}"
    if isinstance(error, ConnectionRefusedError):
        return "nobody answers there"
    return f"it cannot be reached ({type(error).__name__})"


def _code(error: smtplib.SMTPException) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((code for code, _words in error.recipients.values()), default=0)
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0
