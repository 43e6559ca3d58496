"""Planning: findings and what the PSP says of them become a frozen plan; what was seen is recorded."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from reconcile_tui.core.bookkeeping import Bookkeeper
from reconcile_tui.core.clock_skew import skew_words, worst_skew
from reconcile_tui.core.database_time import DatabaseTime
from reconcile_tui.core.decide import decide, decide_without_reading
from reconcile_tui.core.decisions import (
    AlreadyResolved,
    Attention,
    Decision,
    Event,
    Reason,
    Sync,
    applicable,
)
from reconcile_tui.core.findings import Finding, RowRef
from reconcile_tui.core.orphan_cap import (
    NONE_LEFT,
    OrphansLeft,
    fails_an_orphan,
    waits_for_others,
    within_cap,
)
from reconcile_tui.core.plan import Plan, PlannedRow
from reconcile_tui.core.policy import Actor, ActorKind, Policy
from reconcile_tui.core.psp.breaker import Tripped, TripReason
from reconcile_tui.core.psp_states import NotFound, PspState, ReadFailed, ReadFailureKind, ReadHow
from reconcile_tui.core.reads import PspReads, Reading
from reconcile_tui.core.row_times import RowTimes
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.attention import AttentionChange
from reconcile_tui.core.store.checks import CheckedRow
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.tellings import Listener, RowDecided, RowRead, Warned, WarningKind
from reconcile_tui.core.time_wording import kept_words
from reconcile_tui.core.transitions import agrees
from reconcile_tui.core.wording import left_out_words

OnRow = Callable[[PlannedRow], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """A plan with what its reads came to.

    Attributes:
        not_begun: findings that were not read: a stop, the breaker, a processor that fails.
        unread: which ones, of a plan over rows that were asked for.
        left_out: processors that fail, with how many of those are theirs.
    """

    plan: Plan
    tripped: Tripped | None
    not_begun: int
    unread: frozenset[RowRef] = frozenset()
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def may_apply(self) -> bool:
        """Whether what was answered in full may be applied, though the phase may have ended early."""
        return self.tripped is None or not self.tripped.forbids_applying


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Makes plans over one store and PSP. `handles`: the events that can be delivered."""

    store: Store
    reads: PspReads
    times: RowTimes
    policy: Policy
    bookkeeper: Bookkeeper
    handles: frozenset[Event]
    new_id: Callable[[], str]
    listener: Listener

    async def plan(
        self,
        findings: Sequence[Finding],
        *,
        actor: Actor,
        time: DatabaseTime,
        how: ReadHow,
        record: bool,
        should_stop: Callable[[], bool],
        reason: str | None = None,
        on_row: OnRow | None = None,
    ) -> Planning:
        """Read and decide `findings`.

        Args:
            how: only a plan of forced reads can be applied.
            record: write down what was seen; a dry run does not.
            on_row: told of each answer as it comes, with what would follow from it alone: the plan, which
                knows all of them, may still say otherwise.
        """

        def tell(finding: Finding, state: PspState) -> None:
            if on_row is not None:
                on_row(self._decided(finding, state, actor.kind, time))

        reading = await self.read(findings, how=how, should_stop=should_stop, tell_read=tell)
        return await self.decide(
            findings,
            reading,
            actor=actor,
            time=time,
            record=record,
            reason=reason,
        )

    async def read(
        self,
        findings: Sequence[Finding],
        *,
        how: ReadHow,
        should_stop: Callable[[], bool],
        tell_read: Callable[[Finding, PspState], None] = lambda _finding, _state: None,
        found: int = 0,
    ) -> Reading:
        """What the PSP says of those of `findings` that it must be asked about.

        Args:
            found: see `PspReads.read_all`.
        """

        def tell(finding: Finding, state: PspState) -> None:
            self.times.saw(finding, state)
            self.listener(RowRead(ref=finding.ref))
            tell_read(finding, state)

        reading = await self.reads.read_all(
            [finding for finding in findings if decide_without_reading(finding) is None],
            how=how,
            policy=self.policy,
            should_stop=should_stop,
            tell_read=tell,
            found=found,
        )
        for connector, rows in reading.left_out.items() if reading.tripped is None else ():
            tally = reading.breaker.connectors[connector]
            detail = left_out_words(connector, failures=tally.failures, reads=tally.reads, rows=rows)
            self.listener(Warned(kind=WarningKind.CONNECTOR_FAILS, detail=detail))
        return reading

    async def decide(
        self,
        findings: Sequence[Finding],
        reading: Reading,
        *,
        actor: Actor,
        time: DatabaseTime,
        record: bool,
        reason: str | None = None,
    ) -> Planning:
        """The plan of `findings` that were read; see `plan`."""
        rows = await self.decided(findings, reading, actor_kind=actor.kind, time=time)
        planning = await self.plan_of(
            rows,
            actor=actor,
            time=time,
            record=record,
            tripped=reading.tripped,
            reason=reason,
        )
        unread = frozenset(finding.ref for finding in findings).difference(row.ref for row in rows)
        left_out = dict(reading.left_out)
        return replace(planning, not_begun=len(unread), unread=unread, left_out=left_out)

    async def decided(
        self, findings: Sequence[Finding], reading: Reading, *, actor_kind: ActorKind, time: DatabaseTime
    ) -> tuple[PlannedRow, ...]:
        """Those of `findings` that were read, each decided by itself: no cap looks at them together yet."""
        rows = tuple(
            self._row(finding, reading, actor_kind, time)
            for finding in findings
            if finding.ref in reading.states or decide_without_reading(finding) is not None
        )
        return await self._without_shared(rows)

    async def plan_of(
        self,
        rows: Sequence[PlannedRow],
        *,
        actor: Actor,
        time: DatabaseTime,
        record: bool,
        tripped: Tripped | None = None,
        left: OrphansLeft = NONE_LEFT,
        withheld: Collection[str] = (),
        reason: str | None = None,
    ) -> Planning:
        """The plan of rows that were decided, within the daemon's cap on failed orphans.

        Args:
            tripped: the breaker ended the phase that they were read in.
            left: orphans that are due too. Where those to fail must wait for a look at them, these are
                written down as they were decided, and are no part of the plan.
            withheld: ids of orphans that the cap withheld in this tick: a dry run wrote none of them down.
        """
        rows, wait = await self._within_cap(rows, actor.kind, left=left, withheld=withheld)
        if record:
            rows = await self.recorded(rows, time, phase_ended=tripped is not None)
        if wait:
            rows = tuple(row for row in rows if not fails_an_orphan(row))
        now = time.now()
        plan = Plan(plan_id=self.new_id(), made_at=now, actor=actor, rows=rows, reason=reason)
        for row in rows:
            self.listener(RowDecided(planned=row, at=now, dry_run=not record))
        return Planning(plan=plan, tripped=tripped, not_begun=0)

    async def plan_one(self, finding: Finding, actor_kind: ActorKind, time: DatabaseTime) -> PlannedRow:
        """Read one finding, forced, and decide it; nothing is recorded."""
        if (known := decide_without_reading(finding)) is not None:
            return PlannedRow(finding=finding, state=None, decision=known)
        state = await self.reads.state_or_defect(finding, how=ReadHow.FORCED)
        rows = await self._without_shared([self._decided(finding, state, actor_kind, time)])
        [planned], _ = await self._within_cap(rows, actor_kind)
        return planned

    def _row(
        self, finding: Finding, reading: Reading, actor_kind: ActorKind, time: DatabaseTime
    ) -> PlannedRow:
        if (known := decide_without_reading(finding)) is not None:
            return PlannedRow(finding=finding, state=None, decision=known)
        state = _no_verdict(reading.states[finding.ref], reading.tripped)
        return self._decided(finding, state, actor_kind, time)

    def _decided(
        self, finding: Finding, state: PspState, actor_kind: ActorKind, time: DatabaseTime
    ) -> PlannedRow:
        """A row with what follows. Where the tool fails over it, that is this row's trouble."""
        try:
            state = self._with_an_age(finding, state, time)
            decision = self._decide(finding, state, actor_kind, time)
        except Exception as error:  # noqa: BLE001 a defect over one row must not end the others' tick
            return self._failed_over(finding, error)
        return PlannedRow(finding=finding, state=state, decision=decision)

    def _failed_over(self, finding: Finding, error: Exception) -> PlannedRow:
        decision = Attention(reason=Reason.MALFORMED_ROW)
        return PlannedRow(finding=finding, state=self.reads.defect(error), decision=decision)

    def _decide(
        self, finding: Finding, state: PspState, actor_kind: ActorKind, time: DatabaseTime
    ) -> Decision:
        mapping = self.store.shop.mapping
        decision = decide(
            finding,
            state,
            self.policy,
            actor_kind=actor_kind,
            now=time.now(),
            amount_is=mapping.orders.amount_is,
            own_id_keys=mapping.refunds.own_id_keys,
        )
        wanted = decision.withheld if isinstance(decision, Attention) else applicable(decision)
        if wanted is not None and wanted.event not in self.handles:
            return Attention(reason=Reason.NO_EVENT)
        return decision

    async def _within_cap(
        self,
        rows: Sequence[PlannedRow],
        actor_kind: ActorKind,
        *,
        left: OrphansLeft = NONE_LEFT,
        withheld: Collection[str] = (),
    ) -> tuple[tuple[PlannedRow, ...], bool]:
        """The rows, but an orphan that too many others are to be failed with is for an operator; and whether
        those to fail wait for a look at the others."""
        if actor_kind is not ActorKind.DAEMON or not any(map(fails_an_orphan, rows)):
            return tuple(rows), False
        use = await self.store.orphan_cap.use(interval=self.policy.interval)
        use = replace(use, withheld=use.withheld.union(withheld))
        limit = self.policy.orphan_auto_limit
        kept = within_cap(rows, use, limit=limit, left=left)
        return kept, waits_for_others(kept, use, limit=limit, left=left)

    async def _without_shared(self, rows: Sequence[PlannedRow]) -> tuple[PlannedRow, ...]:
        """The rows, but a sync of one whose PSP id another row holds too is for a person; and so it stays
        where a row that needs one was made final meanwhile."""
        asked = [row.finding.row for row in rows if _rests_on_its_id(row)]
        shared = await self.store.findings.shared_psp_ids(asked) if asked else set()
        return tuple(
            replace(row, decision=Attention(reason=Reason.SHARED_PSP_ID))
            if _rests_on_its_id(row) and row.finding.row.psp_id in shared
            else row
            for row in rows
        )

    def _with_an_age(self, finding: Finding, state: PspState, time: DatabaseTime) -> PspState:
        """An orphan is judged by its row's date and the time between two clocks: where the date may mean
        another moment, or the clocks differ, by nobody."""
        if not finding.is_orphan_row or isinstance(state, ReadFailed):
            return state
        if (kept := self.times.now(time.now()).keeps_orphan) is not None:
            return ReadFailed(at=state.stamp.at, kind=ReadFailureKind.ROW_TIMES, detail=kept_words(kept))
        skew = worst_skew(time, [state])
        if skew.size <= self.policy.skew_limit:
            return state
        return ReadFailed(at=state.stamp.at, kind=ReadFailureKind.CLOCK_SKEW, detail=skew_words(skew))

    async def recorded(
        self, rows: Sequence[PlannedRow], time: DatabaseTime, *, phase_ended: bool = False
    ) -> tuple[PlannedRow, ...]:
        """Write down what every look leaves behind. A row that cannot be written down is for a person."""
        now = time.now()
        looked: list[PlannedRow] = []
        checked: list[CheckedRow] = []
        for row in rows:
            try:
                check = self.bookkeeper.after_read(row, now=now, phase_ended=phase_ended)
            except Exception as error:  # noqa: BLE001 a defect over one row must not end the others' tick
                looked.append(self._failed_over(row.finding, error))
                continue
            looked.append(row)
            checked.append(check)
        changes = [change for row in looked if (change := self.bookkeeper.attention_after_read(row))]
        lost = set(await self.store.bookkeeping.record(checked, changes, now=now))
        return tuple([await self._kept_for_a_person(row, lost, now=now) for row in looked])

    async def _kept_for_a_person(
        self, row: PlannedRow, lost: Collection[RowRef], *, now: datetime
    ) -> PlannedRow:
        """A row whose look the database did not take, as one that needs a person: by its id alone."""
        if row.ref not in lost:
            return row
        unwritten = self._failed_over(row.finding, ValueError())
        change = AttentionChange(ref=row.ref, reason=Reason.MALFORMED_ROW, facts={})
        if not await self.store.bookkeeping.raise_alone(change, now=now):
            detail = f"{row.ref}: nothing about it can be written down"
            self.listener(Warned(kind=WarningKind.UNRECORDED, detail=detail))
        return unwritten


def _rests_on_its_id(row: PlannedRow) -> bool:
    """Whether a row's money is what the PSP says of its id: it is to be paid, or said to be."""
    if isinstance(row.decision, Sync):
        return True
    says_paid = agrees(row.finding.row, _PAID_BY[row.ref.kind])
    return isinstance(row.decision, AlreadyResolved) and row.finding.needs_person and says_paid


_PAID_BY: Final = {Kind.ORDER: Event.PAYMENT_SUCCEEDED, Kind.REFUND: Event.REFUND_SUCCEEDED}


def _no_verdict(state: PspState, tripped: Tripped | None) -> PspState:
    """What was not found, or was called wrong, while an abnormal share was, is no verdict about its row."""
    match state, tripped:
        case NotFound(stamp=stamp), Tripped(reason=TripReason.NOT_FOUND_SHARE):
            words = "were not found: another provider's rows look like this, or a wrong key, mode or account"
            return _uncertain(stamp.at, tripped, words, http_status=404)
        case ReadFailed(kind=ReadFailureKind.BAD_REQUEST, http_status=int() as status), Tripped(
            reason=TripReason.REJECTED_SHARE
        ):
            words = "were called a wrong request: the server rejects how it is asked"
            return _uncertain(state.at, tripped, words, http_status=status)
        case _:
            return state


def _uncertain(at: datetime, tripped: Tripped, words: str, *, http_status: int) -> ReadFailed:
    detail = f"{tripped.count} of {tripped.reads} {words}"
    return ReadFailed(at=at, kind=ReadFailureKind.BREAKER_OPEN, detail=detail, http_status=http_status)
