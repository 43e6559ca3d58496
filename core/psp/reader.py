"""What the core asks of a PSP: reads, and nothing else.

There is no method here that could create, capture, cancel or refund, and there must never be one
(design rule 1). A failed read is a value, `ReadFailed`: no exception says anything about a payment.
"""

from typing import Protocol

from reconcile_tui.core.findings import PaymentId, RefundId
from reconcile_tui.core.psp_states import NotFound, PaymentSeen, ReadFailed, ReadHow, RefundList, RefundSeen


class PspReader(Protocol):
    """A PSP, read-only."""

    async def payment(self, payment_id: PaymentId, *, how: ReadHow) -> PaymentSeen | NotFound | ReadFailed:
        """The payment with this id. `FORCED` makes the PSP ask the connector first (up to 30 s)."""
        ...

    async def refund(self, refund_id: RefundId, *, how: ReadHow) -> RefundSeen | NotFound | ReadFailed:
        """The refund with this id. `LAST_KNOWN` must not make the PSP ask the connector."""
        ...

    async def refunds_of(self, payment_id: PaymentId) -> RefundList | ReadFailed:
        """Every refund listed for a payment, all pages; as last known."""
        ...

    async def aclose(self) -> None:
        """Give the connections back."""
        ...
