"""The receipt of a batch as a value: of one that ended here, or of a plan as the journal has it.

receipt_of(await desk.records.journal(JournalFilter(plan_id=plan_id), limit=…))
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reconcile_tui.core.contradiction import contradicts
from reconcile_tui.core.decisions import Event, Reason
from reconcile_tui.core.fate_wording import fate_step, fate_words
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.incident_account import Fate
from reconcile_tui.core.money import Money, per_currency
from reconcile_tui.core.outcomes import Outcome, Refusal
from reconcile_tui.core.records import recorded_money
from reconcile_tui.core.step_wording import contradiction_words
from reconcile_tui.core.store.journal_entries import Entry, Step
from reconcile_tui.core.store.journal_search import FoundEntry
from reconcile_tui.core.wording import next_step, reason_words, shut_words
from reconcile_tui.screens.batch.batch import Batch, EndedRow
from reconcile_tui.screens.confirm.grouping import Group, groups_of


class Section(StrEnum):
    """Where a row stands on the receipt."""

    FIXED = "Fixed"
    HEALED = "Healed already"
    LEFT = "Left"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRow:
    """A row and what it came to.

    Attributes:
        outcome: None where it is not known, or the row was not begun.
        begun: False where it is certain that nothing was done to it.
        before: its status as the plan saw it, `after`: as it was read again; None where that is not known.
        attention: what the outcome raised.
    """

    ref: RowRef
    event: Event | None
    outcome: Outcome | None
    begun: bool = True
    refusal: Refusal | None = None
    before: str | None = None
    after: str | None = None
    money: Money | None = None
    detail: str | None = None
    attention: Reason | None = None

    @property
    def fate(self) -> Fate:
        return Fate(outcome=self.outcome, refusal=self.refusal, event=self.event, kind=self.ref.kind)

    @property
    def section(self) -> Section:
        if self.outcome is Outcome.FIXED:
            return Section.FIXED
        healed = self.outcome is not None and self.outcome.closes and self.attention is None
        return Section.HEALED if healed else Section.LEFT


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptGroup:
    """Rows that came to the same. `money` is per currency."""

    section: Section
    words: str
    step: str | None
    rows: tuple[ReceiptRow, ...]

    @property
    def money(self) -> tuple[Money, ...]:
        return money_of(self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReceipt:
    """What a batch came to.

    Attributes:
        at: when it ended, or what is on record of it last happened (UTC).
        rows: what was to be applied, in the order of the plan.
        left_out: groups of the plan that were never to be applied; not known to the journal.
        not_read: rows that were meant, and not read.
        beyond: rows that were meant, and more than one batch takes.
        trouble: why it ended early.
        from_journal: made of the journal: rows that were stopped before they began are not on record.
        begun: False where it is certain that none of its rows was begun.
        daemon_heals: whether something may be left to a daemon's next tick.
    """

    plan_id: str
    actor: str
    reason: str | None
    at: datetime
    rows: tuple[ReceiptRow, ...]
    left_out: tuple[Group, ...] = ()
    not_read: int = 0
    beyond: int = 0
    trouble: str | None = None
    from_journal: bool = False
    begun: bool = True
    daemon_heals: bool = True

    def groups(self, section: Section) -> tuple[ReceiptGroup, ...]:
        """The rows of a section by what they came to: what wants a person first, then the largest."""
        members: dict[tuple[Fate, Reason | None, bool], list[ReceiptRow]] = {}
        for row in self.rows:
            if row.section is section:
                members.setdefault((row.fate, row.attention, row.begun), []).append(row)
        urgent = sorted(members.values(), key=lambda rows: (rows[0].attention is None, -len(rows)))
        return tuple(self._group(section, rows) for rows in urgent)

    def of(self, section: Section) -> tuple[ReceiptRow, ...]:
        """The rows of a section."""
        return tuple(row for row in self.rows if row.section is section)

    @property
    def next_step(self) -> str:
        """The one thing to do now."""
        steps = [group.step for group in self.groups(Section.LEFT) if group.step]
        if not self.begun:
            return "See to what kept it from beginning, then retry it."
        if self.trouble is not None:
            doubt = "the next tick settles" if self.daemon_heals else "that settles first"
            return f"See to what broke off, then retry what is left; {doubt} what is in doubt."
        if steps:
            return steps[0]
        if self.not_read or self.beyond:
            return "Rows that were meant were not looked at: see to them next."
        left_out = [group.end.step for group in self.left_out if group.end.step]
        if left_out:
            return left_out[0]
        return "Nothing to do about the rows on record." if self.from_journal else "Nothing to do."

    def _group(self, section: Section, rows: Sequence[ReceiptRow]) -> ReceiptGroup:
        """Rows of one fate."""
        [first, *_] = rows
        fate, heals = first.fate, self.daemon_heals
        words, step = fate_words(fate, rows=len(rows)), fate_step(fate, daemon_heals=heals)
        if not first.begun:
            words, step = "not begun: nothing of this plan was done to them", "Retry it."
        if first.attention is not None:
            words = f"{words}; {reason_words(first.attention)}"
            if first.attention is Reason.CONTRADICTION and first.outcome is not None:
                what = f"{first.ref.kind.value}{'' if len(rows) == 1 else 's'}"
                words = f"{what} {contradiction_words(first.outcome)}"
            step = next_step(first.attention, daemon_heals=heals)
        left = section is Section.LEFT
        return ReceiptGroup(section=section, words=words, step=step if left else None, rows=tuple(rows))


def receipt_of(entries: Iterable[FoundEntry], *, daemon_heals: bool = True) -> BatchReceipt:
    """The receipt of one plan, from everything the journal has of it, in any order.

    Args:
        daemon_heals: whether something may be left to a daemon's next tick.

    Raises:
        ValueError: the journal has nothing of it, or these are entries of several plans.
    """
    found = sorted(entries, key=lambda each: each.entry.entry_id)
    plans = {each.entry.plan_id for each in found}
    if len(plans) != 1 or None in plans:
        raise ValueError("a receipt is of one plan")
    by_row: dict[RowRef, list[FoundEntry]] = {}
    for each in found:
        by_row.setdefault(each.entry.ref, []).append(each)
    first, last = found[0].entry, found[-1].entry
    return BatchReceipt(
        plan_id=first.plan_id or "",
        actor=first.actor,
        reason=first.reason,
        at=last.at,
        rows=tuple(_recorded(of_row) for of_row in by_row.values()),
        from_journal=True,
        daemon_heals=daemon_heals,
    )


def receipt_of_batch(batch: Batch, *, daemon_heals: bool = True) -> BatchReceipt:
    """The receipt of a batch that ended here.

    Args:
        daemon_heals: whether something may be left to a daemon's next tick.

    Raises:
        ValueError: it was never confirmed, or is not over.
    """
    if batch.plan is None or batch.ended_at is None:
        raise ValueError("a receipt is of a batch that was confirmed and is over")
    groups, trouble = groups_of(batch.rows, daemon_heals=daemon_heals), batch.trouble
    if batch.shut is not None:
        trouble = f"No more was sent to the shop: {shut_words(batch.shut)}."
    return BatchReceipt(
        plan_id=batch.plan.plan_id,
        actor=batch.plan.actor.name,
        reason=batch.reason,
        at=batch.ended_at,
        rows=tuple(receipt_row(row, begun=batch.begun) for row in batch.ended_rows),
        left_out=tuple(group for group in groups if not group.end.applies),
        not_read=len(batch.not_read) - batch.gone,
        beyond=batch.undertaking.beyond,
        trouble=trouble,
        begun=batch.begun,
        daemon_heals=daemon_heals,
    )


def receipt_row(row: EndedRow, *, begun: bool = True) -> ReceiptRow:
    """A row that ended, as it stands on a receipt. `begun`: whether its batch began any row."""
    planned, result = row.planned, row.result
    return ReceiptRow(
        ref=planned.ref,
        event=planned.action.event if planned.action else None,
        outcome=result.outcome if result else None,
        begun=begun or result is not None,
        refusal=result.refusal if result else None,
        before=planned.finding.row.status.value,
        after=result.after.status.value if result and result.after else None,
        money=planned.finding.row.money,
        detail=result.detail if result else None,
        attention=result.attention if result else None,
    )


def money_of(rows: Iterable[ReceiptRow]) -> tuple[Money, ...]:
    """What the rows are about, per currency."""
    return per_currency(row.money for row in rows if row.money is not None)


def _recorded(entries: Sequence[FoundEntry]) -> ReceiptRow:
    """A row of a plan, from its entries, oldest first."""
    told = entries[-1].entry
    outcome = _last(entries, lambda entry: entry.step is Step.OUTCOME)
    read_again = _last(entries, lambda entry: entry.after is not None)
    seen = next((each.before for each in entries if each.before is not None), None)
    return ReceiptRow(
        ref=told.ref,
        event=next((each.entry.event for each in entries if each.entry.event), None),
        outcome=outcome.outcome if outcome else None,
        refusal=outcome.refusal if outcome else None,
        before=_status(seen),
        after=_status(read_again.after) if read_again else None,
        money=recorded_money(seen),
        detail=outcome.detail if outcome else None,
        attention=_attention(outcome),
    )


def _last(entries: Sequence[FoundEntry], wanted: Callable[[Entry], bool]) -> Entry | None:
    return next((each.entry for each in reversed(entries) if wanted(each.entry)), None)


def _status(record: object) -> str | None:
    word = record.get("status") if isinstance(record, dict) else None
    return str(word) if word is not None else None


def _attention(outcome: Entry | None) -> Reason | None:
    """What an outcome raised, as far as the journal tells."""
    if outcome is None:
        return None
    if outcome.outcome is Outcome.UNCHANGED:
        return Reason.NO_EFFECT
    return Reason.CONTRADICTION if contradicts(outcome) else None
