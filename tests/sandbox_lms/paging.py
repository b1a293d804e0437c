"""Canvas's way to page: Link headers, page numbers and opaque bookmarks (specs/canvas.md §5).

A bookmark is case-sensitive and means nothing to a client: base64url of [page, last key] and a check,
so that a bookmark folded to one case, or cut, is noticed (400) instead of paging somewhere else.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from flask import Request

PER_PAGE, MAX_PER_PAGE = 10, 100
Key = tuple[int | str, ...]
Row = TypeVar("Row")


class BadBookmark(Exception):
    """A bookmark this LMS never gave out."""


@dataclass
class Page(Generic[Row]):
    """rows: of this page. rels: Link header's rel → value of `page`."""

    rows: Sequence[Row]
    rels: dict[str, str]


def per_page(request: Request) -> int:
    """As many rows as asked for, the last value winning, clamped to 1..100; 10 when not said."""
    given = request.args.getlist("per_page")
    try:
        return min(max(int(given[-1]), 1), MAX_PER_PAGE) if given else PER_PAGE
    except ValueError:
        return PER_PAGE


def _check(body: str) -> str:
    return hashlib.sha256(b"practice bookmark" + body.encode()).hexdigest()[:8]


def make_bookmark(page: int, key: Key) -> str:
    """The opaque name of the page that starts after `key`."""
    raw = json.dumps([page, *key], separators=(",", ":")).encode()
    body = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    return f"bookmark:{body}.{_check(body)}"


def read_bookmark(text: str) -> tuple[int, Key]:
    """(page, key of the last row before it); raises BadBookmark."""
    body, _, check = text.removeprefix("bookmark:").partition(".")
    if not text.startswith("bookmark:") or check != _check(body):
        raise BadBookmark(text)
    page, *key = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return int(page), tuple(key)


def page_by_bookmark(
    request: Request, rows: Sequence[Row], key: Callable[[Row], Key], *, descending: bool = False
) -> Page[Row]:
    """Rows after the bookmark, in the key's order. `last` is named on the last page only."""
    size, asked = per_page(request), request.args.get("page", "")
    number, after = read_bookmark(asked) if asked not in {"", "1", "first"} else (1, None)
    ordered = sorted(rows, key=key, reverse=descending)
    if after is not None:
        ordered = [row for row in ordered if (key(row) < after if descending else key(row) > after)]
    here = ordered[:size]
    current = asked or "first"
    rels = {"current": current, "first": "first"}
    if len(ordered) > size:
        rels["next"] = make_bookmark(number + 1, key(here[-1]))
    else:
        rels["last"] = current
    return Page(here, rels)


def page_by_number(request: Request, rows: Sequence[Row]) -> Page[Row]:
    """The n-th hundred of a list, with every rel."""
    size, asked = per_page(request), request.args.get("page", "1")
    number = max(int(asked), 1) if asked.isdigit() else 1
    last = max(-(-len(rows) // size), 1)
    rels = {"current": str(number), "first": "1", "last": str(last)}
    if number < last:
        rels["next"] = str(number + 1)
    if number > 1:
        rels["prev"] = str(number - 1)
    return Page(rows[(number - 1) * size : number * size], rels)


def link_header(request: Request, rels: dict[str, str]) -> str:
    """The Link header: the asked address itself, its page replaced, a token in it left out."""
    kept = [
        (k, v) for k, v in request.args.items(multi=True) if k not in {"page", "per_page", "access_token"}
    ]
    parts = []
    for rel in ("current", "next", "prev", "first", "last"):
        if rel in rels:
            query = urlencode([*kept, ("page", rels[rel]), ("per_page", str(per_page(request)))])
            parts.append(f'<{request.base_url}?{query}>; rel="{rel}"')
    return ",".join(parts)


def page_number(request: Request) -> int | None:
    """Which page a request asks for, in any of the ways this LMS pages; None = it names none."""
    asked = request.args.get("page", "")
    if asked.isdigit():
        return int(asked)
    if asked.startswith("bookmark:"):
        try:
            return read_bookmark(asked)[0]
        except BadBookmark:
            return None
    return None
