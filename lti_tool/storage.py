"""Uploaded files on disk: one folder (FILES_DIR), random keys, whole files only.

Every machine that serves or works must see the same folder (a shared file system). Nothing else knows
where a file lies, so another store needs only these four functions.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import BinaryIO

CHUNK = 64 * 1024
_KEY = re.compile(r"[0-9a-f]{40}")


class TooLarge(Exception):
    """More bytes than are taken."""


def make_key() -> str:
    """A key nobody can guess; it says nothing of whose file it is."""
    return secrets.token_hex(20)


class FileStore:
    """Files by key under one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        """Where a key's file lies; ValueError for what is no key."""
        if not _KEY.fullmatch(key):
            raise ValueError("not a key of a file")
        return self.folder / key[:2] / key

    def write(self, key: str, source: BinaryIO, most: int) -> int:
        """Stream at most `most` bytes to disk; the file appears whole or not at all. Returns its size.

        Raises:
            TooLarge: nothing is left of it.
        """
        path = self.path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        size = 0
        try:
            with part.open("wb") as file:
                while chunk := source.read(CHUNK):
                    size += len(chunk)
                    if size > most:
                        raise TooLarge
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return size

    def remove(self, key: str) -> None:
        """Take it away; one that is gone already is fine."""
        path = self.path(key)
        path.unlink(missing_ok=True)
        path.with_suffix(".part").unlink(missing_ok=True)
