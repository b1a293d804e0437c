"""RSA keys for tests, each made once a process: to make one takes as long as ten requests."""

from __future__ import annotations

import threading

from cryptography.hazmat.primitives.asymmetric import rsa

_EVERY: list[KeyStock] = []


class KeyStock:
    """Keys for one purpose: in a test each call gives another, and the next test begins with the first."""

    def __init__(self, bits: int = 2048) -> None:
        self._bits, self._kept, self._given = bits, list[rsa.RSAPrivateKey](), 0
        self._lock = threading.Lock()
        _EVERY.append(self)

    def __call__(self) -> rsa.RSAPrivateKey:
        with self._lock:
            if self._given == len(self._kept):
                self._kept.append(rsa.generate_private_key(public_exponent=65537, key_size=self._bits))
            self._given += 1
            return self._kept[self._given - 1]

    def again(self) -> None:
        """From the first one on."""
        with self._lock:
            self._given = 0


def next_test() -> None:
    """What another test was given may be given again."""
    for stock in _EVERY:
        stock.again()
