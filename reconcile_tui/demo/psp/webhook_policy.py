"""How the simulated server sends the webhook of a status that it learned: once, twice, late, never."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookPolicy:
    """How one event is sent.

    Attributes:
        times: 0 loses it for good; 2 delivers the same event (same event id) twice.
        delay: between the read that learned and each delivery, on the server's clock.
        after_reads: sent by the n-th read of the object that sees the new status; 1 is the read that learned.
    """

    times: int = 1
    delay: timedelta = timedelta(0)
    after_reads: int = 1

    def __post_init__(self) -> None:
        if self.times < 0 or self.after_reads < 1 or self.delay < timedelta(0):
            raise ValueError(f"{self!r} is no way to send a webhook")


ONCE: Final = WebhookPolicy()
TWICE: Final = WebhookPolicy(times=2)
NEVER: Final = WebhookPolicy(times=0)
