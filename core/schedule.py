"""Schedule: when a row is looked at again, and who gets a batch's slots (design rule 8).

By time and never by a count of tries, so that no row drops out silently; and by lanes, so that thousands
of rows that stay open, or fail for ever, do not keep a new one waiting. Times are UTC, the database's clock.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain, zip_longest
from typing import Generic, TypeVar, assert_never

from reconcile_tui.core.clock import must_be_utc
from reconcile_tui.core.decisions import (
    Adopt,
    AlreadyResolved,
    Attention,
    Decision,
    Event,
    FailOrphan,
    StillPending,
    Sync,
    Unreadable,
    WaitsFor,
)
from reconcile_tui.core.findings import Check
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.psp_states import (
    OrphanEvidence,
    PaymentSeen,
    PspState,
    ReadFailed,
    ReadFailureKind,
    RefundSeen,
    is_last_known,
)

T = TypeVar("T")

_NOBODY_CAN_TELL = (ReadFailureKind.CLOCK_SKEW, ReadFailureKind.ROW_TIMES)
"""Why an orphan is judged by nobody: the clocks or the dates, whatever the PSP says of it."""

LONGEST_WORD = 64
"""A status or a processor's name is kept no longer than this; the check's columns have room for no more."""

FREE_FAILURES = 2
"""Failed reads, or deliveries, in a row after which the row is still tried at the very next tick."""

ENDS_UNPAID = frozenset(
    {
        Event.PAYMENT_FAILED,
        Event.PAYMENT_CANCELLED,
        Event.PAYMENT_EXPIRED,
        Event.REFUND_FAILED,
        Event.ORPHAN_FAILED,
    }
)
"""Events that say that no money moved, or stays: what was given up may come to life (design rule 12)."""

WATCHED_AFTER = ENDS_UNPAID | {Event.REFUND_SUCCEEDED}
"""Events whose rows are watched afterwards. A refund that succeeded may fail days later, at the bank."""


def next_due(
    check: Check, decision: Decision, *, now: datetime, policy: Policy, jitter: float
) -> datetime | None:
    """When a row is due again after `decision`; None once it is closed.

    Args:
        check: the row's counts, this look included.
        jitter: from [0, 1); it moves a wait into its last quarter, never past its end. A row that is due
            exactly one interval later would miss the tick that comes a second early.
    """
    match decision:
        case StillPending() | Attention():
            return now + wait_while_open(check.opens, policy, jitter)
        case Unreadable():
            return now + wait_after_failures(check.failures, policy, jitter)
        case Sync() | Adopt() | FailOrphan():
            return now
        case AlreadyResolved():
            if check.watch_until is None or now >= check.watch_until:
                return None
            return min(now + wait_while_open(check.opens, policy, jitter), check.watch_until)
        case _:
            assert_never(decision)


def wait_while_open(opens: int, policy: Policy, jitter: float) -> timedelta:
    """1, 2, 4 … intervals up to the cap after `opens` answers in a row that left the row open."""
    return _jittered(_doubled(opens - 1, policy), jitter)


def wait_after_failures(failures: int, policy: Policy, jitter: float) -> timedelta:
    """Nothing (the next tick) at first, then 2, 4, 8 … intervals up to the cap from the third failure on."""
    if failures <= FREE_FAILURES:
        return timedelta(0)
    return _jittered(_doubled(failures - FREE_FAILURES, policy), jitter)


def advance(
    check: Check | None,
    psp_id: str,
    decision: Decision,
    state: PspState | None,
    *,
    now: datetime,
    policy: Policy,
    jitter: float,
    phase_ended: bool = False,
    needs_person: bool = False,
) -> Check:
    """What a look at a row leaves behind, before anything is applied.

    Args:
        check: what earlier looks left; starts anew where it was about another PSP id.
        state: None where the row was decided without asking the PSP; that is a look too.
        now: UTC, database clock.
        jitter: from [0, 1).
        phase_ended: the breaker ended the phase: a failed read counts for its row all the same, yet the wait
            that follows stays short, for it may be nothing of the row's.
        needs_person: its attention item is open: a look that asked nobody does not end that, nor a watch.
    """
    is_held = isinstance(decision, AlreadyResolved) and is_last_known(state)
    if is_held and (needs_person or (check is not None and check.watch_until is not None)):
        held = _advanced(
            check,
            psp_id,
            StillPending(waits_for=WaitsFor.PROCESSOR),
            state,
            now=now,
            policy=policy,
            jitter=jitter,
        )
        watch = held.watch_until
        until = None if watch is None else max(watch, held.next_due or watch)
        return replace(held, decision=decision.kind, detail=None, watch_until=until)
    after = _advanced(
        check, psp_id, decision, state, now=now, policy=policy, jitter=jitter, phase_ended=phase_ended
    )
    due, watch = after.next_due, after.watch_until
    if isinstance(state, ReadFailed) and due is not None and watch is not None and due > watch:
        # A watch ends by a look: one that saw nothing is made up for.
        return replace(after, watch_until=due)
    return after


def closed(check: Check, event: Event, *, now: datetime, policy: Policy, jitter: float) -> Check:
    """The check of a row that `event` has made final: over, or watched on a slow schedule from now on."""
    check = replace(check, failures=0, delivery_failures=0)
    if event is Event.ORPHAN_ADOPTED:
        return replace(check, opens=0, next_due=now)
    if event not in WATCHED_AFTER:
        return replace(check, opens=0, next_due=None, watch_until=None)
    watched = replace(check, opens=1, watch_until=now + policy.reversal_watch)
    due = next_due(watched, AlreadyResolved(), now=now, policy=policy, jitter=jitter)
    return replace(watched, next_due=due)


def delivery_failed(check: Check, *, now: datetime, policy: Policy, jitter: float) -> Check:
    """The check of a row, as its look left it, whose event could not be delivered: it backs off as after a
    failed read."""
    failures = check.delivery_failures + 1
    due = now + wait_after_failures(failures, policy, jitter)
    return replace(
        check,
        delivery_failures=failures,
        next_due=due if check.next_due is None else max(check.next_due, due),
    )


def passed_over(check: Check, before: Check | None, *, now: datetime, policy: Policy, jitter: float) -> Check:
    """The check of a row, as its look left it, that the shop held locked: it backs off as after a failed
    read, though nothing failed.

    Args:
        before: what earlier looks left. What is to be applied has no answers that left it open, so that its
            count is the one of times in a row that it was passed over.
    """
    again = before is not None and (before.psp_id, before.decision) == (check.psp_id, check.decision)
    times = 1 + (before.opens if before is not None and again else 0)
    due = now + wait_after_failures(times, policy, jitter)
    return replace(
        check,
        opens=max(check.opens, times),
        next_due=due if check.next_due is None else max(check.next_due, due),
    )


def _advanced(
    check: Check | None,
    psp_id: str,
    decision: Decision,
    state: PspState | None,
    *,
    now: datetime,
    policy: Policy,
    jitter: float,
    phase_ended: bool = False,
) -> Check:
    must_be_utc(now)
    before = check if check is not None and check.psp_id == psp_id else Check(psp_id=psp_id)
    counts = not (isinstance(state, ReadFailed) and says_nothing_of_its_row(state))
    counted = replace(
        before,
        reads=before.reads + 1,
        last_read_at=now,
        failures=_failures(before, decision, counts=counts),
        opens=_opens(before, decision),
        delivery_failures=_delivery_failures(before, decision),
        decision=decision.kind,
        detail=_detail(decision, state),
    )
    seen = _with_what_was_seen(counted, state)
    if isinstance(decision, Unreadable) and not counts:
        return replace(seen, next_due=now)
    due = next_due(seen, decision, now=now, policy=policy, jitter=jitter)
    if phase_ended and isinstance(decision, Unreadable) and due is not None:
        due = min(due, now + _jittered(_doubled(1, policy), jitter))
    return replace(seen, next_due=due)


def says_nothing_of_its_row(failure: ReadFailed) -> bool:
    """Whether a failed read would have failed for any row: nothing was sent, the key is refused, or clocks or
    dates make every answer useless."""
    if failure.kind is ReadFailureKind.RATE_LIMITED:
        return failure.http_status is None
    return failure.kind in _NOBODY_CAN_TELL or failure.kind is ReadFailureKind.UNAUTHORISED


def opens_at_cap(policy: Policy) -> int:
    """The count of `Check.opens` from which a wait no longer grows."""
    return _steps_to_cap(policy) + 1


def failures_at_cap(policy: Policy) -> int:
    """The count of `Check.failures`, or of `Check.delivery_failures`, from which a wait no longer grows."""
    return max(_steps_to_cap(policy), 1) + FREE_FAILURES


# Without slots: `Lanes[int]()` of a frozen generic class with slots fails on Python 3.11.
@dataclass(frozen=True, kw_only=True)
class Lanes(Generic[T]):
    """The due rows of a phase, each lane in the order of `next_due`."""

    never_attempted: Sequence[T] = field(default=())
    below_cap: Sequence[T] = field(default=())
    watched: Sequence[T] = field(default=())
    at_cap: Sequence[T] = field(default=())
    customer: Sequence[T] = field(default=())
    too_old: Sequence[T] = field(default=())


_LANES_WITH_FLOORS = 3
"""Below the cap, watched, at the cap."""


def share_slots(lanes: Lanes[T], limit: int, *, due: Callable[[T], datetime] | None = None) -> list[T]:
    """At most `limit` rows of a batch, in the order they are to be worked on.

    Half (the larger one of an odd limit) is for rows never attempted. Of the other half a quarter each is for
    final rows that are watched and for rows at the cap, the rest for those below it: a steady stream of the
    latter starves neither. Each lane lends what it does not use. Rows that wait on the customer, and old
    ones, get what is left over, in turns. The halves alternate, so that a deadline in the middle of the batch
    starves neither.

    Args:
        due: since when a row that was looked at before is due: where the slots are too few for a share each,
            the longest overdue goes first.

    Raises:
        ValueError: `limit` is negative.
    """
    if limit < 0:
        raise ValueError(f"{limit} slots")
    seen_before = _with_floors(lanes, limit // 2, due)
    lent = max(limit // 2 - len(seen_before), 0)
    new = lanes.never_attempted[: limit - limit // 2 + lent]
    again = seen_before[: limit - len(new)]
    left = limit - len(new) - len(again)
    return [*_alternate(new, again), *_alternate(lanes.customer, lanes.too_old)[:left]]


def _with_floors(lanes: Lanes[T], half: int, due: Callable[[T], datetime] | None) -> list[T]:
    """The rows that were looked at before; its first `half` hold every lane's share."""
    others = _alternate(lanes.watched, lanes.at_cap)
    if half < _LANES_WITH_FLOORS:
        both = _alternate(lanes.below_cap, others)
        return both if due is None else sorted(both, key=due)
    floor = max(half // 4, 1)
    watched, at_cap = lanes.watched[:floor], lanes.at_cap[:floor]
    below = lanes.below_cap[: half - len(watched) - len(at_cap)]
    kept = _alternate(below, _alternate(watched, at_cap))
    lent = _alternate(lanes.watched[len(watched) :], lanes.at_cap[len(at_cap) :])
    return [*kept, *lanes.below_cap[len(below) :], *lent]


def _alternate(left: Iterable[T], right: Iterable[T]) -> list[T]:
    ones = ([row] for row in left)
    others = ([row] for row in right)
    nothing: list[T] = []
    pairs = zip_longest(ones, others, fillvalue=nothing)
    return list(chain.from_iterable(chain.from_iterable(pairs)))


def _doubled(times: int, policy: Policy) -> timedelta:
    wait = _unit(policy)
    for _ in range(times):
        if wait >= policy.backoff_cap:
            break
        wait *= 2
    return min(wait, policy.backoff_cap)


def _steps_to_cap(policy: Policy) -> int:
    steps, wait = 0, _unit(policy)
    while wait < policy.backoff_cap:
        steps, wait = steps + 1, wait * 2
    return steps


def _unit(policy: Policy) -> timedelta:
    """An interval that doubling makes longer."""
    return max(policy.interval, timedelta(seconds=1))


def _jittered(wait: timedelta, jitter: float) -> timedelta:
    if not 0 <= jitter < 1:
        raise ValueError(f"jitter {jitter} is not in [0, 1)")
    return wait * (1 - jitter / 4)


def _failures(before: Check, decision: Decision, *, counts: bool) -> int:
    if not isinstance(decision, Unreadable):
        return 0
    return before.failures + counts


def _opens(before: Check, decision: Decision) -> int:
    match decision:
        case StillPending() | Attention():
            return before.opens + 1
        case AlreadyResolved() if before.watch_until is not None:
            return before.opens + 1
        case Unreadable():
            return before.opens
        case _:
            return 0


def _delivery_failures(before: Check, decision: Decision) -> int:
    """What there is nothing to deliver for has not failed; one that was not read says nothing about it."""
    return 0 if isinstance(decision, StillPending | AlreadyResolved) else before.delivery_failures


def _detail(decision: Decision, state: PspState | None) -> str | None:
    match decision, state:
        case Unreadable(), ReadFailed(kind=kind, detail=detail):
            return harmless(f"{kind}: {detail}")
        case Attention(reason=reason), _:
            return reason.value
        case StillPending(waits_for=waits_for), _:
            return waits_for.value
        case Sync(event=event) | Adopt(event=event) | FailOrphan(event=event), _:
            return event.value
        case _:
            return None


def _with_what_was_seen(check: Check, state: PspState | None) -> Check:
    match state:
        case PaymentSeen() | RefundSeen():
            seen = state
        case OrphanEvidence(payment=seen):
            pass
        case ReadFailed(connector=str() as connector):
            return replace(check, connector=harmless(connector, limit=LONGEST_WORD))
        case _:
            return check
    word = seen.status.value
    return replace(
        check,
        psp_status=harmless(word, limit=LONGEST_WORD),
        psp_read_at=seen.stamp.at,
        connector=None if seen.connector is None else harmless(seen.connector, limit=LONGEST_WORD),
    )
