"""What a plan comes to: its rows in groups of one end each, with their money. Pure.

Every row is in exactly one group. What would change comes first, and of that what nothing can take back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, assert_never

from reconcile_tui.core.decisions import (
    Adopt,
    AlreadyResolved,
    Attention,
    Event,
    FailOrphan,
    Reason,
    StillPending,
    Sync,
    Unreadable,
)
from reconcile_tui.core.money import Money, per_currency
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.psp_states import ReadFailed, is_last_known
from reconcile_tui.core.sentence import ASK
from reconcile_tui.core.wording import (
    label,
    next_step,
    outcome_words,
    read_failure_words,
    reason_words,
    waits_words,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What rows would come to.

    Attributes:
        key: equal for rows of one group.
        event: what would be sent; None where the rows are left as they are.
        words: for several rows, as a heading.
        step: what a person may do about rows that are left.
    """

    key: str
    rank: int
    words: str
    event: Event | None = None
    step: str | None = None

    @property
    def applies(self) -> bool:
        return self.event is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows that would come to the same. `money` is per currency; a row without an amount adds nothing."""

    end: End
    rows: tuple[PlannedRow, ...]
    money: tuple[Money, ...]


def groups_of(rows: Iterable[PlannedRow], *, daemon_heals: bool = True) -> tuple[Group, ...]:
    """The rows in groups; what would change first, then what is left, the largest group first.

    Args:
        daemon_heals: whether what is left may be left to the next tick.
    """
    members: dict[str, tuple[End, list[PlannedRow]]] = {}
    for row in rows:
        end = end_of(row, daemon_heals=daemon_heals)
        members.setdefault(end.key, (end, []))[1].append(row)
    ordered = sorted(members.values(), key=lambda group: (group[0].rank, -len(group[1]), group[0].key))
    return tuple(Group(end=end, rows=tuple(group), money=money_of(group)) for end, group in ordered)


def end_of(row: PlannedRow, *, daemon_heals: bool = True) -> End:
    """What one row would come to. `daemon_heals`: see `groups_of`."""
    match row.decision:
        case Sync(event=event, despite=Reason() as reason):
            words = f"{_becomes(event)} ALTHOUGH {reason_words(reason)}"
            return End(key=f"{event}.{reason}", rank=0, words=words, event=event, step=next_step(reason))
        case Sync(event=event):
            return End(key=f"{event}", rank=_RANKS[event], words=_becomes(event), event=event)
        case Adopt(event=event) | FailOrphan(event=event):
            return End(key=f"{event}", rank=_RANKS[event], words=_becomes(event), event=event)
        case Attention(reason=reason):
            words = f"left, for a person: {reason_words(reason)}"
            return End(key=f"attention.{reason}", rank=20, words=words, step=next_step(reason))
        case Unreadable() as unreadable:
            state = row.state
            why = read_failure_words(state.kind) if isinstance(state, ReadFailed) else label(unreadable)
            key = f"unreadable.{state.kind}" if isinstance(state, ReadFailed) else "unreadable"
            step = next_step(unreadable, daemon_heals=daemon_heals)
            return End(key=key, rank=21, words=f"left, could not be read: {why}", step=step)
        case StillPending(waits_for=waits_for) as waiting:
            if is_last_known(row.state):
                words = f"left, open at the PSP as last known: {waits_words(waits_for)}"
                return End(key=f"last_known.{waits_for}", rank=22, words=words, step=ASK)
            words = f"left, still open at the PSP: {waits_words(waits_for)}"
            step = next_step(waiting, daemon_heals=daemon_heals)
            return End(key=f"waits.{waits_for}", rank=22, words=words, step=step)
        case AlreadyResolved():
            words = f"left, {outcome_words(Outcome.ALREADY_RESOLVED)}"
            return End(key="already_resolved", rank=23, words=words)
        case _:
            assert_never(row.decision)


def money_of(rows: Iterable[PlannedRow]) -> tuple[Money, ...]:
    """What the rows are about, per currency."""
    return per_currency(money for row in rows if (money := row.finding.row.money) is not None)


def events_of(rows: Iterable[PlannedRow]) -> dict[Event, int]:
    """The events that would be sent, and how many of each."""
    counted: dict[Event, int] = {}
    for row in rows:
        if row.action is not None:
            counted[row.action.event] = counted.get(row.action.event, 0) + 1
    return dict(sorted(counted.items(), key=lambda each: (-each[1], each[0])))


def fails_orphans(rows: Sequence[PlannedRow]) -> bool:
    """Whether any row is an orphan that would be failed: nothing at the PSP takes that back."""
    return any(isinstance(row.action, FailOrphan) for row in rows)


def sets_aside(rows: Sequence[PlannedRow]) -> bool:
    """Whether any row would be paid although its money was given back, or is disputed."""
    return any(isinstance(row.action, Sync) and row.action.despite is not None for row in rows)


def change_of(row: PlannedRow) -> str:
    """What becomes of a row, old → new; of one that is left, its status as it stays."""
    status = row.finding.row.status.value
    match row.action:
        case Sync(event=event):
            return f"{status} → {event.target}"
        case FailOrphan():
            return f"{status} → failed"
        case Adopt():
            return f"{status}, gets its id"
        case None:
            return f"{status} (stays)"


def beyond_the_daemon(row: PlannedRow, *, auto_max_age: timedelta) -> str | None:
    """Why the daemon would not do this by itself, and an operator may; None where it would."""
    if row.action is None:
        return None
    if isinstance(row.action, Sync) and row.action.despite is not None:
        return reason_words(row.action.despite)
    if row.finding.age is None or row.finding.age > auto_max_age:
        return reason_words(Reason.TOO_OLD)
    if isinstance(row.action, FailOrphan) and row.finding.is_capped:
        return reason_words(Reason.ORPHAN_CAP)
    return None


def _becomes(event: Event) -> str:
    match event:
        case Event.ORPHAN_FAILED:
            return "orphan refunds fail, and their orders are rolled back"
        case Event.ORPHAN_ADOPTED:
            return "orphan refunds are adopted: they get their id at the PSP"
        case _:
            return f"{event.kind}s become {event.target}"


_RANKS: Final = {
    Event.ORPHAN_FAILED: 0,
    Event.ORPHAN_ADOPTED: 1,
    Event.PAYMENT_FAILED: 2,
    Event.PAYMENT_CANCELLED: 3,
    Event.PAYMENT_EXPIRED: 4,
    Event.REFUND_FAILED: 5,
    Event.PAYMENT_SUCCEEDED: 6,
    Event.REFUND_SUCCEEDED: 7,
}
