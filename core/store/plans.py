"""Plans that people applied, as the journal adds them up: who, when, why, and what the rows came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.policy import ActorKind
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.journal_entries import Step
from reconcile_tui.core.store.journal_search import JournalFilter, narrowed
from reconcile_tui.core.store.tables import journal


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedPlan:
    """A plan that somebody confirmed.

    Attributes:
        began, ended: its first and its last entry (UTC, database clock).
        last_entry: the journal's id of that last one.
        outcomes: rows by what they came to last under this plan.
        open: rows begun and not concluded under it.
    """

    plan_id: str
    actor: str
    reason: str | None
    began: datetime
    ended: datetime
    last_entry: int
    outcomes: Mapping[Outcome, int]
    open: int

    @property
    def rows(self) -> int:
        return sum(self.outcomes.values()) + self.open

    @property
    def closed(self) -> int:
        """Rows whose finding is over."""
        return sum(rows for outcome, rows in self.outcomes.items() if outcome.closes)


class AppliedPlans:
    """What people applied."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(
        self, which: JournalFilter, *, limit: int, before: int | None = None
    ) -> list[AppliedPlan]:
        """The newest plans with an entry that is meant, newest first, each told whole.

        Args:
            before: only plans whose last entry is older than the one with this id.
        """
        c = journal.c
        meant = narrowed(select(c.plan_id), which).where(
            c.plan_id.is_not(None), c.actor_kind == ActorKind.OPERATOR.value
        )
        last = func.max(c.id)
        plans = (
            select(
                c.plan_id,
                last.label("last_entry"),
                func.min(c.at).label("began"),
                func.max(c.at).label("ended"),
                func.max(c.actor).label("actor"),
                func.min(c.id).label("first_entry"),
                func.count(func.distinct(c.kind + ":" + c.row_id)).label("rows"),
            )
            .where(c.plan_id.in_(meant), c.actor_kind == ActorKind.OPERATOR.value)
            .group_by(c.plan_id)
            .order_by(last.desc())
            .limit(limit)
        )
        if before is not None:
            plans = plans.having(last < before)

        async def unit(connection: AsyncConnection) -> list[AppliedPlan]:
            found = (await connection.execute(plans)).all()
            counts = await _outcomes(connection, [plan.plan_id for plan in found])
            # Later entries may have another: of what an interruption left, that it was settled.
            firsts = select(c.plan_id, c.reason).where(c.id.in_([plan.first_entry for plan in found]))
            reasons = {each.plan_id: each.reason for each in await connection.execute(firsts)}
            return [
                AppliedPlan(
                    plan_id=plan.plan_id,
                    actor=plan.actor,
                    reason=reasons.get(plan.plan_id),
                    began=plan.began,
                    ended=plan.ended,
                    last_entry=plan.last_entry,
                    outcomes=counts.get(plan.plan_id, {}),
                    open=max(plan.rows - sum(counts.get(plan.plan_id, {}).values()), 0),
                )
                for plan in found
            ]

        return await self._database.read(unit)


async def _outcomes(connection: AsyncConnection, plan_ids: Sequence[str]) -> dict[str, dict[Outcome, int]]:
    """Per plan, rows by their last outcome under it."""
    if not plan_ids:
        return {}
    c = journal.c
    of_plans = (c.plan_id.in_(plan_ids), c.step == Step.OUTCOME.value)
    last = select(func.max(c.id)).where(*of_plans).group_by(c.plan_id, c.kind, c.row_id)
    query: Select[Any] = (
        select(c.plan_id, c.outcome, func.count()).where(c.id.in_(last)).group_by(c.plan_id, c.outcome)
    )
    found: dict[str, dict[Outcome, int]] = {}
    for plan_id, outcome, rows in await connection.execute(query):
        found.setdefault(plan_id, {})[Outcome(outcome)] = rows
    return found
