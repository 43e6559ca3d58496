"""Reads: what to ask the PSP about a finding, and many of them at once until the breaker says stop."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.findings import Finding, LocalOrder, LocalRefund, RowRef
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.psp.breaker import Breaker, Tripped
from reconcile_tui.core.psp.reader import PspReader
from reconcile_tui.core.psp_states import (
    NotFound,
    OrphanEvidence,
    PaymentSeen,
    PspState,
    ReadFailed,
    ReadFailureKind,
    ReadHow,
)
from reconcile_tui.core.store.database import is_about_values
from reconcile_tui.core.store.orphan_facts import OrphanFacts


@dataclass(slots=True, kw_only=True)
class Reading:
    """What a slice's reads came to. `states` holds the rows that were read; the others were not begun."""

    states: dict[RowRef, PspState] = field(default_factory=dict)
    breaker: Breaker = field(default_factory=Breaker)
    tripped: Tripped | None = None

    def then(self, later: "Reading") -> "Reading":
        """Both: what was read later of a row stands."""
        return Reading(
            states=self.states | later.states, breaker=later.breaker, tripped=self.tripped or later.tripped
        )

    def add(self, ref: RowRef, state: PspState, policy: Policy) -> None:
        """Take one answer in; the first verdict of the breaker stands."""
        self.states[ref] = state
        self.breaker = self.breaker.seen(state)
        self.tripped = self.tripped or self.breaker.verdict(policy)


class PspReads:
    """The PSP's state of a finding, composed of as many reads as it takes."""

    def __init__(self, psp: PspReader, orphans: OrphanFacts, clock: Clock) -> None:
        self._psp = psp
        self._orphans = orphans
        self._clock = clock

    async def state(self, finding: Finding, *, how: ReadHow) -> PspState:
        """What the PSP says of a row.

        Raises:
            ValueError: there is no id to ask for.
        """
        match finding.row:
            case LocalOrder(payment_id=payment_id) as order if payment_id is not None:
                payment = await self._psp.payment(payment_id, how=how)
                if isinstance(payment, PaymentSeen):
                    return await self._orphans.with_claims(order, payment)
                return payment
            case LocalRefund(refund_id=refund_id) if refund_id is not None:
                return await self._psp.refund(refund_id, how=how)
            case LocalRefund() as orphan if orphan.payment_id is not None:
                return await self._evidence(orphan, how)
            case _:
                raise ValueError(f"{finding.ref} has no id to ask the PSP for")

    async def state_or_defect(self, finding: Finding, *, how: ReadHow) -> PspState:
        """The same; where the tool itself fails over a row, that is this row's failed read.

        Raises:
            One of `DATABASE_TROUBLE`: the database is away, or refuses more than this row.
        """
        try:
            return await self.state(finding, how=how)
        except Exception as error:
            if not is_about_values(error):
                raise
            return self.defect(error)

    def defect(self, error: Exception) -> ReadFailed:
        """What stands for the answer of a row over which the tool failed. The error's own text may hold
        what must not be told."""
        return ReadFailed(at=self._clock.now(), kind=ReadFailureKind.DEFECT, detail=type(error).__name__)

    async def read_all(
        self,
        findings: Sequence[Finding],
        *,
        how: ReadHow,
        policy: Policy,
        should_stop: Callable[[], bool],
        tell_read: Callable[[Finding, PspState], None],
    ) -> Reading:
        """Read many at once. No new row begins once the breaker trips or `should_stop` answers True; those
        under way end. A row that waits for its slot of the budget is under way, so only as many begin as may
        be read at once.
        """
        reading = Reading()
        waiting = iter(findings)

        async def work() -> None:
            for finding in waiting:
                if reading.tripped is not None or should_stop():
                    return
                state = await self.state_or_defect(finding, how=how)
                reading.add(finding.ref, state, policy)
                tell_read(finding, state)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(len(findings), policy.reads_at_once)):
                group.create_task(work())
        return reading

    async def _evidence(self, orphan: LocalRefund, how: ReadHow) -> OrphanEvidence | NotFound | ReadFailed:
        payment_id = orphan.payment_id
        if payment_id is None:
            raise ValueError(f"{orphan.ref} has no payment")
        payment = await self._psp.payment(payment_id, how=how)
        if isinstance(payment, NotFound | ReadFailed):
            return payment
        listed = await self._psp.refunds_of(payment_id)
        if isinstance(listed, ReadFailed):
            return listed
        if not listed.is_complete:
            detail = f"{len(listed.refunds)} of {listed.total_count} refunds were listed"
            return ReadFailed(at=listed.stamp.at, kind=ReadFailureKind.INCOMPLETE_LIST, detail=detail)
        refunds = tuple({r.refund_id: r for r in (*payment.refunds, *listed.refunds)}.values())
        local = await self._orphans.claims(orphan, [refund.refund_id for refund in refunds])
        return OrphanEvidence(
            stamp=payment.stamp,
            payment=payment,
            refunds=refunds,
            claimed=local.claimed,
            rivals=local.rivals,
            named=local.named,
        )
