"""Frozen plans: what outlives the process that planned, held against the rows as they are when it is applied.

A file cannot carry the PSP's objects, and what it says may be old. So its rows are planned afresh, and one is
applied only where both plans say the same: every fact that decides, and what follows (design rule 3).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from reconcile_tui.core.clock import must_be_utc
from reconcile_tui.core.decisions import (
    Adopt,
    AlreadyResolved,
    Applicable,
    Decision,
    Event,
    StillPending,
    Sync,
    Unreadable,
)
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.money import Money
from reconcile_tui.core.outcomes import Outcome, Result
from reconcile_tui.core.plan import Fact, Facts, Plan, PlannedRow, psp_facts, row_facts
from reconcile_tui.core.psp_states import ReadFailed
from reconcile_tui.core.transitions import shows
from reconcile_tui.core.wording import label


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenAction:
    """What would be delivered. `adopted`: the PSP's refund id that an orphan gets."""

    event: Event
    adopted: str | None = None

    def __post_init__(self) -> None:
        if (self.adopted is not None) != (self.event is Event.ORPHAN_ADOPTED):
            raise ValueError("an adoption has the id that is adopted, and nothing else has one")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenRow:
    """A planned row as facts alone.

    Attributes:
        action: None where nothing was to be applied.
        row: what decided of the row.
        psp: what decided of the PSP's answer; None where there was nothing to ask.
    """

    ref: RowRef
    action: FrozenAction | None
    row: Facts
    psp: Facts | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenPlan:
    """A plan as facts alone.

    Attributes:
        made_at: UTC, database clock.
        reason: why, in the words of whoever planned.
    """

    plan_id: str
    made_at: datetime
    reason: str | None
    rows: tuple[FrozenRow, ...]

    def __post_init__(self) -> None:
        must_be_utc(self.made_at)

    @property
    def to_apply(self) -> tuple[FrozenRow, ...]:
        return tuple(row for row in self.rows if row.action is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that is no longer as it was planned, in words."""

    what: str
    then: str
    now: str

    def __str__(self) -> str:
        return f"{self.what}: {self.then} → {self.now}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a frozen plan came to when it was held against a fresh one.

    Attributes:
        plan: the rows of which both say the same, freshly read, under the frozen plan's id: to be applied.
        ended: the others, with their outcome: to be concluded, never applied.
        changed: what differs, of those that are `changed`.
        gone: rows that the shop has no more.
    """

    plan: Plan
    ended: tuple[tuple[PlannedRow, Result], ...]
    changed: Mapping[RowRef, tuple[Difference, ...]]
    gone: tuple[RowRef, ...]


def freeze(plan: Plan) -> FrozenPlan:
    """A plan's facts."""
    rows = tuple(
        FrozenRow(
            ref=row.ref,
            action=_frozen(row.action),
            row=row_facts(row.finding.row),
            psp=psp_facts(row.state) if row.state is not None else None,
        )
        for row in plan.rows
    )
    return FrozenPlan(plan_id=plan.plan_id, made_at=plan.made_at, reason=plan.reason, rows=rows)


def hold(frozen: FrozenPlan, fresh: Plan, *, unread: Collection[RowRef] = ()) -> Held:
    """What of `frozen` may be applied, now that its rows were planned anew.

    Args:
        fresh: a plan of forced reads over every row that `frozen` would apply; who made it applies.
        unread: rows that the PSP was not asked about after all: they are left, and not gone.
    """
    now = {row.ref: row for row in fresh.rows}
    to_apply: list[PlannedRow] = []
    ended: list[tuple[PlannedRow, Result]] = []
    changed: dict[RowRef, tuple[Difference, ...]] = {}
    for row in frozen.to_apply:
        planned = now.get(row.ref)
        if planned is None:
            continue
        differs = differences(row, planned)
        result = _ended(row, planned, differs)
        if result is None:
            to_apply.append(planned)
            continue
        ended.append((planned, result))
        if result.outcome is Outcome.CHANGED:
            changed[row.ref] = differs
    return Held(
        plan=replace(fresh, plan_id=frozen.plan_id, rows=tuple(to_apply)),
        ended=tuple(ended),
        changed=changed,
        gone=tuple(row.ref for row in frozen.to_apply if row.ref not in now and row.ref not in unread),
    )


def differences(frozen: FrozenRow, fresh: PlannedRow) -> tuple[Difference, ...]:
    """What differs between a row as it was planned and as it is planned now; nothing else is compared."""
    psp = psp_facts(fresh.state) if fresh.state is not None else None
    found = (*_of_facts("", frozen.row, row_facts(fresh.finding.row)), *_of_answers(frozen.psp, psp))
    if found or frozen.action == _frozen(fresh.action):
        return found
    # The same facts and another conclusion: another row got the same id, or the settings are other ones.
    then = frozen.action.event.value if frozen.action else "nothing to apply"
    return (Difference(what="what follows", then=then, now=label(fresh.decision)),)


def _ended(frozen: FrozenRow, fresh: PlannedRow, differs: Sequence[Difference]) -> Result | None:
    """Why a row is not applied; None where it is."""
    if frozen.action is not None and _is_done(frozen.action, fresh):
        return Result(outcome=Outcome.ALREADY_RESOLVED, after=fresh.finding.row)
    if isinstance(fresh.decision, Unreadable):
        state = fresh.state
        detail = f"{state.kind.value}: {state.detail}" if isinstance(state, ReadFailed) else None
        return Result(outcome=Outcome.UNREADABLE, detail=detail)
    if differs:
        return Result(outcome=Outcome.CHANGED, detail="; ".join(str(each) for each in differs))
    return None


def _is_done(action: FrozenAction, fresh: PlannedRow) -> bool:
    """Whether the row shows the event already, and nothing at the PSP contradicts it."""
    agreeing: tuple[type[Decision], ...] = (AlreadyResolved,)
    if action.event is Event.ORPHAN_ADOPTED:
        agreeing = (AlreadyResolved, Sync, StillPending)
    row = fresh.finding.row
    return isinstance(fresh.decision, agreeing) and shows(row, action.event, adopted=action.adopted)


def _frozen(action: Applicable | None) -> FrozenAction | None:
    if action is None:
        return None
    return FrozenAction(event=action.event, adopted=action.refund_id if isinstance(action, Adopt) else None)


def _of_answers(then: Facts | None, now: Facts | None) -> Iterator[Difference]:
    """What differs at the PSP; another kind of answer is one difference."""
    if then is not None and now is not None and _kind(then) == _kind(now):
        yield from _of_facts("PSP ", then, now)
    elif then != now:
        yield Difference(what="PSP", then=_answer(then), now=_answer(now))


def _kind(facts: Facts) -> frozenset[str]:
    """What an answer is about: two of the same kind may differ in what speaks against a payment's money."""
    return _KINDS & facts.keys()


_KINDS = frozenset({"status", "refund_id", "claimed", "not_found", "unreadable"})


def _of_facts(whose: str, then: Facts, now: Facts) -> Iterator[Difference]:
    for name in dict.fromkeys((*then, *now)):
        if then.get(name) != now.get(name):
            before, after = _apart(then.get(name), now.get(name))
            yield Difference(
                what=f"{whose}{name.replace('_', ' ')}",
                then=_words(name, before, then),
                now=_words(name, after, now),
            )


def _apart(then: Fact, now: Fact) -> tuple[object, object]:
    """Of two lists, what only one of them has."""
    if isinstance(then, list) and isinstance(now, list):
        return [each for each in then if each not in now], [each for each in now if each not in then]
    return then, now


def _answer(facts: Facts | None) -> str:
    match facts:
        case None:
            return "not asked"
        case {"unreadable": kind}:
            return harmless(f"unreadable ({kind})")
        case {"not_found": what}:
            return harmless(f"knows no such {what}")
        case _:
            return _words("status", facts.get("status"), facts)


def _words(name: str, fact: object, facts: Facts) -> str:
    """A fact for people: amounts in their currency, a list's parts in a row."""
    match fact:
        case None | []:
            return "none"
        case int() if name.endswith(("amount", "received", "captured", "capturable", "unlisted")):
            return _money(fact, facts.get("order_currency" if name.startswith("order_") else "currency"))
        case list():
            parts = (each if isinstance(each, str) else " ".join(map(str, each)) for each in fact)
            return harmless(", ".join(parts))
        case _:
            return harmless(str(fact))


def _money(minor: int, currency: Fact) -> str:
    try:
        return str(Money(minor, currency if isinstance(currency, str) else ""))
    except ValueError:
        return str(minor)
