"""The receipt: rows that came to the same in one line, money per currency, what is left and why.

A row that a drain met more than once counts once, with what it came to last.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reconcile_tui.cli.described import money_documents, raised_by
from reconcile_tui.cli.document_parts import GroupDocument, GroupPart, ReceiptDocument, WarningDocument
from reconcile_tui.core.decisions import (
    Adopt,
    AlreadyResolved,
    Applicable,
    Attention,
    FailOrphan,
    Reason,
    StillPending,
    Sync,
    Unreadable,
    WaitsFor,
)
from reconcile_tui.core.findings import FindingClass, RowRef
from reconcile_tui.core.money import Money, per_currency
from reconcile_tui.core.outcomes import Outcome, Refusal, Result
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.psp.breaker import Tripped
from reconcile_tui.core.psp_states import ReadFailed
from reconcile_tui.core.tellings import WarningKind
from reconcile_tui.core.wording import (
    breaker_words,
    event_words,
    label,
    next_step,
    outcome_words,
    raises_more_than_its_outcome,
    read_failure_words,
    reason_words,
    refusal_words,
    unreadable_step,
    waits_words,
)
from reconcile_tui.exit_codes import ExitCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A row and what it came to.

    Attributes:
        result: None where nothing was applied.
        tripped: the breaker that ended its phase.
    """

    planned: PlannedRow
    result: Result | None = None
    tripped: Tripped | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Came:
    """What a row came to, as a group's key and words. `rank` orders groups: what needs a person first."""

    key: str
    part: GroupPart
    words: str
    next_step: str | None = None
    rank: int = 9


def receipt(
    rows: Iterable[Ended], *, warnings: Sequence[WarningDocument] = (), would: bool = False
) -> ReceiptDocument:
    """What was done, in sums.

    Args:
        would: nothing is applied here (dry run, observing): rows are left that would be changed.
    """
    last = {row.planned.ref: row for row in rows}
    came = _grouped(last.values(), would=would)
    left = _of_parts(came, *_LEFT)
    return ReceiptDocument(
        closed=_of_parts(came, GroupPart.DONE),
        not_changed=_of_parts(came, *_NOT_CHANGED),
        open=left,
        warnings=tuple(warnings),
        next_step=_next_step(left, warnings, would=would),
    )


def with_left_out(came: ReceiptDocument, left_out: Sequence[GroupDocument]) -> ReceiptDocument:
    """The same with those rows that its plan left to a person: they need one still, whatever was applied.

    What else it left out is taken up by a later check, whether or not the plan is applied.
    """
    known = {group.key: group for group in came.open}
    for group in left_out:
        if group.part is not GroupPart.NEEDS_PERSON:
            continue
        before = known.get(group.key)
        known[group.key] = group if before is None else _added(before, group)
    left = tuple(sorted(known.values(), key=lambda group: _PARTS.index(group.part)))
    return came.model_copy(update={"open": left, "next_step": _next_step(left, came.warnings, would=False)})


def groups(rows: Iterable[PlannedRow]) -> tuple[GroupDocument, ...]:
    """Planned rows by what would become of them, or why they are left."""
    came = _grouped((Ended(planned=row) for row in rows), would=True)
    return (*_of_parts(came, *_LEFT), *_of_parts(came, GroupPart.DONE, *_NOT_CHANGED))


def needs_somebody(came: ReceiptDocument) -> bool:
    """Whether something is left for a person or a later tick. What waits on the customer does not."""
    return any(group.key != _WAITS_ON_CUSTOMER for group in came.open) or bool(came.warnings)


def exit_code(rows: Iterable[Ended], *, left: bool, tripped: bool, shut: bool = False) -> ExitCode:
    """How a command that applies ends: the PSP unread, refused, not allowed now, something left, or done."""
    rows = list(rows)
    unreadable = [isinstance(row.planned.decision, Unreadable) for row in rows]
    refusals = {row.result.refusal for row in rows if row.result is not None}
    if tripped or (rows and all(unreadable)):
        return ExitCode.PSP_UNREADABLE
    if shut or Refusal.SHOP in refusals:
        return ExitCode.SHOP_REFUSES
    if refusals & {Refusal.PAUSED, Refusal.ROLE}:
        return ExitCode.REFUSED
    return ExitCode.LEFT if left else ExitCode.OK


def becomes(row: PlannedRow) -> str:
    """What an action makes of a row, for people: `order pending → completed`."""
    action, status = row.action, row.finding.row.status.value
    what = "orphan" if row.finding.is_orphan_row else row.ref.kind.value
    match action:
        case Sync(despite=Reason() as reason):
            return f"{what} {status} → {action.event.target}, ALTHOUGH {reason_words(reason)}"
        case Sync() | FailOrphan():
            return f"{what} {status} → {action.event.target}"
        case Adopt():
            return f"{what} gets its id at the PSP"
        case None:
            return f"{what} stays {status}"


_WAITS_ON_CUSTOMER = f"waits.{WaitsFor.CUSTOMER}"
_LEFT = (GroupPart.WOULD_CHANGE, GroupPart.NEEDS_PERSON, GroupPart.LEFT)
_NOT_CHANGED = (GroupPart.CHECKED_AGAIN, GroupPart.NOT_STUCK)
_PARTS = list(GroupPart)


def _grouped(rows: Iterable[Ended], *, would: bool) -> list[GroupDocument]:
    """The groups; what needs a person first, then the largest."""
    members: dict[_Came, dict[RowRef, PlannedRow]] = {}
    for row in rows:
        members.setdefault(_came_to(row, would=would), {})[row.planned.ref] = row.planned
    ordered = sorted(members.items(), key=lambda group: (group[0].rank, -len(group[1]), group[0].key))
    return [_group(came, list(of.values())) for came, of in ordered]


def _of_parts(came: Sequence[GroupDocument], *parts: GroupPart) -> tuple[GroupDocument, ...]:
    return tuple(group for group in came if group.part in parts)


def _added(one: GroupDocument, other: GroupDocument) -> GroupDocument:
    """Two groups of one kind as one."""
    money = (Money(each.minor, each.currency) for group in (one, other) for each in group.money)
    sums = money_documents(per_currency(money))
    return one.model_copy(update={"rows": one.rows + other.rows, "money": sums})


def _group(came: _Came, rows: Sequence[PlannedRow]) -> GroupDocument:
    money = per_currency(row.finding.row.money for row in rows if row.finding.row.money is not None)
    return GroupDocument(
        part=came.part,
        key=came.key,
        words=came.words,
        rows=len(rows),
        money=money_documents(money),
        next_step=came.next_step,
    )


def _came_to(row: Ended, *, would: bool) -> _Came:
    if row.result is not None:
        return _of_result(row.planned, row.result)
    cls = row.planned.finding.cls
    match row.planned.decision:
        case Sync() | Adopt() | FailOrphan() as action:
            return _not_applied(row, action, would=would)
        case Attention(reason=reason):
            return _needs_person(reason)
        case StillPending(waits_for=waits_for) as waiting:
            rank = 7 if waits_for is WaitsFor.CUSTOMER else 5
            step = next_step(waiting) if waits_for is WaitsFor.MERCHANT else None
            return _Came(
                key=f"waits.{waits_for}",
                part=GroupPart.LEFT,
                words=waits_words(waits_for),
                next_step=step,
                rank=rank,
            )
        case Unreadable() as unreadable:
            state = row.planned.state
            kind = state.kind if isinstance(state, ReadFailed) else None
            words = read_failure_words(kind) if kind else label(unreadable)
            step = unreadable_step(kind) if kind else next_step(unreadable)
            return _Came(
                key=f"unreadable.{kind or 'other'}",
                part=GroupPart.LEFT,
                words=words,
                next_step=step,
                rank=4,
            )
        case AlreadyResolved() if cls is FindingClass.WATCHED:
            words = "checked again, nothing changed"
            return _Came(key="checked_again", part=GroupPart.CHECKED_AGAIN, words=words, rank=8)
        case AlreadyResolved() if cls is FindingClass.FINAL:
            words = f"not stuck: {row.planned.ref.kind} {row.planned.finding.row.status.value}"
            key = f"not_stuck.{row.planned.ref.kind}.{row.planned.finding.row.status.value}"
            return _Came(key=key, part=GroupPart.NOT_STUCK, words=words, rank=8)
        case AlreadyResolved():
            words = outcome_words(Outcome.ALREADY_RESOLVED)
            return _Came(key="already_resolved", part=GroupPart.DONE, words=words, rank=8)


def _needs_person(reason: Reason) -> _Came:
    return _Came(
        key=f"attention.{reason}",
        part=GroupPart.NEEDS_PERSON,
        words=reason_words(reason),
        next_step=next_step(reason),
        rank=1,
    )


def _not_applied(row: Ended, action: Applicable, *, would: bool) -> _Came:
    if row.tripped is not None:
        return _refused(Refusal.BREAKER, why=breaker_words(row.tripped))
    if would:
        despite = action.despite if isinstance(action, Sync) else None
        key = f"would.{action.event}" if despite is None else f"knowingly.{despite}"
        step = None if despite is None else next_step(despite)
        words = becomes(row.planned)
        return _Came(key=key, part=GroupPart.WOULD_CHANGE, words=words, next_step=step, rank=0)
    return _refused(Refusal.STOPPED)


def _refused(refusal: Refusal, *, why: str | None = None) -> _Came:
    return _Came(
        key=f"refused.{refusal}",
        part=GroupPart.LEFT,
        words=f"not applied: {why or refusal_words(refusal)}",
        next_step=next_step(refusal),
        rank=3,
    )


def _of_result(row: PlannedRow, result: Result) -> _Came:
    outcome = result.outcome
    match outcome:
        case _ if raises_more_than_its_outcome(reason := raised_by(row, result)):
            return _needs_person(reason)
        case Outcome.FIXED if row.action is not None:
            words = f"{becomes(row)}: {event_words(row.action.event)}"
            despite = row.action.despite if isinstance(row.action, Sync) else None
            key = f"fixed.{row.action.event}" + (f".{despite}" if despite else "")
            return _Came(key=key, part=GroupPart.DONE, words=words, rank=0)
        case Outcome.REFUSED if result.refusal is not None:
            return _refused(result.refusal)
        case _ if outcome.closes:
            return _Came(key=outcome.value, part=GroupPart.DONE, words=outcome_words(outcome), rank=8)
        case _:
            loud = outcome is Outcome.UNCHANGED
            return _Came(
                key=outcome.value,
                part=GroupPart.NEEDS_PERSON if loud else GroupPart.LEFT,
                words=outcome_words(outcome),
                next_step=next_step(outcome),
                rank=2,
            )


def _next_step(left: Sequence[GroupDocument], warnings: Sequence[WarningDocument], *, would: bool) -> str:
    """The one thing to do now."""
    if any(warning.kind in ("breaker", WarningKind.UNAUTHORISED) for warning in warnings):
        return next_step(Refusal.BREAKER)
    if any(warning.kind == WarningKind.SHOP_REFUSES for warning in warnings):
        return next_step(Refusal.SHOP)
    if any(group.part is GroupPart.WOULD_CHANGE for group in left):
        return "Run it without --dry-run, and with RECONCILE_MODE=heal, to change them."
    if loud := [group for group in left if group.part is GroupPart.NEEDS_PERSON]:
        return _step_of(loud)
    if would:
        return "Nothing would be changed by what is last known; only forced reads ask the processors."
    steps = [group.next_step for group in left if group.next_step]
    if left and not steps:
        return next_step(StillPending(waits_for=WaitsFor.PROCESSOR))
    if not steps and any(warning.kind == WarningKind.ROW_TIMES for warning in warnings):
        return "reconcile-tui status says what to set, so that orphan refunds are checked."
    return steps[0] if steps else next_step(AlreadyResolved())


ASK_FOR_EACH = "reconcile-tui list attention says what each of them needs."
_CONTRADICTS = f"attention.{Reason.CONTRADICTION}"


def _step_of(loud: Sequence[GroupDocument]) -> str:
    """What to do about rows that need a person: a contradiction may have cost money already."""
    first = next((group for group in loud if group.key == _CONTRADICTS), None)
    if first is not None and first.next_step:
        return first.next_step if len(loud) == 1 else f"{first.next_step} {ASK_FOR_EACH}"
    [only, *others] = loud
    if not others and only.key == Outcome.UNCHANGED and only.next_step:
        return only.next_step
    return ASK_FOR_EACH
