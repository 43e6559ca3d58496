"""The rehearsal over a demo session: what was meant with each row, what became of it, and was it right."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from reconcile_tui.core.decisions import Adopt, Attention, Decision, FailOrphan, StillPending, Sync
from reconcile_tui.core.findings import LocalRefund, LocalRow
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.statuses import OrderStatus, RefundStatus
from reconcile_tui.core.store.journal_search import JournalFilter
from reconcile_tui.core.wording import reason_words, waits_words
from reconcile_tui.demo.rows import Meant, OrderRow, RefundRow
from reconcile_tui.demo.session import DemoSession
from reconcile_tui.screens.desk.rehearsal import RehearsedRow

_MOST: Final = 5_000
_NEW_FOR: Final = timedelta(minutes=2)
"""As long as nobody can be blamed for a row: the incident goes on, with another one every few seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRehearsal:
    """`Rehearsal` over one demo session.

    Attributes:
        policy: says when a row is stuck.
    """

    session: DemoSession
    policy: Policy

    @property
    def reported(self) -> str:
        return self.session.reported

    async def rows(self) -> Sequence[RehearsedRow]:
        store, incident = self.session.store, self.session.incident
        now = await store.database.now()
        meanings = incident.meanings
        every: tuple[OrderRow | RefundRow, ...] = (*incident.orders, *incident.refunds)
        stuck = [
            row
            for row in every
            if row.status == "pending" and meanings[row.ref].decisions and self._stuck_since(row) <= now
        ]
        found = await store.findings.rows([row.ref for row in stuck])
        # What a late webhook made final closes a finding too, and was nobody's doing here.
        done = await store.journal_search.newest(
            JournalFilter(since=incident.now, outcomes=[Outcome.FIXED]), limit=_MOST
        )
        from_here = {each.entry.ref for each in done}
        return [
            replace(
                self._rehearsed(row, found[row.ref], meanings[row.ref], by_person=row.ref in from_here),
                is_new=now < self._stuck_since(row) + _NEW_FOR,
            )
            for row in stuck
            if row.ref in found
        ]

    def _stuck_since(self, row: OrderRow | RefundRow) -> datetime:
        if isinstance(row, OrderRow):
            limit = self.policy.order_stuck_after
        elif row.refund_id:
            limit = self.policy.refund_stuck_after
        else:
            limit = self.policy.refund_orphan_after
        return row.created_at + limit

    def _rehearsed(
        self, row: OrderRow | RefundRow, now: LocalRow, meant: Meant, *, by_person: bool
    ) -> RehearsedRow:
        is_pending = now.status in (OrderStatus.PENDING, RefundStatus.PENDING)
        is_open = is_pending and (now.psp_id == _psp_id(row) or meant.ends != row.status)
        heals = any(_heals(decision) for decision in meant.decisions)
        return RehearsedRow(
            ref=row.ref,
            money=now.money,
            is_open=is_open,
            can_heal=heals,
            by_person=by_person and not is_open,
            why_left=None if heals else _why(meant.decisions[-1]),
            mistake=self._mistake(row, now),
        )

    def _mistake(self, row: OrderRow | RefundRow, now: LocalRow) -> str | None:
        """What the book says against a row that was failed."""
        book = self.session.psp.book
        moment = book.clock.now()
        if isinstance(row, OrderRow):
            paid = book.payments.get(row.payment_id or "")
            failed = now.status in (OrderStatus.FAILED, OrderStatus.CANCELLED)
            wrong = failed and paid is not None and paid.truth(moment).status == "succeeded"
            return "failed, and its payment succeeded" if wrong else None
        if not isinstance(now, LocalRefund) or now.status is not RefundStatus.FAILED or row.refund_id:
            return None
        of_row = [each.refund_id for each in self.session.incident.psp_refunds if each.of == row.ref]
        exists = any(book.refunds[each].truth(moment).status != "failed" for each in of_row)
        return "failed as never sent, and its refund exists at the PSP" if exists else None


def _psp_id(row: OrderRow | RefundRow) -> str | None:
    return (row.payment_id if isinstance(row, OrderRow) else row.refund_id) or None


def _heals(decision: Decision) -> bool:
    """Whether a person may apply it."""
    match decision:
        case Sync() | Adopt() | FailOrphan():
            return True
        case Attention(withheld=withheld):
            return withheld is not None
        case _:
            return False


def _why(decision: Decision) -> str:
    match decision:
        case Attention(reason=reason):
            return reason_words(reason)
        case StillPending(waits_for=waits_for):
            return waits_words(waits_for)
        case _:
            return "the PSP cannot read it just now"
