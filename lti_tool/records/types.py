"""Column types: UTC times, exact decimals, secrets encrypted at rest."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import InvalidToken
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, always UTC; a naive one is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def number_text(number: Decimal) -> str:
    """A number without an exponent or useless noughts, so that equal ones read alike."""
    text = str(number.normalize())
    if "E" in text:
        return format(Decimal(text), "f")  # which alone, for each, would take four times as long
    return text if text != "-0" else "0"


class DecimalText(TypeDecorator[Decimal]):
    """An exact decimal, kept as text so that both databases give back what was stored."""

    impl = sa.String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> str | None:
        return None if value is None else number_text(value)

    def process_result_value(self, value: str | None, dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(value)


class SecretsUnreadable(Exception):
    """A stored secret was encrypted with keys that are not among ENCRYPTION_KEYS."""


class Encrypted(TypeDecorator[str]):
    """Text encrypted with the installation's keys (MultiFernet); unreadable in a database backup."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> bytes | None:
        if value is None:
            return None
        return bytes(_cipher(dialect).encrypt(value.encode()))

    def process_result_value(self, value: bytes | None, dialect: Any) -> str | None:
        if value is None:
            return None
        try:
            return str(_cipher(dialect).decrypt(value).decode())
        except InvalidToken:
            raise SecretsUnreadable(
                "Stored secrets cannot be read with these ENCRYPTION_KEYS. Give the keys they were made with."
            ) from None


def _cipher(dialect: Any) -> Any:
    cipher = getattr(dialect, "plans_cipher", None)
    if cipher is None:
        raise RuntimeError("ENCRYPTION_KEYS are not set, so stored secrets cannot be used")
    return cipher
