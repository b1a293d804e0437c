"""Names as text: what can be seen of one, and when two are the same. Pure: standard library only."""

from __future__ import annotations

import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zs", "Zl", "Zp", "Mn", "Me"})


def is_seen(text: str) -> bool:
    """Whether anything of the text shows on a page; direction marks and spaces alone do not."""
    return any(unicodedata.category(char) not in _UNSEEN for char in text)


def is_placeholder(text: str) -> bool:
    """Whether this stands where no name is: Moodle asks for a family name, so people type "." or "-"."""
    return not any(unicodedata.category(char)[0] in "LNS" for char in text)


def without_placeholder(name: str, family: str) -> str:
    """The full name without a placeholder family name at either end ("Cher ." is Cher)."""
    mark = family.strip()
    words = name.split()
    if mark and is_placeholder(mark) and len(words) > 1 and mark in (words[0], words[-1]):
        words = words[:-1] if words[-1] == mark else words[1:]
    return " ".join(words)


def folded(text: str) -> str:
    """Text to compare: no accents, no case, no direction marks, one space at a time."""
    if text.isascii():
        return " ".join(text.casefold().split())  # the same, a tenth of the time
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text)
        if not unicodedata.combining(letter) and unicodedata.category(letter) != "Cf"
    )
    return " ".join(plain.casefold().split())
