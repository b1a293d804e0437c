"""Files for upload tests: pictures with a place in them, documents, and files that mean harm."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image


def photo(*, size: tuple[int, int] = (64, 48), format: str = "JPEG", place: bool = True) -> bytes:
    """A picture; a JPEG names its camera and where it was taken, and lies on its side."""
    image = Image.new("RGB", size, (200, 30, 30))
    out = io.BytesIO()
    more: dict[str, Any] = {}
    if place and format == "JPEG":
        exif = Image.Exif()
        exif[0x0110] = "SecretCamera 9000"
        exif[0x0112] = 6
        exif.get_ifd(0x8825)[2] = (41.0, 52.0, 55.0)
        more = {"exif": exif, "comment": b"taken at home"}
    image.save(out, format, **more)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG of a few kilobytes that says it is 60,000 pixels wide and high."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1_000_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def office(*names: str) -> bytes:
    """A zip with these members, as the office formats are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in names:
            packed.writestr(name, "x")
    return out.getvalue()


DOCX = office("[Content_Types].xml", "word/document.xml")
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
HOSTILE_FILES = {
    "a page": ("essay.pdf", b"<html><script>alert(1)</script></html>"),
    "a picture that is a page": ("x.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'),
    "a program": ("essay.pdf", b"MZ\x90\x00\x03" + b"\x00" * 200),
    "a shell script": ("notes.txt", b"#!/bin/sh\nrm -rf /\n"),
    "macros": ("essay.docx", office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")),
    "a zip of programs": ("slides.pptx", office("[Content_Types].xml", "ppt/x.xml", "run.exe")),
    "a plain zip": ("all.zip", office("a.txt")),
    "a broken zip": ("essay.docx", b"PK\x03\x04" + b"\x00" * 40),
    "nothing": ("empty.pdf", b""),
    "bytes": ("notes.txt", bytes(range(256))),
    "old word": ("essay.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500),
}
