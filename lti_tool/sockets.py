"""How an outgoing connection is made: names resolved once, every address checked, then connected to.

The address that is checked is the one that is connected to, so a DNS answer that changes in between
cannot slip through. Each connection is made and used under the deadline of its thread (watch.py).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection
from urllib3.util.timeout import Timeout

from lti_tool.watch import TooSlow, Watch, this_watch

Resolve = Callable[[str, int], Sequence[str]]
MOST_ADDRESSES = 4
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_IPV4_COMPATIBLE = ipaddress.ip_network("::/96")


class PrivateAddress(OSError):
    """The name leads to an address that is not public."""


@dataclass(frozen=True)
class Rules:
    """How connections of one session are made. guarded: public addresses only.

    resolve: (host, port) → its addresses, as text.
    """

    guarded: bool
    resolve: Resolve


def system_addresses(host: str, port: int) -> list[str]:
    """What this machine's resolver says; raises OSError for a name it does not know."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[4][0]) for address in found]


def address_is_public(address: str) -> bool:
    """True for an address of the open internet (not private, loopback, link-local, reserved).

    An IPv4 address inside an IPv6 one (mapped, compatible, 6to4, NAT64) counts as itself.
    """
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    judged = _inner(ip) or ip
    if isinstance(judged, ipaddress.IPv6Address) and (judged.is_site_local or judged.is_reserved):
        return False
    return judged.is_global and not judged.is_multicast


def _inner(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for."""
    if not isinstance(ip, ipaddress.IPv6Address):
        return None
    if ip in _NAT64 or (ip in _IPV4_COMPATIBLE and int(ip) > 1):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


def _connect(connection: Any, rules: Rules) -> socket.socket:
    """A connected socket to the first address that answers, all of them checked before."""
    host, port = connection._dns_host, connection.port
    watch = this_watch()
    try:
        addresses = list(rules.resolve(host, port))[:MOST_ADDRESSES]
    except (OSError, UnicodeError):
        raise NameResolutionError(connection.host, connection, socket.gaierror("no such name")) from None
    if rules.guarded and not (addresses and all(address_is_public(each) for each in addresses)):
        raise PrivateAddress("this name leads to a private or loopback address")
    problem: Exception = OSError("no address")
    for address in addresses:
        if watch is not None and not watch.left:
            raise TooSlow("the answer took too long")
        try:
            sock = create_connection(
                (address, port), _shorter(connection.timeout, watch), socket_options=connection.socket_options
            )
        except OSError as error:
            problem = error
            continue
        if watch is not None:
            watch.add(sock)
        return sock
    if isinstance(problem, TimeoutError):
        raise ConnectTimeoutError(connection, f"Connection to {connection.host} timed out.") from problem
    raise NewConnectionError(connection, "Failed to establish a new connection") from problem


def _shorter(timeout: Any, watch: Watch | None) -> Any:
    if watch is None:
        return timeout
    seconds = Timeout.resolve_default_timeout(timeout)
    return min(seconds if seconds is not None else watch.left, max(watch.left, 0.01))


class _ByRules:
    """What our HTTP and HTTPS connections share."""

    def __init__(self, *args: Any, rules: Rules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rules = rules

    def _new_conn(self) -> socket.socket:
        return _connect(self, self._rules)

    def request(self, *args: Any, **kwargs: Any) -> None:
        watch, sock = this_watch(), getattr(self, "sock", None)
        if watch is not None and sock is not None:
            watch.add(sock)  # a connection kept open from an earlier exchange
        super().request(*args, **kwargs)  # type: ignore[misc]


class _HTTP(_ByRules, HTTPConnection):
    pass


class _HTTPS(_ByRules, HTTPSConnection):
    pass


class HTTPPool(HTTPConnectionPool):
    """Connections by our rules; give `rules=` like any other argument of a connection."""

    ConnectionCls = _HTTP

    def connection(self) -> Any:
        """A new one that is not among those the pool hands out."""
        return self._new_conn()


class HTTPSPool(HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = _HTTPS

    def connection(self) -> Any:
        """A new one that is not among those the pool hands out."""
        return self._new_conn()
