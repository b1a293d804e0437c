"""Platforms' key sets: fetched when needed, shared by all processes, one refetch on an unknown kid.

A set is asked for again at most once a minute because of an unknown kid, and once an hour anyway, so
that a key the platform took back stops working (lti.md §4). A process that finds a kid in its own copy
looks at the shared row once a minute, for what another process fetched.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import jwt
import requests
import sqlalchemy as sa
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from sqlalchemy.exc import IntegrityError

from config.settings import Settings
from lti_tool.db import Database
from lti_tool.http import OutboundError, check_url, make_session
from lti_tool.launch.reasons import refuse
from lti_tool.records.platform import PlatformKeySet

_log = structlog.get_logger()
REFETCH_AFTER = timedelta(minutes=1)
PAUSE = timedelta(seconds=5)
OLD_AFTER = timedelta(hours=1)
LOOK_AGAIN = timedelta(minutes=1)
MAX_KEYS = 100
SHORTEST_KEY, LEAST_EXPONENT = 2048, 3  # RFC 7518, 3.3; an exponent of 1 signs nothing
READ = ("kid", "kty", "alg", "use", "n", "e")
MAX_BYTES = 512 * 1024
TOTAL_SECONDS = 15.0  # others of the same platform wait for it, on threads that all share


class KeySets:
    """The keys of every platform we know, by the address of its JWKS. One per process."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._copies: dict[str, tuple[list[dict[str, Any]], datetime]] = {}
        self._parsed: dict[str, tuple[dict[str, Any], RSAPublicKey]] = {}
        self._looked_at: dict[str, datetime] = {}
        self._failed_at: dict[str, datetime] = {}
        self._turns: dict[str, threading.Lock] = {}

    def key(self, jwks_url: str, kid: str, now: datetime) -> RSAPublicKey:
        """The public RSA key with this kid; raises Refusal when there is none, two, or no set at all."""
        keys, fetched_at = self._own_copy(jwks_url, kid, now) or self._known(jwks_url, now)
        age = now - fetched_at if fetched_at else None
        missing = not _named(keys, kid)
        if age is None or age >= OLD_AFTER or (missing and age >= REFETCH_AFTER):
            keys = self._refresh(jwks_url, keys, missing, now)
        found = _named(keys, kid)
        if not found:
            raise refuse("kid_unknown")
        if len(found) > 1:
            raise refuse("kid_duplicate")
        return self._usable(jwks_url, found[0])

    def _usable(self, jwks_url: str, key: dict[str, Any]) -> RSAPublicKey:
        """The key, read once: of each set the last one used is kept, beside what it was read from."""
        kept = self._parsed.get(jwks_url)
        if kept is None or kept[0] is not key:
            kept = self._parsed[jwks_url] = (key, _usable(key))
        return kept[1]

    def _own_copy(
        self, jwks_url: str, kid: str, now: datetime
    ) -> tuple[list[dict[str, Any]], datetime | None] | None:
        """This process's copy, where it has the kid and was compared with the row a moment ago."""
        copy, looked_at = self._copies.get(jwks_url), self._looked_at.get(jwks_url)
        if copy is None or looked_at is None or not timedelta() <= now - looked_at < LOOK_AGAIN:
            return None
        return copy if _named(copy[0], kid) else None

    def _known(self, jwks_url: str, now: datetime) -> tuple[list[dict[str, Any]], datetime | None]:
        """What this process has, or the row has when another process fetched later."""
        with self._database.read() as session:
            row = session.scalar(sa.select(PlatformKeySet).where(PlatformKeySet.jwks_url == jwks_url))
        copy = self._copies.get(jwks_url)
        if row is not None and (copy is None or row.fetched_at > copy[1]):
            copy = (row.keys.get("keys", []), row.fetched_at)
            self._copies[jwks_url] = copy
        self._looked_at[jwks_url] = now
        return copy or ([], None)

    def _refresh(
        self, jwks_url: str, keys: list[dict[str, Any]], needed: bool, now: datetime
    ) -> list[dict[str, Any]]:
        turn = self._turns.setdefault(jwks_url, threading.Lock())  # one slow platform is no other's matter
        if not turn.acquire(blocking=needed):
            return keys  # somebody asks just now, and what we have does
        try:
            known, fetched_at = self._known(jwks_url, now)
            if fetched_at is not None and now - fetched_at < REFETCH_AFTER:
                return known  # another thread or process was faster
            self._pause_after_failure(jwks_url, PAUSE if needed else REFETCH_AFTER, now)
            fresh = fetch_keys(jwks_url, self._settings)
            self._store(jwks_url, fresh, now)
        except OutboundError as error:
            self._failed_at.setdefault(jwks_url, now)
            _log.warning("jwks.not_read", jwks_url=jwks_url, code=error.code)
            if needed:
                raise refuse("keys_unreachable", detail=error.code) from error
            return keys
        finally:
            turn.release()
        return fresh

    def _pause_after_failure(self, jwks_url: str, pause: timedelta, now: datetime) -> None:
        """A platform that does not answer is not asked again at once, so threads do not pile up."""
        failed_at = self._failed_at.get(jwks_url)
        if failed_at is not None and now - failed_at < pause:
            raise OutboundError("The key set could not be reached a moment ago.", code="jwks_paused")
        self._failed_at.pop(jwks_url, None)

    def _store(self, jwks_url: str, keys: list[dict[str, Any]], now: datetime) -> None:
        values = {"keys": {"keys": keys}, "fetched_at": now}
        this = PlatformKeySet.jwks_url == jwks_url
        try:
            with self._database.write() as session:
                if not session.execute(sa.update(PlatformKeySet).where(this).values(**values)).rowcount:  # type: ignore[attr-defined]
                    session.add(PlatformKeySet(jwks_url=jwks_url, **values))
        except IntegrityError:
            _log.info("jwks.stored_by_another")
        self._copies[jwks_url] = (keys, now)


def fetch_keys(jwks_url: str, settings: Settings) -> list[dict[str, Any]]:
    """The keys a platform publishes now; raises OutboundError with a sentence."""
    http = make_session(settings)
    http.max_bytes, http.total_seconds = MAX_BYTES, TOTAL_SECONDS
    try:
        answer = http.get(check_url(jwks_url, settings), headers={"Accept": "application/json"})
        if answer.status_code != 200:
            raise OutboundError(
                f"The key set answered {answer.status_code}.", code="jwks_status", status=answer.status_code
            )
        body = answer.json()
    except requests.JSONDecodeError:
        raise OutboundError("The key set is not JSON.", code="jwks_not_json") from None
    except (requests.RequestException, UnicodeError, RecursionError) as error:
        raise OutboundError("The key set could not be reached.", code="jwks_unreachable") from error
    finally:
        http.close()
    keys = body.get("keys") if isinstance(body, dict) else None
    if not isinstance(keys, list):
        raise OutboundError("The key set holds no list of keys.", code="jwks_malformed")
    return [_said(key) for key in keys[:MAX_KEYS] if isinstance(key, dict)]


def _said(key: dict[str, Any]) -> dict[str, str]:
    """The parts of a published key that we look at; one that is no text cannot be used, and is empty."""
    said = {name: key[name] for name in READ if key.get(name) is not None}
    return {name: value if isinstance(value, str) else "" for name, value in said.items()}


def _named(keys: list[dict[str, Any]], kid: str) -> list[dict[str, Any]]:
    return [key for key in keys if key.get("kid") == kid]


def _usable(key: dict[str, Any]) -> RSAPublicKey:
    if key.get("kty") != "RSA" or key.get("alg", "RS256") != "RS256" or key.get("use", "sig") != "sig":
        raise refuse("key_unusable")
    names = [name for name in ("kty", "n", "e", "kid") if name in key]
    public: dict[str, Any] = {name: key[name] for name in names}
    try:
        found = jwt.PyJWK(public, algorithm="RS256").key
    except Exception:  # the library raises many kinds for a broken key
        raise refuse("key_unusable") from None
    if not isinstance(found, RSAPublicKey):
        raise refuse("key_unusable")
    if found.key_size < SHORTEST_KEY or found.public_numbers().e < LEAST_EXPONENT:
        raise refuse("key_unusable", detail="weak")
    return found
