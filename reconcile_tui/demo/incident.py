"""The incident: a shop whose connector loses webhooks since a certain minute, and all else that can hang.

It is data, the same for the same seed and moment: the shop's rows, the PSP's book, and what was meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from reconcile_tui.core.clock import must_be_utc
from reconcile_tui.core.findings import RowRef
from reconcile_tui.demo.draft import Draft
from reconcile_tui.demo.going_on import LateWebhook, Pace, write_what_comes
from reconcile_tui.demo.history import Remembered
from reconcile_tui.demo.orphans import write_orphans
from reconcile_tui.demo.psp import Book, Faults
from reconcile_tui.demo.psp.chance import seeded
from reconcile_tui.demo.rows import Meant, OrderRow, PaymentAtPsp, RefundAtPsp, RefundRow
from reconcile_tui.demo.stuck_orders import BLAMED, UNHEARD, write_stuck_orders
from reconcile_tui.demo.stuck_refunds import write_stuck_refunds
from reconcile_tui.demo.trade import write_trade
from reconcile_tui.demo.watched import write_watched

SEED: Final = 1402
ORDERS: Final = 420
REFUNDS: Final = 110
_OUTAGE_AGO: Final = timedelta(hours=3, minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """All of it. Moments are UTC.

    Attributes:
        since: the minute from which the blamed connector's webhooks are lost.
        connector_errors: payments whose processor answers every question with an error.
        remembered: what the reconciler did to rows before, and watches since.
        meant: one for each row of the shop.
        late: webhooks that come after all, while the incident goes on; none where it stands still.
    """

    seed: int
    now: datetime
    since: datetime
    blamed: str
    orders: tuple[OrderRow, ...]
    refunds: tuple[RefundRow, ...]
    payments: tuple[PaymentAtPsp, ...]
    psp_refunds: tuple[RefundAtPsp, ...]
    connector_errors: tuple[str, ...]
    remembered: tuple[Remembered, ...]
    meant: tuple[Meant, ...]
    late: tuple[LateWebhook, ...] = ()

    @property
    def reported(self) -> str:
        """What support was told, in one sentence."""
        name = self.blamed.capitalize()
        since = f"{self.since:%H:%M} UTC"
        return f"Support: customers paid with {name} since {since} and their orders still say pending."

    @property
    def meanings(self) -> Mapping[RowRef, Meant]:
        """What was meant, by row."""
        return {meant.ref: meant for meant in self.meant}

    @property
    def unheard(self) -> tuple[str, ...]:
        """The payment ids of the outage's plain cases, oldest first."""
        refs = {meant.ref for meant in self.meant if meant.way == UNHEARD}
        return tuple(row.payment_id for row in self.orders if row.ref in refs and row.payment_id is not None)

    def write_book(self, book: Book) -> None:
        """Write the PSP's side into an empty book."""
        for payment in self.payments:
            payment.write(book)
        for refund in self.psp_refunds:
            refund.write(book)

    def spoil(self, faults: Faults) -> None:
        """The lasting errors that belong to the incident itself."""
        for payment_id in self.connector_errors:
            faults.connector_fails(payment_id)


def demo_rows(seed: int, now: datetime, *, pace: Pace | None = None) -> Incident:
    """The incident of this seed, at this moment (UTC).

    Args:
        pace: how it goes on from there; None: it stands still.

    Raises:
        ValueError: `now` is not an aware UTC datetime.
    """
    must_be_utc(now)
    draft = Draft(seeded(f"incident {seed}"), now)
    since = (now - _OUTAGE_AGO).replace(second=0, microsecond=0)
    write_stuck_orders(draft, now - since)
    write_stuck_refunds(draft)
    write_orphans(draft)
    remembered = write_watched(draft)
    write_trade(draft, orders=ORDERS, refunds=REFUNDS)
    late = write_what_comes(draft, pace) if pace is not None else ()
    return Incident(
        seed=seed,
        now=now,
        since=since,
        blamed=BLAMED,
        orders=tuple(draft.orders),
        refunds=tuple(draft.refunds),
        payments=tuple(draft.payments),
        psp_refunds=tuple(draft.psp_refunds),
        connector_errors=tuple(draft.connector_errors),
        remembered=remembered,
        meant=tuple(draft.meant),
        late=late,
    )
