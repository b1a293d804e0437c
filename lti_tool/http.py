"""The one way out: every request to a platform or LMS goes through a Session made here.

Timeouts always, a size cap, bounded retries on 429/502/503/504 for GET, and no private or loopback
address unless ALLOW_PRIVATE_NETWORK says so. The address that is checked is the address that is
connected to, so a DNS answer that changes in between cannot slip through.
"""

from __future__ import annotations

import ipaddress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from config.settings import Settings
from lti_tool.sockets import (
    HTTPPool,
    HTTPSPool,
    Resolve,
    Rules,
    address_is_public,
    system_addresses,
)
from lti_tool.watch import TooSlow, deadline

MAX_BYTES = 64 * 1024 * 1024
# An answer may be silent for as long as a session reads, and then take this long to come.
COMING_SECONDS = 30.0
USER_AGENT = "personal-plans"


class OutboundError(Exception):
    """An answer we could not get or use. `permanent`: trying again later will not help."""

    def __init__(
        self, message: str, *, code: str, permanent: bool = False, status: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.permanent = permanent
        self.status = status

    @classmethod
    def too_large(cls) -> OutboundError:
        """More than the session's `max_bytes`."""
        return cls("The answer was too large to be what we asked for.", code="too_large", permanent=True)

    @classmethod
    def too_slow(cls) -> OutboundError:
        """It took longer than the session's `total_seconds`, however it came."""
        return cls("The answer took too long.", code="too_slow")


class _Adapter(HTTPAdapter):
    def __init__(self, timeout: tuple[float, float], rules: Rules) -> None:
        self._timeout = timeout
        self._rules = rules
        retry = Retry(
            total=2,
            connect=1,
            read=1,
            status=2,
            backoff_factor=0.3,
            status_forcelist=(502, 503, 504),
            allowed_methods=frozenset({"GET", "HEAD"}),
            raise_on_status=False,
            respect_retry_after_header=False,
        )
        super().__init__(max_retries=retry, pool_connections=16, pool_maxsize=16)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(HTTPPool, rules=self._rules),
            "https": partial(HTTPSPool, rules=self._rules),
        }

    def connection(self, request: requests.PreparedRequest) -> Any:
        """A new connection where such a request would go, open and by all rules of ours."""
        pool: Any = self.get_connection_with_tls_context(request, verify=True)
        self.cert_verify(pool, request.url or "", True, None)  # type: ignore[no-untyped-call]
        connection = pool.connection()
        connection.timeout, read_seconds = self._timeout
        connection.connect()
        connection.timeout = read_seconds
        return connection

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self._timeout
        return super().send(request, *args, **kwargs)


class OutboundSession(requests.Session):
    """A requests.Session that reads at most MAX_BYTES and never follows a redirect by itself.

    total_seconds: how long a whole request may take, its retries and body included; None = no such limit.
    """

    max_bytes = MAX_BYTES
    total_seconds: float | None = None

    def request(self, method: Any, url: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """As requests' own; with `stream=True` the size is the caller's to watch."""
        kwargs["allow_redirects"] = False  # requests' own get() asks for them
        streamed = kwargs.get("stream", False)
        try:
            with deadline(self.total_seconds):
                response = super().request(method, url, **{**kwargs, "stream": True})
                if not streamed:
                    _read_capped(response, self.max_bytes)
        except TooSlow:
            raise OutboundError.too_slow() from None
        return response

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere: requests would read all of the answer, of any size, to say where it leads."""

    def connection_like(self, request: requests.PreparedRequest) -> Any:
        """A connection of the caller's own, as that request would get one (see lti_tool/line.py)."""
        adapter: Any = self.get_adapter(request.url or "")
        return adapter.connection(request)


def _read_capped(response: requests.Response, limit: int) -> None:
    body = bytearray()
    for chunk in response.iter_content(65536):
        body += chunk
        if len(body) > limit:
            response.close()
            raise OutboundError.too_large()
    response._content = bytes(body)
    response._content_consumed = True  # type: ignore[attr-defined]


def make_session(
    settings: Settings, *, read_seconds: float | None = None, resolve: Resolve = system_addresses
) -> OutboundSession:
    """A session with the settings' timeouts and network rules; one per thread of work.

    Whoever drips an answer never runs into a timeout, so a whole request has an end as well.
    """
    read_seconds = read_seconds or settings.lms_read_seconds
    session = OutboundSession()
    session.total_seconds = read_seconds + COMING_SECONDS
    session.trust_env = False
    session.headers["User-Agent"] = USER_AGENT
    adapter = _Adapter(
        (settings.lms_connect_seconds, read_seconds),
        Rules(guarded=not settings.allow_private_network, resolve=resolve),
    )
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def check_url(url: str, settings: Settings) -> str:
    """Return the URL if it may be called at all; raises OutboundError with a sentence otherwise."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise OutboundError("This is not a web address.", code="bad_url", permanent=True) from None
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.password:
        raise OutboundError(
            "The address must start with https:// and name a host.", code="bad_url", permanent=True
        )
    if settings.allow_private_network:
        return url
    if parts.scheme != "https":
        raise OutboundError("The address must start with https://.", code="not_https", permanent=True)
    try:
        literal: str | None = str(ipaddress.ip_address(host))
    except ValueError:
        literal = None
    if host.rstrip(".") == "localhost" or (literal and not address_is_public(literal)):
        raise OutboundError(
            "This address is on a private network. Set ALLOW_PRIVATE_NETWORK=1 if that is meant.",
            code="private_address",
            permanent=True,
        )
    return url
