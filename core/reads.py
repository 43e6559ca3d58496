"""Reads: what to ask the PSP about a finding, and many of them at once until the breaker says stop."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.findings import Check, Finding, LocalOrder, LocalRefund, PaymentId, RowRef
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.psp.breaker import Acquaintance, Breaker, Tripped
from reconcile_tui.core.psp.reader import PspReader
from reconcile_tui.core.psp_states import (
    NotFound,
    OrphanEvidence,
    PaymentSeen,
    PspState,
    ReadFailed,
    ReadFailureKind,
    ReadHow,
    RefundSeen,
    connector_of,
)
from reconcile_tui.core.store.database import is_about_values
from reconcile_tui.core.store.orphan_facts import OrphanFacts


@dataclass(slots=True, kw_only=True)
class Reading:
    """What a slice's reads came to.

    Attributes:
        states: of the rows that were read; the others were not begun.
        left_out: connectors behind which reads fail, with how many of their rows were not begun for it.
    """

    states: dict[RowRef, PspState] = field(default_factory=dict)
    breaker: Breaker = field(default_factory=Breaker)
    tripped: Tripped | None = None
    left_out: Counter[str] = field(default_factory=Counter)

    def then(self, later: "Reading") -> "Reading":
        """Both: what was read later of a row stands."""
        return Reading(
            states=self.states | later.states,
            breaker=later.breaker,
            tripped=self.tripped or later.tripped,
            left_out=self.left_out + later.left_out,
        )

    def add(self, finding: Finding, state: PspState, policy: Policy) -> None:
        """Take one answer in; the first verdict of the breaker stands."""
        self.states[finding.ref] = state
        self.breaker = self.breaker.seen(
            state,
            connector=connector_of(state) or known_connector(finding),
            acquaintance=acquaintance(finding),
        )
        self.tripped = self.tripped or self.breaker.verdict(policy)

    def leaves_out(self, finding: Finding, policy: Policy) -> bool:
        """Whether a row is not begun because its connector fails; it is counted then."""
        connector = known_connector(finding)
        if connector is None or connector not in self.breaker.failing(policy):
            return False
        self.left_out[connector] += 1
        return True

    def end(self, policy: Policy) -> None:
        """No more rows are to be read."""
        self.tripped = self.tripped or self.breaker.verdict_at_end(policy)


def known_connector(finding: Finding) -> str | None:
    """The processor behind the PSP that earlier looks saw for a row's id."""
    check = _check_of_its_id(finding)
    return None if check is None else check.connector


def acquaintance(finding: Finding) -> Acquaintance:
    """What earlier looks learned of a row's id."""
    check = _check_of_its_id(finding)
    if check is None:
        return Acquaintance.NEW
    if check.decision == "attention" and check.detail in (Reason.NOT_FOUND, Reason.BAD_REQUEST):
        return Acquaintance.JUDGED
    return Acquaintance.NEW if check.psp_status is None else Acquaintance.ANSWERED


def _check_of_its_id(finding: Finding) -> Check | None:
    check = finding.check
    return check if check is not None and check.psp_id == (finding.row.psp_id or "") else None


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
                payment = await self._payment(payment_id, how)
                if isinstance(payment, PaymentSeen):
                    return await self._orphans.with_claims(order, payment)
                return payment
            case LocalRefund(refund_id=refund_id) if refund_id is not None:
                refund = await self._psp.refund(refund_id, how=how)
                if _may_be_the_connectors(refund, how):
                    return _by_the_stored(refund, await self._psp.refund(refund_id, how=ReadHow.LAST_KNOWN))
                return refund
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
        found: int = 0,
    ) -> Reading:
        """Read many at once. No new row begins once the breaker trips or `should_stop` answers True; those
        under way end. A row that waits for its slot of the budget is under way, so only as many begin as may
        be read at once.

        Args:
            found: how many rows of the phase were found before these.
        """
        reading = Reading(breaker=Breaker(found=found))
        waiting = iter(findings)

        async def work() -> None:
            for finding in waiting:
                if reading.tripped is not None or should_stop():
                    return
                if reading.leaves_out(finding, policy):
                    continue
                state = await self.state_or_defect(finding, how=how)
                reading.add(finding, state, policy)
                tell_read(finding, state)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(len(findings), policy.reads_at_once)):
                group.create_task(work())
        reading.end(policy)
        return reading

    async def _payment(self, payment_id: PaymentId, how: ReadHow) -> PaymentSeen | NotFound | ReadFailed:
        payment = await self._psp.payment(payment_id, how=how)
        if _may_be_the_connectors(payment, how):
            return _by_the_stored(payment, await self._psp.payment(payment_id, how=ReadHow.LAST_KNOWN))
        return payment

    async def _evidence(self, orphan: LocalRefund, how: ReadHow) -> OrphanEvidence | NotFound | ReadFailed:
        payment_id = orphan.payment_id
        if payment_id is None:
            raise ValueError(f"{orphan.ref} has no payment")
        payment = await self._payment(payment_id, how)
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


def _may_be_the_connectors(answer: object, how: ReadHow) -> TypeGuard[ReadFailed]:
    """Whether a forced read failed in a way that may be its connector's: Hyperswitch says HE_00 of what went
    wrong while it asked one (juspay/hyperswitch issue 9103). A lock that somebody holds is not meant."""
    return (
        how is ReadHow.FORCED
        and isinstance(answer, ReadFailed)
        and answer.kind is ReadFailureKind.SERVER_ERROR
        and answer.code is not None
        and (answer.http_status or 0) >= 500
    )


def _by_the_stored(
    failure: ReadFailed, stored: PaymentSeen | RefundSeen | NotFound | ReadFailed
) -> ReadFailed:
    """A forced read's failure, once the same was asked unforced: an answer makes it the connector's."""
    if isinstance(stored, NotFound | ReadFailed):
        return failure
    detail = f"the stored status can be read, and a live read fails: {failure.detail}"
    return replace(failure, kind=ReadFailureKind.CONNECTOR_ERROR, connector=stored.connector, detail=detail)
