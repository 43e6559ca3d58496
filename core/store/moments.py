"""Column types both databases share: UTC moments, and small JSON documents kept as text."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

from reconcile_tui.core.clock import as_utc

_encode = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode


class UtcMoment(TypeDecorator[datetime]):
    """An aware UTC datetime: `timestamptz` on PostgreSQL, UTC text on SQLite. Refuses naive ones.

    What a shop stored without an offset is read as UTC; the session's time zone is UTC for that.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        if value.tzinfo is not UTC:
            value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else as_utc(value)


class Document(TypeDecorator[dict[str, Any]]):
    """A small JSON object, kept as text so that both databases hold the same bytes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> str | None:
        return None if value is None else self.encoded(value)

    @staticmethod
    def encoded(value: Mapping[str, Any]) -> str:
        """The text that is kept."""
        return _encode(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, Any] | None:
        return None if value is None else json.loads(value)
