"""Origins: scheme, host and port of an address, as CSP and Origin headers write them."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

_MISREAD = frozenset("@\\")  # browsers and Python disagree on which side of them the host stands
_HOST = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]")


@lru_cache(maxsize=512)
def origin_of(url: str) -> str:
    """`https://lms.example:8443` of an http(s) address; empty for anything else.

    Only letters, digits, dots, hyphens and an IPv6 literal pass, so an origin can stand in a header.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if ":" in host:
        host = f"[{host}]"
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host) or _MISREAD & set(parts.netloc):
        return ""
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != default else "")


def same_origin(one: str, other: str) -> bool:
    """Whether two addresses share scheme, host and port (and both have them)."""
    return bool(origin_of(one)) and origin_of(one) == origin_of(other)
