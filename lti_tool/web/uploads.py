"""A file that arrives with a form: looked at, made anew if it is a photo, streamed to disk (A5)."""

from __future__ import annotations

import io
import zipfile
from typing import BinaryIO

from flask import request

from config.settings import Settings
from lti_tool.pictures import NotAPicture, remake
from lti_tool.planning.files import Received, claim_file
from lti_tool.planning.texts import Incomplete
from lti_tool.plans.filetypes import (
    HEAD,
    JPEG,
    FileKind,
    FileType,
    file_name,
    is_picture,
    is_zip,
    type_of,
    type_of_zip,
)
from lti_tool.plans.goal import Problem, Sentence
from lti_tool.storage import FileStore, TooLarge
from lti_tool.web.deps import Deps
from lti_tool.web.visits import this_visit

ZIP_NAMES_MOST = 5000
MIMETYPE_LONGEST = 200
MEGABYTE = 1024 * 1024


def receive(deps: Deps, wanted: FileKind) -> Received | None:
    """The file of this form, written to disk under a claim; None where none was chosen.

    Raises:
        Incomplete: too large, or not of a type that is taken here. Nothing of it stays.
    """
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return None
    stream: BinaryIO = sent.stream  # type: ignore[assignment]
    most = deps.settings.upload_mb * MEGABYTE
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if size > most:
        raise _wrong("large", _too_large(deps.settings))
    kind = _type(stream, wanted)
    content = _remade(stream) if kind is JPEG else stream
    with deps.database.write() as session:
        claim = claim_file(session, this_visit().actor, now=deps.now())
        claim_id, key = claim.id, claim.key
    try:
        written = FileStore(deps.settings.files_folder).write(key, content, most)
    except TooLarge:
        raise _wrong("large", _too_large(deps.settings)) from None
    return Received(claim_id, file_name(sent.filename, kind.ending), kind.kind, kind.mime, written)


def receive_any(deps: Deps) -> Received | None:
    """As `receive`, of a document or a picture, which is made anew."""
    sent = request.files.get("file")
    head = sent.stream.read(HEAD) if sent is not None else b""
    if sent is not None:
        sent.stream.seek(0)
    return receive(deps, FileKind.PHOTO if is_picture(head) else FileKind.FILE)


def _type(stream: BinaryIO, wanted: FileKind) -> FileType:
    head = stream.read(HEAD)
    stream.seek(0)
    if is_picture(head):
        if wanted is FileKind.PHOTO:
            return JPEG
        raise _wrong("photo", lambda _: _("This is a picture. Add it as a photo."))
    found = _zip_type(stream) if is_zip(head) else type_of(head)
    if wanted is FileKind.PHOTO:
        raise _wrong("type", lambda _: _("This is not a photo we can read. Use a JPEG or PNG picture."))
    if found is None or found.kind is not wanted:
        if wanted is FileKind.AUDIO:
            raise _wrong("type", lambda _: _("This is not a sound we can keep. Use MP3, M4A, OGG or WAV."))
        raise _wrong(
            "type",
            lambda _: _("This kind of file is not taken. Use PDF, Word, PowerPoint, Excel or plain text."),
        )
    return found


def _zip_type(stream: BinaryIO) -> FileType | None:
    """What a zip is, by the list of its members; none of them is unpacked."""
    try:
        with zipfile.ZipFile(stream) as packed:
            members = packed.infolist()
            if len(members) > ZIP_NAMES_MOST:
                return None
            first = members[0] if members else None
            mimetype = ""
            if first is not None and first.filename == "mimetype" and first.file_size < MIMETYPE_LONGEST:
                mimetype = packed.read(first).decode("ascii", "replace").strip()
            return type_of_zip([one.filename for one in members], mimetype)
    except Exception:  # a broken archive raises anything; it is of no type either way
        return None
    finally:
        stream.seek(0)


def _remade(stream: BinaryIO) -> BinaryIO:
    try:
        return io.BytesIO(remake(stream))
    except NotAPicture:
        raise _wrong(
            "picture",
            lambda _: _("This picture cannot be read, or is far too large. Make it smaller and try again."),
        ) from None


def _too_large(settings: Settings) -> Sentence:
    return lambda _: _("This file is too large. Use one of at most %(most)s MB.", most=settings.upload_mb)


def _wrong(code: str, sentence: Sentence) -> Incomplete:
    return Incomplete([Problem("file", code, sentence)])
