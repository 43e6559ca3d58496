"""The receipt: rows that came to the same in one line, money per currency, what is left and why.

A row that a drain met more than once counts once, with what it came to last.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reconcile_tui.cli.described import money_documents
from reconcile_tui.cli.document_parts import GroupDocument, ReceiptDocument, WarningDocument
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
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.money import per_currency
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
    read_failure_words,
    reason_words,
    refusal_words,
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
    words: str
    next_step: str | None = None
    closed: bool = False
    rank: int = 9


def receipt(
    rows: Iterable[Ended], *, warnings: Sequence[WarningDocument] = (), would: bool = False
) -> ReceiptDocument:
    """What was done, in sums.

    Args:
        would: nothing is applied here (dry run, observing): rows are left that would be changed.
    """
    last = {row.planned.ref: row for row in rows}
    closed, left = _grouped(last.values(), would=would)
    return ReceiptDocument(
        closed=closed, open=left, warnings=tuple(warnings), next_step=_next_step(left, warnings, would=would)
    )


def groups(rows: Iterable[PlannedRow]) -> tuple[GroupDocument, ...]:
    """Planned rows by what would become of them, or why they are left."""
    closed, left = _grouped((Ended(planned=row) for row in rows), would=True)
    return (*left, *closed)


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


def _grouped(
    rows: Iterable[Ended], *, would: bool
) -> tuple[tuple[GroupDocument, ...], tuple[GroupDocument, ...]]:
    """The groups that are over, and those that are left; the largest first."""
    members: dict[_Came, dict[RowRef, PlannedRow]] = {}
    for row in rows:
        members.setdefault(_came_to(row, would=would), {})[row.planned.ref] = row.planned
    ordered = sorted(members.items(), key=lambda group: (group[0].rank, -len(group[1]), group[0].key))
    documents = [(came.closed, _group(came, list(of.values()))) for came, of in ordered]
    return (
        tuple(document for closed, document in documents if closed),
        tuple(document for closed, document in documents if not closed),
    )


def _group(came: _Came, rows: Sequence[PlannedRow]) -> GroupDocument:
    money = per_currency(row.finding.row.money for row in rows if row.finding.row.money is not None)
    return GroupDocument(
        key=came.key,
        words=came.words,
        rows=len(rows),
        money=money_documents(money),
        next_step=came.next_step,
    )


def _came_to(row: Ended, *, would: bool) -> _Came:
    if row.result is not None:
        return _of_result(row.planned, row.result)
    match row.planned.decision:
        case Sync() | Adopt() | FailOrphan() as action:
            return _not_applied(row, action, would=would)
        case Attention(reason=reason):
            what_to_do = next_step(reason)
            return _Came(key=f"attention.{reason}", words=reason_words(reason), next_step=what_to_do, rank=1)
        case StillPending(waits_for=waits_for) as waiting:
            rank = 7 if waits_for is WaitsFor.CUSTOMER else 5
            step = next_step(waiting) if waits_for is WaitsFor.MERCHANT else None
            return _Came(key=f"waits.{waits_for}", words=waits_words(waits_for), next_step=step, rank=rank)
        case Unreadable() as unreadable:
            state = row.planned.state
            kind = state.kind if isinstance(state, ReadFailed) else None
            words = read_failure_words(kind) if kind else label(unreadable)
            step = next_step(unreadable)
            return _Came(key=f"unreadable.{kind or 'other'}", words=words, next_step=step, rank=4)
        case AlreadyResolved():
            words = outcome_words(Outcome.ALREADY_RESOLVED)
            return _Came(key="already_resolved", words=words, closed=True, rank=8)


def _not_applied(row: Ended, action: Applicable, *, would: bool) -> _Came:
    if row.tripped is not None:
        words = f"not applied: {breaker_words(row.tripped)}"
        return _Came(key="refused.breaker", words=words, next_step=next_step(Refusal.BREAKER), rank=3)
    if would:
        despite = action.despite if isinstance(action, Sync) else None
        key = f"would.{action.event}" if despite is None else f"knowingly.{despite}"
        step = None if despite is None else next_step(despite)
        return _Came(key=key, words=becomes(row.planned), next_step=step, rank=0)
    words = f"not applied: {refusal_words(Refusal.STOPPED)}"
    return _Came(key="refused.stopped", words=words, next_step=next_step(Refusal.STOPPED), rank=3)


def _of_result(row: PlannedRow, result: Result) -> _Came:
    outcome = result.outcome
    match outcome:
        case Outcome.FIXED if row.action is not None:
            words = f"{becomes(row)}: {event_words(row.action.event)}"
            despite = row.action.despite if isinstance(row.action, Sync) else None
            key = f"fixed.{row.action.event}" + (f".{despite}" if despite else "")
            return _Came(key=key, words=words, closed=True, rank=0)
        case Outcome.OVERTAKEN if result.attention is not None:
            key, words = f"attention.{result.attention}", reason_words(result.attention)
            return _Came(key=key, words=words, next_step=next_step(result.attention), rank=1)
        case Outcome.REFUSED if result.refusal is not None:
            refusal = result.refusal
            words = f"not applied: {refusal_words(refusal)}"
            return _Came(key=f"refused.{refusal}", words=words, next_step=next_step(refusal), rank=3)
        case _:
            return _Came(
                key=outcome.value,
                words=outcome_words(outcome),
                next_step=None if outcome.closes else next_step(outcome),
                closed=outcome.closes,
                rank=8 if outcome.closes else 2,
            )


def _next_step(left: Sequence[GroupDocument], warnings: Sequence[WarningDocument], *, would: bool) -> str:
    """The one thing to do now."""
    if any(warning.kind in ("breaker", WarningKind.UNAUTHORISED) for warning in warnings):
        return next_step(Refusal.BREAKER)
    if any(warning.kind == WarningKind.SHOP_REFUSES for warning in warnings):
        return next_step(Refusal.SHOP)
    keys = [group.key for group in left]
    steps = [group.next_step for group in left if group.next_step]
    if any(key.startswith(("would.", "knowingly.")) for key in keys):
        return "Run it without --dry-run, and with RECONCILE_MODE=heal, to change them."
    if keys and all(key == Outcome.UNCHANGED for key in keys):
        return steps[0]
    if any(key.startswith(("attention.", "unchanged")) for key in keys):
        return "reconcile-tui list attention says what each of them needs."
    if would:
        return "Nothing would be changed by what is last known; only forced reads ask the processors."
    if any(key.startswith(("refused.", "changed")) for key in keys):
        return steps[0]
    if keys and not steps:
        return next_step(StillPending(waits_for=WaitsFor.PROCESSOR))
    if not steps and any(warning.kind == WarningKind.ROW_TIMES for warning in warnings):
        return "reconcile-tui status says what to set, so that orphan refunds are checked."
    return steps[0] if steps else next_step(AlreadyResolved())
