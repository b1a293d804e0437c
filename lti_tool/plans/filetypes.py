"""Which files a portfolio takes, told by their first bytes and never by their name (domain.md A5).

Whatever it is, it is only ever handed back as a download; pictures are made anew (lti_tool/pictures.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

HEAD = 4096  # how many first bytes are looked at
NAME_LONGEST = 120
_OFFICE = {
    "word/": ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xl/": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "ppt/": ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
}
_ODF = {
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
}
_RUNS = re.compile(r"vbaproject|\.(exe|js|vbs|bat|cmd|scr|dll|hta|jar)$", re.IGNORECASE)


class FileKind(StrEnum):
    """What a stored file is to a page."""

    PHOTO = "photo"
    AUDIO = "audio"
    FILE = "file"


@dataclass(frozen=True)
class FileType:
    """A type that is taken: its kind, the ending of its name, and what the browser is told."""

    kind: FileKind
    ending: str
    mime: str


JPEG = FileType(FileKind.PHOTO, "jpg", "image/jpeg")
_PDF = FileType(FileKind.FILE, "pdf", "application/pdf")
_TEXT = FileType(FileKind.FILE, "txt", "text/plain")


def type_of(head: bytes) -> FileType | None:
    """The type of a file by its first bytes; None for one that is not taken, or a zip (see type_of_zip)."""
    if head.startswith(b"%PDF-"):
        return _PDF
    audio = _audio(head)
    if audio is not None:
        return audio
    return _TEXT if _is_text(head) else None


def is_picture(head: bytes) -> bool:
    """Whether it begins as a picture does that can be made anew."""
    webp = head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    return webp or head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a"))


def is_zip(head: bytes) -> bool:
    """Whether it begins as a zip does: the office formats are zips."""
    return head.startswith(b"PK\x03\x04")


def type_of_zip(names: Sequence[str], mimetype: str) -> FileType | None:
    """The type of a zip by the names in it and the words of its `mimetype` member; None with macros."""
    if any(_RUNS.search(name) for name in names):
        return None
    if mimetype in _ODF:
        return FileType(FileKind.FILE, _ODF[mimetype], mimetype)
    if "[Content_Types].xml" in names:
        for folder, (ending, mime) in _OFFICE.items():
            if any(name.startswith(folder) for name in names):
                return FileType(FileKind.FILE, ending, mime)
    return None


def file_name(given: str, ending: str) -> str:
    """A name to download it under: the given one without folders and odd characters; its true ending."""
    last = re.split(r"[/\\]", given)[-1]
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", last)
    kept = re.sub(r"[^\w .()-]+", " ", stem, flags=re.UNICODE)
    return f"{' '.join(kept.split()).strip('. ')[:NAME_LONGEST] or 'file'}.{ending}"


def _audio(head: bytes) -> FileType | None:
    if head.startswith(b"ID3") or (head[:1] == b"\xff" and len(head) > 1 and head[1] in (0xFB, 0xF3, 0xF2)):
        return FileType(FileKind.AUDIO, "mp3", "audio/mpeg")
    if head.startswith(b"OggS"):
        return FileType(FileKind.AUDIO, "ogg", "audio/ogg")
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return FileType(FileKind.AUDIO, "wav", "audio/wav")
    if head[4:8] == b"ftyp" and head[8:11] in (b"M4A", b"M4B", b"mp4", b"iso", b"das"):
        return FileType(FileKind.AUDIO, "m4a", "audio/mp4")
    if head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head[:64]:
        return FileType(FileKind.AUDIO, "webm", "audio/webm")
    return None


def _is_text(head: bytes) -> bool:
    """Words and nothing else: no control bytes, UTF-8, and nothing a browser might take for a page."""
    if any(byte < 32 and byte not in (9, 10, 13) for byte in head):
        return False
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # a letter may be cut at the end of what was looked at
            return False
        text = head[: error.start].decode("utf-8-sig")
    return bool(text.strip()) and not re.match(r"\s*(<|#!|MZ)", text)
