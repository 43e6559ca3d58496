"""The shop's own webhook endpoint, as a value."""

from dataclasses import dataclass
from datetime import timedelta

from pydantic import SecretStr


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopEndpoint:
    """Where and how events are POSTed.

    Attributes:
        url: a secret: some shops put one in its path.
        key: the profile's `payment_response_hash_key`.
        merchant_id: as it stands in the event.
        timeout: how long an answer may take, connecting included.
        at_once: events on their way at once.
    """

    url: SecretStr
    key: SecretStr
    merchant_id: str = ""
    timeout: timedelta = timedelta(seconds=10)
    at_once: int = 4
