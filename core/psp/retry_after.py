"""Retry-After, in both of its spellings, and the Date header it is relative to (RFC 9110).

A wait is capped: a proxy's nonsense must not silence every process for a day. What comes after it is a probe.
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

from reconcile_tui.core.clock import as_utc

LONGEST_WAIT = timedelta(minutes=15)
"""The longest wait that a header is obeyed for; whoever wants more says so again then."""


def seconds_to_wait(header: str | None, *, now: datetime) -> float | None:
    """Seconds that a `Retry-After` header asks for, between 0 and `LONGEST_WAIT`.

    Args:
        header: `120`, or `Fri, 06 Nov 2026 10:00:00 GMT`.
        now: the sender's clock (UTC), so that a skew does not stretch the wait.

    Returns:
        None where there is no header, or none that can be read.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), LONGEST_WAIT.total_seconds())
    moment = http_date(text)
    if moment is None:
        return None
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_WAIT.total_seconds())


@lru_cache(maxsize=16)
def http_date(header: str | None) -> datetime | None:
    """The moment of an HTTP date (UTC); None where there is none that can be read."""
    if not header:
        return None
    try:
        return as_utc(parsedate_to_datetime(header)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
