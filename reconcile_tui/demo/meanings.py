"""Meanings: the decisions that the demo's rows are made for, by short names."""

from typing import Final

from reconcile_tui.core.decisions import (
    Attention,
    Decision,
    Event,
    Reason,
    StillPending,
    Sync,
    Unreadable,
    WaitsFor,
)

Decisions = tuple[Decision, ...]

PAID: Final[Decisions] = (Sync(event=Event.PAYMENT_SUCCEEDED),)
NOT_PAID: Final[Decisions] = (Sync(event=Event.PAYMENT_FAILED),)
CANCELLED: Final[Decisions] = (Sync(event=Event.PAYMENT_CANCELLED),)
EXPIRED: Final[Decisions] = (Sync(event=Event.PAYMENT_EXPIRED),)
PAID_BACK: Final[Decisions] = (Sync(event=Event.REFUND_SUCCEEDED),)
NOT_PAID_BACK: Final[Decisions] = (Sync(event=Event.REFUND_FAILED),)
ON_PROCESSOR: Final[Decisions] = (StillPending(waits_for=WaitsFor.PROCESSOR),)
ON_CUSTOMER: Final[Decisions] = (StillPending(waits_for=WaitsFor.CUSTOMER),)
ON_MERCHANT: Final[Decisions] = (StillPending(waits_for=WaitsFor.MERCHANT),)
UNREADABLE: Final[Decisions] = (Unreadable(),)


def look(reason: Reason) -> Decisions:
    """A person must look, and may apply nothing."""
    return (Attention(reason=reason),)


def too_old(event: Event) -> Decisions:
    """The daemon withholds the event by the row's age; an operator may apply it."""
    return (Attention(reason=Reason.TOO_OLD, withheld=Sync(event=event)),)
