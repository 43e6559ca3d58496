"""History: what the reconciler did in the demo's past, written with its own journal and checks.

Without it nothing would be watched: rows that the tool failed are looked at again for some days.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.decisions import FailOrphan, Sync
from reconcile_tui.core.findings import (
    Check,
    Finding,
    FindingClass,
    LocalOrder,
    LocalRefund,
    LocalRow,
    PaymentId,
    RowRef,
)
from reconcile_tui.core.outcomes import Outcome, Result
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.policy import Actor, ActorKind, Policy
from reconcile_tui.core.psp_states import OrphanEvidence, PaymentSeen, ReadHow, ReadStamp
from reconcile_tui.core.statuses import OrderStatus, PaymentStatus, RefundStatus
from reconcile_tui.core.store.checks import CheckedRow, write_checks
from reconcile_tui.core.store.journal_entries import Authorship, Conclusion, Intent, applied_values
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.store.tables import journal

_DAEMON: Final = Actor(name="daemon", kind=ActorKind.DAEMON)
_HOLDER: Final = "the demo's past"
_POLICY: Final = Policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A row that the reconciler failed.

    Attributes:
        failed_at: when (UTC).
        look_again_at: when the watch is due (UTC).
        payment_status: what the PSP said of its payment then.
    """

    ref: RowRef
    failed_at: datetime
    look_again_at: datetime
    decision: Sync | FailOrphan
    payment_status: PaymentStatus
    connector: str


async def remember(store: Store, past: Sequence[Remembered]) -> None:
    """Write journal and checks of `past`, whose rows are in the shop. The tool's tables must be there.

    Raises:
        KeyError: a row is not in the shop.
    """
    rows = await store.findings.rows([it.ref for it in past])
    for number, it in enumerate(past, start=1):
        planned = _planned(it, rows[it.ref])
        by = Authorship(actor=_DAEMON, plan_id=f"demo-past-{number}")
        intents = await store.journal.intend(
            [planned], by=by, holder=_HOLDER, now=it.failed_at, lease=_POLICY.lease
        )
        intent = intents[it.ref]
        if isinstance(intent, Intent):
            await _conclude(store, it, planned, intent, after=rows[it.ref], by=by)


async def _conclude(
    store: Store, it: Remembered, planned: PlannedRow, intent: Intent, *, after: LocalRow, by: Authorship
) -> None:
    moment = it.failed_at + timedelta(milliseconds=80)

    async def unit(connection: AsyncConnection) -> None:
        await connection.execute(insert(journal), [applied_values(intent, after, by=by, now=moment)])
        checked = CheckedRow(ref=it.ref, check=_check(it, after), failed_by_us=True)
        await write_checks(connection, store.database.backend, [checked])

    await store.database.write(unit)
    result = Result(outcome=Outcome.FIXED, after=after)
    await store.journal.conclude(
        [Conclusion(result=result, planned=planned, intent=intent)], by=by, now=moment
    )


def _check(it: Remembered, row: LocalRow) -> Check:
    """As it stands after a few looks on the slow schedule of the watch."""
    last_look = it.look_again_at - timedelta(hours=6)
    return Check(
        psp_id=row.psp_id or "",
        reads=4,
        opens=3,
        last_read_at=last_look,
        next_due=it.look_again_at,
        psp_status=it.payment_status.value,
        psp_read_at=last_look,
        connector=it.connector,
        decision="already_resolved",
        watch_until=it.failed_at + _POLICY.reversal_watch,
    )


def _planned(it: Remembered, row: LocalRow) -> PlannedRow:
    """The row as the daemon saw it then."""
    stamp = ReadStamp(at=it.failed_at - timedelta(seconds=1), how=ReadHow.FORCED)
    match row:
        case LocalOrder():
            before: LocalRow = replace(row, status=OrderStatus.PENDING)
            return PlannedRow(
                finding=_finding(it, before, FindingClass.STUCK_ORDER),
                state=_payment(it, row, stamp),
                decision=it.decision,
            )
        case LocalRefund(order=LocalOrder() as order):
            refunding = replace(order, status=OrderStatus.REFUND_PENDING)
            before = replace(row, status=RefundStatus.PENDING, order=refunding)
            payment = _payment(it, order, stamp)
            return PlannedRow(
                finding=_finding(it, before, FindingClass.ORPHAN_REFUND),
                state=OrphanEvidence(stamp=stamp, payment=payment, refunds=(), claimed=frozenset()),
                decision=it.decision,
            )
        case _:
            raise ValueError(f"{it.ref} has no order")


def _finding(it: Remembered, row: LocalRow, cls: FindingClass) -> Finding:
    age = None if row.pending_since is None else it.failed_at - row.pending_since
    return Finding(row=row, cls=cls, age=age)


def _payment(it: Remembered, order: LocalOrder, stamp: ReadStamp) -> PaymentSeen:
    if order.money is None:
        raise ValueError(f"{order.ref} has no amount")
    paid = it.payment_status is PaymentStatus.SUCCEEDED
    return PaymentSeen(
        stamp=stamp,
        payment_id=PaymentId(order.payment_id or ""),
        status=it.payment_status,
        amount=order.money.minor,
        currency=order.money.currency,
        net_amount=order.money.minor,
        amount_received=order.money.minor if paid else None,
        connector=it.connector,
    )
