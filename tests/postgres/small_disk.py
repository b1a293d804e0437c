"""A disk of a few MiB that can be filled to its last byte: a tmpfs, so only root can have one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BALLAST = "ballast"


class NoSmallDisk(Exception):
    """This machine does not let us have one."""


@contextmanager
def small_disk(folder: Path, mebibytes: int) -> Iterator[Path]:
    """The folder, on a disk of its own while this lasts."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(folder)]
    done = subprocess.run(wanted, check=False, capture_output=True, text=True)
    if done.returncode:
        raise NoSmallDisk(done.stderr.strip() or "mount did not work")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)


def fill(disk: Path) -> None:
    """Not a byte is left."""
    with (disk / BALLAST).open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def make_room(disk: Path) -> None:
    """As an operator does."""
    (disk / BALLAST).unlink()
