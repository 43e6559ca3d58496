"""Bookkeeping: what a look at a row, and its outcome, leave in the checks and on the attention list."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from reconcile_tui.core.decisions import (
    AlreadyResolved,
    Attention,
    Event,
    Reason,
    StillPending,
    Sync,
    WaitsFor,
)
from reconcile_tui.core.findings import Check, Finding, FindingClass, is_open
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.orphan_cap import capped, is_withheld_by_cap
from reconcile_tui.core.outcomes import UNDELIVERED, Outcome, Refusal, Result
from reconcile_tui.core.plan import PlannedRow, is_forced
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.records import facts_record
from reconcile_tui.core.schedule import (
    ENDS_UNPAID,
    FREE_FAILURES,
    WATCHED_AFTER,
    advance,
    closed,
    delivery_failed,
    passed_over,
)
from reconcile_tui.core.store.attention import AttentionChange
from reconcile_tui.core.store.checks import CheckedRow


class Bookkeeper:
    """Values to write, by the policy. `jitter`: a number in [0, 1), called once a row."""

    def __init__(self, policy: Policy, jitter: Callable[[], float]) -> None:
        self._policy = policy
        self._jitter = jitter

    def after_read(self, planned: PlannedRow, *, now: datetime, phase_ended: bool = False) -> CheckedRow:
        """What a look leaves behind, before anything is applied. `now`: UTC, database clock."""
        check = self._looked_at(_as_left(planned), now=now, phase_ended=phase_ended)
        return CheckedRow(
            ref=planned.ref,
            check=check,
            expected=planned.finding.check_version,
            capped_at=now if is_withheld_by_cap(planned) else None,
        )

    def once_applied(self, planned: PlannedRow, *, now: datetime) -> CheckedRow:
        """What stands once the planned event is applied: over, or watched."""
        if planned.action is None:
            raise ValueError(f"{planned.ref}: nothing to apply")
        event = planned.action.event
        check = closed(
            self._looked_at(planned, now=now), event, now=now, policy=self._policy, jitter=self._jitter()
        )
        failed = event in ENDS_UNPAID if event is not Event.ORPHAN_ADOPTED else None
        return CheckedRow(ref=planned.ref, check=check, failed_by_us=failed)

    def once_settled(self, finding: Finding, event: Event, *, now: datetime) -> CheckedRow:
        """What stands once it is known that an event of an earlier process had its effect."""
        before = finding.check or Check(psp_id=finding.row.psp_id or "")
        check = closed(before, event, now=now, policy=self._policy, jitter=self._jitter())
        return CheckedRow(ref=finding.ref, check=check, failed_by_us=event in ENDS_UNPAID)

    def after_outcome(
        self, planned: PlannedRow, result: Result, *, now: datetime, effect_may_come: bool = False
    ) -> CheckedRow | None:
        """The check of a row that the dispatch wrote none for; None where it is not ours to write.

        A row that somebody else finished, or acts on, has their check: it may be watched by it.

        Args:
            effect_may_come: the shop's own handler has the event, and may do it long after its answer: what
                it ends then is watched as well.
        """
        match result.outcome:
            case Outcome.UNCHANGED:
                looked = replace(planned, decision=StillPending(waits_for=WaitsFor.PROCESSOR))
            case Outcome.REFUSED if result.refusal in (Refusal.BUSY, Refusal.LATE):
                return None
            case Outcome.REFUSED if result.refusal is Refusal.ORPHAN_CAP:
                looked = capped(planned)
            case Outcome.REFUSED | Outcome.UNREADABLE | Outcome.UNDELIVERED:
                looked = _as_left(planned)
            case Outcome.CHANGED | Outcome.IN_DOUBT if _failed_to_deliver(result):
                looked = _as_left(planned)
            case _:
                return None
        check = self._looked_at(looked, now=now)
        if _failed_to_deliver(result):
            check = delivery_failed(check, now=now, policy=self._policy, jitter=self._jitter())
        if result.refusal is Refusal.LOCKED:
            before = planned.finding.check
            check = passed_over(check, before, now=now, policy=self._policy, jitter=self._jitter())
        if effect_may_come and planned.action is not None and planned.action.event in WATCHED_AFTER:
            check = replace(check, watch_until=now + self._policy.reversal_watch)
        its_look = planned.finding.check_version + 1
        if not is_withheld_by_cap(looked):
            detail = f"{result.outcome.value}: {result.detail}" if result.detail else result.outcome.value
            check = replace(check, detail=harmless(detail))
        return CheckedRow(ref=planned.ref, check=check, expected=its_look)

    def judged(self, planned: PlannedRow, result: Result) -> Result:
        """An outcome, which needs a person where it is the third failed delivery of its row in a row."""
        before = planned.finding.check
        failures = 1 + (before.delivery_failures if before is not None else 0)
        is_lasting = failures > FREE_FAILURES and result.attention is None
        if not is_lasting or result.outcome not in (Outcome.UNDELIVERED, Outcome.IN_DOUBT):
            return result
        return replace(result, attention=Reason.UNDELIVERABLE) if _failed_to_deliver(result) else result

    def attention_after_read(self, planned: PlannedRow) -> AttentionChange | None:
        """What a decision raises or closes; None where it says nothing about the item."""
        match _as_left(planned).decision:
            case Attention(reason=reason):
                still_open = is_open(planned.finding.row)
                return AttentionChange(
                    ref=planned.ref, reason=reason, facts=_facts(planned), while_open=still_open
                )
            case StillPending() | AlreadyResolved() if _is_verdict(planned):
                return AttentionChange(ref=planned.ref, reason=None, facts={})
            case _:
                return None

    def attention_after(self, planned: PlannedRow, result: Result) -> AttentionChange | None:
        """What an outcome raises or closes."""
        if result.attention is not None:
            still_open = result.after is None or is_open(result.after)
            facts = _facts(planned)
            if result.attention is Reason.UNDELIVERABLE:
                facts[UNDELIVERED] = harmless(result.detail or "")
            return AttentionChange(
                ref=planned.ref, reason=result.attention, facts=facts, while_open=still_open
            )
        if result.outcome.closes and _agrees_with_plan(planned, result):
            return AttentionChange(ref=planned.ref, reason=None, facts={})
        return None

    def _looked_at(self, planned: PlannedRow, *, now: datetime, phase_ended: bool = False) -> Check:
        return advance(
            planned.finding.check,
            planned.finding.row.psp_id or "",
            planned.decision,
            planned.state,
            now=now,
            policy=self._policy,
            jitter=self._jitter(),
            phase_ended=phase_ended,
            needs_person=planned.finding.needs_person,
        )


def _as_left(planned: PlannedRow) -> PlannedRow:
    """The row as it is left where nothing is applied: an operator's look decides nothing, so what the cap
    withholds stays withheld, and what is set aside only knowingly waits for a person."""
    match planned.decision:
        case Sync(despite=Reason() as reason) as held:
            return replace(planned, decision=Attention(reason=reason, withheld=held))
        case _:
            return capped(planned) if planned.finding.is_capped else planned


def _failed_to_deliver(result: Result) -> bool:
    """Whether an event was on its way to an open row, and is not known to have arrived."""
    match result.outcome:
        case Outcome.UNDELIVERED:
            return True
        case Outcome.CHANGED | Outcome.IN_DOUBT:
            return result.after is not None and is_open(result.after)
        case _:
            return False


def _is_verdict(planned: PlannedRow) -> bool:
    """Whether a look that found nothing for a person to do may close the row's item (design rule 12).

    The processor was asked, or there is nobody to ask about such a row at all.
    """
    if isinstance(planned.decision, StillPending) and planned.decision.waits_for is WaitsFor.AGE:
        return planned.finding.cls is FindingClass.UNTRACKED
    return planned.state is None or is_forced(planned.state)


def _agrees_with_plan(planned: PlannedRow, result: Result) -> bool:
    """Whether a row that is final now has the money that the plan compared with the PSP's.

    Where somebody else made it final, nothing was set aside knowingly: the next look says what is true.
    """
    if result.outcome is not Outcome.FIXED and isinstance(planned.action, Sync) and planned.action.despite:
        return False
    return result.after is not None and result.after.money == planned.finding.row.money


def last_outcome(check: Check) -> Outcome | None:
    """What the last apply of a row came to, where its check still says so: for an order, never for a rule."""
    word = (check.detail or "").split(":", 1)[0]
    return Outcome(word) if word in list(Outcome) else None


def _facts(planned: PlannedRow) -> dict[str, object]:
    return facts_record(planned.finding.row, planned.state)
