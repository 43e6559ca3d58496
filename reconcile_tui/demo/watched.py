"""Watched rows: what the reconciler failed before, and looks at again in case it comes to life."""

from datetime import timedelta
from typing import Final

from reconcile_tui.core.decisions import AlreadyResolved, Decision, Event, FailOrphan, Reason, Sync
from reconcile_tui.core.statuses import PaymentStatus
from reconcile_tui.demo.draft import HOUR, MINUTE, Draft
from reconcile_tui.demo.history import Remembered
from reconcile_tui.demo.meanings import look
from reconcile_tui.demo.rows import PaymentFacts
from reconcile_tui.demo.stuck_refunds import BOUGHT

_CONNECTOR: Final = "worldpay"
_AGREES: Final[tuple[Decision, ...]] = (AlreadyResolved(),)


def write_watched(draft: Draft) -> tuple[Remembered, ...]:
    """The rows, and what the tool remembers of them."""
    return (
        _failed_order(
            draft,
            "failed by the tool, and paid two days later",
            failed_ago=50 * HOUR,
            decisions=look(Reason.CONTRADICTION),
            later=(2 * HOUR, "succeeded"),
        ),
        _failed_order(
            draft,
            "failed by the tool, and revived by a new try",
            failed_ago=27 * HOUR,
            decisions=look(Reason.REVIVED),
            later=(40 * MINUTE, "processing"),
        ),
        _failed_order(
            draft, "failed by the tool, rightly", failed_ago=20 * HOUR, decisions=_AGREES, later=None
        ),
        _failed_orphan(draft),
    )


def _failed_order(
    draft: Draft,
    way: str,
    *,
    failed_ago: timedelta,
    decisions: tuple[Decision, ...],
    later: tuple[timedelta, str] | None,
) -> Remembered:
    facts: PaymentFacts = {"status": "failed", "manual_retry_allowed": True}
    if later is not None:
        moment = draft.now - later[0]
        facts |= {"then": [(moment, later[1])], "learns_at": [moment + MINUTE]}
    row = draft.order(
        way,
        ago=failed_ago + HOUR,
        local="failed",
        connector=_CONNECTOR,
        decisions=decisions,
        psp=facts,
    )
    return Remembered(
        ref=row.ref,
        failed_at=draft.now - failed_ago,
        look_again_at=draft.now - 5 * MINUTE,
        decision=Sync(event=Event.PAYMENT_FAILED),
        payment_status=PaymentStatus.FAILED,
        connector=_CONNECTOR,
    )


def _failed_orphan(draft: Draft) -> Remembered:
    order = draft.order(BOUGHT, ago=60 * HOUR, local="completed", connector=_CONNECTOR)
    failed_ago = 24 * HOUR
    row = draft.orphan(
        order,
        "failed by the tool as never sent, and listed by the PSP since",
        ago=failed_ago + 10 * MINUTE,
        local="failed",
        error_message="never reached the payment provider: written down, but not sent",
        decisions=look(Reason.CONTRADICTION),
    )
    draft.at_psp(
        draft.psp_id("ref"),
        order.payment_id or "",
        row,
        {"listed_at": draft.now - 3 * HOUR, "metadata": {"shop_refund_id": row.row_id}},
    )
    return Remembered(
        ref=row.ref,
        failed_at=draft.now - failed_ago,
        look_again_at=draft.now - 5 * MINUTE,
        decision=FailOrphan(listed=0),
        payment_status=PaymentStatus.SUCCEEDED,
        connector=_CONNECTOR,
    )
