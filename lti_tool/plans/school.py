"""The school's own words on student pages: whom they can talk to."""

from __future__ import annotations

import re

WORDS_LONGEST = 200
TO_LONGEST = 500
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{4,30}")
_PAGE = re.compile(r"https?://[^\s<>\"'\\]+", re.IGNORECASE)


def talk_address(to: str) -> str:
    """An address for a link: a page as it is, a phone number as `tel:`; empty for any other text."""
    text = to.strip()
    if _PAGE.fullmatch(text):
        return text
    if _PHONE.fullmatch(text):
        return "tel:" + re.sub(r"[^0-9+]", "", text)
    return ""
